// Open loop: a driving stack is asked in the place of a log's vehicle, at every act period, and drives nothing: the log
// goes on as it was. What it wants is held against what the log's vehicle did: acceleration, steering, curvature, speed
// after a second, place after 1, 2 and 3 s (of trajectories; of controls after 1 s). In runs of ours that hold what
// their stack was told, the stack is told the same, bit for bit; else what LogView makes of the log. Made by `replay
// --open-loop`. SI, log time. Thread rule: one caller.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "replay/run_log.h"
#include "scenarios/open_loop/log_view.h"
#include "scenarios/stack_sessions.h"
#include "sim/hash.h"

namespace bitgoeul::scenarios::open_loop {

// A command that the log itself holds; what it does not hold is told by the motion.
struct LoggedCommand {
  std::int64_t time_ns = 0;  // from then on
  std::optional<double> acceleration_mps2, steering_rad;
};

enum class Measure : std::uint8_t {
  kAcceleration,
  kSteering,
  kCurvature,
  kSpeed1s,
  kPosition1s,
  kPosition2s,
  kPosition3s
};
inline constexpr std::size_t kMeasures = 7;
std::string_view to_string(Measure measure);  // acceleration_mps2, steering_rad, curvature_1pm, speed_1s_mps, ...

// Of one act; nothing: not known. Of places `difference` is the distance, and both values are empty.
struct Compared {
  std::int64_t time_ns = 0;
  double x = 0, y = 0;  // of the log's vehicle
  struct Pair {
    double stack = 0, log = 0, difference = 0;
  };
  std::optional<Pair> of[kMeasures];
};

// Of absolute differences; the largest with its time and place.
struct Difference {
  std::size_t count = 0;
  double mean = 0, rms = 0, largest = 0;
  std::int64_t at_ns = 0;
  double x = 0, y = 0, stack = 0, log = 0;
};

struct OpenLoopSetup {
  StackSetup stack;
  sim::StackInit init;  // with the one vehicle
  std::int64_t start_ns = 0, end_ns = 0;
  LogViewSetup view;
  std::vector<LoggedCommand> commands;  // ascending
  // A run that holds what its stack was told; null: LogView says it. `told`: objects in place of those, where given.
  const replay::RunLog* recorded = nullptr;
  std::uint32_t recorded_stack = 0;
};

struct OpenLoop {
  std::int64_t observations = 0, acts = 0, holds = 0, clamped = 0;
  std::vector<Compared> compared;  // ascending in time
  sim::Hash128 hash;               // of all acts, as the stack gave them
  std::optional<sim::StackFault> fault;
};
// False from `going` stops it. Errors: the recorded observations cannot be read; an act that no run would take is a
// fault.
sim::Result<OpenLoop> run_open_loop(const OpenLoopSetup& setup, const std::function<bool(std::int64_t)>& going);

Difference difference_of(const std::vector<Compared>& compared, Measure measure);

}  // namespace bitgoeul::scenarios::open_loop
