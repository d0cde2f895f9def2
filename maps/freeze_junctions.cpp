// freeze, stage 5: junctions: their connecting lanes, which way each turns, centre and radius.
#include <algorithm>
#include <cmath>
#include <limits>

#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kStraightRad = 30.0 * sim::kPi / 180.0;
constexpr double kUTurnRad = 150.0 * sim::kPi / 180.0;

// The neighbour along the same connecting road, which may have several lane sections.
Row same_road(const Map& map, Row lane, std::span<const Row> links) {
  for (const Row other : links)
    if (map.lanes[other].road == map.lanes[lane].road) return other;
  return kNone;
}

double turn_of(const Map& map, Row lane) {
  const auto points = map.lane_points(lane);
  return points.back().heading - points.front().heading;
}

Turn turn_kind(const Map& map, Row row) {
  double turn = turn_of(map, row);
  constexpr int kMaxSections = 1000;  // a broken file may link a road in a ring
  Row lane = row;
  for (int i = 0; i < kMaxSections && (lane = same_road(map, lane, map.predecessors(lane))) != kNone; ++i)
    turn += turn_of(map, lane);
  lane = row;
  for (int i = 0; i < kMaxSections && (lane = same_road(map, lane, map.successors(lane))) != kNone; ++i)
    turn += turn_of(map, lane);
  if (std::abs(turn) < kStraightRad) return Turn::kStraight;
  if (std::abs(turn) > kUTurnRad) return Turn::kUTurn;
  return turn > 0.0 ? Turn::kLeft : Turn::kRight;
}

void place(const Map& map, Junction& junction, std::span<const Row> lanes) {
  const double far = std::numeric_limits<double>::max();
  GeoBox box{far, far, -far, -far};
  for (const Row lane : lanes)
    for (const LanePoint& p : map.lane_points(lane)) {
      box.min_x = std::min(box.min_x, p.x), box.max_x = std::max(box.max_x, p.x);
      box.min_y = std::min(box.min_y, p.y), box.max_y = std::max(box.max_y, p.y);
    }
  if (lanes.empty()) return;
  junction.x = 0.5 * (box.min_x + box.max_x);
  junction.y = 0.5 * (box.min_y + box.max_y);
  for (const Row lane : lanes)
    for (const LanePoint& p : map.lane_points(lane))
      junction.radius = std::max(junction.radius, sim::hypot(p.x - junction.x, p.y - junction.y));
}

}  // namespace

void freeze_junctions(Freezer& f) {
  Map& map = f.map;
  std::vector<std::vector<Row>> lanes(map.junctions.size());
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    const Row junction = map.roads[map.lanes[row].road].junction;
    if (junction == kNone || !drivable(map.lanes[row].type)) continue;
    map.lanes[row].junction = junction;
    map.lanes[row].turn = turn_kind(map, row);
    lanes[static_cast<std::size_t>(junction)].push_back(row);
  }
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    map.junctions[i].lanes.begin = static_cast<Row>(map.junction_lanes.size());
    map.junction_lanes.insert(map.junction_lanes.end(), lanes[i].begin(), lanes[i].end());
    map.junctions[i].lanes.end = static_cast<Row>(map.junction_lanes.size());
    place(map, map.junctions[i], lanes[i]);
  }
}

}  // namespace bitgoeul::maps::detail
