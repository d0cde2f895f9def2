// What `replay` was told, for its ways of replaying: through perception stubs (replay.cpp) or as a closed loop
// (replay_closed_loop.cpp). Times are seconds after the start of the log. Thread rule: the main thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/perception/report.h"
#include "scenarios/closed_loop/divergence.h"
#include "scenarios/commands/stack_options.h"

namespace bitgoeul::scenarios::commands {

struct ReplayArguments {
  std::vector<std::string> logs;
  std::string perception = "ideal", out, host, roles, mode = "log", map, lidar, picture;
  std::optional<double> start_s, end_s;
  double speed = 0, dt_s = 0.01;
  std::uint64_t seed = 1;
  bool score = false, closed_loop = false;
  replay::Region region;
  StackArguments drivers;
  closed_loop::ValidityLimits validity;
  std::vector<std::string> criteria;  // NAME=LIMIT
};

// Exit codes; both have said why.
int replay_closed_loop(const Context& context, const ReplayArguments& arguments);

}  // namespace bitgoeul::scenarios::commands
