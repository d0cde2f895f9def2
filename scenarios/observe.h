// Observe: what a stack is told of its vehicle, made from the state at the beginning of a step: ego state, an ideal
// list of the objects within a radius, signals, right of way and the way ahead. A perception stub stands between
// `objects` and the stack. Made by the egos stage in parallel, one ObservationRoom per ego. Thread rule: reads the
// state, writes its own room.
#pragma once

#include <vector>

#include "sim/grid.h"
#include "sim/stack.h"
#include "vehicles/state.h"

namespace bitgoeul::scenarios {

// An observation and the memory it points to.
struct ObservationRoom {
  sim::Observation observation;
  std::vector<sim::ObservedObject> objects;
  std::vector<sim::ObservedSignal> signals;
  std::vector<sim::PathPoint> path;
};

void reserve(ObservationRoom& room);
// `grid`: of all entities, at most a tick old. Everything but `events`.
void observe(const vehicles::State& state, const sim::Grid& grid, sim::Row ego, double radius_m, ObservationRoom& room);

sim::EgoInfo info_of(const vehicles::State& state, sim::Row ego, const std::string& name, std::uint16_t type);

}  // namespace bitgoeul::scenarios
