// Estimate: double-track parameters of a type of which only size and limits are known, from what vehicles of its
// category are like. Sources per number in estimate.cpp. Called at load. Thread rule: pure.
#pragma once

#include "vehicles/vehicle_type.h"

namespace bitgoeul::vehicles {

// False for what has its wheels in one line.
bool has_two_tracks(const VehicleType& type);
// From size, limits and category; mass_kg = 0: that too.
DoubleTrackParameters estimate_dynamics(const VehicleType& type, double mass_kg = 0);
// The type's parameters if it has them, estimated ones otherwise.
DoubleTrackParameters dynamics_of(const VehicleType& type);

}  // namespace bitgoeul::vehicles
