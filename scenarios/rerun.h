// rerun: drives a recorded run again from its inputs and compares the state hash and the commands of every step with
// the log. Called by the command verify and by tests. Works on logs whose writer was killed, as far as they are whole.
// The parts of a run between two key frames are driven side by side, one thread each: the first from the header, the
// others from their key frame's state. That proves as much as one drive from start to end: the state that a part begins
// with must have the hash that the log has for its step, and the part before must end in that hash.
// Thread rule: called from one thread; `interrupted` and `progress` are called from others, one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "replay/diff.h"
#include "replay/run_log.h"
#include "scenarios/closed_loop/log_setup.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/recorded.h"
#include "scenarios/state_search.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

struct RerunDifference {
  std::int64_t step = 0;
  double time_s = 0;
  std::string what;  // `state hash`, `command of ego_003`, `number of commands`, `key frame`
  std::string recorded, rerun;
  std::optional<StateDifference> state;  // of a state hash: the value, where the log has digests; a = recorded
};

struct RerunOutcome {
  std::int64_t steps = 0;  // compared
  std::int64_t from = 0;   // step of the key frame from which it went on; 0: from the start
  std::optional<RerunDifference> first;
  bool interrupted = false;
};

struct RerunOptions {
  int threads = 1;
  // rerun() starts from the last key frame at or before this step; none there: from the start.
  std::optional<std::int64_t> from_step;
  std::vector<std::string> loop_logs;  // of a closed loop: where its logs are now; empty: where they were
  std::function<bool()> interrupted = [] { return false; };
  std::function<void(double time_s)> progress = [](double) {};  // simulated seconds compared so far
};

// Errors: the map is not the one of the log, or the recorded scenario cannot be brought onto it, or the log is damaged
// inside.
sim::Result<RerunOutcome> rerun(const replay::RunLog& log, std::shared_ptr<const maps::Map> map,
                                const RerunOptions& options, sim::Issues& issues);

struct StateAt {
  std::unique_ptr<const closed_loop::LogScene> scene;  // of a closed loop; the simulation refers to it
  std::vector<stack::RecordedStack> stacks;            // that drove in the run
  std::unique_ptr<Simulation> simulation;              // after the step
  bool as_recorded = false;  // it has the hash that the log has for the step: it is the state of the run
};

// The state of a recorded run after a step whose hash is given, driven there from the last key frame before it.
sim::Result<StateAt> state_at(const replay::RunLog& log, std::shared_ptr<const maps::Map> map, std::int64_t step,
                              sim::Hash128 hash, const RerunOptions& options, sim::Issues& issues);

// The first value of the state that differs between two logs in their first step with different hashes: exact where
// both states, or one of them and digests of the other, are to be had; see StateDifference. Errors: as rerun.
sim::Result<std::optional<StateDifference>> state_difference(const replay::RunLog& a, const replay::RunLog& b,
                                                             const replay::StepDifference& first,
                                                             std::shared_ptr<const maps::Map> map,
                                                             const RerunOptions& options, sim::Issues& issues);

}  // namespace bitgoeul::scenarios
