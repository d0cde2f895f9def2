// Heights of the roads between junctions: the terrain under them, smoothed so that grades stay below about 10 %, raised
// for upper levels, straight through tunnels. Every junction is a level plane: roads meet it at its height without
// slope. Made once for a graph that is cut back; read by lane_builder. Metres, s from the road's start.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

// Heights at equal steps along a road, with slopes for cubic interpolation.
struct RoadHeights {
  double step_m = 1;
  std::vector<double> z, slope;

  double at(double s) const;
  std::vector<Poly3> polynomials() const;
};

struct Heights {
  std::vector<double> nodes;       // by row of StreetGraph::nodes
  std::vector<RoadHeights> roads;  // by row of StreetGraph::edges; empty for dead edges
};

// `blocked` gets the edges that cannot clear a road of another level within the grades, ascending.
Heights make_heights(const StreetGraph& graph, const Terrain& terrain, std::vector<int>& blocked);

}  // namespace bitgoeul::maps
