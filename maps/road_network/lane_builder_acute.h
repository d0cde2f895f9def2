// Streets that meet at a sharp angle: the lesser one is bent so that it arrives at about 40 degrees, as road builders
// do, which keeps junctions short. Works on the polylines of a StreetGraph, before curves are made. Local metres.
#pragma once

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

void spread_acute_legs(StreetGraph& graph);

}  // namespace bitgoeul::maps
