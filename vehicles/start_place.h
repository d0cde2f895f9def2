// Start places: where and how fast a vehicle of background traffic may be put onto a lane, so that nobody has to brake
// hard for it and it can stop for what is ahead. Read by Traffic and Zones. Metres along the lane, of the box centre.
// Thread rule: pure reads of the state.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

inline constexpr double kEndMarginM = 1.0;

// A lane that anybody may use at any time, outside junctions and conflicts.
bool starts_here(const State& state, Row lane);
// A lane that begins where its road enters the map, not one that grows out of its neighbour.
bool begins_at_edge(const maps::Map& map, Row lane);
// The part of a lane that is as wide as a vehicle needs, and the last s at which a front may stand.
double wide_from(const maps::Map& map, Row lane);
double usable_end(const State& state, Row lane);
// Which of several is drawn by u of [0, 1): the first whose sum of weights is above u of the whole. Not empty.
std::size_t weighted_index(const std::vector<double>& cumulative, double u);
// No vehicle stands within so many metres ahead of and behind a body of that half length, and nobody walks ahead of it.
bool free_at(const State& state, Row lane, double s, double half, double ahead_m, double behind_m);
// A speed from which the vehicle of that row can stop for what is ahead.
double start_speed(const State& state, Row row);

}  // namespace bitgoeul::vehicles
