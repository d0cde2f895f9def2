#include "scenarios/criteria/formulas.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"

namespace bitgoeul::scenarios::criteria {
namespace {

constexpr double kGravity = 9.80665;

// Narrows [from, to] to the times in which the boxes overlap along an axis; false: never.
bool narrow(const Thing& a, const Thing& b, double ax, double ay, double& from, double& to) {
  const auto reach = [&](const Thing& thing, double& lo, double& hi) {
    double sine = 0, cosine = 1;
    sim::sincos(thing.yaw, sine, cosine);
    const double along = cosine * ax + sine * ay, across = std::abs(cosine * ay - sine * ax) * thing.half_width;
    lo = std::min(thing.rear * along, thing.front * along) - across;
    hi = std::max(thing.rear * along, thing.front * along) + across;
  };
  double a_lo, a_hi, b_lo, b_hi;
  reach(a, a_lo, a_hi);
  reach(b, b_lo, b_hi);
  const double apart = (b.x - a.x) * ax + (b.y - a.y) * ay;
  const double speed = (b.vx - a.vx) * ax + (b.vy - a.vy) * ay;
  const double low = a_lo - b_hi - apart, high = a_hi - b_lo - apart;  // how far b may move along the axis to overlap
  if (std::abs(speed) < 1e-9) return low <= 0 && high >= 0;
  from = std::max(from, std::min(low / speed, high / speed));
  to = std::min(to, std::max(low / speed, high / speed));
  return from <= to;
}

}  // namespace

std::optional<double> time_to_touch(const Thing& a, const Thing& b, double horizon_s) {
  double from = 0, to = horizon_s;
  for (const double yaw : {a.yaw, b.yaw}) {
    double sine = 0, cosine = 1;
    sim::sincos(yaw, sine, cosine);
    if (!narrow(a, b, cosine, sine, from, to) || !narrow(a, b, -sine, cosine, from, to)) return {};
  }
  return from;
}

double drac(double gap_m, double closing_mps) {
  if (closing_mps <= 0) return 0;
  return closing_mps * closing_mps / (2 * std::max(gap_m, 0.01));
}

double rss_distance(double rear_mps, double front_mps, const RssParameters& p) {
  const double after = rear_mps + p.reaction_s * p.accelerate;
  const double d = rear_mps * p.reaction_s + 0.5 * p.accelerate * p.reaction_s * p.reaction_s +
                   after * after / (2 * p.brake_at_least) - front_mps * front_mps / (2 * p.brake_at_most);
  return std::max(d, 0.0);
}

bool careful_driver_avoids(double speed_mps, double gap_m, std::span<const double> front_mps, double dt_s) {
  constexpr double kRiskS = 0.4, kDelayS = 0.75, kRampS = 0.6, kBrake = 0.774 * kGravity;
  constexpr double kStep = 0.005, kHorizonS = 60;
  double speed = speed_mps, gap = gap_m;
  for (double t = 0; t < kHorizonS; t += kStep) {
    const double front =
        front_mps.empty() ? 0.0 : front_mps[std::min(static_cast<std::size_t>(t / dt_s), front_mps.size() - 1)];
    const double braking = std::clamp((t - kRiskS - kDelayS) / kRampS, 0.0, 1.0) * kBrake;
    const double next = std::max(0.0, speed - braking * kStep);
    gap += (front - 0.5 * (speed + next)) * kStep;
    speed = next;
    if (gap <= 0) return false;
    if (t > dt_s * static_cast<double>(front_mps.size()) && speed <= front) return true;
  }
  return true;
}

}  // namespace bitgoeul::scenarios::criteria
