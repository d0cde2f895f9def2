#include "viewer/tile_grid.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::viewer {

namespace {
int cell(double v) { return static_cast<int>(std::floor(v / kTileM)); }
}  // namespace

TileGrid::TileGrid(const maps::Map& map) {
  // One square more on each side: the land goes on beyond the roads. Squares come in fours so that levels nest.
  const int align = 1 << (kLevels - 1);
  const auto down = [align](int v) { return static_cast<int>(std::floor(static_cast<double>(v) / align)) * align; };
  x0_ = down(cell(map.box.min_x) - 1), y0_ = down(cell(map.box.min_y) - 1);
  nx_ = down(cell(map.box.max_x) + 1) + align - x0_, ny_ = down(cell(map.box.max_y) + 1) + align - y0_;
  squares_.resize(static_cast<std::size_t>(nx_) * static_cast<std::size_t>(ny_));
  lane_km_.resize(squares_.size());
  for (std::size_t l = 0; l < map.lanes.size(); ++l) {
    const maps::Range points = map.lanes[l].points;
    LaneRun* open = nullptr;
    std::size_t open_square = 0;
    for (maps::Row p = points.begin; p + 1 < points.end; ++p) {
      const maps::LanePoint &a = map.points[static_cast<std::size_t>(p)],
                            &b = map.points[static_cast<std::size_t>(p) + 1];
      const int cx = std::clamp(cell((a.x + b.x) / 2) - x0_, 0, nx_ - 1);
      const int cy = std::clamp(cell((a.y + b.y) / 2) - y0_, 0, ny_ - 1);
      const auto at = static_cast<std::size_t>(cy) * static_cast<std::size_t>(nx_) + static_cast<std::size_t>(cx);
      if (maps::drivable(map.lanes[l].type)) lane_km_[at] += static_cast<float>((b.s - a.s) / 1000);
      if (open && open_square == at) {
        open->last = p + 1;
        continue;
      }
      squares_[at].push_back({static_cast<maps::Row>(l), p, p + 1});
      open = &squares_[at].back(), open_square = at;
    }
  }
}

int TileGrid::column(double x) const { return cell(x) - x0_; }
int TileGrid::row(double y) const { return cell(y) - y0_; }

const std::vector<LaneRun>* TileGrid::square(int x, int y) const {
  if (x < x0_ || y < y0_ || x >= x0_ + nx_ || y >= y0_ + ny_) return nullptr;
  return &squares_[static_cast<std::size_t>(y - y0_) * static_cast<std::size_t>(nx_) +
                   static_cast<std::size_t>(x - x0_)];
}

std::vector<LaneRun> TileGrid::runs(const TileKey& key) const {
  std::vector<LaneRun> all;
  const int n = 1 << key.level;
  for (int y = key.y * n; y < (key.y + 1) * n; ++y)
    for (int x = key.x * n; x < (key.x + 1) * n; ++x)
      if (const auto* list = square(x, y)) all.insert(all.end(), list->begin(), list->end());
  return all;
}

double TileGrid::lane_km(double x, double y) const {
  const int cx = column(x), cy = row(y);
  if (cx < 0 || cy < 0 || cx >= nx_ || cy >= ny_) return 0;
  return static_cast<double>(
      lane_km_[static_cast<std::size_t>(cy) * static_cast<std::size_t>(nx_) + static_cast<std::size_t>(cx)]);
}

std::vector<TileKey> TileGrid::tiles(int level) const {
  std::vector<TileKey> keys;
  const int n = 1 << level;
  for (int y = y0_ / n; y < (y0_ + ny_) / n; ++y)
    for (int x = x0_ / n; x < (x0_ + nx_) / n; ++x) keys.push_back({level, x, y});
  return keys;
}

}  // namespace bitgoeul::viewer
