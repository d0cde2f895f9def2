// Path follower: the front wheel angle that keeps the centre of a vehicle on its way, lane changes included.
// Feed-forward of the path's curvature at the rear axle plus linear feedback of lateral and heading error, critically
// damped over a distance that grows with speed (the linearised kinematic single-track model of Rajamani, Vehicle
// Dynamics and Control, 2.2, in path coordinates). Thread rule: pure, or own row.
#pragma once

#include "sim/stack.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// Curvature to drive. Errors: vehicle minus path, left and counter-clockwise positive.
double follow_curvature(double path_curvature, double lateral_error_m, double heading_error_rad, double speed_mps);
// Lateral profile of a lane change: 1 at progress 0, 0 at 1, with zero slope and curvature at both ends.
double change_profile(double progress);
double change_slope(double progress);  // d profile / d progress

// What decide_steering needs of a steering row.
sim::DriverView::Path see_path(State& state, Row row);

}  // namespace bitgoeul::vehicles
