#include "vehicles/dynamics/kinematic_bicycle.h"

#include <algorithm>

#include "maps/lane_geometry.h"
#include "sim/math.h"
#include "vehicles/drivers/idm.h"

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

// Place of the box centre on the lane, and on the next one when it has passed the end.
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

}  // namespace

double advance(BicycleState& b, double acceleration_mps2, double steering_rad, double wheelbase_m,
               double max_steering_rad, double dt_s) {
  const double step = kSteeringRateRadps * dt_s;
  const double wanted = std::clamp(steering_rad, -max_steering_rad, max_steering_rad);
  const double before = b.steering_rad;
  b.steering_rad = std::clamp(wanted, before - step, before + step);
  const double driven = ballistic(b.speed_mps, acceleration_mps2, dt_s);
  const double turned = driven * sim::tan(0.5 * (before + b.steering_rad)) / wheelbase_m;
  double sine, cosine;
  sim::sincos(b.yaw_rad + 0.5 * turned, sine, cosine);
  b.x += driven * cosine;
  b.y += driven * sine;
  b.yaw_rad = sim::wrap_angle(b.yaw_rad + turned);
  return driven;
}

double move_bicycle(State& state, Row row, std::size_t block) {
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  const VehicleType& type = state.catalogue[e.type[row]];
  const double dt = state.world.dt_s();
  BicycleState b{e.x[row], e.y[row], e.yaw_rad[row], e.speed_mps[row], v.steering_rad[row]};
  const double wanted =
      std::clamp<double>(v.command_acceleration_mps2[row], -type.max_deceleration_mps2, type.max_acceleration_mps2);
  const double driven = advance(b, wanted, v.command_steering_rad[row], type.wheelbase_m, type.max_steering_rad, dt);
  e.acceleration_mps2[row] = (b.speed_mps - e.speed_mps[row]) / dt;
  e.yaw_rate_radps[row] = b.speed_mps * sim::tan(b.steering_rad) / type.wheelbase_m;
  e.x[row] = b.x;
  e.y[row] = b.y;
  e.yaw_rad[row] = b.yaw_rad;
  e.speed_mps[row] = b.speed_mps;
  v.steering_rad[row] = b.steering_rad;
  if (driven == 0) return 0;
  locate(state, row, block);
  const maps::LanePose ground = maps::lane_pose(state.map, v.lane(row), v.s[row], 0.0, v.hint[row]);
  e.z[row] = ground.z;
  e.pitch_rad[row] = ground.pitch;
  return driven;
}

}  // namespace bitgoeul::vehicles
