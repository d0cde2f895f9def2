// The commit stage: what the parallel stages asked for by message, applied one after the other in total order: lanes
// left and entered, lane changes, vehicles that leave the map. Events come out in the same order. Thread rule: serial.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "maps/routing.h"
#include "sim/event.h"
#include "vehicles/state.h"
#include "vehicles/traffic.h"

namespace bitgoeul::vehicles {

struct Committed {
  std::vector<sim::Event>& events;
  std::vector<std::pair<Row, Row>>& touching;  // pairs a < b, ascending
  std::vector<Row>& left;                      // rows that leave the map; still alive
};

void commit(State& state, maps::Router& router, Committed out);

sim::Event event_of(const State& state, sim::EventKind kind, Row row, double value = 0.0);

}  // namespace bitgoeul::vehicles
