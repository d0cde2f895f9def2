// Counters: the Totals of a simulation that are sums over its steps. Written by its serial stages, saved and hashed
// with the rest of its state. Thread rule: serial.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::scenarios {

// Totals as one-row columns, so that they are saved with the rest.
struct Counters {
  std::vector<std::int64_t> collisions{0}, collisions_engine{0}, routes_completed{0}, spawned{0}, removed{0};
  std::vector<std::int64_t> traffic_peak{0}, traffic_steps{0}, longest_standstill_steps{0}, longest_row{sim::kNone};
  template <class F>
  void columns(F&& f) {
    f("collisions", collisions);
    f("collisions_engine", collisions_engine);
    f("routes_completed", routes_completed);
    f("spawned", spawned);
    f("removed", removed);
    f("traffic_peak", traffic_peak);
    f("traffic_steps", traffic_steps);
    f("longest_standstill_steps", longest_standstill_steps);
    f("longest_row", longest_row);
  }
};

}  // namespace bitgoeul::scenarios
