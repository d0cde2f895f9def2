// rerun: drives a recorded run again from its inputs and compares the state hash and the commands of every step with
// the log. Called by the command verify and by tests. Works on logs whose writer was killed, as far as they are whole.
// Thread rule: one thread; the simulation uses its own pool.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "maps/map.h"
#include "replay/run_log.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

struct RerunDifference {
  std::int64_t step = 0;
  double time_s = 0;
  std::string what;  // `state hash`, `command of ego_003`, `number of commands`
  std::string recorded, rerun;
};

struct RerunOutcome {
  std::int64_t steps = 0;  // compared
  std::optional<RerunDifference> first;
  bool interrupted = false;
};

struct RerunOptions {
  int threads = 1;
  std::function<bool()> interrupted = [] { return false; };
  std::function<void(double time_s)> progress = [](double) {};
};

// Errors: the map is not the one of the log, or the recorded scenario cannot be brought onto it, or the log is damaged
// inside.
sim::Result<RerunOutcome> rerun(const replay::RunLog& log, std::shared_ptr<const maps::Map> map,
                                const RerunOptions& options, sim::Issues& issues);

}  // namespace bitgoeul::scenarios
