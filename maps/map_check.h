// map_check: named rules over a frozen Map (gaps, kinks, overlaps, unreachable lanes, signals without lane, NaN, ...).
// Each finding is an Issue whose `rule` is the rule's name and whose `where` names road, lane and s. Read by `map
// check` and tests.
#pragma once

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct CheckOptions {
  double max_gap_m = 0.01;
  double max_kink_rad = 5.0 * sim::kPi / 180.0;
  double max_step_m = 0.05;    // of height, along successors
  double max_overlap_m = 0.3;  // of lane areas of different roads outside junctions
  double min_width_m = 2.0;    // of a lane's widest place
  double min_radius_m = 4.0;
  double max_grade = 0.2;
  double min_speed_mps = 5 / 3.6, max_speed_mps = 140 / 3.6;
};

// The table of rules in the order in which they run: name, what it looks for, usual severity.
struct CheckRule {
  std::string_view name;
  std::string_view summary;
  sim::Severity severity;
};
std::span<const CheckRule> check_rules();

// Findings in the order of the rules, rows ascending. When references lead out of the tables only those are reported,
// because no other rule could be trusted.
sim::Issues check_map(const Map& map, const CheckOptions& options = {});

}  // namespace bitgoeul::maps
