#include "vehicles/dynamics/kinematic_bicycle.h"

#include <algorithm>

#include "maps/lane_geometry.h"
#include "sim/math.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/dynamics/locate.h"

namespace bitgoeul::vehicles {
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
