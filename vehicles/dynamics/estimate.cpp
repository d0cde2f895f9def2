#include "vehicles/dynamics/estimate.h"

#include <algorithm>

#include "sim/math.h"
#include "vehicles/dynamics/double_track.h"

namespace bitgoeul::vehicles {
namespace {

struct Class {
  double kg_per_m2;       // mass / (length x width), half laden
  double cg_share;        // height of the centre of gravity / height
  double bounce_hz;       // of the body on its springs
  double damping;         // ratio
  double roll_rad_per_g;  // Milliken and Milliken, Race Car Vehicle Dynamics, table 16.1: cars 2 to 7 degrees
  double friction;        // tyre
  double cornering[2];    // 1/rad
  double wheel_radius_m, wheel_inertia_kgm2;
  double drag_coefficient;
  double rolling;
};

const Class& class_of(Category category) {
  static constexpr Class kCarClass{185, 0.36, 1.3, 0.35, 0.07, 1.0, {14, 17}, 0.33, 1.2, 0.29, 0.010};
  static constexpr Class kVanClass{215, 0.38, 1.4, 0.35, 0.075, 0.95, {12, 14.5}, 0.35, 1.6, 0.35, 0.010};
  static constexpr Class kBusClass{440, 0.36, 1.2, 0.30, 0.08, 0.8, {8, 9.5}, 0.48, 14, 0.60, 0.007};
  static constexpr Class kTruckClass{480, 0.40, 1.6, 0.30, 0.08, 0.8, {8, 9.5}, 0.45, 12, 0.65, 0.007};
  switch (category) {
    case Category::kVan:
      return kVanClass;
    case Category::kBus:
      return kBusClass;
    case Category::kTruck:
    case Category::kTrailer:
    case Category::kSemitrailer:
      return kTruckClass;
    default:
      return kCarClass;
  }
}

// Springs from the bounce frequency, dampers from the damping ratio, anti-roll bars from what roll is left to them.
void suspend(DoubleTrackParameters& p, const Class& c) {
  const double omega = 2 * sim::kPi * c.bounce_hz;
  double roll_stiffness = 0;
  for (std::size_t axle = 0; axle < 2; ++axle) {
    const double mass = 0.5 * p.mass_kg * (axle == 0 ? p.front_share : 1 - p.front_share);
    p.spring_npm[axle] = mass * omega * omega;
    p.damper_nspm[axle] = 2 * c.damping * mass * omega;
    roll_stiffness += 0.5 * p.spring_npm[axle] * p.track_m[axle] * p.track_m[axle];
  }
  const double wanted = p.mass_kg * kGravityMps2 * p.cg_height_m / c.roll_rad_per_g;
  const double bars = std::max(0.0, wanted - roll_stiffness);
  p.antiroll_npm = {0.6 * bars / (p.track_m[0] * p.track_m[0]), 0.4 * bars / (p.track_m[1] * p.track_m[1])};
}

}  // namespace

bool has_two_tracks(const VehicleType& type) {
  return type.category != Category::kMotorbike && type.category != Category::kBicycle;
}

DoubleTrackParameters dynamics_of(const VehicleType& type) {
  return type.dynamics.mass_kg > 0 ? type.dynamics : estimate_dynamics(type);
}

DoubleTrackParameters estimate_dynamics(const VehicleType& type, double mass_kg) {
  const Class& c = class_of(type.category);
  DoubleTrackParameters p;
  p.mass_kg = mass_kg > 0 ? mass_kg : c.kg_per_m2 * type.length_m * type.width_m;
  p.front_share = 0.5;
  p.cg_height_m = c.cg_share * type.height_m;
  // Radii of gyration as shares of width and length: NHTSA's measured inertias of cars and light trucks.
  p.roll_inertia_kgm2 = p.mass_kg * 0.32 * type.width_m * 0.32 * type.width_m;
  p.pitch_inertia_kgm2 = p.mass_kg * 0.27 * type.length_m * 0.27 * type.length_m;
  p.yaw_inertia_kgm2 = p.mass_kg * 0.28 * type.length_m * 0.28 * type.length_m;
  p.track_m = {0.84 * type.width_m, 0.84 * type.width_m};
  p.wheel_radius_m = c.wheel_radius_m;
  p.wheel_inertia_kgm2 = c.wheel_inertia_kgm2;
  for (std::size_t axle = 0; axle < 2; ++axle) {
    p.tyre[axle].friction = c.friction;
    p.tyre[axle].cornering = c.cornering[axle];
  }
  suspend(p, c);
  p.drag_area_m2 = c.drag_coefficient * 0.85 * type.width_m * type.height_m;
  p.rolling_resistance = c.rolling;
  const double pull = p.mass_kg * type.max_acceleration_mps2;
  p.torque_nm = 1.3 * pull * p.wheel_radius_m;
  p.power_w = pull * 0.35 * type.max_speed_mps +
              0.5 * kAirKgpm3 * p.drag_area_m2 * type.max_speed_mps * type.max_speed_mps * type.max_speed_mps;
  p.front_drive = c.kg_per_m2 < 300 ? 0.5 : 0.0;
  p.regeneration_nm = p.mass_kg * 2.0 * p.wheel_radius_m;
  p.brake_nm = 1.25 * p.mass_kg * type.max_deceleration_mps2 * p.wheel_radius_m;
  p.brake_front = 0.62;
  return p;
}

}  // namespace bitgoeul::vehicles
