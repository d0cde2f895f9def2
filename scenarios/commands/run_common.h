// What the commands run, demo, fleet, check and verify share: options of a run, loading of scenario and map, the
// summary. Prints what is wrong; functions that give an exit code have said why. Thread rule: the main thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/commands/command.h"
#include "scenarios/commands/stack_options.h"
#include "scenarios/run.h"

namespace bitgoeul::scenarios::commands {

struct RunArguments {
  std::string scenario, map;  // map: overrides the file's
  std::uint64_t seed = 1;
  double dt_s = 0.01;
  std::optional<double> duration_s;
  std::string demand;                   // overrides the file's
  std::vector<std::string> parameters;  // K=V
  std::vector<std::string> criteria;    // NAME=LIMIT
  std::string record = "frames", trajectories, picture, sensors, out;
  bool realtime = false, view = false;
  StackArguments drivers;
};

using Clock = std::chrono::steady_clock;

// Scenario file -> model, map and numbers that define the run. Nothing has been written when it fails.
std::optional<RunInput> load_input(const Context& context, const RunArguments& arguments);
// Named map or path, with a progress note when it has to be built; prints why not.
std::shared_ptr<const maps::Map> load_named_map(const Context& context, const std::string& name_or_path,
                                                const sim::Issue* place = nullptr);

// Puts the demand of background traffic into the scenario: the named one, or with an empty name its own. False: said
// why.
bool take_demand(const Context& context, openscenario::Scenario& scenario, const std::string& name,
                 const openscenario::ParameterValues& parameters, const maps::Map& map);
// Tells the stacks which map it is.
void name_map(RunInput& input);

// Runs with a progress bar, prints the summary or the JSON, gives the exit code.
int run_and_report(const Context& context, const RunInput& input, RunOptions options);

// A path in a scenario is meant from the scenario's own directory; a bare name ships with the engine.
std::string map_of_scenario(const std::string& scenario_file, const std::string& map);
int exit_code_of(const RunResult& result);
// Names of the maps that ship with the engine, sorted.
std::vector<std::string> known_maps();

}  // namespace bitgoeul::scenarios::commands
