#include "vehicles/drivers/right_of_way.h"

#include <algorithm>
#include <bit>

#include "sim/check.h"
#include "sim/prefetch.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kClearMarginM = 0.5;     // between a rear and the area it has left
constexpr double kPassedM = 1.5;          // a front this far behind its stop line has entered
constexpr double kExitGapM = 2.0;         // room that a vehicle takes in a queue beyond its length
constexpr double kFirmBrakingMps2 = 3.0;  // a yellow light is obeyed when this suffices
constexpr double kHardBrakingMps2 = 5.5;  // ... and with this by one that would not pass before red
constexpr double kPatienceS = 20.0;       // of asking, after which priority yields to order of arrival
constexpr double kOtherTurnS = 60.0;      // of a full exit, after which traffic without a route turns elsewhere
constexpr double kStorageM = 60.0;        // no look at the exit beyond this
constexpr double kAtLineM = 2.5;          // a front this near to its line has stopped for it
constexpr double kFromStandMps = 4.0;     // speed at the line of one that has stood there

bool holds(const Vehicles& v, Row row, int index) { return v.held[row] >> index & 1; }

// Denied for a reason of its own, so it keeps nobody back.
bool kept_by_others(Wait wait) { return wait == Wait::kExitFull || wait == Wait::kSignal || wait == Wait::kQueue; }

void set_held(Vehicles& v, Row row, int first, int last, bool value) {
  for (int i = first; i <= last; ++i) {
    const std::uint32_t bit = 1u << i;
    v.held[row] = value ? v.held[row] | bit : v.held[row] & ~bit;
  }
}

// Last way index of the movement that starts at `first`: the lanes of one junction in a row.
int movement_end(const State& state, const Way& way, int first) {
  const Row junction = state.rules.lanes[way[first]].junction;
  int last = first;
  if (junction != kNone)
    while (last + 1 < kWay && way[last + 1] != kNone && state.rules.lanes[way[last + 1]].junction == junction) ++last;
  return last;
}

bool movement_closed(const State& state, Row row, int first, int last) {
  const Way& way = state.vehicles.way[row];
  for (int i = first; i <= last; ++i)
    if (state.rules.lanes[way[i]].controlled && !holds(state.vehicles, row, i)) return true;
  return false;
}

// Where to wait for way[index], from the start of that lane.
double wait_at(const State& state, const Way& way, int index) {
  const LaneRule& rule = state.rules.lanes[way[index]];
  if (rule.hold_s > 0) return rule.hold_s;
  if (way[index - 1] == kNone) return 0.0;
  const LaneRule& before = state.rules.lanes[way[index - 1]];
  return before.junction == kNone ? before.stop_s - before.length : 0.0;
}

// What the light of a lane means to its drivers; off: there is none.
sim::SignalState light(const State& state, const LaneRule& rule) {
  if (rule.signal_group == kNone) return sim::SignalState::kOff;
  return maps::light_for(rule.turn_when, state.world.signals.state[rule.signal_group]);
}

bool green(const State& state, const Way& way, int first, int last) {
  for (int i = first; i <= last; ++i) {
    const sim::SignalState now = light(state, state.rules.lanes[way[i]]);
    if (now == sim::SignalState::kRed || now == sim::SignalState::kYellow) return false;
  }
  return true;
}

// Stop as at a stop sign: Enforcement Rule of the Road Traffic Act, table 2, 적색등화의 점멸.
bool flashing_red(const State& state, const Way& way, int first, int last) {
  for (int i = first; i <= last; ++i)
    if (light(state, state.rules.lanes[way[i]]) == sim::SignalState::kFlashingRed) return true;
  return false;
}

// Rear of a vehicle on lane way[index], in that lane's s.
double rear_on(const State& state, Row row, int index) {
  return -start_of(state, row, index) - state.half_length(row) - state.vehicles.towed_m[row];
}

void release_cleared(State& state, Row row) {
  Vehicles& v = state.vehicles;
  for (int i = 0; i < kBack; ++i)
    if (holds(v, row, i) && rear_on(state, row, i) > state.rules.lanes[v.way[row][i]].length + kClearMarginM)
      set_held(v, row, i, i, false);
}

// Seconds until the movement turns red; 0: it is red, negative: no signal keeps it back.
double until_red_s(const State& state, const Way& way, int first, int last) {
  double least = -1;
  for (int i = first; i <= last; ++i) {
    const Row group = state.rules.lanes[way[i]].signal_group;
    const sim::SignalState now = light(state, state.rules.lanes[way[i]]);
    if (now == sim::SignalState::kRed) return 0;
    if (now != sim::SignalState::kYellow) continue;
    const double left =
        static_cast<double>(state.world.signals.next_change_step[group] - state.world.step()) * state.world.dt_s();
    least = least < 0 ? left : std::min(least, left);
  }
  return least;
}

// Red, and all of it may be driven on red.
bool red_to_turn_on(const State& state, const Way& way, int first, int last) {
  for (int i = first; i <= last; ++i)
    if (state.rules.lanes[way[i]].signal_group != kNone && !turns_on_red(state, way[i])) return false;
  return true;
}

bool stopped_at_line(const State& state, Row row, const Gate& gate) {
  return gate.distance < kAtLineM && state.vehicles.standstill_step[row] >= 0;
}

// Stands at its line before a red light that it may turn on.
bool stopped_to_turn(const State& state, Row row, const Gate& gate) {
  return stopped_at_line(state, row, gate) && red_to_turn_on(state, state.vehicles.way[row], gate.first, gate.last);
}

// A light that has turned takes back what has not been entered: from whoever can still stop and would not pass on
// yellow.
void release_red(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const double speed = state.speed(row);
  for (int i = kBack + 1; i < kWay && v.way[row][i] != kNone; ++i) {
    if (!holds(v, row, i)) continue;
    const int last = movement_end(state, v.way[row], i);
    const double distance = start_of(state, row, i) + wait_at(state, v.way[row], i) - state.half_length(row);
    const double red_s = until_red_s(state, v.way[row], i, last);
    const bool passes = distance + 2.0 < speed * red_s && distance < speed * speed / (2 * kFirmBrakingMps2);
    const bool stops = distance > 0.2 * speed + speed * speed / (2 * kHardBrakingMps2) + 0.5;
    const bool turning = distance < kAtLineM && red_s >= 0 && red_to_turn_on(state, v.way[row], i, last);
    if (red_s >= 0 && stops && !passes && !turning) set_held(v, row, i, std::min(last, kWay - 1), false);
    i = last;
  }
}

constexpr Row kFetchAhead = 12;

// The lanes that a row will look at in a moment.
void fetch_way(const State& state, Row row) {
  const Way& way = state.vehicles.way[row];
  for (int i = kBack; i < kBack + 3 && way[i] != kNone; ++i) {
    sim::prefetch(&state.rules.lanes[way[i]]);
    sim::prefetch(&state.lists.first[way[i]]);
  }
}

}  // namespace

bool turns_on_red(const State& state, Row lane) {
  const maps::Lane& turn = state.map.lanes[lane];
  if (turn.turn != maps::Turn::kRight || turn.junction == kNone || state.map.roads[turn.road].left_hand_traffic)
    return false;
  const auto lanes = state.map.lanes_of_junction(turn.junction);
  return std::any_of(lanes.begin(), lanes.end(), [&](Row other) {
    return state.map.lanes[other].signal_group == turn.signal_group && state.map.lanes[other].turn != turn.turn;
  });
}

bool lawful_on_red(const State& state, Row row, Row lane) {
  return holds(state.vehicles, row, kBack + 1) && state.speed(row) < kFromStandMps && turns_on_red(state, lane);
}

std::optional<Gate> closed_gate(const State& state, Row row, double horizon_m) {
  const Way& way = state.vehicles.way[row];
  double start = -state.vehicles.s[row] - state.half_length(row);  // of way[i], from the front
  for (int i = kBack; i < kWay && way[i] != kNone && start < horizon_m + 20.0; ++i) {
    const int last = movement_end(state, way, i);
    if (movement_closed(state, row, i, last)) {
      const Gate gate{i, last, start + wait_at(state, way, i)};
      if (gate.distance > horizon_m) return std::nullopt;
      return gate;
    }
    for (; i < last; ++i) start += state.rules.lanes[way[i]].length;
    start += state.rules.lanes[way[i]].length;
  }
  return std::nullopt;
}

RightOfWay::RightOfWay(std::size_t capacity, const maps::Map& map) : round_(capacity), heads_(map.lanes.size()) {
  rivals_begin_.reserve(map.lanes.size() + 1);
  rivals_begin_.push_back(0);
  for (const maps::Lane& lane : map.lanes) {
    for (Row c = lane.conflicts.begin; c < lane.conflicts.end; ++c)
      if (const maps::Conflict& conflict = map.conflicts[c]; conflict.kind != maps::ConflictKind::kDiverging)
        rivals_.push_back({conflict.lane, conflict.priority, conflict.other_end});
    rivals_begin_.push_back(static_cast<std::int32_t>(rivals_.size()));
  }
  entries_.reserve(capacity * 8);
  touched_.reserve(capacity * 8);
  order_.reserve(capacity);
}

void RightOfWay::ask(State& state, Row begin, Row end) {
  Vehicles& v = state.vehicles;
  for (Row row = begin; row < end; ++row) {
    if (row + kFetchAhead < state.rows()) fetch_way(state, row + kFetchAhead);
    round_[row] = 0;
    state.gates[row].first = 0;
    if (!state.alive(row) || !state.lists.listed(row)) continue;  // an actor of a story may stand beside all lanes
    if (v.held[row]) {
      release_cleared(state, row);
      release_red(state, row);
    }
    const double speed = state.speed(row), horizon = planning_horizon(speed, v.deceleration_mps2[row]);
    auto gate = closed_gate(state, row, horizon);
    // Whoever stands inside holds it, however it came there.
    while (gate && gate->distance < -kPassedM) {
      set_held(v, row, gate->first, gate->last, true);
      gate = closed_gate(state, row, horizon);
    }
    if (v.held[row]) round_[row] = kHolds;
    if (gate) state.gates[row] = *gate;
    if (!gate || gate->distance > request_distance(speed, v.deceleration_mps2[row])) {
      v.request_step[row] = -1;
      continue;
    }
    if (v.request_step[row] < 0) v.request_step[row] = state.world.step();
    const bool flashes = flashing_red(state, v.way[row], gate->first, gate->last);
    if (green(state, v.way[row], gate->first, gate->last) && (!flashes || stopped_at_line(state, row, *gate)))
      round_[row] |= flashes ? kAsks | kStops : kAsks;
    else if (stopped_to_turn(state, row, *gate))
      round_[row] |= kAsks | kOnRed;
    else
      v.wait[row] = Wait::kSignal;
  }
}

void RightOfWay::check(const State& state, Row begin, Row end) {
  for (Row row = begin; row < end; ++row) {
    if (round_[row] & kAsks && leader_in_the_way(state, row, state.gates[row])) round_[row] |= kQueues;
    Gate gate;
    if (state.vehicles.held[row] >> (kBack + 1) && overtaken(state, row, gate)) round_[row] |= kOvertaken;
  }
}

void RightOfWay::push(std::int32_t Heads::*which, Row lane, Row row, int index) {
  CHECK(entries_.size() < entries_.capacity(), "entries are reserved at load");
  Heads& heads = heads_[lane];
  if (heads.holders < 0 && heads.askers < 0) touched_.push_back(lane);
  entries_.push_back({row, index, heads.*which});
  heads.*which = static_cast<std::int32_t>(entries_.size()) - 1;
}

void RightOfWay::collect(State& state) {
  Vehicles& v = state.vehicles;
  for (Row row = 0; row < state.rows(); ++row) {
    const std::uint8_t round = round_[row];
    if (round == 0) continue;
    if (round & kOvertaken) release_overtaken(state, row);
    if (round & kHolds)
      for (std::uint32_t held = v.held[row]; held != 0; held &= held - 1) {
        const int i = std::countr_zero(held);
        push(&Heads::holders, v.way[row][i], row, i);
      }
    if (!(round & kAsks)) continue;
    if (round & kQueues) {
      v.wait[row] = Wait::kQueue;
      continue;
    }
    const Gate& gate = state.gates[row];
    order_.emplace_back(v.request_step[row], row);
    for (int i = gate.first; i <= gate.last; ++i) push(&Heads::askers, v.way[row][i], row, i);
  }
  std::sort(order_.begin(), order_.end());
}

// One that has changed lane into the gap before a holder must not wait for it: the holder gives back what it has not
// entered.
bool RightOfWay::overtaken(const State& state, Row row, Gate& gate) const {
  const Vehicles& v = state.vehicles;
  for (int i = kBack + 1; i < kWay && v.way[row][i] != kNone; ++i) {
    if (!holds(v, row, i)) continue;
    const int last = movement_end(state, v.way[row], i);
    const double distance = start_of(state, row, i) + wait_at(state, v.way[row], i) - state.half_length(row);
    const bool inside = state.rules.lanes[v.lane(row)].junction != kNone &&
                        state.rules.lanes[v.lane(row)].junction == state.rules.lanes[v.way[row][i]].junction;
    gate = {i, last, distance};
    if (!inside && distance > 0 && leader_in_the_way(state, row, gate)) return true;
    i = last;
  }
  return false;
}

void RightOfWay::release_overtaken(State& state, Row row) {
  Gate gate;
  while (overtaken(state, row, gate)) set_held(state.vehicles, row, gate.first, gate.last, false);
}

void RightOfWay::grant(State& state) {
  Vehicles& v = state.vehicles;
  collect(state);
  for (const auto& [since, row] : order_) {
    const Gate gate = state.gates[row];
    v.wait[row] = decide(state, row);
    if (v.wait[row] == Wait::kFree) {
      set_held(v, row, gate.first, gate.last, true);
      for (int i = gate.first; i <= gate.last; ++i) push(&Heads::holders, v.way[row][i], row, i);
      v.request_step[row] = -1;
    } else if (v.wait[row] == Wait::kExitFull && v.route_cursor[row] < 0 && gate.first > kBack) {
      const double waited_s = static_cast<double>(state.world.step() - since) * state.world.dt_s();
      if (waited_s > kOtherTurnS) {
        redraw_way(state, row, gate.first - 1, true);
        state.mark(row);
        // It has waited long enough to be served by order of arrival there too.
        v.request_step[row] = state.world.step() - static_cast<std::int64_t>(kPatienceS / state.world.dt_s());
      }
    }
  }
  clear();
}

void RightOfWay::clear() {
  for (const Row lane : touched_) heads_[lane] = {};
  touched_.clear();
  entries_.clear();
  order_.clear();
}

Wait RightOfWay::decide(const State& state, Row row) const {
  const Gate& gate = state.gates[row];
  const Way& way = state.vehicles.way[row];
  for (int i = gate.first; i <= gate.last; ++i)
    if (const Wait wait = conflict_with(state, row, way[i]); wait != Wait::kFree) return wait;
  if (state.rules.lanes[way[gate.first]].junction != kNone && !exit_has_room(state, row, gate)) return Wait::kExitFull;
  return Wait::kFree;
}

// Grants go in the order of the queue: the vehicle ahead must have passed my stop line or hold its own way on.
bool RightOfWay::leader_in_the_way(const State& state, Row row, const Gate& gate) const {
  const Way& way = state.vehicles.way[row];
  double start = -state.vehicles.s[row];
  // One whose tail is still in the lane it leaves stands when the queue there stands.
  if (state.vehicles.side[row] == Side::kLeaving)
    if (const Row node = state.lists.ahead[state.side_node(row)]; node >= 0 && state.speed(state.node_row(node)) < 2.0)
      return state.node_s(node) - state.vehicles.side_s[row] < gate.distance + 2 * state.half_length(row);
  for (int i = kBack; i <= gate.first; ++i) {
    const Row node = i == kBack ? state.lists.ahead[row] : state.lists.first[way[i]];
    if (node != kNone) {
      const Row leader = state.node_row(node);
      const double front = start + state.node_s(node) + state.half_length(leader) - state.half_length(row);
      if (front > gate.distance + kPassedM) return false;
      if (node != leader) return true;  // one that changes lane before the line
      const auto closed = closed_gate(state, leader, gate.distance - front + 1.0);
      return closed.has_value();
    }
    start += state.rules.lanes[way[i]].length;
  }
  return false;
}

Wait RightOfWay::conflict_with(const State& state, Row row, Row lane) const {
  for (std::int32_t r = rivals_begin_[lane]; r < rivals_begin_[lane + 1]; ++r) {
    const Rival& rival = rivals_[r];
    const Heads& heads = heads_[rival.lane];
    for (std::int32_t e = heads.holders; e >= 0; e = entries_[e].next) {
      const Entry& holder = entries_[e];
      if (holder.row != row && rear_on(state, holder.row, holder.index) < rival.other_end + kClearMarginM)
        return Wait::kConflict;
    }
    for (std::int32_t e = heads.askers; e >= 0; e = entries_[e].next) {
      const Row other = entries_[e].row;
      if (other == row || (on_red(other) && !on_red(row))) continue;
      if (state.vehicles.request_step[other] >= 0 && goes_before(state, other, row, rival.priority))
        return Wait::kPriority;
    }
  }
  return Wait::kFree;
}

bool RightOfWay::goes_before(const State& state, Row other, Row row, int priority) const {
  const Vehicles& v = state.vehicles;
  if (kept_by_others(v.wait[other])) return false;
  if (on_red(row) && !on_red(other)) return true;
  if (stops(row) != stops(other)) priority = stops(row) ? -1 : 1;  // who flashes yellow goes before who flashes red
  const auto patience = static_cast<std::int64_t>(kPatienceS / state.world.dt_s());
  const std::int64_t now = state.world.step();
  const bool by_arrival =
      priority == 0 || now - v.request_step[row] > patience || now - v.request_step[other] > patience;
  if (!by_arrival) return priority < 0;
  if (v.request_step[other] != v.request_step[row]) return v.request_step[other] < v.request_step[row];
  return other < row;
}

// Room on the lanes behind the junction for this vehicle and for those that hold a way to the same exit and are not
// there yet.
bool RightOfWay::exit_has_room(const State& state, Row row, const Gate& gate) const {
  const Way& way = state.vehicles.way[row];
  const int exit = gate.last + 1;
  if (exit >= kWay || way[exit] == kNone) return true;
  const double own = 2 * state.half_length(row) + kExitGapM;
  double others = 0;
  const maps::Range before = state.map.lanes[way[exit]].predecessors;
  for (Row p = before.begin; p < before.end; ++p)
    for (std::int32_t e = heads_[state.map.links[p]].holders; e >= 0; e = entries_[e].next)
      if (entries_[e].row != row && entries_[e].index >= kBack)
        others += 2 * state.half_length(entries_[e].row) + kExitGapM;
  double room = 0, storage = 0;  // storage: what the exit holds when it is empty
  bool found = false;
  for (int i = exit; i < kWay && way[i] != kNone && storage < kStorageM; ++i) {
    const LaneRule& rule = state.rules.lanes[way[i]];
    if (i > exit && rule.junction != kNone) break;
    if (const Row node = state.lists.first[way[i]]; node != kNone && !found) {
      const Row last = state.node_row(node);
      const double speed = state.speed(last);
      room = storage + state.node_s(node) - state.half_length(last) + speed * speed / 8.0;
      found = true;
    }
    const bool ends_here = i + 1 < kWay && way[i + 1] != kNone && state.rules.lanes[way[i + 1]].junction != kNone;
    storage += ends_here ? rule.stop_s : rule.length;
  }
  if (!found || room > storage) room = storage;
  return others > 0 ? room >= others + own : room >= std::min(own, storage);
}

}  // namespace bitgoeul::vehicles
