// The built-in driver: what it does about everything ahead (speed), and for self-driving vehicles also steering and
// lane changes: it sees, decides (decide.h) and obeys. Background vehicles think on ticks, all others every
// kThinkSteps, spread over the steps by row; between two thoughts the command holds. Thread rule: reads everything,
// writes the commands of its own row and posts messages of its block.
#pragma once

#include "sim/stack.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

inline constexpr std::int64_t kThinkSteps = 5;

inline bool thinks(const State& state, Row row) {
  return state.ticked(row) ? state.thinking_tick() : (state.world.step() + row) % kThinkSteps == 0;
}

IdmDriver driver_of(const State& state, Row row, double wanted_mps);
// The fastest that it goes by itself, where that is less than what roads allow (cyclists); else no limit.
double own_most_mps(const State& state, Row row);
// What the bend allows where a row stands, by the map.
float bend_mps(const State& state, Row row, Row& hint);
// Draws the driver of a new vehicle from its id and generation.
void draw_driver(State& state, Row row);

// What a steering row's driver looks at; writes what it remembers of the map. Own row.
struct Seen {
  sim::DriverView view;
  Wait stop = Wait::kFree;  // why it has to stop at view.road.stop_gap_m
};
Seen see(State& state, Row row);
// Commands of its own row, and what others have to be asked for.
void obey(State& state, Row row, std::size_t block, const Seen& seen, const sim::DriverDecision& decision);

// Rows [begin, end) = block `block`, but for those whose driver asks a stack (State::asks_stack).
void plan(State& state, Row begin, Row end, std::size_t block);

}  // namespace bitgoeul::vehicles
