// Where roads of different levels lie above each other, seen from their heights: pairs of places whose heights must
// differ by a vehicle and a deck. Made for a graph that is cut back; read by lane_builder_elevation. Local metres. Pure
// functions.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

// A place of the network: s along an edge's curve. Within a junction (before the cut) it has the height of the node.
struct LevelPlace {
  int edge = -1;
  double s = 0;
};
struct LevelPair {
  LevelPlace upper, lower;
};

std::vector<LevelPair> find_level_pairs(const StreetGraph& graph);

}  // namespace bitgoeul::maps
