// The way that a vehicle of a log drove, as a map: one road with one lane along it, straight on for a while before and
// behind. What a closed loop drives on where nobody has a map: no junctions, no signals, no other lanes; who is beside
// the way is on no lane. Made by `replay --closed-loop` without --map, kept as OUT/map.xodr. Thread rule: pure.
#pragma once

#include <string>

#include "replay/tracks.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::closed_loop {

inline constexpr const char* kWayMap = "map.xodr";  // beside run.mcap

// OpenDRIVE 1.7, in the frame of the track. Error: it is nowhere in the log.
sim::Result<std::string> way_as_opendrive(const replay::LoggedTrack& track);

}  // namespace bitgoeul::scenarios::closed_loop
