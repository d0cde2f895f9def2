#include "vehicles/drivers/mobil.h"

#include <algorithm>
#include <limits>

#include "vehicles/demand.h"
#include "vehicles/drivers/driver.h"
#include "vehicles/drivers/lane_change.h"
#include "vehicles/leaders.h"

namespace bitgoeul::vehicles {
namespace {

constexpr std::int64_t kChooseTicks = 10;            // once a second, spread over the ticks by row
constexpr double kChangeS = 4.0;                     // a change takes this long
constexpr double kRoomM = 45.0, kRoomS = 7.0;        // of lane ahead, to change and to be in line for the junction
constexpr double kSlowerMps = 1.5, kSlowestMps = 3;  // only behind someone who is slower, and not in a queue
// What a lane is worth from which the trip's end is near (the bias of Treiber, Kesting: Traffic Flow Dynamics, 2013,
// 14.3.4), and the room that such a change needs.
constexpr double kTripMps2 = 1.5, kTripRoomS = 5.0;

struct Neighbours {
  Row ahead = kNone, behind = kNone;  // nodes
};

Neighbours neighbours(const State& state, Row row, Row lane, double s) {
  Neighbours n;
  for (Row node = state.lists.first[lane]; node != kNone; node = state.lists.ahead[node]) {
    if (state.node_row(node) == row) continue;
    if (state.node_s(node) > s) {
      n.ahead = node;
      break;
    }
    n.behind = node;
  }
  return n;
}

double wanted_mps(const State& state, Row row) {
  const Vehicles& v = state.vehicles;
  // One that steers may be noting what its bend allows at this very moment (see_road): not read there.
  Row hint = kNone;
  const float bend = steered(v.model[row]) ? bend_mps(state, row, hint) : v.cap_mps[row];
  const float limit = state.rules.lanes[v.lane(row)].limit_mps * v.speed_factor[row];
  const double most = state.ridden.empty() ? kFarM : own_most_mps(state, row);
  return std::max(0.5, std::min<double>(std::min(limit, bend), most));
}

// IDM acceleration of `row` at s behind a node of the same lane (kNone: nobody).
double behind(const State& state, Row row, double s, Row node) {
  const IdmDriver driver = driver_of(state, row, wanted_mps(state, row));
  const double speed = state.speed(row);
  if (node == kNone) return idm_free(driver, speed);
  const Row leader = state.node_row(node);
  const double gap = state.node_s(node) - s - state.half_length(row) - state.half_length(leader);
  return idm(driver, speed, gap, state.speed(leader));
}

// ... behind `row` itself, which is at s.
double behind_row(const State& state, Row node, Row row, double s) {
  const Row follower = state.node_row(node);
  const double gap = s - state.node_s(node) - state.half_length(row) - state.half_length(follower);
  return idm(driver_of(state, follower, wanted_mps(state, follower)), state.speed(follower), gap, state.speed(row));
}

double gain(const State& state, Row row, Row target, double s) {
  const Vehicles& v = state.vehicles;
  const Neighbours there = neighbours(state, row, target, s);
  const Row old = state.lists.behind[row], ahead = state.lists.ahead[row];
  MobilOutlook o;
  o.own_now = behind(state, row, v.s[row], ahead);
  o.own_then = behind(state, row, s, there.ahead);
  if (there.behind != kNone) {
    o.new_now = behind(state, state.node_row(there.behind), state.node_s(there.behind), there.ahead);
    o.new_then = behind_row(state, there.behind, row, s);
  }
  if (old >= 0) {
    o.old_now = behind_row(state, old, row, v.s[row]);
    o.old_then = behind(state, state.node_row(old), state.node_s(old), ahead);
  }
  return mobil_gain({}, o);
}

double room_ahead(const State& state, Row lane, double s, double half) {
  const LaneRule& rule = state.rules.lanes[lane];
  return std::min(rule.length, rule.hold_s > 0 ? rule.hold_s : rule.stop_s) - s - half;
}

// Not while anything else is going on: a change, a junction ahead, a lane that ends.
bool free_to_choose(const State& state, Row row) {
  const Vehicles& v = state.vehicles;
  const LaneRule& rule = state.rules.lanes[v.lane(row)];
  if (v.held[row] != 0 || v.request_step[row] >= 0) return false;
  if (v.side[row] != Side::kNone || v.change_progress[row] < 1.0f) return false;
  return rule.junction == kNone && !rule.controlled && rule.escape == kNone && state.speed(row) > kSlowestMps;
}

bool behind_slower(const State& state, Row row) {
  const Row ahead = state.lists.ahead[row];
  return state.vehicles.wait[row] == Wait::kLeader && ahead >= 0 &&
         state.speed(state.node_row(ahead)) + kSlowerMps < wanted_mps(state, row);
}

// 1: its trip's end is nearer from there; -1: from its own lane.
int trip_prefers(const State& state, Row row, Row lane) {
  return state.demand == nullptr ? 0 : state.demand->prefers(row, state.vehicles.lane(row), lane);
}

bool open_to_all(const State& state, Row lane) {
  const LaneRule& rule = state.rules.lanes[lane];
  return !rule.closed && !rule.controlled && rule.escape == kNone && rule.goes_on && rule.plain &&
         state.map.lanes[lane].reachable;
}

}  // namespace

double mobil_gain(const Mobil& m, const MobilOutlook& o) {
  if (o.new_then < -m.safe_braking_mps2) return -std::numeric_limits<double>::infinity();
  return o.own_then - o.own_now + m.politeness * (o.new_then - o.new_now + o.old_then - o.old_now) - m.threshold_mps2;
}

void choose_lane(State& state, Row row, std::size_t block) {
  if ((state.world.step() / state.tick_steps + row) % kChooseTicks != 0 || !free_to_choose(state, row)) return;
  const Vehicles& v = state.vehicles;
  const maps::Lane& own = state.map.lanes[v.lane(row)];
  const double speed = state.speed(row), half = state.half_length(row);
  const bool slowed = behind_slower(state, row);
  if (!state.rules.lanes[v.lane(row)].plain || (!slowed && state.demand == nullptr)) return;
  Row best = kNone;
  double most = 0, at = 0;
  for (const auto& [lane, allowed] : {std::pair{own.left, own.change_left}, std::pair{own.right, own.change_right}}) {
    if (lane == kNone || !allowed || !open_to_all(state, lane)) continue;
    const int trip = trip_prefers(state, row, lane);
    const double room = std::max(kRoomM, (trip > 0 ? kTripRoomS : kRoomS) * speed);
    if ((!slowed && trip <= 0) || room_ahead(state, v.lane(row), v.s[row], half) < room) continue;
    const double s = center_s_on(state, row, lane);
    if (s < half + 1.0 || room_ahead(state, lane, s, half) < room) continue;
    const double won = gain(state, row, lane, s) + trip * kTripMps2;
    if (won > most && gap_fits(state, row, lane, s)) best = lane, most = won, at = s;
  }
  if (best == kNone) return;
  const double length = std::min(std::max(12.0, kChangeS * speed), room_ahead(state, best, at, half) - 5.0);
  state.mailbox.post(block,
                     {state.world.ids.id_of(row), static_cast<std::uint32_t>(Act::kChangeLane), 0, best, 0, length});
}

}  // namespace bitgoeul::vehicles
