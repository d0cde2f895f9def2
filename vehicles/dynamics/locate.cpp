#include "vehicles/dynamics/locate.h"

#include "maps/lane_geometry.h"
#include "sim/math.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kLostM = 2.5;  // farther from the foot than this: the local search may hang at a kink of the lane

void leave_lane(State& state, Row row, std::size_t block, Act act) {
  state.mailbox.post(block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(act)});
}

// Nearest place on this lane and the next few, for one that has lost its way.
void find_again(State& state, Row row, double x, double y, std::size_t block) {
  Vehicles& v = state.vehicles;
  double start = 0, best = kLostM * kLostM * 100;
  for (int i = kBack; i < kBack + 4 && v.way[row][i] != kNone; ++i) {
    Row hint = kNone;
    const maps::LaneProjection foot = maps::project_to_lane(state.map, v.way[row][i], x, y, hint);
    if (foot.distance < best) {
      best = foot.distance;
      v.s[row] = start + foot.s;
      v.t[row] = foot.t;
    }
    start += state.rules.lanes[v.way[row][i]].length;
  }
  v.hint[row] = kNone;
  if (v.s[row] > state.rules.lanes[v.lane(row)].length) leave_lane(state, row, block, Act::kTransfer);
}

}  // namespace

void locate(State& state, Row row, std::size_t block) {
  Vehicles& v = state.vehicles;
  const sim::Entities& e = state.world.entities;
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  const double x = e.x[row] + e.center_x_m[row] * cosine, y = e.y[row] + e.center_x_m[row] * sine;
  const Row lane = v.lane(row), next = v.way[row][kBack + 1];
  const maps::LaneProjection here = maps::project_to_lane(state.map, lane, x, y, v.hint[row]);
  v.s[row] = here.s;
  v.t[row] = here.t;
  const double length = state.rules.lanes[lane].length;
  if (here.s < length - 1e-6) {
    if (here.distance > kLostM && v.change_progress[row] >= 1.0f) find_again(state, row, x, y, block);
    return;
  }
  if (next == kNone) return leave_lane(state, row, block, Act::kLeave);
  Row hint = state.map.lanes[next].points.begin;
  const maps::LaneProjection there = maps::project_to_lane(state.map, next, x, y, hint);
  if (there.s > 0) {
    v.s[row] = length + there.s;
    v.t[row] = there.t;
    leave_lane(state, row, block, Act::kTransfer);
  } else if (here.distance > kLostM) {
    find_again(state, row, x, y, block);
  }
}

}  // namespace bitgoeul::vehicles
