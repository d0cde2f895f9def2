#include "vehicles/dynamics/double_track.h"

#include <algorithm>

#include "sim/math.h"
#include "vehicles/dynamics/double_track_kernel.h"
#include "vehicles/dynamics/double_track_wide.h"

namespace bitgoeul::vehicles {
namespace {

Tyre<double> make_tyre(const TyreParameters& p, double load_n) {
  return {1.0 / load_n, p.friction,     p.load_sensitivity, p.cornering,          p.slip_stiffness, p.shape,
          p.bend,       p.relaxation_m, p.slide_m,          1.0 / p.relaxation_m, 1.0 / p.slide_m};
}

}  // namespace

Chassis<double> make_chassis(const DoubleTrackParameters& p, double wheelbase_m) {
  Chassis<double> c{};
  c.per_mass = 1.0 / p.mass_kg;
  c.roll_inertia = p.roll_inertia_kgm2;
  c.pitch_inertia = p.pitch_inertia_kgm2;
  c.yaw_inertia = p.yaw_inertia_kgm2;
  c.ahead[0] = wheelbase_m * (1.0 - p.front_share);
  c.ahead[1] = -wheelbase_m * p.front_share;
  c.height = p.cg_height_m;
  const double weight = p.mass_kg * kGravityMps2;
  for (int axle = 0; axle < 2; ++axle) {
    c.half_track[axle] = 0.5 * p.track_m[axle];
    c.static_load[axle] = 0.5 * weight * (axle == 0 ? p.front_share : 1.0 - p.front_share);
    c.spring[axle] = p.spring_npm[axle];
    c.damper[axle] = p.damper_nspm[axle];
    c.antiroll[axle] = p.antiroll_npm[axle];
    c.tyre[axle] = make_tyre(p.tyre[axle], c.static_load[axle]);
  }
  c.radius = p.wheel_radius_m;
  c.per_wheel_inertia = 1.0 / p.wheel_inertia_kgm2;
  c.per_roll_inertia = 1.0 / p.roll_inertia_kgm2;
  c.per_pitch_inertia = 1.0 / p.pitch_inertia_kgm2;
  c.per_yaw_inertia = 1.0 / p.yaw_inertia_kgm2;
  c.drag = 0.5 * kAirKgpm3 * p.drag_area_m2;
  c.rolling = p.rolling_resistance * p.wheel_radius_m;
  c.slip_target = p.slip_target;
  return c;
}

double understeer(const DoubleTrackParameters& p) {
  return (1.0 / p.tyre[0].cornering - 1.0 / p.tyre[1].cornering) / kGravityMps2;
}

void DoubleTrackInputs::resize(std::size_t slots) {
  for (std::vector<double>* column : {&steer, &drive_nm[0], &drive_nm[1], &brake_nm[0], &brake_nm[1], &road_x, &road_y,
                                      &road_z, &dzdx, &dzdy, &warp, &friction})
    column->resize(slots);
  std::fill(friction.begin(), friction.end(), 1.0);
}

void step_double_tracks(DoubleTracks& bodies, Wheels& wheels, const std::vector<Chassis<double>>& chassis,
                        const DoubleTrackInputs& inputs, std::size_t begin, std::size_t end, double dt_s) {
  static const bool wide = has_wide();
  (wide ? step_wide : step_packs)(bodies, wheels, chassis, inputs, begin, end, dt_s);
}

void step_double_tracks_one_by_one(DoubleTracks& bodies, Wheels& wheels, const std::vector<Chassis<double>>& chassis,
                                   const DoubleTrackInputs& inputs, std::size_t begin, std::size_t end, double dt_s) {
  for (std::size_t slot = begin; slot < end; ++slot) step<double>(bodies, wheels, chassis, inputs, slot, dt_s);
}

void place_double_track(DoubleTracks& b, Wheels& wheels, const Chassis<double>& c, std::size_t slot,
                        const BodyPose& pose, double slope, double bank) {
  double sy, cy;
  sim::sincos(pose.yaw_rad, sy, cy);
  const double dzdx = slope * cy - bank * sy, dzdy = slope * sy + bank * cy;
  const Quat<double> road = road_turn(dzdx, dzdy);
  const Turn<double> axes = turn_of(road);
  // The heading within the road that shows as yaw_rad from above.
  const double hx = cy * axes.x.x + sy * axes.x.y + slope * axes.x.z;
  const double hy = cy * axes.y.x + sy * axes.y.y + slope * axes.y.z;
  const double yaw = sim::atan2(hy, hx);
  double s, k;
  sim::sincos(0.5 * yaw, s, k);
  const Quat<double> q = times(road, Quat<double>{k, 0.0, 0.0, s});
  const Turn<double> turn = turn_of(q);
  const Vec<double> off = forth(turn, Vec<double>{-c.ahead[1], 0.0, c.height});
  b.x[slot] = pose.x + off.x;
  b.y[slot] = pose.y + off.y;
  b.z[slot] = pose.z + off.z;
  b.qw[slot] = q.w;
  b.qx[slot] = q.x;
  b.qy[slot] = q.y;
  b.qz[slot] = q.z;
  const Vec<double> speed = forth(turn, Vec<double>{pose.forward_mps, pose.left_mps, 0.0});
  b.vx_mps[slot] = speed.x;
  b.vy_mps[slot] = speed.y;
  b.vz_mps[slot] = speed.z;
  b.yaw_rate_radps[slot] = pose.yaw_rate_radps;
  b.road_z[slot] = pose.z;
  b.road_slope[slot] = slope;
  b.road_bank[slot] = bank;
  for (std::size_t i = 0; i < kWheels; ++i) {
    wheels.spin_radps[kWheels * slot + i] = pose.forward_mps / c.radius;
    wheels.slide_m[kWheels * slot + i] = wheels.drift_m[kWheels * slot + i] = 0;
    wheels.grip[kWheels * slot + i] = 1;
  }
}

BodyPose pose_of(const DoubleTracks& b, const Chassis<double>& c, std::size_t slot) {
  const Turn<double> turn = turn_of(Quat<double>{b.qw[slot], b.qx[slot], b.qy[slot], b.qz[slot]});
  const Vec<double> off = forth(turn, Vec<double>{-c.ahead[1], 0.0, c.height});
  BodyPose pose;
  pose.x = b.x[slot] - off.x;
  pose.y = b.y[slot] - off.y;
  pose.z = b.z[slot] - off.z;
  pose.yaw_rad = sim::atan2(turn.x.y, turn.x.x);
  pose.pitch_rad = -sim::asin(std::clamp(turn.x.z, -1.0, 1.0));
  pose.roll_rad = sim::atan2(turn.y.z, turn.z.z);
  pose.forward_mps = b.vx_mps[slot] * turn.x.x + b.vy_mps[slot] * turn.x.y + b.vz_mps[slot] * turn.x.z;
  pose.left_mps = b.vx_mps[slot] * turn.y.x + b.vy_mps[slot] * turn.y.y + b.vz_mps[slot] * turn.y.z;
  pose.yaw_rate_radps = b.yaw_rate_radps[slot];
  return pose;
}

}  // namespace bitgoeul::vehicles
