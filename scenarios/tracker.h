// Tracker: the Command that follows a trajectory, for stacks that answer with one. Feed-forward of the trajectory's
// acceleration and curvature, feedback of position and speed; after its end the vehicle brakes. Part of what a run is:
// a change of its bits is a new kTrackerVersion. Thread rule: pure.
#pragma once

#include <cstddef>
#include <span>

#include "sim/stack.h"

namespace bitgoeul::scenarios {

inline constexpr int kTrackerVersion = 1;
inline constexpr double kEndBrakingMps2 = 3.0;  // of a vehicle that nobody tells any more what to do

struct TrackedVehicle {
  double x = 0, y = 0, yaw_rad = 0, speed_mps = 0;  // reference point
  double wheelbase_m = 2.8, max_steering_rad = 0.6;
};

// `elapsed_s` after the observation that the trajectory answers.
sim::Command track(std::span<const sim::TrajectoryPoint> trajectory, double elapsed_s, const TrackedVehicle& vehicle);

}  // namespace bitgoeul::scenarios
