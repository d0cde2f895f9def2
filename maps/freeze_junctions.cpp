// freeze, stage 5: junctions: their connecting lanes, which way each turns, centre and radius.
#include <algorithm>
#include <cmath>
#include <limits>

#include "maps/detail/freeze.h"
#include "maps/road_position.h"

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

// Of a lane that runs askew to its road where it meets the junction, as a slip behind its island does: how far it has
// turned away from its road there, or has yet to turn towards it.
double slant(const Map& map, Row row, bool at_end) {
  constexpr double kAskewRad = 12.0 * sim::kPi / 180.0;  // more than tapers do
  const Lane& lane = map.lanes[row];
  const LaneSection& section = map.sections[lane.section];
  if (map.roads[lane.road].junction != kNone || lane.points.empty()) return 0;
  const bool along = drives_with_s(lane);
  const double road = to_world(map, RoadPosition{lane.road, along == at_end ? section.s_end : section.s}).heading;
  const auto points = map.lane_points(row);
  const double angle =
      sim::wrap_angle((at_end ? points.back() : points.front()).heading - road - (along ? 0 : sim::kPi));
  return std::abs(angle) > kAskewRad ? angle : 0;
}

double slants(const Map& map, Row row) {
  double turn = 0;
  if (const auto before = map.predecessors(row); before.size() == 1) turn += slant(map, before[0], true);
  if (const auto behind = map.successors(row); behind.size() == 1) turn -= slant(map, behind[0], false);
  return turn;
}

Turn turn_kind(const Map& map, Row row) {
  double turn = turn_of(map, row) + slants(map, row);
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
