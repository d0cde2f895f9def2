#include <algorithm>
#include <cmath>

#include "maps/detail/overlap.h"
#include "maps/detail/strangers.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kCellM = 16.0;
constexpr double kSampleM = 6.0;
constexpr double kReachM = 5.0;  // two bodies and half a sample

struct Entry {
  std::int64_t cell;
  Row lane;
  auto operator<=>(const Entry&) const = default;
};

std::int64_t cell_of(double v) { return static_cast<std::int64_t>(std::floor(v / kCellM)); }

void add_cells(double x, double y, std::vector<std::int64_t>& cells) {
  for (std::int64_t cy = cell_of(y - kReachM); cy <= cell_of(y + kReachM); ++cy)
    for (std::int64_t cx = cell_of(x - kReachM); cx <= cell_of(x + kReachM); ++cx)
      cells.push_back(cy * 0x100000000 + cx);
}

std::vector<Entry> entries_of(const Map& map) {
  std::vector<Entry> entries;
  std::vector<std::int64_t> cells;  // of one lane
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    if (!drivable(map.lanes[lane].type)) continue;
    const auto points = map.lane_points(lane);
    cells.clear();
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const LanePoint &a = points[i], &b = points[i + 1];
      const int steps = std::max(1, static_cast<int>(std::ceil((b.s - a.s) / kSampleM)));
      for (int k = 0; k < steps; ++k) add_cells(a.x + (b.x - a.x) * k / steps, a.y + (b.y - a.y) * k / steps, cells);
    }
    add_cells(points.back().x, points.back().y, cells);
    std::sort(cells.begin(), cells.end());
    cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
    for (const std::int64_t cell : cells) entries.push_back({cell, lane});
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

// Junctions that a road leads to, per road.
std::vector<std::vector<Row>> junctions_of_roads(const Map& map) {
  std::vector<std::vector<Row>> of(map.roads.size());
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    for (const Row next : map.successors(lane)) {
      const Lane &a = map.lanes[lane], &b = map.lanes[next];
      if (b.junction != kNone) of[a.road].push_back(b.junction);
      if (a.junction != kNone) of[b.road].push_back(a.junction);
    }
  for (auto& junctions : of) {
    std::sort(junctions.begin(), junctions.end());
    junctions.erase(std::unique(junctions.begin(), junctions.end()), junctions.end());
  }
  return of;
}

}  // namespace

void add_stranger_pairs(const Map& map, const std::vector<GeoBox>& boxes, std::vector<std::pair<Row, Row>>& pairs) {
  const auto junctions = junctions_of_roads(map);
  const auto meets = [&](const Lane& a, const Lane& b) {
    return b.junction != kNone && std::binary_search(junctions[a.road].begin(), junctions[a.road].end(), b.junction);
  };
  const auto entries = entries_of(map);
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (std::size_t k = i + 1; k < entries.size() && entries[k].cell == entries[i].cell; ++k) {
      const Row first = entries[i].lane, second = entries[k].lane;
      if (!touch(boxes[static_cast<std::size_t>(first)], boxes[static_cast<std::size_t>(second)])) continue;
      const Lane &a = map.lanes[first], &b = map.lanes[second];
      if (a.road == b.road || (a.junction != kNone && a.junction == b.junction) || meets(a, b) || meets(b, a)) continue;
      pairs.emplace_back(first, second);
    }
}

}  // namespace bitgoeul::maps::detail
