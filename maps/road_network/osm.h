// Reads an OpenStreetMap file (XML or PBF, either also gzipped) as a surveyed RoadNetwork: roads for motor vehicles,
// what stands at their vertices, turn restrictions. Local metres about the middle of the roads. Customs of Korea fill
// gaps where the file lies in Korea. Thread rule: reads the file system only.
#pragma once

#include <filesystem>

#include "maps/road_network/road_network.h"
#include "sim/result.h"

namespace bitgoeul::maps {

sim::Result<RoadNetwork> read_osm(const std::filesystem::path& file, sim::Issues& issues);

// By content: the first bytes of the file, unpacked. A Lanelet2 file is OSM XML too, but no road network.
bool is_osm_file(const std::filesystem::path& file);

}  // namespace bitgoeul::maps
