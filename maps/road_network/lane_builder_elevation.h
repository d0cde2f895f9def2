// Heights of the street graph: the terrain under the streets, smoothed so that no street is steeper than about 8 %,
// raised for upper levels, straight through tunnels, equal where streets meet. Made once for a finished graph; read by
// lane_builder. Metres.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

// Heights at equal steps along an edge's whole curve, with slopes for cubic interpolation.
struct EdgeHeights {
  double step_m = 1;
  std::vector<double> z, slope;

  double at(double s) const;
  double slope_at(double s) const;
  // Elevation polynomials of the part [from_s, to_s], s counted from from_s.
  std::vector<Poly3> polynomials(double from_s, double to_s) const;
};

// One row for each edge; rows of dead edges are empty.
std::vector<EdgeHeights> make_heights(const StreetGraph& graph, const Terrain& terrain);

}  // namespace bitgoeul::maps
