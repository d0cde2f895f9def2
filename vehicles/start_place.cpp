#include "vehicles/start_place.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "vehicles/drivers/driver.h"
#include "vehicles/walkers.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kShortestLaneM = 12.0;
constexpr double kStartWidthM = 2.6;

double wide_to(const maps::Map& map, Row row) {
  const maps::Lane& lane = map.lanes[row];
  Row p = lane.points.end - 1;
  while (p > lane.points.begin && map.points[p].width < kStartWidthM) --p;
  return map.points[p].s;
}

}  // namespace

bool starts_here(const State& state, Row row) {
  const maps::Lane& lane = state.map.lanes[row];
  const LaneRule& rule = state.rules.lanes[row];
  if (!maps::drivable(lane.type) || !lane.reachable || lane.taper || lane.junction != kNone || rule.closed)
    return false;
  if (rule.controlled && rule.hold_s <= 0) return false;
  return lane.length >= kShortestLaneM && rule.escape == kNone;
}

bool begins_at_edge(const maps::Map& map, Row row) {
  for (const Row lane : {row, map.lanes[row].left, map.lanes[row].right})
    if (lane != kNone && !map.lanes[lane].predecessors.empty()) return false;
  return true;
}

std::size_t weighted_index(const std::vector<double>& cumulative, double u) {
  const auto at = std::upper_bound(cumulative.begin(), cumulative.end(), u * cumulative.back());
  return std::min<std::size_t>(at - cumulative.begin(), cumulative.size() - 1);
}

double wide_from(const maps::Map& map, Row row) {
  const maps::Lane& lane = map.lanes[row];
  Row p = lane.points.begin;
  while (p + 1 < lane.points.end && map.points[p].width < kStartWidthM) ++p;
  return map.points[p].s;
}
double usable_end(const State& state, Row lane) {
  const LaneRule& rule = state.rules.lanes[lane];
  const double end = std::min({rule.length, rule.stop_s, wide_to(state.map, lane)});
  return (rule.hold_s > 0 ? std::min(end, rule.hold_s) : end) - kEndMarginM;
}

double start_speed(const State& state, Row row) {
  const Vehicles& v = state.vehicles;
  const LaneRule& rule = state.rules.lanes[v.lane(row)];
  double room = usable_end(state, v.lane(row)) - v.s[row] - state.half_length(row);
  if (const Row node = state.lists.ahead[row]; node >= 0)
    room = std::min(
        room, state.node_s(node) - v.s[row] - state.half_length(row) - state.half_length(state.node_row(node)) - 2.0);
  const double cap = maps::lane_pose(state.map, v.lane(row), v.s[row]).speed_cap_mps;
  const double limit =
      std::min({static_cast<double>(rule.limit_mps * v.speed_factor[row]), cap, own_most_mps(state, row)});
  return std::min(limit, std::sqrt(2.0 * 1.2 * std::max(0.0, room)));
}

bool free_at(const State& state, Row lane, double s, double half, double ahead_m, double behind_m) {
  if (state.walkers != nullptr && state.walkers->on(state.rules.lanes[lane], s - half - 1.0, s + half + ahead_m))
    return false;
  Row behind = kNone, ahead = state.lists.first[lane];
  for (; ahead != kNone && state.node_s(ahead) < s; ahead = state.lists.ahead[ahead]) behind = ahead;
  if (ahead != kNone && state.node_s(ahead) - state.half_length(state.node_row(ahead)) - s - half < ahead_m)
    return false;
  if (behind != kNone && s - half - state.node_s(behind) - state.half_length(state.node_row(behind)) < behind_m)
    return false;
  return true;
}

}  // namespace bitgoeul::vehicles
