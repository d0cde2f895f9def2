#include "scenarios/tracker.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"
#include "vehicles/drivers/path_follower.h"

namespace bitgoeul::scenarios {
namespace {

constexpr double kSpeedGain = 1.0, kPlaceGain = 0.5;  // 1/s, 1/s2: critically damped would be 1/4, a little stiffer
constexpr double kPreviewS = 0.2;                     // the wheels lag behind by about this

struct Target {
  double x = 0, y = 0, yaw_rad = 0, speed_mps = 0, acceleration_mps2 = 0, curvature = 0;
};

Target between(const sim::TrajectoryPoint& a, const sim::TrajectoryPoint& b, double t_s) {
  const double span = b.t_s - a.t_s, u = span > 0 ? std::clamp((t_s - a.t_s) / span, 0.0, 1.0) : 0.0;
  const double turn = sim::wrap_angle(b.yaw_rad - a.yaw_rad), way = sim::hypot(b.x - a.x, b.y - a.y);
  Target target;
  target.x = a.x + u * (b.x - a.x);
  target.y = a.y + u * (b.y - a.y);
  target.yaw_rad = a.yaw_rad + u * turn;
  target.speed_mps = a.speed_mps + u * (b.speed_mps - a.speed_mps);
  target.acceleration_mps2 = a.acceleration_mps2 + u * (b.acceleration_mps2 - a.acceleration_mps2);
  target.curvature = way > 0.05 ? turn / way : 0.0;
  return target;
}

Target target_at(std::span<const sim::TrajectoryPoint> trajectory, double t_s) {
  std::size_t i = 1;
  while (i < trajectory.size() && trajectory[i].t_s < t_s) ++i;
  if (i < trajectory.size()) return between(trajectory[i - 1], trajectory[i], t_s);
  const sim::TrajectoryPoint& last = trajectory.back();
  return {last.x, last.y, last.yaw_rad, 0.0, -kEndBrakingMps2, 0.0};
}

}  // namespace

sim::Command track(std::span<const sim::TrajectoryPoint> trajectory, double elapsed_s, const TrackedVehicle& vehicle) {
  if (trajectory.empty()) return {static_cast<float>(-kEndBrakingMps2), 0.0f};
  const bool ended = elapsed_s > trajectory.back().t_s;
  const Target target = target_at(trajectory, elapsed_s);
  double sine, cosine;
  sim::sincos(target.yaw_rad, sine, cosine);
  const double dx = vehicle.x - target.x, dy = vehicle.y - target.y;
  const double ahead = dx * cosine + dy * sine, left = dy * cosine - dx * sine;
  double acceleration = target.acceleration_mps2;
  if (!ended) acceleration += kSpeedGain * (target.speed_mps - vehicle.speed_mps) - kPlaceGain * ahead;
  const double curvature =
      vehicles::follow_curvature(target_at(trajectory, elapsed_s + kPreviewS).curvature, left,
                                 sim::wrap_angle(vehicle.yaw_rad - target.yaw_rad), vehicle.speed_mps);
  const double steering = sim::atan(curvature * vehicle.wheelbase_m);
  return {static_cast<float>(acceleration),
          static_cast<float>(std::clamp(steering, -vehicle.max_steering_rad, vehicle.max_steering_rad))};
}

}  // namespace bitgoeul::scenarios
