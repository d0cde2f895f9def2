// map_check: named rules over a frozen Map (gaps, kinks, overlaps, unreachable lanes, signals without lane, NaN, ...).
// Each finding is an Issue whose `rule` is the rule's name and whose `where` names road, lane and s. Read by `map check` and tests.
#pragma once

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct CheckOptions {
  double max_gap_m = 0.01;
  double max_kink_rad = 5.0 * sim::kPi / 180.0;
};

sim::Issues check_map(const Map& map, const CheckOptions& options = {});

}  // namespace bitgoeul::maps
