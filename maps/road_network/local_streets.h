// Local streets: fills each urban area with a grid of residential streets at its spacing and bearing, kept away from
// the skeleton roads and joined to them where a grid line meets them squarely. Invented geometry, as the map's notice
// says; deterministic (positions and gaps from a counter-based hash of the area and the grid cell). Read by
// lane_builder. Local metres.
#pragma once

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

struct LaneBuilderOptions;

// Adds local nodes and edges to the graph and splits skeleton edges where local streets join.
void fill_local_streets(StreetGraph& graph, const RoadNetwork& network, const LaneBuilderOptions& options);

}  // namespace bitgoeul::maps
