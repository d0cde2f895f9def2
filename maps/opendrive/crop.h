// Crop: a part of a map as an OpenDRIVE file of its own: the roads that are asked for, the junctions that one of their
// connecting roads belongs to, whole, and the roads that lead there. What is cut off ends there. Made by `replay
// --extract`. Thread rule: pure.
#pragma once

#include <string>
#include <vector>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps::opendrive {

// `keep`: per road of the map, 1 = wanted. Fails when none is, or when the map cannot be written.
sim::Result<std::string> crop_text(const Map& map, const std::vector<std::uint8_t>& keep, sim::Issues& issues);
// Roads with a lane point within radius_m of one of the places.
std::vector<std::uint8_t> roads_near(const Map& map, const std::vector<sim::Vec2>& places, double radius_m);

}  // namespace bitgoeul::maps::opendrive
