// What `replay` was told, for its ways of replaying: through perception stubs (replay.cpp), with a stack asked beside
// it (replay_open_loop.cpp), or as a closed loop (replay_closed_loop.cpp). Times are seconds after the start of the
// log. Thread rule: the main thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replay/perception/report.h"
#include "scenarios/closed_loop/divergence.h"
#include "scenarios/closed_loop/log_tracks.h"
#include "scenarios/commands/stack_options.h"

namespace bitgoeul::scenarios::commands {

struct ReplayArguments {
  std::vector<std::string> logs;
  std::string perception = "ideal", out, host, roles, mode = "log", map, lidar, picture, fit, extract;
  std::optional<double> start_s, end_s;
  double speed = 0, dt_s = 0.01, most_offset_s = 5, around_s = 10, radius_m = 200;
  std::uint64_t seed = 1;
  bool score = false, closed_loop = false, open_loop = false, fleet = false;
  replay::Region region;
  StackArguments drivers;
  closed_loop::ValidityLimits validity;
  std::vector<std::string> criteria;  // NAME=LIMIT
};

// Which logs, and which part of them; nobody is driven yet.
replay::LoopInput loop_input(const ReplayArguments& arguments);

// Exit codes; all have said why.
int replay_extract(const Context& context, const ReplayArguments& arguments);
int replay_fleet(const Context& context, const ReplayArguments& arguments);
int replay_closed_loop(const Context& context, const ReplayArguments& arguments);

// A stack asked in the place of the log's vehicle. Made before the log goes through the stub, run after it.
class OpenLoopReplay {
 public:
  static std::unique_ptr<OpenLoopReplay> make(const Context& context, const ReplayArguments& arguments);  // null: said
  ~OpenLoopReplay();
  sim::Row host() const;                      // of the log's Snapshots
  void take(const replay::Percept& percept);  // what the stub gives out: the stack is told that
  // Writes open_loop.json and open_loop.csv into `out`; an exit code.
  int run(const Context& context, const std::filesystem::path& out);

 private:
  struct Impl;
  explicit OpenLoopReplay(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::scenarios::commands
