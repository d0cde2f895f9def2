// Kinematic bicycle (single-track model without slip; Rajamani, Vehicle Dynamics and Control, 2.2) about the rear axle:
// yaw rate = v tan(steering) / wheelbase. The front wheels turn at a limited rate. Integrated by the midpoint heading.
// Thread rule: advance() is pure; move_bicycle writes its own row only; leaving a lane is a message.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

struct BicycleState {
  double x = 0, y = 0, yaw_rad = 0, speed_mps = 0, steering_rad = 0;
};

inline constexpr double kSteeringRateRadps = 0.9;

// One step under wanted acceleration and front wheel angle. Returns the distance driven.
double advance(BicycleState& bicycle, double acceleration_mps2, double steering_rad, double wheelbase_m,
               double max_steering_rad, double dt_s);

// Moves row by one step and finds its place on the way again. Returns the distance driven, m.
double move_bicycle(State& state, Row row, std::size_t block);

}  // namespace bitgoeul::vehicles
