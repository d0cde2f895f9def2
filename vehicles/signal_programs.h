// Fixed-time signal programs by the clock: what each signal group shows at a time, in integer milliseconds, so that it
// never drifts. The cycle counts from midnight; a group is green in its phases, yellow after them, red otherwise; one
// that is green in two phases in a row stays green between them. In its flashing hours a program shows every group's
// flash, then 3 s of yellow to those that flashed yellow and red to all for 2 s more. Groups without a program are off;
// actuated programs are actuated_signals.h's. Thread rule: serial stage; group_at and flash_at are pure.
#pragma once

#include <limits>
#include <optional>

#include "maps/map.h"
#include "sim/signals.h"

namespace bitgoeul::vehicles {

// Until it changes: the next one never, if it never does.
inline constexpr std::int64_t kNoChangeMs = std::numeric_limits<std::int32_t>::max();

// State of the group in the program at t_ms since midnight (any sign), and ms until it changes.
struct GroupTime {
  sim::SignalState state = sim::SignalState::kOff;
  std::int64_t remaining_ms = 0;
};
GroupTime group_at(const maps::Map& map, maps::Row program, maps::Row group, std::int64_t t_ms);
// The same, in the flashing hours and while they are left; nothing: the program runs.
std::optional<GroupTime> flash_at(const maps::Map& map, maps::Row program, maps::Row group, std::int64_t t_ms);
// Ms until the flashing hours begin; 0 while they last or are left, kNoChangeMs when there are none.
std::int64_t ms_to_flash(const maps::SignalProgram& program, std::int64_t t_ms);
bool serves(const maps::Map& map, const maps::SignalPhase& phase, maps::Row group);

// Brings the groups whose time has come up to date. Called with step = the step about to run. Returns the first step at
// which a group changes again.
std::int64_t update_signals(const maps::Map& map, sim::Signals& signals, std::int64_t step, std::int64_t dt_ns,
                            double time_of_day_s);

}  // namespace bitgoeul::vehicles
