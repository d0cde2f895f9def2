// phenomenological: what a rig of sensors would make of the truth: range by class, soft field of view, occlusion by
// other vehicles, walls, buildings and ground, losses that come in bursts, errors in the sensor's own axes that wander
// (AR(1)), clutter. Every number is a pure function of (seed, sensor, object, time), so that a log may be entered
// anywhere and gives the same. Ranges of parameters: reference table of the README. Read by perceive(). Thread rule:
// pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/perception/frame.h"

namespace bitgoeul::replay {

// Of one class, as `replay --fit` estimates it (perception/fit.h).
struct FittedClass {
  std::vector<double> detected;  // probability, by band and, within, by visible share
  std::vector<double> samples;   // truths behind each
  std::vector<double> range_bias_m, range_sigma_m, cross_bias_m, cross_sigma_m;  // by band; errors in sensor axes
  double yaw_sigma_rad = 0, yaw_flip = 0, size_sigma = 0, velocity_sigma_mps = 0, confusion = 0;
};
// Takes the place of a model's own probability and errors.
struct FittedTables {
  std::vector<double> bands_m;  // upper edges, ascending; beyond the last nothing is seen
  std::vector<double> shares;   // of what is visible: upper edges, ascending, the last 1
  FittedClass all;              // for classes without one of their own
  std::array<std::optional<FittedClass>, kObjectClasses> classes;
  const FittedClass& of(ObjectClass c) const {
    const auto& own = classes[static_cast<std::size_t>(c)];
    return own ? *own : all;
  }
};

// The first band or share whose upper edge is not below; the number of edges beyond the last.
std::size_t bin_of(const std::vector<double>& edges, double value);
// Of the standard normal, within 3e-4 (Page 1977).
double normal_distribution(double x);

struct SensorModel {
  std::string name = "sensor";
  double x_m = 1.5, y_m = 0, z_m = 1.7, yaw_deg = 0;  // in the body frame
  double fov_deg = 360, soft_edge_deg = 5, near_m = 1;
  double range_m[kObjectClasses] = {80, 120, 120, 120, 80, 80, 60, 60, 60};  // by class
  double probability = 0.97, fall_off = 0.4;      // p = probability (1 - fall_off (r / range)^2), times what is visible
  double visible_from = 0.1, visible_sure = 0.5;  // share that is not hidden: never below, as if all above
  double loss_correlation_s = 0.5;
  double range_bias_m = 0, range_sigma_m = 0.1, range_sigma_per_m = 0.002;
  double cross_sigma_rad = 0.004, yaw_sigma_rad = 0.05, size_sigma = 0.05, velocity_sigma_mps = 0.5;
  double error_correlation_s = 1.0;
  double yaw_flip = 0.02;   // share of the time that a slow object looks the other way
  double confusion = 0.02;  // share of objects of which the class is wrong
  double clutter = 0.1;     // boxes in a frame, mean
  double clutter_life_s = 0.4;
  bool measures_velocity = false;
  double clutter_cars = 0.7;  // share of them that look like cars; the others like people
  double weather = 1;         // times the probability and the range
  std::optional<FittedTables> fitted;
};

// Detections in the local frame, without ids. Of what several sensors see, the most exact one counts.
Boxes imagine(const SensorFrame& frame, const std::vector<SensorModel>& sensors, std::uint64_t seed);

// Share of each truth box that is seen from a point, 0 to 1: what stands nearer hides it.
std::vector<double> visible_shares(const SensorFrame& frame, double x, double y);

}  // namespace bitgoeul::replay
