#include "vehicles/drivers/path_follower.h"

#include <algorithm>

#include "sim/math.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kPreviewS = 0.15;  // the wheels lag behind by about this
constexpr double kPreviewM = 0.3;

}  // namespace

double follow_curvature(double path_curvature, double lateral_error_m, double heading_error_rad, double speed_mps) {
  const double reach = std::clamp(0.5 * speed_mps, 1.8, 16.0);
  return path_curvature - lateral_error_m / (reach * reach) - 2.0 * sim::sin(heading_error_rad) / reach;
}

double change_profile(double p) {
  p = std::clamp(p, 0.0, 1.0);
  return 1.0 - p * p * p * (10.0 + p * (-15.0 + 6.0 * p));
}

double change_slope(double p) {
  p = std::clamp(p, 0.0, 1.0);
  const double q = p * (1.0 - p);
  return -30.0 * q * q;
}

double plan_steering(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const sim::Entities& e = state.world.entities;
  const VehicleType& type = state.catalogue[e.type[row]];
  const double speed = e.speed_mps[row];
  const maps::LanePose rear = way_pose(state, row, -e.center_x_m[row], v.hint[row]);
  const maps::LanePose preview = way_pose(state, row, -e.center_x_m[row] + kPreviewM + kPreviewS * speed, v.hint[row]);
  double lateral = v.t[row], heading = rear.heading;
  if (const double p = v.change_progress[row]; p < 1.0) {
    lateral -= v.change_offset_m[row] * change_profile(p);
    heading += v.change_offset_m[row] * change_slope(p) / v.change_length_m[row];
  }
  const double curvature =
      follow_curvature(preview.curvature, lateral, sim::wrap_angle(e.yaw_rad[row] - heading), speed);
  return std::clamp(sim::atan(curvature * type.wheelbase_m), -type.max_steering_rad, type.max_steering_rad);
}

}  // namespace bitgoeul::vehicles
