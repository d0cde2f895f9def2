#include "scenarios/story/transition.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/math.h"

namespace bitgoeul::scenarios::story {

double share_done(DynamicsShape shape, double u) {
  if (u >= 1.0) return 1.0;
  u = std::max(u, 0.0);
  switch (shape) {
    case DynamicsShape::kLinear:
      return u;
    case DynamicsShape::kCubic:
      return u * u * (3.0 - 2.0 * u);
    case DynamicsShape::kSinusoidal:
      return 0.5 * (1.0 - sim::cos(sim::kPi * u));
    case DynamicsShape::kStep:
      return 1.0;
  }
  return 1.0;
}

double share_slope(DynamicsShape shape, double u) {
  if (u < 0.0 || u > 1.0) return 0.0;
  switch (shape) {
    case DynamicsShape::kLinear:
      return 1.0;
    case DynamicsShape::kCubic:
      return 6.0 * u * (1.0 - u);
    case DynamicsShape::kSinusoidal:
      return 0.5 * sim::kPi * sim::sin(sim::kPi * u);
    case DynamicsShape::kStep:
      return 0.0;
  }
  return 0.0;
}

double time_of_rate(DynamicsShape shape, double change, double rate) {
  if (shape == DynamicsShape::kStep || change == 0.0 || rate == 0.0) return 0.0;
  const double greatest = shape == DynamicsShape::kCubic        ? 1.5
                          : shape == DynamicsShape::kSinusoidal ? 0.5 * sim::kPi
                                                                : 1.0;
  return greatest * std::abs(change / rate);
}

double time_of_acceleration(DynamicsShape shape, double distance, double acceleration) {
  if (shape == DynamicsShape::kStep || distance == 0.0 || !(acceleration > 0.0)) return 0.0;
  const double ratio = std::abs(distance) / acceleration;
  if (shape == DynamicsShape::kCubic) return std::sqrt(6.0 * ratio);
  if (shape == DynamicsShape::kSinusoidal) return sim::kPi * std::sqrt(0.5 * ratio);
  return 2.0 * std::sqrt(ratio);
}

double SpeedRamp::speed(double t) const {
  if (t <= 0.0) return time_s > 0.0 ? from : to;
  if (t >= time_s) return to;
  if (rise_s <= 0.0) return from + acceleration * t;
  const double jerk = acceleration / rise_s;
  if (t < rise_s) return from + 0.5 * jerk * t * t;
  if (t > time_s - rise_s) return to - 0.5 * jerk * (time_s - t) * (time_s - t);
  return from + acceleration * (t - 0.5 * rise_s);
}

double SpeedRamp::distance(double t) const {
  const double beyond = std::max(0.0, t - time_s);
  t = std::clamp(t, 0.0, time_s);
  const double after = beyond * to;
  if (rise_s <= 0.0) return from * t + 0.5 * acceleration * t * t + after;
  const double jerk = acceleration / rise_s, r = rise_s;
  if (t <= r) return from * t + jerk * t * t * t / 6.0 + after;
  const double at_rise = from * r + jerk * r * r * r / 6.0;
  const double middle = std::min(t, time_s - r) - r;
  double sum = at_rise + (from + 0.5 * acceleration * r) * middle + 0.5 * acceleration * middle * middle;
  if (t > time_s - r) {
    const double left = time_s - t;
    sum += to * (r - left) - jerk * (r * r * r - left * left * left) / 6.0;
  }
  return sum + after;
}

SpeedRamp fastest_ramp(double from, double to, double acceleration_limit, double jerk_limit) {
  SpeedRamp ramp{from, to, 0, 0, 0};
  const double change = std::abs(to - from);
  if (change == 0.0 || (std::isinf(acceleration_limit) && std::isinf(jerk_limit))) return ramp;
  const double peak =
      std::isinf(jerk_limit) ? acceleration_limit : std::min(acceleration_limit, std::sqrt(jerk_limit * change));
  if (!(peak > 0.0)) return ramp;
  ramp.acceleration = to > from ? peak : -peak;
  ramp.rise_s = std::isinf(jerk_limit) ? 0.0 : peak / jerk_limit;
  ramp.time_s = change / peak + ramp.rise_s;
  return ramp;
}

SpeedRamp timed_ramp(double from, double to, double time_s, double jerk_limit) {
  SpeedRamp ramp{from, to, time_s, 0, 0};
  const double change = std::abs(to - from);
  if (!(time_s > 0.0)) return {from, to, 0, 0, 0};
  if (change == 0.0) return ramp;
  double peak = change / time_s;
  if (!std::isinf(jerk_limit)) {
    // change = peak (T - peak / jerk)
    const double root = jerk_limit * jerk_limit * time_s * time_s - 4.0 * jerk_limit * change;
    if (root < 0.0) return fastest_ramp(from, to, std::numeric_limits<double>::infinity(), jerk_limit);
    peak = 0.5 * (jerk_limit * time_s - std::sqrt(root));
    ramp.rise_s = peak / jerk_limit;
  }
  ramp.acceleration = to > from ? peak : -peak;
  return ramp;
}

}  // namespace bitgoeul::scenarios::story
