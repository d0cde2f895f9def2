// Signals: the state of each signal group (row = maps::SignalGroup row), as public as a SPaT message.
// Written by the signals stage (serial), read by drivers, stacks, the log and the viewer.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace bitgoeul::sim {

enum class SignalState : std::uint8_t {
  kOff = 0,
  kRed = 1,
  kYellow = 2,
  kGreen = 3,
  kFlashingRed = 4,
  kFlashingYellow = 5
};

// Changes that have no step: the group shows the same for ever (it has no program, or a story has told it what to
// show); nobody knows when (an actuated green that rests until somebody comes).
inline constexpr std::int64_t kNeverChanges = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kChangeUnknown = kNeverChanges - 1;

struct Signals {
  std::vector<SignalState> state;
  std::vector<std::int64_t> next_change_step;  // first step with another state; actuated: the likely one

  template <class F>
  void columns(F&& f) {
    f("state", state);
    f("next_change_step", next_change_step);
  }
};

// Between which steps the next change lies, per group, as long as the calls stay as they are; a past one: at once. -1:
// the program is fixed, the change is known; empty: all are. SAE J2735 SPaT minEndTime and maxEndTime (likelyTime:
// Signals::next_change_step).
struct SignalWindows {
  std::vector<std::int64_t> earliest_step, latest_step;

  template <class F>
  void columns(F&& f) {
    f("earliest_step", earliest_step);
    f("latest_step", latest_step);
  }
};

inline std::int64_t earliest_change(const Signals& signals, const SignalWindows& windows, std::size_t group) {
  const bool known = windows.earliest_step.empty() || windows.earliest_step[group] < 0;
  return known ? signals.next_change_step[group] : windows.earliest_step[group];
}
inline std::int64_t latest_change(const Signals& signals, const SignalWindows& windows, std::size_t group) {
  const bool known = windows.latest_step.empty() || windows.latest_step[group] < 0;
  return known ? signals.next_change_step[group] : windows.latest_step[group];
}

}  // namespace bitgoeul::sim
