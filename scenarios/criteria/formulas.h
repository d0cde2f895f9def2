// Formulas of safety measures, each with its source, as pure functions: seconds, metres, m/s, m/s2.
// Read by the observers of criteria. Thread rule: pure.
#pragma once

#include <optional>
#include <span>

#include "scenarios/story/measures.h"

namespace bitgoeul::scenarios::criteria {

using story::Thing;

// When two boxes that keep their velocity and heading touch first (swept separating axes); nothing within the horizon.
std::optional<double> time_to_touch(const Thing& a, const Thing& b, double horizon_s);

// Deceleration rate to avoid a crash: closing^2 / (2 gap) (Archer 2005); 0 when they do not come nearer.
double drac(double gap_m, double closing_mps);

// Responsibility-sensitive safety (Shalev-Shwartz et al. 2017, definition 1): the least safe distance of who follows.
struct RssParameters {
  double reaction_s = 1.0, accelerate = 3.5, brake_at_least = 4.0, brake_at_most = 8.0;
};
double rss_distance(double rear_mps, double front_mps, const RssParameters& p = {});

// The careful and competent driver of UN R157 (Annex 4, appendix 3) when somebody cuts in: evaluates the risk for 0.4
// s, takes 0.75 s to brake, and reaches 0.774 g in 0.6 s. True when that driver, `gap_m` behind at `speed_mps`, does
// not touch one who then drives at front_mps[i] for dt_s each (and keeps the last).
bool careful_driver_avoids(double speed_mps, double gap_m, std::span<const double> front_mps, double dt_s);

}  // namespace bitgoeul::scenarios::criteria
