// What no road network of the earth holds and the lane builder would work on without end: streets over more than
// 2,000 km, more than 1,000 of them that meet in one point, more than 300 km of them within a square kilometre, a
// street of more than 20,000 points. Called by build_lanes first. Thread rule: pure.
#pragma once

#include "maps/road_network/road_network.h"
#include "sim/result.h"

namespace bitgoeul::maps {

sim::Result<void> check_network(const RoadNetwork& network);

}  // namespace bitgoeul::maps
