// bitgoeul run SCENARIO.xosc: one simulation, as fast as it can.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/commands/view.h"
#include "scenarios/shell_word.h"

namespace bitgoeul::scenarios::commands {
namespace {

// The line that gives the same result again; --threads and the place of the output do not decide it.
std::string reproduce(const RunArguments& arguments) {
  std::string line = "bitgoeul run " + shell_word(arguments.scenario);
  if (!arguments.map.empty()) line += " --map " + shell_word(arguments.map);
  line += fmt::format(" --seed {}", arguments.seed);
  if (arguments.duration_s) line += fmt::format(" --duration {}", *arguments.duration_s);
  if (arguments.dt_s != RunArguments().dt_s) line += fmt::format(" --dt {}", arguments.dt_s);
  if (!arguments.demand.empty()) line += " --demand " + shell_word(arguments.demand);
  for (const std::string& parameter : arguments.parameters) line += " --param " + shell_word(parameter);
  for (const std::string& criterion : arguments.criteria) line += " --criterion " + shell_word(criterion);
  return line + words_of(arguments.drivers);
}

std::string default_out(const std::string& scenario) {
  return (std::filesystem::path("bitgoeul_out") / std::filesystem::path(scenario).stem()).string();
}

// Before anything is run: what the viewer would miss afterwards.
int refuse_view(const RunArguments& arguments) {
  if (arguments.record == "frames") return find_viewer();
  error(fmt::format("--view needs the frames that --record {} leaves out: leave --record away", arguments.record));
  return kInvalid;
}

int run_scenario(const Context& context, const RunArguments& arguments) {
  const Clock::time_point started = Clock::now();
  if (arguments.view)
    if (const int refused = refuse_view(arguments); refused != kPass) return refused;
  const auto input = load_input(context, arguments);
  if (!input) return kInvalid;
  RunOptions options;
  options.started = started;
  options.out = arguments.out.empty() ? default_out(arguments.scenario) : arguments.out;
  options.record = arguments.record == "frames" ? Record::kFrames
                   : arguments.record == "hash" ? Record::kHash
                                                : Record::kNone;
  options.trajectories = arguments.trajectories;
  options.picture = arguments.picture;
  if (!arguments.sensors.empty()) {
    auto sensors = read_sensors(arguments.sensors);
    if (!sensors) return refuse(sensors.error());
    options.sensors = std::move(*sensors);
  }
  options.realtime = arguments.realtime;
  options.command = reproduce(arguments);
  const std::string out = options.out.string();
  const int code = run_and_report(context, *input, std::move(options));
  // A run that was refused has left nothing to look at. The verdict stays the exit code.
  if (arguments.view && code != kInvalid && !interrupted()) (void)show_in_viewer(out);
  return code;
}

}  // namespace

void add_run(CLI::App& program, Context& context) {
  CLI::App& sub = add_subcommand(program, context, "run", "one simulation, as fast as it can",
                                 "bitgoeul run fleet.xosc --seed 7 --duration 300 --out runs/fleet_7");
  RunArguments& a = keep<RunArguments>(context);
  sub.add_option("SCENARIO", a.scenario, "OpenSCENARIO XML file, or the name of one that ships with the engine")
      ->required();
  sub.add_option("--map", a.map, "map to use instead of the one the scenario names");
  sub.add_option("--seed", a.seed, "seed of all random numbers (default 1)");
  sub.add_option("--duration", a.duration_s, "seconds to simulate (default: until the stop trigger)")
      ->check(CLI::Range(0.0, 1e9));
  sub.add_option("--dt", a.dt_s, "step in seconds (default 0.01)")->check(CLI::Range(0.001, 0.1));
  sub.add_option("--demand", a.demand,
                 "where background vehicles drive and when: a YAML file, or gwangju (default: as the scenario says)");
  sub.add_option("--param", a.parameters, "K=V: value of a declared parameter; may be repeated")
      ->allow_extra_args(false);
  sub.add_option("--criterion", a.criteria,
                 "NAME=LIMIT (or NAME: the usual limit): judge the self-driving vehicles by it too; may be repeated")
      ->allow_extra_args(false);
  add_stack_options(sub, a.drivers);
  sub.add_option("--perception", a.drivers.perception,
                 "stub between the world and the stacks: ideal, lidar, radar, camera, or a YAML file (default: none, "
                 "stacks are told what is there)");
  sub.add_option("--record", a.record, "what run.mcap holds: frames (and hashes), hash, none (default frames)")
      ->check(CLI::IsMember({"frames", "hash", "none"}));
  sub.add_option("--trajectories", a.trajectories, "also write a CSV of every named vehicle, ten times a second");
  sub.add_option("--picture", a.picture, "also draw a PNG: the map, the way of every named vehicle, events over time");
  sub.add_option("--sensors", a.sensors,
                 "YAML: lidar, GNSS, IMU and a perception stub on some vehicles, recorded in OUT/sensors");
  sub.add_flag("--realtime", a.realtime, "no faster than real time");
  sub.add_flag("--view", a.view, "then look at the run in the viewer; the exit code is the run's");
  sub.add_option("--out", a.out, "directory of the results (default bitgoeul_out/SCENARIO)");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_scenario(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
