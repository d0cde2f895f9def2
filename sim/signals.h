// Signals: the state of each signal group (row = maps::SignalGroup row), as public as a SPaT message.
// Written by the signals stage (serial), read by drivers, stacks, the log and the viewer.
#pragma once

#include <cstdint>
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

struct Signals {
  std::vector<SignalState> state;
  std::vector<std::int64_t> next_change_step;  // first step with another state

  template <class F>
  void columns(F&& f) {
    f("state", state);
    f("next_change_step", next_change_step);
  }
};

}  // namespace bitgoeul::sim
