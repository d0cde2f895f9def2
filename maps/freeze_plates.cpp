// freeze, stage 7: the plates of U-turns: which signal group each of them is about.
#include "maps/detail/signal_plan.h"
#include "sim/math.h"

namespace bitgoeul::maps::detail {
namespace {

Row approach_of(const Map& map, Row lane) {
  return map.predecessors(lane).empty() ? kNone : map.lanes[map.predecessors(lane)[0]].road;
}

// Of a movement with that turn from the same road; kNone: there is none with a light.
Row group_beside(const Map& map, Row lane, Turn turn) {
  const Row approach = approach_of(map, lane);
  for (const Row other : map.lanes_of_junction(map.lanes[lane].junction))
    if (map.lanes[other].turn == turn && map.lanes[other].signal_group != kNone && approach_of(map, other) == approach)
      return map.lanes[other].signal_group;
  return kNone;
}

// Of the light for people that stands nearest to where the U-turn begins: its own crosswalk's.
Row nearest_walk(const Map& map, Row lane) {
  const LanePoint& at = map.lane_points(lane).front();
  Row best = kNone;
  double least = 1e9;
  for (const Signal& signal : map.signals) {
    if (signal.group == kNone || !map.signal_groups[signal.group].pedestrian ||
        map.signal_groups[signal.group].junction != map.lanes[lane].junction)
      continue;
    const double away = sim::hypot(signal.x - at.x, signal.y - at.y);
    if (away < least) least = away, best = signal.group;
  }
  return best;
}

Row group_of_plate(const Map& map, Row lane) {
  switch (map.lanes[lane].turn_when) {
    case TurnWhen::kLeftArrow: {
      const Row left = group_beside(map, lane, Turn::kLeft);
      return left != kNone ? left : map.lanes[lane].signal_group;
    }
    case TurnWhen::kPedestrianGreen:
      return nearest_walk(map, lane);
    case TurnWhen::kRed: {
      const Row ahead = group_beside(map, lane, Turn::kStraight);
      return ahead != kNone ? ahead : group_beside(map, lane, Turn::kLeft);
    }
    default:
      return kNone;
  }
}

}  // namespace

void settle_plates(Freezer& f) {
  for (Row row = 0; row < static_cast<Row>(f.map.lanes.size()); ++row) {
    Lane& lane = f.map.lanes[row];
    if (lane.turn_when == TurnWhen::kLight) continue;
    if (lane.turn != Turn::kUTurn || lane.junction == kNone) {
      f.report(sim::Severity::kWarning, f.lanes[static_cast<std::size_t>(row)].lane->line, f.lane_name(row),
               "has the plate of a U-turn and is none; the plate is left out");
      lane.turn_when = TurnWhen::kLight;
      continue;
    }
    lane.signal_group = group_of_plate(f.map, row);
    if (lane.signal_group != kNone || lane.turn_when == TurnWhen::kAnyTime) continue;
    f.report(
        sim::Severity::kWarning, f.lanes[static_cast<std::size_t>(row)].lane->line, f.lane_name(row),
        "has the plate of a U-turn, and its junction has no light that the plate could be about; it turns when the "
        "way is clear",
        "give the junction that light, or write anyTime");
    lane.turn_when = TurnWhen::kAnyTime;
  }
}

}  // namespace bitgoeul::maps::detail
