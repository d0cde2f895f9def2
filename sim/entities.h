// Entities: what every moving thing has, whoever drives it. Row = id.index, here and in every other table.
// (x, y, z) is the reference point of OpenSCENARIO: centre of the rear axle projected to the ground; the bounding box
// centre lies `center_x_m` ahead of it. Local east-north-up metres, radians, yaw counter-clockwise from east.
// Thread rule: `now` tables are read anywhere; a parallel stage writes only its own row of `next`.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::sim {

enum class Role : std::uint8_t {
  kNone = 0,
  kEgo = 1,
  kTraffic = 2,
  kActor = 3,
  kPedestrian = 4
};  // ego = self-driving vehicle under test; pedestrian: of background traffic

struct Entities {
  std::vector<std::uint8_t> alive;
  std::vector<Role> role;
  std::vector<std::uint16_t> type;  // row of the vehicle catalogue
  std::vector<double> x, y, z;
  std::vector<double> yaw_rad, pitch_rad, roll_rad;
  std::vector<double> speed_mps;          // along the body x axis
  std::vector<double> acceleration_mps2;  // along the body x axis
  std::vector<double> yaw_rate_radps;
  std::vector<double> length_m, width_m, height_m, center_x_m;

  template <class F>
  void columns(F&& f) {
    f("alive", alive);
    f("role", role);
    f("type", type);
    f("x", x);
    f("y", y);
    f("z", z);
    f("yaw_rad", yaw_rad);
    f("pitch_rad", pitch_rad);
    f("roll_rad", roll_rad);
    f("speed_mps", speed_mps);
    f("acceleration_mps2", acceleration_mps2);
    f("yaw_rate_radps", yaw_rate_radps);
    f("length_m", length_m);
    f("width_m", width_m);
    f("height_m", height_m);
    f("center_x_m", center_x_m);
  }
};

}  // namespace bitgoeul::sim
