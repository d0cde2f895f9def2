// Intelligent Driver Model (Treiber, Hennecke, Helbing, Phys. Rev. E 62, 2000), as pure functions: acceleration on a
// free road and behind something, and the ballistic update that never reverses. SI units. Thread rule: pure.
#pragma once

#include <algorithm>
#include <cmath>

namespace bitgoeul::vehicles {

struct IdmDriver {
  double speed_mps = 13.9;         // v0, wanted
  double headway_s = 1.5;          // T
  double acceleration_mps2 = 1.4;  // a
  double deceleration_mps2 = 2.0;  // b, comfortable
  double gap_m = 2.0;              // s0, standing
};

inline constexpr double kHardestBrakingMps2 = 8.0;

// Free term. Above the wanted speed (a limit has dropped) it brakes in proportion instead of by the fourth power.
inline double idm_free(const IdmDriver& d, double v) {
  if (v > d.speed_mps) return -std::min(1.5 * d.deceleration_mps2, (v - d.speed_mps) / 0.5);
  const double q = v / d.speed_mps;
  return d.acceleration_mps2 * (1.0 - q * q * q * q);
}

// What a leader `gap_m` ahead (bumper to bumper), driving at `leader_mps`, takes off.
inline double idm_interaction(const IdmDriver& d, double v, double gap_m, double leader_mps) {
  const double root = 2.0 * std::sqrt(d.acceleration_mps2 * d.deceleration_mps2);
  const double wanted = d.gap_m + std::max(0.0, v * d.headway_s + v * (v - leader_mps) / root);
  const double q = wanted / std::max(gap_m, 0.05);
  return -d.acceleration_mps2 * q * q;
}

inline double idm(const IdmDriver& d, double v, double gap_m, double leader_mps) {
  return std::max(-kHardestBrakingMps2, idm_free(d, v) + idm_interaction(d, v, gap_m, leader_mps));
}

// One step of constant acceleration; stops inside the step rather than reversing. Returns the distance driven, v
// becomes the new speed.
inline double ballistic(double& v, double acceleration_mps2, double dt_s) {
  const double end = v + acceleration_mps2 * dt_s;
  if (end >= 0) {
    const double driven = 0.5 * (v + end) * dt_s;
    v = end;
    return driven;
  }
  const double driven = v * v / (-2.0 * acceleration_mps2);
  v = 0;
  return driven;
}

}  // namespace bitgoeul::vehicles
