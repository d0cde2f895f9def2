// DoubleTrackRig: one or more vehicles of the double-track model on a plane, stepped at 100 Hz, with sample cars. For
// the tests of the model and for the benchmark.
#pragma once

#include <cmath>

#include "sim/table.h"
#include "vehicles/dynamics/drive_by_wire.h"

namespace bitgoeul::vehicles {

inline constexpr double kRigDt = 0.01;

// Volkswagen Golf 8 1.5 eTSI (110 kW, 250 Nm from 1,500 to 3,500 rpm, 7-speed DSG, front-wheel drive; Volkswagen's data
// sheet): 1,380 kg with driver, wheelbase 2.636 m.
inline DoubleTrackParameters golf() {
  DoubleTrackParameters p;
  p.mass_kg = 1450;  // two people
  p.front_share = 0.58;
  p.cg_height_m = 0.53;
  p.roll_inertia_kgm2 = 500;
  p.pitch_inertia_kgm2 = 2000;
  p.yaw_inertia_kgm2 = 2200;
  p.track_m = {1.54, 1.51};
  p.wheel_radius_m = 0.312;
  p.wheel_inertia_kgm2 = 1.1;
  p.spring_npm = {26e3, 24e3};
  p.damper_nspm = {2600, 2400};
  p.antiroll_npm = {16e3, 8e3};
  p.tyre[0] = {1.14, 0.12, 13.0, 24.0, 1.5, 0.0, 0.45, 0.2};
  p.tyre[1] = {1.14, 0.12, 17.0, 24.0, 1.5, 0.0, 0.45, 0.2};
  p.drag_area_m2 = 0.275 * 2.21;
  p.powertrain = Powertrain::kCombustion;
  p.power_w = 110e3 * 0.90;
  p.torque_nm = 250 * 0.90;
  p.front_drive = 1.0;
  p.regeneration_nm = 0;
  p.ratio = {16.7, 10.1, 6.8, 4.98, 3.79, 3.07, 2.57};
  p.shift_s = 0.1;
  p.engine_inertia_kgm2 = 0.17;
  p.response_s = 0.35;  // the turbocharger
  p.brake_nm = 7500;
  p.brake_front = 0.68;
  return p;
}

// Tesla Model 3 Long Range with rear-wheel drive, 2018: 1,730 kg, wheelbase 2.875 m, 47/53, reduction 9:1.
inline DoubleTrackParameters model3() {
  DoubleTrackParameters p;
  p.mass_kg = 1820;
  p.front_share = 0.47;
  p.cg_height_m = 0.46;
  p.roll_inertia_kgm2 = 620;
  p.pitch_inertia_kgm2 = 2600;
  p.yaw_inertia_kgm2 = 2800;
  p.track_m = {1.58, 1.58};
  p.wheel_radius_m = 0.335;
  p.spring_npm = {34e3, 40e3};
  p.damper_nspm = {3200, 3600};
  p.antiroll_npm = {22e3, 10e3};
  p.tyre[0] = {0.93, 0.12, 15.0, 24.0, 1.5, 0.0, 0.45, 0.2};
  p.tyre[1] = {0.93, 0.12, 19.0, 24.0, 1.5, 0.0, 0.45, 0.2};
  p.drag_area_m2 = 0.23 * 2.22;
  p.power_w = 202e3;
  p.torque_nm = 3700;
  p.front_drive = 0.0;
  p.brake_nm = 9000;
  return p;
}

struct Rig {
  DoubleTracks bodies;
  Wheels wheels;
  std::vector<Chassis<double>> chassis;
  std::vector<DoubleTrackParameters> parameters;
  DoubleTrackInputs inputs;
  double wheelbase_m, slope = 0, max_steering_rad = 0.6;

  explicit Rig(const DoubleTrackParameters& p, double wheelbase, double speed_mps = 0, std::size_t count = 1,
               double uphill = 0, double bank = 0)
      : chassis(count, make_chassis(p, wheelbase)), parameters(count, p), wheelbase_m(wheelbase), slope(uphill) {
    sim::resize_table(bodies, count);
    sim::resize_table(wheels, 4 * count);
    inputs.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      BodyPose pose;
      pose.forward_mps = speed_mps;
      place_double_track(bodies, wheels, chassis[i], i, pose, uphill, bank);
      inputs.dzdx[i] = uphill;  // heading east
      inputs.dzdy[i] = bank;
    }
  }

  BodyPose pose(std::size_t i = 0) const { return pose_of(bodies, chassis[i], i); }
  void command(const DriveCommand& c, std::size_t i = 0) {
    drive_by_wire(bodies, i, parameters[i], wheelbase_m, max_steering_rad, c, pose(i).forward_mps, slope, kRigDt,
                  inputs);
  }
  void step() { step_double_tracks(bodies, wheels, chassis, inputs, 0, chassis.size(), kRigDt); }
  void drive(const DriveCommand& c) {
    command(c);
    step();
  }
};

}  // namespace bitgoeul::vehicles
