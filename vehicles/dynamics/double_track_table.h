// DoubleTracks and Wheels: the state of the vehicles that move by the double-track model. Slot i of DoubleTracks is the
// i-th such vehicle of the setup, its wheels are rows 4i .. 4i + 3 of Wheels: front left, front right, rear left, rear
// right. Position and velocity are those of the centre of gravity in the map's frame, `q` turns body to map (x forward,
// y left, z up), turn rates are in the body's frame. All of it is hashed and saved. Thread rule: own slot only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::vehicles {

struct DoubleTracks {
  std::vector<sim::Row> row;  // of the vehicle
  std::vector<double> x, y, z, qw, qx, qy, qz;
  std::vector<double> vx_mps, vy_mps, vz_mps, roll_rate_radps, pitch_rate_radps, yaw_rate_radps;
  std::vector<double> steering_rad;                   // front wheel angle of the single-track equivalent
  std::vector<double> drive_nm, brake_nm;             // torque of all wheels, after the actuators' lag
  std::vector<double> road_z, road_slope, road_bank;  // under the rear axle; along and across the vehicle
  std::vector<std::int32_t> gear;                     // 0 = first
  std::vector<double> shift_s;                        // until the gear is in

  template <class F>
  void columns(F&& f) {
    f("row", row);
    f("x", x);
    f("y", y);
    f("z", z);
    f("qw", qw);
    f("qx", qx);
    f("qy", qy);
    f("qz", qz);
    f("vx_mps", vx_mps);
    f("vy_mps", vy_mps);
    f("vz_mps", vz_mps);
    f("roll_rate_radps", roll_rate_radps);
    f("pitch_rate_radps", pitch_rate_radps);
    f("yaw_rate_radps", yaw_rate_radps);
    f("steering_rad", steering_rad);
    f("drive_nm", drive_nm);
    f("brake_nm", brake_nm);
    f("road_z", road_z);
    f("road_slope", road_slope);
    f("road_bank", road_bank);
    f("gear", gear);
    f("shift_s", shift_s);
  }
};

struct Wheels {
  std::vector<double> spin_radps;
  std::vector<double> slide_m, drift_m;  // deflection of the tyre along and across the wheel
  std::vector<double> grip;              // what ABS and traction control leave of the torque, integral part

  template <class F>
  void columns(F&& f) {
    f("spin_radps", spin_radps);
    f("slide_m", slide_m);
    f("drift_m", drift_m);
    f("grip", grip);
  }
};

}  // namespace bitgoeul::vehicles
