// Rows that somebody else moves, such as the actors of a story: they stand where they are put in every step, nobody
// drives them, a crash does not throw them. While they are on a driving lane they stand in its list, so that everybody
// else follows, overtakes and brakes for them as for any other. Their row keeps its id when they leave the world.
// Metres, radians, map frame. Thread rule: serial.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

struct Standing {
  double x = 0, y = 0, z = 0, yaw_rad = 0, pitch_rad = 0, roll_rad = 0;  // of the reference point
  double speed_mps = 0, acceleration_mps2 = 0, yaw_rate_radps = 0;
  double distance_m = 0;  // driven so far
  Row lane = kNone;       // a driving lane that its box centre is on; kNone: on none
  double s = 0, t = 0;    // of the box centre, as in Vehicles
};

// A row of that type that is not in the world yet.
Row add_placed(State& state, sim::Role role, std::uint16_t type);
// Into the world, or on to its next place.
void put(State& state, Row row, const Standing& at);
void take_out(State& state, Row row);

}  // namespace bitgoeul::vehicles
