// Rail: a vehicle that moves along the centre line of its lanes, at the acceleration its driver wants. The centre of
// its box is on the line and its heading is the line's there, so that front and rear cut a curve alike. Thread rule:
// own row only; cyclists ride beside it (riders.h); leaving a lane is a message (commit shifts the way). One on ticks
// is moved by a whole tick at once; where it is in between follows from its row and its held command.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// Moves row by dt_s. Returns the distance driven, m.
double move_rail(State& state, Row row, double dt_s, std::size_t block);
// Puts the entity's pose where the lane position says.
void place_on_lane(State& state, Row row);
// Writes into `out` where a row on ticks is now, and how fast.
void write_now(const State& state, Row row, sim::Entities& out);
// Where any body is now.
struct Place {
  double x = 0, y = 0, z = 0, yaw_rad = 0, yaw_rate_radps = 0, speed_mps = 0;
};
Place place_now(const State& state, Row row);
// Brings the row of one on ticks to now, because it goes off its rails.
void catch_up(State& state, Row row);

}  // namespace bitgoeul::vehicles
