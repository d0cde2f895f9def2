#include "vehicles/dynamics/wreck.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"
#include "vehicles/dynamics/double_track.h"
#include "vehicles/dynamics/locate.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kSlidingFriction = 0.7;  // locked tyres on dry asphalt

// Torque of friction over the footprint, as an angular deceleration: four wheels at the corners of the wheelbase, about
// 0.3 lengths from the middle, against a radius of gyration of 0.28 lengths.
double spin_down(double length_m, double friction) { return friction * kGravityMps2 * 0.3 / (0.28 * 0.28 * length_m); }

}  // namespace

double move_wreck(State& state, Row row, std::size_t block) {
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  const double dt = state.world.dt_s(), friction = kSlidingFriction * state.friction(row);
  double forward = e.speed_mps[row], left = v.left_mps[row];
  const double speed = std::sqrt(forward * forward + left * left), rate = e.yaw_rate_radps[row];
  const double before = forward;
  if (speed == 0 && rate == 0) {
    e.acceleration_mps2[row] = 0;
    return 0;
  }
  const double slower = std::max(0.0, speed - friction * kGravityMps2 * dt);
  const double scale = speed > 0 ? slower / speed : 0.0;
  const double braked = spin_down(e.length_m[row], friction) * dt;
  e.yaw_rate_radps[row] = rate > braked ? rate - braked : rate < -braked ? rate + braked : 0.0;
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  // The box centre moves by the mean speed; the body turns about it.
  const double mean = 0.5 * (1.0 + scale) * dt;
  const double x = e.x[row] + e.center_x_m[row] * cosine + mean * (forward * cosine - left * sine);
  const double y = e.y[row] + e.center_x_m[row] * sine + mean * (forward * sine + left * cosine);
  const double vx = scale * (forward * cosine - left * sine), vy = scale * (forward * sine + left * cosine);
  e.yaw_rad[row] = sim::wrap_angle(e.yaw_rad[row] + 0.5 * (rate + e.yaw_rate_radps[row]) * dt);
  sim::sincos(e.yaw_rad[row], sine, cosine);
  e.x[row] = x - e.center_x_m[row] * cosine;
  e.y[row] = y - e.center_x_m[row] * sine;
  forward = vx * cosine + vy * sine;
  left = vy * cosine - vx * sine;
  e.speed_mps[row] = forward;
  v.left_mps[row] = left;
  e.acceleration_mps2[row] = (forward - before) / dt;
  locate(state, row, block);
  return mean * speed;
}

}  // namespace bitgoeul::vehicles
