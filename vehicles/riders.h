// Riders: cyclists of background traffic. They drive on rails like everybody, in the list of their lane, but at the
// edge of it on the kerb's side (Road Traffic Act of Korea, article 13-2), no faster than people cycle, and keep off
// fast roads and out of tunnels; at junctions they stay in the lane at the kerb, so most of their left turns are none.
// Others follow them, or pass by changing lane (mobil.h). Metres, to the left of the lane's centre line.
// Thread rule: pure reads, but where it says so.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// A run that has cyclists needs their type in its catalogue; one that is there stays. Returns its row.
std::uint16_t add_cyclist_type(Catalogue& catalogue);
// Per row of the catalogue whether it is ridden; empty when no type is.
std::vector<std::uint8_t> ridden_types(const Catalogue& catalogue);

inline bool rides(const State& state, Row row) {
  return !state.ridden.empty() && state.ridden[state.world.entities.type[row]] != 0 && state.ticked(row);
}
// A lane that cyclists choose: no fast road and no tunnel.
bool open_to_riders(const State& state, Row lane);
// ... at the kerb of its road.
bool at_kerb(const maps::Map& map, Row lane);
// Where on its lane a rider of that width wants to be.
double riders_place(const State& state, Row lane, double lane_width_m, double width_m);
// Where it is after `driven_m` on from t.
double drawn_to(double t, double place, double driven_m);
// To the lane on the kerb's side, when there is one and a gap (plan: posts a message).
void keep_to_kerb(State& state, Row row, std::size_t block);

}  // namespace bitgoeul::vehicles
