// Shapes of transitions (OpenSCENARIO 1.3, TransitionDynamics) and speed ramps with limits, in closed form: the share
// of the change that is done as a function of the share of the time or way that is gone.
// s, m, m/s, m/s^2, m/s^3. Thread rule: pure.
#pragma once

#include "scenarios/openscenario/model_actions.h"

namespace bitgoeul::scenarios::story {

using openscenario::DynamicsShape;

// f(0) = 0, f(1) = 1: linear u, cubic 3u^2 - 2u^3, sinusoidal (1 - cos pi u) / 2, step 1.
double share_done(DynamicsShape shape, double u);
// df/du; 0 for a step and outside 0..1.
double share_slope(DynamicsShape shape, double u);
// How long a change takes whose greatest rate is `rate`: the greatest df/du is 1, 3/2, pi/2.
double time_of_rate(DynamicsShape shape, double change, double rate);
// How long a sideways move takes whose greatest acceleration is `acceleration`: cubic 6 d / T^2, sinusoidal
// pi^2 d / (2 T^2). A linear one has no finite greatest acceleration: T^2 = 4 d / a, half of the time speeding up.
double time_of_acceleration(DynamicsShape shape, double distance, double acceleration);

// From one speed to another beginning and ending without acceleration, never faster changing than `jerk` allows:
// jerk, constant acceleration, jerk back. jerk = infinity: constant acceleration alone.
struct SpeedRamp {
  double from = 0, to = 0;
  double time_s = 0;
  double acceleration = 0;  // of the middle part, signed
  double rise_s = 0;        // how long the acceleration takes to reach that
  double speed(double t) const;
  double distance(double t) const;
};
// As fast as the limits allow (infinite: at once).
SpeedRamp fastest_ramp(double from, double to, double acceleration_limit, double jerk_limit);
// In that time where the jerk limit allows it, else as fast as it does.
SpeedRamp timed_ramp(double from, double to, double time_s, double jerk_limit);

}  // namespace bitgoeul::scenarios::story
