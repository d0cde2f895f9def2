// freeze, stage 9: tapers. A lane that narrows to nothing at its end and leads nowhere is the painted end of the lane
// before it (often cut in short sections): a body cannot drive into it without leaving it sideways. So is one that
// opens from nothing where nobody may change into it yet, before a pocket.
#include <algorithm>

#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kBodyWidthM = 2.0;  // what a passenger car needs
constexpr double kGoneWidthM = 1.0;  // a lane that ends narrower than this has ended

double narrowest(const Map& map, const Lane& lane) {
  double width = map.points[lane.points.begin].width;
  for (Row p = lane.points.begin; p < lane.points.end; ++p) width = std::min(width, map.points[p].width);
  return width;
}

bool ends_in_nothing(const Map& map, const Lane& lane) {
  return lane.successors.empty() && map.points[lane.points.end - 1].width < kGoneWidthM;
}

bool opens_from_nothing(const Map& map, Row row) {
  const Lane& lane = map.lanes[row];
  if (!map.predecessors(row).empty() || map.points[lane.points.begin].width >= kGoneWidthM) return false;
  const auto bars = [&](Row side) {
    if (side == kNone) return true;
    const Lane& beside = map.lanes[side];
    return !((beside.left == row && beside.change_left != 0) || (beside.right == row && beside.change_right != 0));
  };
  return bars(lane.left) && bars(lane.right);
}

}  // namespace

void freeze_tapers(Freezer& f) {
  Map& map = f.map;
  std::vector<Row> open;  // tapers whose predecessors are to be looked at
  const auto mark = [&](Row row) {
    map.lanes[row].taper = 1;
    open.push_back(row);
  };
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    const Lane& lane = map.lanes[row];
    if (!drivable(lane.type) || lane.junction != kNone || lane.points.empty()) continue;
    if (ends_in_nothing(map, lane)) mark(row);
    if (opens_from_nothing(map, row)) map.lanes[row].taper = 1;
  }
  while (!open.empty()) {
    const Row row = open.back();
    open.pop_back();
    for (const Row before : map.predecessors(row)) {
      const Lane& lane = map.lanes[before];
      const auto next = map.successors(before);
      if (lane.taper == 0 && lane.junction == kNone && drivable(lane.type) && narrowest(map, lane) < kBodyWidthM &&
          std::all_of(next.begin(), next.end(), [&](Row to) { return map.lanes[to].taper != 0; }))
        mark(before);
    }
  }
}

}  // namespace bitgoeul::maps::detail
