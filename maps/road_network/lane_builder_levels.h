// Streets that cross without a shared vertex: which passes over which, and where they must meet after all because one
// of them reaches the ground too near. Works on the polylines of a StreetGraph that is cut at shared vertices. Local
// metres.
#pragma once

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

void settle_crossings(StreetGraph& graph);

}  // namespace bitgoeul::maps
