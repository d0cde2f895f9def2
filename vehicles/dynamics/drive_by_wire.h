// Drive by wire: from what the driver wants (acceleration, front wheel angle) to torque at the wheels and a steering
// angle, through a powertrain, brakes and a steering actuator with their limits and lags. Acceleration is controlled
// by the known resistances (drag, rolling, grade); the driver closes the loop. Reads parameters, writes the actuators'
// state and the inputs of its own slot. Thread rule: own slot only.
#pragma once

#include "vehicles/dynamics/double_track.h"

namespace bitgoeul::vehicles {

struct DriveCommand {
  double acceleration_mps2 = 0;
  double steering_rad = 0;  // of the single-track model without slip, left positive
  double towed_kg = 0;      // trailers, to be pulled; they brake by themselves
};

void drive_by_wire(DoubleTracks& bodies, std::size_t slot, const DoubleTrackParameters& parameters, double wheelbase_m,
                   double max_steering_rad, const DriveCommand& command, double forward_mps, double slope, double dt_s,
                   DoubleTrackInputs& inputs);

// Greatest torque at all wheels together at this speed in this gear, N m.
double greatest_torque(const DoubleTrackParameters& parameters, int gear, double forward_mps);

}  // namespace bitgoeul::vehicles
