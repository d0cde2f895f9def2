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

sim::DriverView::Path see_path(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const sim::Entities& e = state.world.entities;
  const VehicleType& type = state.catalogue[e.type[row]];
  sim::DriverView::Path path;
  path.heading_rad = way_pose(state, row, -e.center_x_m[row], v.hint[row]).heading;
  path.curvature =
      way_pose(state, row, -e.center_x_m[row] + kPreviewM + kPreviewS * e.speed_mps[row], v.hint[row]).curvature;
  path.yaw_rad = e.yaw_rad[row];
  path.lateral_m = v.t[row];
  path.change_offset_m = v.change_offset_m[row];
  path.change_length_m = v.change_length_m[row];
  path.wheelbase_m = type.wheelbase_m;
  path.max_steering_rad = type.max_steering_rad;
  return path;
}

}  // namespace bitgoeul::vehicles
