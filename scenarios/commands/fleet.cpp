// bitgoeul fleet: writes an OpenSCENARIO file with vehicles on routes and background traffic.
#include "scenarios/fleet.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/fleet_common.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/openscenario/write.h"
#include "scenarios/run_files.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/shell_word.h"
#include "scenarios/traffic_demand.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct FleetArguments {
  FleetRequest request;
  std::string out = "fleet.xosc";
};

// The file is read back and brought onto the map as a run will do it, so what is written can be run.
bool check_written(const Context& context, const std::string& text, const std::string& file,
                   std::shared_ptr<const maps::Map> map, std::uint64_t seed) {
  sim::Issues issues;
  const auto scenario = openscenario::parse_text(text, file, {}, issues);
  if (scenario) make_setup(*scenario, std::move(map), {seed, 10'000'000, context.threads}, issues);
  print(context, issues);
  if (!scenario) print(scenario.error());
  return scenario && !sim::has_errors(issues);
}

int write_fleet(const Context& context, const FleetArguments& a) {
  const auto map = load_named_map(context, a.request.map);
  if (!map) return kInvalid;
  const auto text = fleet_text(context, a.request, *map);
  if (!text) return kInvalid;
  if (!check_written(context, *text, a.out, map, a.request.seed)) return kInvalid;
  if (a.out == "-") {
    result(context, *text);
    return kPass;
  }
  if (auto written = write_file(a.out, *text); !written) return refuse(written.error(), kFault);
  const std::string hash = sim::to_hex(sim::hash_text(*text));
  result(context, fmt::format("{}: {} vehicles, {} background vehicles{} on {}{}\nRun it: bitgoeul run {}", a.out,
                              a.request.vehicles, a.request.traffic,
                              a.request.pedestrians > 0 ? fmt::format(", {} pedestrians", a.request.pedestrians) : "",
                              a.request.map, map->notice.empty() ? "" : " (" + map->notice + ")", shell_word(a.out)));
  json_result(
      context,
      fmt::format("{{\"file\": \"{}\", \"hash\": \"{}\", \"vehicles\": {}, \"traffic\": {}, \"pedestrians\": {}, "
                  "\"seed\": {}}}",
                  json_escaped(a.out), hash, a.request.vehicles, a.request.traffic, a.request.pedestrians,
                  a.request.seed));
  return kPass;
}

// A demand is for background vehicles too; places alone are for those that drive themselves.
sim::Result<std::vector<DemandPlace>> places_of(const FleetRequest& request, const maps::Map& map,
                                                std::string& traffic_demand, sim::Issues& issues) {
  const auto file = request.demand.empty() ? sim::Result<std::filesystem::path>(std::filesystem::path())
                                           : find_demand_file(request.demand, {});
  if (!file || (file->extension() != ".yaml" && file->extension() != ".yml"))
    return find_demand(request.demand, map, request.map, issues);
  traffic_demand = request.demand;
  return places_of_demand(*file, map, issues);
}

}  // namespace

std::optional<std::string> fleet_text(const Context& context, const FleetRequest& request, const maps::Map& map) {
  sim::Issues issues;
  FleetOptions options;
  options.map_name = request.map;
  options.vehicles = request.vehicles;
  options.traffic = request.traffic;
  options.pedestrians = request.pedestrians;
  options.jaywalking = request.jaywalking, options.cyclists = request.cyclists, options.buses = request.buses;
  options.companies = request.companies;
  options.seed = request.seed;
  options.duration_s = request.duration_s;
  options.threads = context.threads;
  auto places = places_of(request, map, options.traffic_demand, issues);
  // Of the places that ship with a map one line tells; those of a file of one's own are named one by one.
  if (request.demand.empty() && !issues.empty() && !sim::has_errors(issues))
    note(context,
         fmt::format("{} places of {} lie off the map's driving lanes and are left out", issues.size(), request.map));
  else
    print(context, issues, 10);
  if (!places) {
    print(places.error());
    return std::nullopt;
  }
  options.places = std::move(*places);
  issues.clear();
  const auto scenario = make_fleet(map, options, issues);
  print(context, issues);
  if (scenario) return openscenario::write(*scenario);
  print(scenario.error());
  return std::nullopt;
}

void add_share_options(CLI::App& sub, FleetRequest& request) {
  const auto add = [&](const char* name, double& share, const char* of) {
    sub.add_option(name, share, fmt::format("{} (default {})", of, share))->check(CLI::Range(0.0, 0.5));
  };
  add("--jaywalking", request.jaywalking, "share of the pedestrians who cross beside a crosswalk");
  add("--cyclists", request.cyclists, "share of the background vehicles that are bicycles");
  add("--buses", request.buses, "share of the background vehicles that are buses, which serve stops");
}

std::string json_escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else
      out += c;
  }
  return out;
}

void add_fleet(CLI::App& program, Context& context) {
  CLI::App& sub = add_subcommand(
      program, context, "fleet", "write an OpenSCENARIO file with vehicles on routes and background traffic",
      "bitgoeul fleet --map gwangju --vehicles 200 --traffic 2000 --duration 300 --seed 7 -o fleet.xosc");
  FleetArguments& a = keep<FleetArguments>(context);
  sub.add_option("--map", a.request.map, "map: a name that ships with the engine or a path (default gwangju)");
  sub.add_option("--vehicles", a.request.vehicles, "self-driving vehicles (default 200)")->check(CLI::Range(0, 100000));
  sub.add_option("--traffic", a.request.traffic, "background vehicles (default 2000)")->check(CLI::Range(0, 1000000));
  sub.add_option("--pedestrians", a.request.pedestrians, "people at the crosswalks of the map (default 0)")
      ->check(CLI::Range(0, 100000));
  add_share_options(sub, a.request);
  sub.add_option("--company", a.request.companies,
                 "whose stacks drive, for the viewer's colours and filters; repeated: given to the vehicles in turn");
  sub.add_option(
      "--demand", a.request.demand,
      "GeoJSON of weighted places (default: those of the map, else lanes by length), or the YAML of a demand, "
      "which background vehicles follow too");
  sub.add_option("--duration", a.request.duration_s, "seconds after which the scenario stops")
      ->check(CLI::Range(0.0, 1e9));
  sub.add_option("--seed", a.request.seed, "seed of the routes and starts (default 1)");
  sub.add_option("-o,--out", a.out, "file to write, - for standard output (default fleet.xosc)");
  sub.callback([&context, &a] { context.action = [&context, &a] { return write_fleet(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
