#include <cmath>

#include "maps/detail/priority.h"

namespace bitgoeul::maps::detail {
namespace {

Row source_of(const Map& map, Row lane) {
  constexpr int kMaxSections = 100;
  for (int i = 0; i < kMaxSections && map.lanes[lane].junction != kNone && !map.predecessors(lane).empty(); ++i)
    lane = map.predecessors(lane)[0];
  return lane;
}

int sign(int difference) { return difference > 0 ? 1 : difference < 0 ? -1 : 0; }

// Greater goes first. Ramps give way to what they join; unknown classes say nothing.
int class_rank(RoadClass road_class) { return -static_cast<int>(road_class); }

int type_rank(LaneType type) {
  switch (type) {
    case LaneType::kEntry:
    case LaneType::kOnRamp:
    case LaneType::kConnectingRamp:
    case LaneType::kSlip:
      return 0;
    default:
      return 1;
  }
}

// Greater goes first: straight on, then the turn beside the kerb, then the one across the oncoming traffic.
int turn_rank(Turn turn, bool left_hand) {
  switch (turn) {
    case Turn::kNone:
    case Turn::kStraight:
      return 3;
    case Turn::kRight:
      return left_hand ? 1 : 2;
    case Turn::kLeft:
      return left_hand ? 2 : 1;
    case Turn::kUTurn:
      return 0;
  }
  return 0;
}

double heading_at_start(const Map& map, Row lane) { return map.lane_points(lane).front().heading; }

// +1: a comes from the right of b; -1: b from the right of a; 0: they meet head on or side by side.
int from_the_right(const Map& map, Row a, Row b) {
  const double turn = sim::wrap_angle(heading_at_start(map, a) - heading_at_start(map, b));
  const double slope = 30.0 * sim::kPi / 180.0;
  if (std::abs(turn) < slope || std::abs(turn) > sim::kPi - slope) return 0;
  return turn > 0.0 ? 1 : -1;
}

bool head_on(const Map& map, Row a, Row b) {
  return std::abs(sim::wrap_angle(heading_at_start(map, a) - heading_at_start(map, b))) > 135.0 * sim::kPi / 180.0;
}

// Inside a roundabout, who already circulates goes first.
int circulates(const Map& map, Row lane) {
  for (const Row before : map.predecessors(lane))
    if (map.lanes[before].junction == map.lanes[lane].junction) return 1;
  return 0;
}

}  // namespace

Priorities::Priorities(const Freezer& f) : f_(f), source_(f.map.lanes.size(), kNone) {
  for (Row lane = 0; lane < static_cast<Row>(source_.size()); ++lane) source_[lane] = source_of(f.map, lane);
  for (const JunctionDraft* junction : f.junctions)
    if (junction->type == JunctionType::kCrossing)
      crossings_.insert(crossings_.end(), junction->priorities.begin(), junction->priorities.end());
}

// <priority> names connecting roads; some writers name incoming roads (12.4).
int Priorities::by_file(Row a, Row b) const {
  const Row junction = f_.map.lanes[a].junction;
  if (junction == kNone && f_.map.lanes[b].junction == kNone) return by_crossing(a, b);
  if (junction == kNone || junction != f_.map.lanes[b].junction) return 0;
  const auto is = [&](const std::string& id, Row lane) {
    return id == f_.roads[f_.map.lanes[lane].road]->id || id == f_.roads[f_.map.lanes[source_[lane]].road]->id;
  };
  int vote = 0;
  for (const PriorityDraft& priority : f_.junctions[junction]->priorities) {
    if (is(priority.high, a) && is(priority.low, b)) ++vote;
    if (is(priority.high, b) && is(priority.low, a)) --vote;
  }
  return sign(vote);
}

// 12.7 (1.8): roads that cross without connecting roads; <priority> names the roads themselves.
int Priorities::by_crossing(Row a, Row b) const {
  const std::string &road_a = f_.roads[f_.map.lanes[a].road]->id, &road_b = f_.roads[f_.map.lanes[b].road]->id;
  for (const PriorityDraft& priority : crossings_) {
    if (priority.high == road_a && priority.low == road_b) return 1;
    if (priority.high == road_b && priority.low == road_a) return -1;
  }
  return 0;
}

int Priorities::by_turn(Row a, Row b) const {
  const Lane &la = f_.map.lanes[a], &lb = f_.map.lanes[b];
  const auto rank = [&](const Lane& lane) {
    return turn_rank(lane.turn, f_.map.roads[lane.road].left_hand_traffic != 0);
  };
  return sign(rank(la) - rank(lb));
}

int Priorities::first(Row a, Row b) const {
  const Map& map = f_.map;
  const Lane &la = map.lanes[a], &lb = map.lanes[b];
  if (const int said = by_file(a, b); said != 0) return said;
  const bool same_junction = la.junction != kNone && la.junction == lb.junction;
  const JunctionControl control = same_junction ? map.junctions[la.junction].control : JunctionControl::kPriority;
  if (control == JunctionControl::kSignals) {
    const int ruled = (la.signal_group != kNone ? 1 : 0) - (lb.signal_group != kNone ? 1 : 0);
    return ruled != 0 ? ruled : by_turn(a, b);
  }
  if (control == JunctionControl::kRoundabout)
    if (const int inside = circulates(map, a) - circulates(map, b); inside != 0) return inside;
  if (control == JunctionControl::kRightBeforeLeft) {
    const int right = from_the_right(map, a, b);
    return right != 0 ? right : by_turn(a, b);
  }
  // Whoever turns across the oncoming traffic waits for it, whatever the class of the roads.
  if (same_junction && head_on(map, a, b))
    if (const int turn = by_turn(a, b); turn != 0) return turn;
  const RoadClass ca = map.roads[map.lanes[source_[a]].road].road_class,
                  cb = map.roads[map.lanes[source_[b]].road].road_class;
  if (ca != RoadClass::kUnknown && cb != RoadClass::kUnknown && ca != cb) return sign(class_rank(ca) - class_rank(cb));
  if (const int type = type_rank(map.lanes[source_[a]].type) - type_rank(map.lanes[source_[b]].type); type != 0)
    return type;
  return by_turn(a, b);
}

}  // namespace bitgoeul::maps::detail
