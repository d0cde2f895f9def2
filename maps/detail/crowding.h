// How many lanes lie over one place. Conflicts are sought among pairs of lanes that lie near each other, so a map that
// stacks its roads would take time and memory with their square: it is refused by name before that. Called by freeze()
// after the lanes have points. Thread rule: pure.
#pragma once

#include "maps/detail/freeze.h"
#include "sim/result.h"

namespace bitgoeul::maps::detail {

inline constexpr int kMostLanesOfPlace = 2'000;  // over a square of 32 m

sim::Result<void> check_crowding(const Freezer& f);

}  // namespace bitgoeul::maps::detail
