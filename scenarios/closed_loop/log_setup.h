// LogSetup: a log and a map become a SimulationSetup: who is driven (egos) starts where its track does, with its
// track's lanes as its route; everybody else is an actor that follows its track. Of a run of ours, catalogue, clock,
// weather and what is left of the egos' routes come from the scenario in its header; of a foreign log the log must lie
// in the map's frame. Made by `replay --closed-loop`. Errors name the log, the vehicle and the place. Thread rule: one
// caller.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "replay/tracks.h"
#include "scenarios/closed_loop/log_world.h"
#include "scenarios/simulation.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::closed_loop {

struct LogSetupOptions {
  // Which of the names are driven; nobody: the log's own vehicle, the first of a run.
  std::function<sim::Result<std::vector<bool>>(const std::vector<std::string>& names)> egos;
  std::uint64_t seed = 1;
  std::int64_t dt_ns = 10'000'000;
  int threads = 1;
};

// Per track: whether it is driven.
sim::Result<std::vector<bool>> choose_driven(const replay::Description& log, const replay::Tracks& tracks,
                                             const LogSetupOptions& options);

// The map's signal group that has a signal of that id or name; kNone: none has.
maps::Row group_of(const maps::Map& map, const std::string& signal);

struct LogScene {
  std::unique_ptr<LogWorld> world;  // setup.log
  SimulationSetup setup;
};
sim::Result<LogScene> make_log_setup(const replay::Description& log, replay::Tracks tracks,
                                     std::shared_ptr<const maps::Map> map, const LogSetupOptions& options,
                                     sim::Issues& issues);

}  // namespace bitgoeul::scenarios::closed_loop
