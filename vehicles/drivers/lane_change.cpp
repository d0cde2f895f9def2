#include "vehicles/drivers/lane_change.h"

#include <algorithm>

#include "vehicles/walkers.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kNeighbourM = 60.0;                   // how far beyond the lane's ends a gap is checked
constexpr double kWalkersM = 3.0, kWalkersMps2 = 2.5;  // nobody on foot that near, and as it can stop for

double seconds_since(const State& state, std::int64_t step) {
  return step < 0 ? 0.0 : static_cast<double>(state.world.step() - step) * state.world.dt_s();
}

// Gaps that both sides can live with: no one has to brake harder than comfortably.
bool clear_ahead(const State& state, Row row, Row node, double gap_m) {
  const double v = state.speed(row), leader = state.speed(state.node_row(node));
  return gap_m > 1.0 + 0.3 * v + std::max(0.0, (v * v - leader * leader) / (2 * 2.5));
}
// In front of one that stands a hand's breadth is enough: nobody could close that gap while both wait for each other.
bool clear_behind(const State& state, Row row, Row node, double gap_m) {
  const double v = state.speed(row), follower = state.speed(state.node_row(node));
  return gap_m >
         std::min(1.0, 0.2 + follower) + 0.4 * follower + std::max(0.0, (follower * follower - v * v) / (2 * 2.0));
}

// Vehicles that are about to drive onto the lane from behind.
bool clear_upstream(const State& state, Row row, Row lane, double to_rear_m, int depth) {
  const maps::Range range = state.map.lanes[lane].predecessors;
  for (Row p = range.begin; p < range.end; ++p) {
    const Row before = state.map.links[p];
    const double length = state.rules.lanes[before].length;
    if (const Row node = state.lists.last[before]; node != kNone && state.node_row(node) != row) {
      const Row other = state.node_row(node);
      const double gap = to_rear_m + length - state.node_s(node) - state.half_length(other);
      if (!clear_behind(state, row, node, gap)) return false;
    } else if (to_rear_m + length < kNeighbourM && depth > 0) {
      if (!clear_upstream(state, row, before, to_rear_m + length, depth - 1)) return false;
    }
  }
  return true;
}

bool clear_downstream(const State& state, Row row, Row lane, double from_front_m) {
  const maps::Range range = state.map.lanes[lane].successors;
  for (Row n = range.begin; n < range.end; ++n) {
    const Row node = state.lists.first[state.map.links[n]];
    if (node == kNone) continue;
    if (!clear_ahead(state, row, node, from_front_m + state.node_s(node) - state.half_length(state.node_row(node))))
      return false;
  }
  return true;
}

// Nobody on foot in the way of who changes, on the lane that it leaves as on the one that it comes to.
bool clear_of_walkers(const State& state, Row row, Row lane, double s) {
  if (state.walkers == nullptr) return true;
  const Row own = state.vehicles.lane(row);
  const double half = state.half_length(row), at = state.vehicles.s[row], speed = state.speed(row);
  const double reach = half + kWalkersM + speed * speed / (2.0 * kWalkersMps2);
  return !state.walkers->on(state.rules.lanes[lane], s - half, s + reach) &&
         !state.walkers->on(state.rules.lanes[own], at - half, at + reach);
}

void find_route(State& state, maps::Router& router, Row row, const Route& original) {
  Vehicles& v = state.vehicles;
  maps::RouteRequest request;
  request.from_lane = v.reroute_next[row];
  const std::int32_t join = v.reroute_join[row];
  request.to_lane = join >= 0 ? original.lanes[join] : original.lanes.back();
  request.to_s = join >= 0 ? 0.5 * state.rules.lanes[request.to_lane].length : original.end_s;
  auto found = router.find(request);
  Route route;
  if (found) {
    route.lanes = std::move(found->lanes);
    route.lanes.insert(route.lanes.begin(), v.reroute_lane[row]);
    route.end_s = original.end_s;
    if (join >= 0) {
      route.loop = static_cast<std::int32_t>(route.lanes.size()) - 1;
      route.lanes.insert(route.lanes.end(), original.lanes.begin() + join + 1, original.lanes.end());
      route.lanes.insert(route.lanes.end(), original.lanes.begin(), original.lanes.begin() + join);
    }
  }
  state.routes[row] = std::move(route);
}

void post(State& state, Row row, std::size_t block, Act act) {
  state.mailbox.post(block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(act)});
}

void finish_change(State& state, Row row, std::size_t block) {
  state.vehicles.change_progress[row] = 1.0f;
  post(state, row, block, Act::kSideDone);
}

}  // namespace

double center_s_on(const State& state, Row row, Row lane) {
  const sim::Entities& e = state.world.entities;
  const double x = e.x[row] + e.center_x_m[row] * sim::cos(e.yaw_rad[row]);
  const double y = e.y[row] + e.center_x_m[row] * sim::sin(e.yaw_rad[row]);
  // Lanes beside each other are cut at nearly the same places: the search begins as far along as it is on its own.
  const maps::Lane& there = state.map.lanes[lane];
  const double part = std::clamp(state.vehicles.s[row] / state.rules.lanes[state.vehicles.lane(row)].length, 0.0, 1.0);
  const Row segments = there.points.end - there.points.begin - 1;
  Row hint = there.points.begin + std::min(static_cast<Row>(part * segments), segments - 1);
  return maps::project_to_lane(state.map, lane, x, y, hint).s;
}

void follow_change(State& state, Row row, double driven_m, std::size_t block) {
  Vehicles& v = state.vehicles;
  if (v.side[row] != Side::kNone) v.side_s[row] = center_s_on(state, row, v.side_lane[row]);
  if (v.change_progress[row] >= 1.0f) return;
  v.change_progress[row] += static_cast<float>(driven_m) / v.change_length_m[row];
  if (v.change_progress[row] >= 1.0f) finish_change(state, row, block);
}

bool gap_fits(const State& state, Row row, Row lane, double s) {
  const double half = state.half_length(row);
  if (!clear_of_walkers(state, row, lane, s)) return false;
  Row behind = kNone, ahead = state.lists.first[lane];
  while (ahead != kNone && (state.node_row(ahead) == row || state.node_s(ahead) < s)) {
    if (state.node_row(ahead) != row) behind = ahead;
    ahead = state.lists.ahead[ahead];
  }
  const double length = state.rules.lanes[lane].length;
  if (ahead != kNone) {
    const double gap = state.node_s(ahead) - state.half_length(state.node_row(ahead)) - s - half;
    if (!clear_ahead(state, row, ahead, gap)) return false;
  } else if (!clear_downstream(state, row, lane, length - s - half)) {
    return false;
  }
  if (behind == kNone) return clear_upstream(state, row, lane, s - half, 2);
  return clear_behind(state, row, behind, s - half - state.node_s(behind) - state.half_length(state.node_row(behind)));
}

sim::DriverView::Change see_change(const State& state, Row row) {
  const Vehicles& v = state.vehicles;
  sim::DriverView::Change c;
  c.progress = v.change_progress[row];
  c.beside = v.side[row] != Side::kNone;
  if (c.progress < 1.0) return c;
  const Row target = wanted_lane(state, row);
  if (target == kNone) return c;
  c.wanted = true;
  c.room_m = state.rules.lanes[v.lane(row)].length - v.s[row] - state.half_length(row);
  c.after = changes_at_way_end(state, row);
  const Wish wish = state.wish(row);
  c.wished = wish.side != 0 && (wish.change_m > 0 || wish.change_s > 0);
  c.wished_m = wish.change_m, c.wished_s = wish.change_s;
  c.gap = c.room_m > kShortestChangeM && gap_fits(state, row, target, center_s_on(state, row, target));
  if (v.change_wait_step[row] >= 0) c.waited_s = seconds_since(state, v.change_wait_step[row]);
  return c;
}

void obey_change(State& state, Row row, std::size_t block, bool wanted, const ChangeDecision& decision) {
  using sim::LaneChange;
  Vehicles& v = state.vehicles;
  if (v.change_progress[row] < 1.0f) {
    if (decision.change == LaneChange::kFinish) finish_change(state, row, block);
    return;
  }
  if (!wanted) {
    if (v.side[row] == Side::kWanting) post(state, row, block, Act::kSideDone);
    v.change_wait_step[row] = -1;
    return;
  }
  if (decision.change == LaneChange::kKeep || decision.change == LaneChange::kFinish) return;
  const sim::Id id = state.world.ids.id_of(row);
  if (decision.change == LaneChange::kStart) {
    state.mailbox.post(
        block, {id, static_cast<std::uint32_t>(Act::kChangeLane), 0, wanted_lane(state, row), 0, decision.length_m});
    return;
  }
  if (v.change_wait_step[row] < 0) v.change_wait_step[row] = state.world.step();
  if (decision.change == LaneChange::kGiveUp) post(state, row, block, Act::kReroute);
  if (decision.change == LaneChange::kAskIn)
    state.mailbox.post(block, {id, static_cast<std::uint32_t>(Act::kAskIn), 0, wanted_lane(state, row)});
}

bool change_lane(State& state, Row row, Row target, double length_m) {
  Vehicles& v = state.vehicles;
  const maps::Lane& own = state.map.lanes[v.lane(row)];
  if (own.left != target && own.right != target) return false;  // it has left the lane beside which that was
  const double s = center_s_on(state, row, target);
  if (!gap_fits(state, row, target, s + state.since_tick(row).driven_m)) return false;
  leave_side(state, row);
  const Row old = v.lane(row);
  state.lists.remove(old, row);
  v.side[row] = Side::kLeaving;
  v.side_lane[row] = old;
  v.side_s[row] = v.s[row];
  state.enlist(old, state.side_node(row));

  v.s[row] = s;
  const sim::Entities& e = state.world.entities;
  const double x = e.x[row] + e.center_x_m[row] * sim::cos(e.yaw_rad[row]);
  const double y = e.y[row] + e.center_x_m[row] * sim::sin(e.yaw_rad[row]);
  Row hint = kNone;
  v.t[row] = maps::project_to_lane(state.map, target, x, y, hint).t;
  v.change_offset_m[row] = static_cast<float>(v.t[row]);
  v.change_progress[row] = 0.0f;
  v.change_length_m[row] = static_cast<float>(length_m);
  v.change_wait_step[row] = -1;
  const bool routed = state.wish(row).side == 0 || route_lane(state, row) == target;
  if (routed && v.route_cursor[row] >= 0 &&
      ++v.route_cursor[row] == static_cast<std::int32_t>(state.routes[row].lanes.size()))
    v.route_cursor[row] = state.routes[row].loop;
  enter_lane(state, row, target);
  state.enlist(target, row);
  return true;
}

void ask_in(State& state, Row row, Row target) {
  Vehicles& v = state.vehicles;
  if (v.side[row] != Side::kNone) return;
  const double s = center_s_on(state, row, target) + state.since_tick(row).driven_m, half = state.half_length(row);
  // Only in front of one that can stop for it.
  for (Row node = state.lists.first[target]; node != kNone && state.node_s(node) <= s; node = state.lists.ahead[node]) {
    const Row other = state.node_row(node);
    const double speed = state.speed(other);
    if (s - half - state.node_s(node) - state.half_length(other) < 1.0 + 0.5 * speed + speed * speed / 5.0) {
      if (state.lists.ahead[node] == kNone || state.node_s(state.lists.ahead[node]) > s) return;
    }
  }
  if (!clear_upstream(state, row, target, s - half, 1)) return;
  v.side[row] = Side::kWanting;
  v.side_lane[row] = target;
  v.side_s[row] = s - state.since_tick(row).driven_m;
  state.enlist(target, state.side_node(row));
}

void leave_side(State& state, Row row) {
  Vehicles& v = state.vehicles;
  if (v.side[row] == Side::kNone) return;
  state.lists.remove(v.side_lane[row], state.side_node(row));
  v.side[row] = Side::kNone;
  v.side_lane[row] = kNone;
  v.side_s[row] = 0;
}

void reroute(State& state, maps::Router& router, Row row) {
  Vehicles& v = state.vehicles;
  if (v.side[row] == Side::kWanting) leave_side(state, row);
  v.change_wait_step[row] = -1;
  const std::int32_t cursor = v.route_cursor[row];
  v.route_cursor[row] = -1;
  redraw_way(state, row, kBack);  // as the lane leads
  const Row next = v.way[row][kBack + 1];
  Route& route = state.routes[row];
  if (cursor < 0 || next == kNone) return;
  v.reroute_lane[row] = v.lane(row);
  v.reroute_next[row] = next;
  const auto size = static_cast<std::int32_t>(route.lanes.size());
  if (route.loop >= 0) {
    // The setup's own route is lanes[loop..] turned about; meet it again some lanes on.
    const std::int32_t ahead = std::max(cursor, route.loop) + 6;
    const Row lane = route.lanes[ahead < size ? ahead : route.loop + (ahead - route.loop) % (size - route.loop)];
    const auto& original = state.originals[row].lanes;
    v.reroute_join[row] =
        static_cast<std::int32_t>(std::find(original.begin(), original.end(), lane) - original.begin());
  }
  find_route(state, router, row, state.originals[row]);
  if (route.lanes.empty()) return;  // nowhere to go: turns are drawn
  v.route_cursor[row] = 0;
  redraw_way(state, row, kBack);
}

void restore_route(State& state, maps::Router& router, Row row, const Route& original) {
  if (!state.alive(row) || state.vehicles.reroute_lane[row] == kNone) {
    state.routes[row] = original;
    return;
  }
  find_route(state, router, row, original);
}

}  // namespace bitgoeul::vehicles
