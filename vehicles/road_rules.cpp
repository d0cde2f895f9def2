#include "vehicles/road_rules.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::vehicles {
namespace {

constexpr double kDefaultLimitMps = 50.0 / 3.6;
constexpr double kPlainWidthM = 2.7, kPlainCurvature = 1.0 / 40;
constexpr double kHoldMarginM = 1.5;  // wait this far before a conflict that lies inside a lane

bool needs_right_of_way(const maps::Conflict& conflict) { return conflict.kind != maps::ConflictKind::kDiverging; }

// Vehicles that drive in the middle of such a lane touch only vehicles in it.
bool is_plain(const maps::Map& map, const maps::Lane& lane) {
  if (lane.junction != kNone || !lane.conflicts.empty() || lane.taper) return false;
  for (Row p = lane.points.begin; p < lane.points.end; ++p)
    if (map.points[p].width < kPlainWidthM || std::fabs(map.points[p].curvature) > kPlainCurvature) return false;
  return true;
}

LaneRule rule_of(const maps::Map& map, const maps::Lane& lane) {
  LaneRule rule;
  rule.length = lane.length;
  rule.stop_s = std::clamp(lane.stop_s, 0.0, lane.length);
  rule.limit_mps = static_cast<float>(lane.speed_limit_mps > 0 ? lane.speed_limit_mps : kDefaultLimitMps);
  rule.entry_cap_mps = static_cast<float>(map.points[lane.points.begin].speed_cap_mps);
  rule.junction = lane.junction;
  rule.signal_group = lane.signal_group;
  rule.turn_when = lane.turn_when;
  rule.controlled = lane.signal_group != kNone;
  rule.closed = lane.type == maps::LaneType::kBus;
  rule.plain = is_plain(map, lane);
  double nearest = lane.length;
  for (Row c = lane.conflicts.begin; c < lane.conflicts.end; ++c)
    if (needs_right_of_way(map.conflicts[c])) {
      rule.controlled = 1;
      nearest = std::min(nearest, map.conflicts[c].s_begin);
    }
  if (rule.controlled && lane.junction == kNone) rule.hold_s = std::max(0.0, nearest - kHoldMarginM);
  return rule;
}

bool leads_on(const maps::Map& map, Row lane) {
  const auto next = map.successors(lane);
  return std::any_of(next.begin(), next.end(), [&](Row to) { return map.lanes[to].taper == 0; });
}

// Escapes grow from the lanes that go on to their neighbours, side by side.
void find_escapes(const maps::Map& map, std::vector<LaneRule>& rules) {
  for (Row row = 0; row < static_cast<Row>(rules.size()); ++row) rules[row].goes_on = leads_on(map, row);
  for (bool again = true; again;) {
    again = false;
    for (Row row = 0; row < static_cast<Row>(rules.size()); ++row) {
      const maps::Lane& lane = map.lanes[row];
      if (!maps::drivable(lane.type) || rules[row].goes_on || rules[row].escape != kNone) continue;
      for (const Row side : {lane.left, lane.right})
        if (side != kNone && rules[row].escape == kNone && (rules[side].goes_on || rules[side].escape != kNone)) {
          rules[row].escape = side;
          again = true;
        }
    }
  }
}

}  // namespace

RoadRules::RoadRules(const maps::Map& map) {
  lanes.reserve(map.lanes.size());
  for (const maps::Lane& lane : map.lanes) {
    LaneRule rule = rule_of(map, lane);
    rule.sibling_begin = static_cast<std::int32_t>(siblings.size());
    for (Row c = lane.conflicts.begin; c < lane.conflicts.end; ++c)
      if (map.conflicts[c].kind == maps::ConflictKind::kDiverging)
        siblings.push_back({map.conflicts[c].lane, map.conflicts[c].other_end});
    rule.sibling_end = static_cast<std::int32_t>(siblings.size());
    if (!lane.limits.empty()) timed.push_back(static_cast<Row>(lanes.size()));
    lanes.push_back(rule);
  }
  find_escapes(map, lanes);
}

void RoadRules::update(const maps::Map& map, int weekday, double time_of_day_s) {
  const std::int64_t now = weekday * 1440 + static_cast<std::int64_t>(time_of_day_s / 60.0);
  if (now == minute) return;
  minute = now;
  const auto of_day = static_cast<std::int32_t>(now % 1440);
  const auto day_bit = 1u << (now / 1440 % 7);
  for (const Row row : timed) {
    const maps::Lane& lane = map.lanes[row];
    LaneRule& rule = lanes[row];
    rule.limit_mps = static_cast<float>(lane.speed_limit_mps > 0 ? lane.speed_limit_mps : kDefaultLimitMps);
    rule.closed = lane.type == maps::LaneType::kBus;
    for (Row i = lane.limits.begin; i < lane.limits.end; ++i) {
      const maps::TimedLimit& limit = map.timed_limits[i];
      if (of_day < limit.from_minute || of_day >= limit.to_minute || !(limit.weekdays & day_bit)) continue;
      if (limit.speed_limit_mps > 0) rule.limit_mps = static_cast<float>(limit.speed_limit_mps);
      if (limit.bus_only) rule.closed = 1;
    }
  }
}

}  // namespace bitgoeul::vehicles
