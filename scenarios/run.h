// run: drives one Simulation from its first step to its end, records it and gives the RunResult; leaves result.json,
// run.mcap, events.jsonl and report.html in a directory. Called by the commands run and demo (and later by batch). Bad
// input is refused before anything is written. A failed write ends the run with an Issue whose rule is kDiskRule.
// Thread rule: one thread; the simulation uses its own pool. Wall time is read here and never reaches the simulation.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "maps/map.h"
#include "replay/run_log.h"
#include "scenarios/closed_loop/divergence.h"
#include "scenarios/criteria/observer.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/result.h"
#include "scenarios/sensors.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/drivers.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

// What decides the result of a run, bit for bit (with the engine's own version).
struct RunInput {
  openscenario::Scenario scenario;
  openscenario::ParameterValues parameters;
  std::string map_name;  // as load_map takes it
  std::shared_ptr<const maps::Map> map;
  std::uint64_t seed = 1;
  std::int64_t dt_ns = 10'000'000;
  double duration_s = 0;
  bool story_ends_it = false;  // `duration_s` is only how long the story is waited for
  stack::DriverOptions drivers;
  criteria::Questions criteria;  // decides the verdict, not the run
  // A closed loop over a log: its setup instead of the scenario's; the scenario then only names the entities.
  const SimulationSetup* log = nullptr;   // outlives the run
  std::optional<replay::LoopInput> loop;  // where it comes from
  std::string map_text;                   // kept beside the results as `map_name`; empty: the map is somewhere else
  closed_loop::ValidityLimits validity;
};

enum class Record : std::uint8_t { kFrames, kHash, kNone };

struct RunProgress {
  double sim_time_s = 0, duration_s = 0, realtime_factor = 0;
};

struct RunOptions {
  std::filesystem::path out;
  Record record = Record::kFrames;
  std::filesystem::path trajectories, picture;  // empty: none
  std::optional<SensorSetup> sensors;           // recorded in OUT/sensors
  std::string scenario_copy;                    // name under which the scenario is kept in `out`; empty: not
  bool realtime = false;                        // never faster than real time
  int threads = 1;
  std::string command;     // that reproduces the run
  std::string invocation;  // as typed
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  // Told the warnings found so far, after the last check and before anything moves; they are done with then.
  std::function<void(const sim::Issues&)> starting;
  std::function<bool()> interrupted = [] { return false; };
  std::function<void(const RunProgress&)> progress = [](const RunProgress&) {};
};

replay::RunHeader make_header(const RunInput& input, const RunOptions& options);
sim::Result<RunResult> run(const RunInput& input, const RunOptions& options, sim::Issues& issues);

}  // namespace bitgoeul::scenarios
