// bitgoeul demo: fleet + run + report on Gwangju.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/fleet_common.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/run_files.h"
#include "scenarios/shell_word.h"
#include "vehicles/crossings.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct DemoArguments {
  FleetRequest request;
  std::optional<int> pedestrians;
  std::string out = "bitgoeul_out/demo";
  StackArguments drivers;
};

std::string reproduce(const DemoArguments& a) {
  std::string line = fmt::format("bitgoeul demo --vehicles {} --traffic {} --duration {} --seed {}", a.request.vehicles,
                                 a.request.traffic, *a.request.duration_s, a.request.seed);
  line += fmt::format(" --pedestrians {} --jaywalking {} --cyclists {} --buses {}", a.request.pedestrians,
                      a.request.jaywalking, a.request.cyclists, a.request.buses);
  if (!a.request.demand.empty()) line += " --demand " + shell_word(a.request.demand);
  if (a.request.map != FleetRequest().map) line += " --map " + shell_word(a.request.map);
  return line + words_of(a.drivers);
}

int run_demo(const Context& context, DemoArguments& a) {
  const Clock::time_point started = Clock::now();
  if (!a.request.duration_s) a.request.duration_s = 300.0;
  if (auto usable = check_out_dir(a.out); !usable) return refuse(usable.error());
  const auto map = load_named_map(context, a.request.map);
  if (!map) return kInvalid;
  if (!map->notice.empty()) note(context, fmt::format("map {}: {}", a.request.map, map->notice));
  a.request.pedestrians = a.pedestrians.value_or(vehicles::has_crosswalks(*map) ? 500 : 0);
  const auto text = fleet_text(context, a.request, *map);
  if (!text) return kInvalid;
  sim::Issues issues;
  RunInput input;
  auto scenario = openscenario::parse_text(*text, "demo.xosc", {}, issues);
  print(context, issues);
  if (!scenario) return refuse(scenario.error());
  if (sim::has_errors(issues)) return kInvalid;
  if (!take_demand(context, *scenario, {}, {}, *map)) return kInvalid;
  input.scenario = std::move(*scenario);
  input.map_name = a.request.map;
  input.map = map;
  input.seed = a.request.seed;
  input.duration_s = *a.request.duration_s;
  auto drivers = driver_options(a.drivers, input.scenario);
  if (!drivers) return kInvalid;
  input.drivers = std::move(*drivers);
  name_map(input);
  RunOptions options;
  options.started = started;
  options.out = a.out;
  options.command = reproduce(a);
  options.scenario_copy = "demo.xosc";
  return run_and_report(context, input, std::move(options));
}

}  // namespace

void add_demo(CLI::App& program, Context& context) {
  CLI::App& sub = add_subcommand(program, context, "demo",
                                 "200 self-driving vehicles and background traffic on Gwangju, recorded, with a report",
                                 "bitgoeul demo --vehicles 200 --traffic 2000 --duration 300 --seed 7 --out runs/demo");
  DemoArguments& a = keep<DemoArguments>(context);
  sub.add_option("--vehicles", a.request.vehicles, "self-driving vehicles (default 200)")->check(CLI::Range(0, 100000));
  sub.add_option("--traffic", a.request.traffic, "background vehicles (default 2000)")->check(CLI::Range(0, 1000000));
  sub.add_option("--pedestrians", a.pedestrians, "people at the crosswalks of the map (default 500, if it has any)")
      ->check(CLI::Range(0, 100000));
  a.request.jaywalking = 0.02, a.request.cyclists = 0.02, a.request.buses = 0.01;
  add_share_options(sub, a.request);
  sub.add_option("--duration", a.request.duration_s, "seconds to simulate (default 300)")->check(CLI::Range(0.0, 1e9));
  sub.add_option("--seed", a.request.seed, "seed of all random numbers (default 1)");
  sub.add_option("--map", a.request.map, "another map than gwangju");
  sub.add_option("--demand", a.request.demand,
                 "where vehicles drive and when: a YAML file, or gwangju (default: places of the map; background "
                 "vehicles draw their turns)");
  add_stack_options(sub, a.drivers);
  sub.add_option("--out", a.out, "directory of the results (default bitgoeul_out/demo)");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_demo(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
