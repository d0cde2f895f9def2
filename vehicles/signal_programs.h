// Fixed-time signal programs by the clock: what each signal group shows at a time, in integer milliseconds, so that it
// never drifts. The cycle counts from midnight; a group is green in its phases, yellow after them, red otherwise; one
// that is green in two phases in a row stays green between them. Groups without a program are off. Thread rule: serial
// stage; phase_at is pure.
#pragma once

#include "maps/map.h"
#include "sim/signals.h"

namespace bitgoeul::vehicles {

// State of the group in the program at t_ms since midnight (any sign), and ms until it changes.
struct GroupTime {
  sim::SignalState state = sim::SignalState::kOff;
  std::int64_t remaining_ms = 0;
};
GroupTime group_at(const maps::Map& map, maps::Row program, maps::Row group, std::int64_t t_ms);

// Brings the groups whose time has come up to date. Called with step = the step about to run. Returns the first step at
// which a group changes again.
std::int64_t update_signals(const maps::Map& map, sim::Signals& signals, std::int64_t step, std::int64_t dt_ns,
                            double time_of_day_s);

}  // namespace bitgoeul::vehicles
