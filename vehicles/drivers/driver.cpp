#include "vehicles/drivers/driver.h"

#include "sim/prefetch.h"
#include "sim/random.h"
#include "vehicles/bus_stops.h"
#include "vehicles/drivers/decide.h"
#include "vehicles/drivers/lane_change.h"
#include "vehicles/drivers/mobil.h"
#include "vehicles/drivers/path_follower.h"
#include "vehicles/drivers/right_of_way.h"
#include "vehicles/leaders.h"
#include "vehicles/riders.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kOffWayM = 0.8;

bool serves_stops(const State& state, Row row) {
  return state.bus_stops != nullptr && state.ticked(row) && state.background(row) &&
         state.catalogue[state.world.entities.type[row]].category == Category::kBus;
}

sim::DriverView::Road see_road(State& state, Row row, Wait& stop) {
  Vehicles& v = state.vehicles;
  sim::DriverView::Road road;
  road.speed_mps = state.speed(row);
  const LaneRule& rule = state.rules.lanes[v.lane(row)];
  if (v.model[row] != Model::kRail) v.cap_mps[row] = bend_mps(state, row, v.hint[row]);
  const Wish wish = state.wish(row);
  road.wished_mps = wish.speed_mps, road.wished_acceleration_mps2 = wish.acceleration_mps2;
  road.bend_mps = v.cap_mps[row];
  road.wanted_mps = std::max(0.5f, std::min(rule.limit_mps * v.speed_factor[row], v.cap_mps[row]));
  if (!state.ridden.empty()) road.wanted_mps = std::min(road.wanted_mps, own_most_mps(state, row));
  road.off_way = v.change_progress[row] >= 1.0f && std::fabs(v.t[row]) > kOffWayM && !rides(state, row);
  const IdmDriver driver = driver_of(state, row, 0.0);
  road.headway_s = driver.headway_s, road.gap_m = driver.gap_m;
  road.acceleration_mps2 = driver.acceleration_mps2, road.deceleration_mps2 = driver.deceleration_mps2;
  road.most_mps2 = wish.speed_mps >= 0 ? state.catalogue[state.world.entities.type[row]].max_acceleration_mps2
                                       : driver.acceleration_mps2;
  const double horizon = planning_horizon(road.speed_mps, driver.deceleration_mps2);
  Outlook out = look_ahead(state, row, horizon);
  // Who asks in this tick has just looked.
  const Gate gate = state.thinking_tick() ? state.gates[row] : closed_gate(state, row, horizon).value_or(Gate{});
  if (gate.first != 0 && gate.distance < out.stop_gap_m) out.stop_gap_m = gate.distance, out.stop = Wait::kQueue;
  if (serves_stops(state, row))
    if (const double gap = state.bus_stops->gap_m(state, row, horizon); gap < out.stop_gap_m)
      out.stop_gap_m = gap, out.stop = Wait::kBusStop;
  if (out.leader != kNone) road.leader_gap_m = out.leader_gap_m, road.leader_mps = out.leader_mps;
  if (out.stop_gap_m < kFarM) road.stop_gap_m = out.stop_gap_m;
  road.slowing_mps2 = out.slowing_mps2;
  stop = out.stop;
  return road;
}

void obey_speed(State& state, Row row, Wait stop, const SpeedDecision& decision) {
  Vehicles& v = state.vehicles;
  v.command_acceleration_mps2[row] = static_cast<float>(decision.acceleration_mps2);
  if (v.request_step[row] >= 0) return;
  v.wait[row] = decision.binding == sim::Binding::kLeader ? Wait::kLeader
                : decision.binding == sim::Binding::kStop ? stop
                                                          : Wait::kFree;
}

// A front that will cross the stop line of a red light before the next tick is worth an event.
void foresee_red_light(State& state, Row row, std::size_t block) {
  const Vehicles& v = state.vehicles;
  const Row next = v.way[row][kBack + 1];
  const double to_line = state.rules.lanes[v.lane(row)].stop_s - v.s[row] - state.half_length(row);
  if (to_line < 0 || to_line > state.speed(row) * state.tick_s() + 1.0 || next == kNone) return;
  const Row group = state.rules.lanes[next].signal_group;
  if (group == kNone || state.rules.lanes[next].turn_when > maps::TurnWhen::kLeftArrow) return;
  std::int64_t step = state.world.step();
  for (const std::int64_t end = step + state.tick_steps; step < end; ++step) {
    double speed = state.speed(row);
    const double time_s = static_cast<double>(step + 1 - state.world.step()) * state.world.dt_s();
    if (ballistic(speed, v.command_acceleration_mps2[row], time_s) > to_line) break;
    if (step + 1 == end) return;
  }
  const sim::Signals& signals = state.world.signals;
  const bool changed = step >= signals.next_change_step[group];
  if (signals.state[group] == (changed ? sim::SignalState::kYellow : sim::SignalState::kRed) &&
      !lawful_on_red(state, row, next))
    state.mailbox.post(block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(Act::kRedLight), 0, next});
}

constexpr Row kFetchAhead = 12, kFetchNextAhead = 6;

void fetch_leader(const State& state, Row node) {
  if (node < 0) return;
  const Row leader = state.node_row(node);
  sim::prefetch(&state.vehicles.s[leader]);
  sim::prefetch(&state.world.entities.speed_mps[leader]);
  sim::prefetch(&state.world.entities.length_m[leader]);
}

// What a row will look at in a moment: the vehicle ahead of it, on its lane or on the next one.
void fetch_leaders(const State& state, Row row) {
  if (row + kFetchAhead < state.rows()) fetch_leader(state, state.lists.ahead[row + kFetchAhead]);
  if (row + kFetchNextAhead >= state.rows() || state.lists.ahead[row + kFetchNextAhead] != kNone) return;
  if (const Row next = state.vehicles.way[row + kFetchNextAhead][kBack + 1]; next != kNone)
    fetch_leader(state, state.lists.first[next]);
}

// At the end of a route that is not closed.
bool arrived(const State& state, Row row) {
  const std::int32_t cursor = state.vehicles.route_cursor[row];
  if (cursor < 0) return false;
  const Route& route = state.routes[row];
  return route.loop < 0 && cursor + 1 == static_cast<std::int32_t>(route.lanes.size()) &&
         state.vehicles.s[row] >= route.end_s;
}

void note_arrival(State& state, Row row, std::size_t block) {
  if (arrived(state, row))
    state.mailbox.post(block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(Act::kRouteDone)});
}

}  // namespace

IdmDriver driver_of(const State& state, Row row, double wanted_mps) {
  const Vehicles& v = state.vehicles;
  return {wanted_mps, v.headway_s[row], v.acceleration_mps2[row], v.deceleration_mps2[row], v.gap_m[row]};
}

double own_most_mps(const State& state, Row row) {
  if (!rides(state, row)) return kFarM;
  return state.catalogue[state.world.entities.type[row]].max_speed_mps * state.vehicles.speed_factor[row];
}

float bend_mps(const State& state, Row row, Row& hint) {
  const Vehicles& v = state.vehicles;
  return static_cast<float>(maps::lane_pose(state.map, v.lane(row), v.s[row], 0.0, hint).speed_cap_mps);
}

void draw_driver(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const auto generation = static_cast<std::int64_t>(state.world.ids.generation[row]);
  const auto draw = [&](int what, double low, double high) {
    const double u =
        sim::uniform(state.world.seed(), static_cast<std::uint32_t>(row), generation * 8 + what, sim::Stream::kDriver);
    return static_cast<float>(low + (high - low) * u);
  };
  v.speed_factor[row] = draw(0, 0.88, 1.0);
  // People keep about 1.1 s and start with 2 m/s2: a queue leaves a light at the saturation flow that streets show, and
  // the mean driver keeps a T^2 > s0, below which waves grow at low speed (Treiber, Kesting: Traffic Flow Dynamics,
  // 2013, 15.4). Self-driving vehicles are milder.
  const bool mild = steered(v.model[row]);
  v.headway_s[row] = mild ? draw(1, 1.1, 1.7) : draw(1, 0.95, 1.25);
  v.acceleration_mps2[row] = mild ? draw(2, 1.2, 2.0) : draw(2, 1.7, 2.5);
  v.deceleration_mps2[row] = draw(3, 1.8, 2.5);
  v.gap_m[row] = draw(4, 1.6, 2.4);
  if (rides(state, row)) v.acceleration_mps2[row] = draw(2, 0.6, 1.0);
}

Seen see(State& state, Row row) {
  Seen seen;
  seen.view.road = see_road(state, row, seen.stop);
  seen.view.change = see_change(state, row);
  seen.view.path = see_path(state, row);
  return seen;
}

void obey(State& state, Row row, std::size_t block, const Seen& seen, const sim::DriverDecision& decision) {
  obey_speed(state, row, seen.stop, {decision.acceleration_mps2, decision.binding});
  obey_change(state, row, block, seen.view.change.wanted, {decision.change, decision.change_m});
  note_arrival(state, row, block);
  state.vehicles.command_steering_rad[row] = static_cast<float>(decision.steering_rad);
}

void plan(State& state, Row begin, Row end, std::size_t block) {
  Vehicles& v = state.vehicles;
  for (Row row = begin; row < end; ++row) {
    fetch_leaders(state, row);
    if (!state.alive(row) || passive(v.model[row]) || !thinks(state, row) || state.asks_stack(row)) continue;
    if (state.driven_outside(row)) {
      note_arrival(state, row, block);
      continue;
    }
    if (steered(v.model[row])) {
      const Seen seen = see(state, row);
      obey(state, row, block, seen, decide(seen.view));
      continue;
    }
    Wait stop = Wait::kFree;
    const sim::DriverView::Road road = see_road(state, row, stop);
    obey_speed(state, row, stop, decide_speed(road));
    if (state.ticked(row)) {
      foresee_red_light(state, row, block);
      const bool serves = serves_stops(state, row);
      if (serves) state.bus_stops->serve(state, row);
      if (serves || rides(state, row))
        keep_to_kerb(state, row, block);
      else
        choose_lane(state, row, block);
    }
    if (v.side[row] == Side::kNone && v.change_progress[row] >= 1.0f &&
        state.rules.lanes[v.lane(row)].escape == kNone && state.wish(row).side == 0)
      continue;
    const sim::DriverView::Change change = see_change(state, row);
    obey_change(state, row, block, change.wanted, decide_change(change, road.speed_mps));
  }
}

}  // namespace bitgoeul::vehicles
