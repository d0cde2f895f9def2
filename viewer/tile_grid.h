// TileGrid: which pieces of which lanes lie in which square of the map, and how crowded each square is. Squares are
// 512 m; coarser levels join four of the level below. Made once per map; read by the mesh makers on several threads.
#pragma once

#include <compare>
#include <memory>
#include <vector>

#include "maps/map.h"
#include "viewer/mesh.h"

namespace bitgoeul::viewer {

inline constexpr double kTileM = 512.0;
inline constexpr int kLevels = 3;  // 0: 512 m and everything on it, 1: 1024 m, 2: 2048 m, roads and blocks only

struct TileKey {
  int level = 0, x = 0, y = 0;
  auto operator<=>(const TileKey&) const = default;
  double size() const { return kTileM * (1 << level); }
  Vec2 low() const { return {x * size(), y * size()}; }
  Vec2 center() const { return low() + Vec2(size() / 2, size() / 2); }
};

// Points [first, last] of a lane, at least two.
struct LaneRun {
  maps::Row lane = maps::kNone, first = 0, last = 0;
};

class TileGrid {
 public:
  explicit TileGrid(const maps::Map& map);

  // Runs of the tile, by lane row; of a coarse tile those of all its squares.
  std::vector<LaneRun> runs(const TileKey& key) const;
  // Kilometres of drivable lane in the 512 m square around the point: 0 outside the map.
  double lane_km(double x, double y) const;
  std::vector<TileKey> tiles(int level) const;  // that cover the map, by y, then x

 private:
  int column(double x) const;
  int row(double y) const;
  const std::vector<LaneRun>* square(int x, int y) const;
  int x0_ = 0, y0_ = 0, nx_ = 0, ny_ = 0;
  std::vector<std::vector<LaneRun>> squares_;
  std::vector<float> lane_km_;
};

}  // namespace bitgoeul::viewer
