// Rail: a vehicle that moves along the centre line of its lanes, at the acceleration its driver wants. The centre of
// its box is on the line and its heading is the line's there, so that front and rear cut a curve alike. Thread rule:
// own row only; leaving a lane is a message (commit shifts the way).
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// Moves row by one step. Returns the distance driven, m.
double move_rail(State& state, Row row, std::size_t block);
// Puts the entity's pose where the lane position says.
void place_on_lane(State& state, Row row);

}  // namespace bitgoeul::vehicles
