#include <algorithm>
#include <cmath>
#include <tuple>

#include "maps/detail/crowding.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kCellM = 32.0;

struct Entry {
  std::int64_t cx, cy;
  Row lane;
};

// Each cell that holds a point of a drivable lane, once per run of points.
std::vector<Entry> entries_of(const Map& map) {
  std::vector<Entry> entries;
  const auto cell_of = [](double v) { return static_cast<std::int64_t>(std::floor(v / kCellM)); };
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    if (!drivable(map.lanes[lane].type)) continue;
    for (const LanePoint& p : map.lane_points(lane)) {
      const Entry entry{cell_of(p.x), cell_of(p.y), lane};
      const bool same = !entries.empty() && entries.back().lane == lane && entries.back().cx == entry.cx &&
                        entries.back().cy == entry.cy;
      if (!same) entries.push_back(entry);
    }
  }
  return entries;
}

}  // namespace

sim::Result<void> check_crowding(const Freezer& f) {
  if (f.map.lanes.size() <= static_cast<std::size_t>(kMostLanesOfPlace)) return {};
  std::vector<Entry> entries = entries_of(f.map);
  const auto key = [](const Entry& e) { return std::tuple(e.cx, e.cy, e.lane); };
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  int lanes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool same_place = i > 0 && entries[i].cx == entries[i - 1].cx && entries[i].cy == entries[i - 1].cy;
    if (!same_place) lanes = 0;
    lanes += !same_place || entries[i].lane != entries[i - 1].lane ? 1 : 0;
    if (lanes <= kMostLanesOfPlace) continue;
    return sim::fail("more than " + std::to_string(kMostLanesOfPlace) + " lanes lie over one place of 32 by 32 m",
                     f.draft.source, f.roads[f.map.lanes[entries[i].lane].road]->line, f.lane_name(entries[i].lane),
                     "remove roads that stand in the file many times");
  }
  return {};
}

}  // namespace bitgoeul::maps::detail
