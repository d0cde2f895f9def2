// Relocate: finds the lane of a vehicle that a stack steers, once it has driven over the edge of the one it was on: its
// neighbour after a lane change, another connecting lane after a turn that its route did not ask for. Its route goes on
// from there, or is found anew. Called by the egos stage. Thread rule: serial.
#pragma once

#include "maps/routing.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// True: it is on another lane now. A vehicle off all lanes stays with the one it left.
bool relocate(State& state, maps::Router& router, Row row);

}  // namespace bitgoeul::vehicles
