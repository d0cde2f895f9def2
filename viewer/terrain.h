// Terrain: the height of the land, found from the heights of the roads (a Map holds no land of its own): it passes just
// below every road that lies on the ground and every deck of a bridge, and over the roofs of tunnels, so that roads
// neither float nor drown. Made once per map, then read on several threads. Metres of the map frame.
#pragma once

#include <vector>

#include "maps/map.h"
#include "viewer/mesh.h"
#include "viewer/tile_grid.h"

namespace bitgoeul::viewer {

inline constexpr double kTunnelM = 5.2;  // height of a tunnel inside

class Terrain {
 public:
  explicit Terrain(const maps::Map& map);
  // Smooth height of the land without regard to single roads.
  double land(double x, double y) const;
  // Below every ground road and deck within `reach_m` of the point; where no ground road is, over the tunnels there.
  double ground(double x, double y, double reach_m) const;

 private:
  struct Grid {
    double step = 1;
    int nx = 0, ny = 0;
    std::vector<float> z;  // NaN: no road there
    float at(int x, int y) const;
  };
  double x0_ = 0, y0_ = 0;
  void add_lane(const maps::Map& map, const maps::Lane& lane, std::vector<float>& count);
  // The least z of the grid within the reach, with sign -1 the greatest; NaN: nothing is there.
  float extreme(const Grid& grid, double x, double y, double reach_m, float sign) const;
  Grid land_, road_, deck_, tunnel_;  // 256 m means, 16 m minima, minima, maxima
};

// The land of a tile about its centre, with a rim that hides the step to coarser neighbours.
Mesh terrain_mesh(const Terrain& terrain, const TileGrid& grid, const TileKey& key);

}  // namespace bitgoeul::viewer
