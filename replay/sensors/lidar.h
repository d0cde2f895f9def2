// Simulated lidar: beams of a pattern through a RayScene -> points as a log has them, so that a stub cannot tell them
// apart: range noise, drop-outs, nothing of the own vehicle. All beams at one instant. Beyond the map's surfaces the
// ground is level where the vehicle stands. Random numbers by (seed, beam, time). Made by `replay --lidar` and tests.
// Thread rule: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/perception/frame.h"
#include "replay/sensors/ray_scene.h"

namespace bitgoeul::replay {

struct BeamPattern {
  std::string name;
  std::vector<double> elevations_rad;  // of the beams, upward positive
  int azimuths = 900;                  // in a turn
  double near_m = 1, far_m = 100;
  double sigma_m = 0.02;    // of the range, one sigma
  double drop_out = 0.005;  // share of returns that are lost
};
// lidar16, lidar32, lidar64, lidar128: of the order of what is sold with so many beams, at 10 Hz.
std::optional<BeamPattern> beam_pattern(std::string_view name);

struct LidarMount {
  double x_m = 1.3, y_m = 0, z_m = 1.9;             // in the body frame
  double yaw_rad = 0, pitch_rad = 0, roll_rad = 0;  // of the sensor's axes in it; pitch positive nose down
};
struct Lidar {
  BeamPattern pattern;
  LidarMount mount;
};

// Points in the frame of the sensor, azimuth by azimuth. What moves is frame.truth.
PointCloud scan(const RayScene& scene, const SensorFrame& frame, const LidarMount& mount, const BeamPattern& pattern,
                std::uint64_t seed);
// Those of one vehicle. Several: their points together, in the body frame.
PointCloud scan(const RayScene& scene, const SensorFrame& frame, std::span<const Lidar> lidars, std::uint64_t seed);

}  // namespace bitgoeul::replay
