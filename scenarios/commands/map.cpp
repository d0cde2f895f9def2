#include "scenarios/commands/map.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "maps/compiled_map.h"
#include "maps/load_map.h"
#include "maps/signal_control.h"
#include "scenarios/commands/console.h"

namespace bitgoeul::scenarios::commands {

std::shared_ptr<const maps::Map> open_map(const Context& context, const std::string& name, bool all_issues) {
  sim::Issues issues;
  auto map = maps::load_map(name, issues);
  if (!all_issues)
    std::erase_if(issues, [](const sim::Issue& issue) { return issue.severity == sim::Severity::kInfo; });
  print(context, issues, 20);
  if (map) return *map;
  print(map.error());
  return nullptr;
}

sim::Result<std::vector<double>> parse_numbers(const std::string& text, std::size_t count, const std::string& option) {
  std::vector<double> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    double value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || !std::isfinite(value)) break;
    numbers.push_back(value);
    at = next;
    if (at == end || *at != ',') break;
    ++at;
  }
  if (at != end || numbers.size() != count || (!text.empty() && text.back() == ','))
    return sim::fail(fmt::format("{} needs {} numbers with commas between them, not \"{}\"", option, count, text));
  return numbers;
}

namespace {

constexpr std::pair<std::string_view, maps::HeightSystem> kHeights[] = {
    {"as-delivered", maps::HeightSystem::kAsDelivered},
    {"mixed", maps::HeightSystem::kMixed},
    {"ellipsoidal", maps::HeightSystem::kEllipsoidal},
    {"orthometric", maps::HeightSystem::kOrthometric}};

constexpr std::pair<std::string_view, maps::SignalControl> kSignals[] = {{"as-source", maps::SignalControl::kAsSource},
                                                                         {"fixed", maps::SignalControl::kFixed},
                                                                         {"actuated", maps::SignalControl::kActuated}};

}  // namespace

std::vector<std::string> height_names() {
  std::vector<std::string> names;
  for (const auto& [name, heights] : kHeights) names.emplace_back(name);
  return names;
}

std::vector<std::string> signal_control_names() {
  std::vector<std::string> names;
  for (const auto& [name, control] : kSignals) names.emplace_back(name);
  return names;
}

int map_build(const Context& context, const BuildArguments& a) {
  const auto start = std::chrono::steady_clock::now();
  sim::Issues issues;
  maps::LoadOptions options;
  options.use_cache = false;
  for (const auto& [name, heights] : kHeights)
    if (name == a.heights) options.heights = heights;
  auto map = maps::load_map(a.source, issues, options);
  print(context, issues, 20);
  if (!map) return refuse(map.error());
  for (const auto& [name, control] : kSignals)
    if (name == a.signals) *map = maps::with_signal_control(std::move(*map), control);
  if (const auto written = maps::write_compiled(**map, a.out); !written) return refuse(written.error(), kFault);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::error_code error;
  const auto bytes = std::filesystem::file_size(a.out, error);
  result(context,
         fmt::format("{}: {} roads, {} lanes, {:.1f} MB, hash {}, built in {:.1f} s", a.out, (*map)->roads.size(),
                     (*map)->lanes.size(), static_cast<double>(bytes) / 1e6, sim::to_hex((*map)->hash), seconds));
  const nlohmann::json json = {{"file", a.out},
                               {"hash", sim::to_hex((*map)->hash)},
                               {"roads", (*map)->roads.size()},
                               {"lanes", (*map)->lanes.size()},
                               {"bytes", bytes},
                               {"wall_time_s", seconds},
                               {"notice", (*map)->notice}};
  json_result(context, json.dump(2));
  return kPass;
}

namespace {

void add_info(CLI::App& map, Context& context) {
  CLI::App& sub = add_subcommand(
      map, context, "info", "extent, roads, lanes, junctions, signals of a map, or what is at one place",
      "bitgoeul map info gwangju --json\n  bitgoeul map info gwangju --at 35.1595,126.8526 --time 08:30");
  PlaceArguments& a = keep<PlaceArguments>(context);
  sub.add_option("MAP", a.map, "name of a map that ships with the engine, or a file")->required();
  auto* at = sub.add_option("--at", a.at, "what is there: LAT,LON in degrees");
  sub.add_flag("--local", a.local, "the place is X,Y in metres of the map frame")->needs(at);
  sub.add_option("--time", a.time, "time of day for limits, HH:MM")->needs(at)->capture_default_str();
  sub.add_option("--weekday", a.weekday, "0 = Monday to 6 = Sunday")->needs(at)->check(CLI::Range(0, 6));
  sub.callback(
      [&] { context.action = [&] { return a.at.empty() ? map_info(context, a.map) : map_place(context, a); }; });
}

void add_map_check(CLI::App& map, Context& context) {
  CLI::App& sub =
      add_subcommand(map, context, "check", "look for faults of a map: gaps, overlaps, dead ends, signals, ...",
                     "bitgoeul map check gwangju\n  bitgoeul map check --rules\n"
                     "Exits 0 without errors, 1 with errors, 2 when the map cannot be read.");
  struct Check {
    std::string map;
    bool rules = false;
  };
  Check& a = keep<Check>(context);
  CLI::Option* rules = sub.add_flag("--rules", a.rules, "list every rule with its severity, and stop");
  sub.add_option("MAP", a.map, "name of a map that ships with the engine, or a file")->excludes(rules);
  sub.callback([&context, &a] {
    context.action = [&] {
      if (a.map.empty() && !a.rules) return refuse(sim::fail("map check needs the name of a map, or --rules").value());
      return a.rules ? map_rules(context) : map_check(context, a.map);
    };
  });
}

void add_build(CLI::App& map, Context& context) {
  CLI::App& sub = add_subcommand(map, context, "build", "import a map and write it as one compiled file",
                                 "bitgoeul map build assets/gwangju/gwangju.geojson -o gwangju.map\n"
                                 "  bitgoeul map build SEC01 --heights orthometric -o section.map\n"
                                 "  bitgoeul map build gwangju --signals actuated -o actuated.map");
  BuildArguments& a = keep<BuildArguments>(context);
  sub.add_option("SOURCE", a.source, "OpenDRIVE or OSM file, GeoJSON, NGII folder, or the name of a map that ships")
      ->required();
  sub.add_option("-o,--out", a.out, "compiled map to write")->required();
  sub.add_option("--heights", a.heights,
                 "height system of the map, for NGII: another one than the source's is converted through PROJ's geoid "
                 "grid, or refused when there is none; mixed takes sections of several systems as they are")
      ->check(CLI::IsMember(height_names()))
      ->capture_default_str();
  sub.add_option(
         "--signals", a.signals,
         "control of the signals: by vehicles that come (actuated), by the clock (fixed), or as the source says")
      ->check(CLI::IsMember(signal_control_names()))
      ->capture_default_str();
  sub.callback([&] { context.action = [&] { return map_build(context, a); }; });
}

void add_picture(CLI::App& map, Context& context) {
  CLI::App& sub =
      add_subcommand(map, context, "picture", "draw a map, whole or in part, to a PNG file",
                     "bitgoeul map picture gwangju -o city.png\n"
                     "  bitgoeul map picture gwangju -o crossing.png --junction j12 --layers markings,arrows,signals");
  PictureArguments& a = keep<PictureArguments>(context);
  sub.add_option("MAP", a.map, "name of a map that ships with the engine, or a file")->required();
  sub.add_option("-o,--out", a.out, "picture to write (.png)")->required();
  sub.add_option("--size", a.size, "width and height in pixels, WxH")->capture_default_str();
  auto* box = sub.add_option("--box", a.box, "part to draw: LON0,LAT0,LON1,LAT1 in degrees");
  auto* local = sub.add_option("--local", a.local, "part to draw: X0,Y0,X1,Y1 in metres of the map frame");
  auto* junction =
      sub.add_option("--junction", a.junction, "part to draw: the surroundings of the junction with this id");
  box->excludes(local)->excludes(junction);
  local->excludes(junction);
  sub.add_option("--layers", a.layers, "what to draw besides roads (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(picture_layers()));
  sub.callback([&] { context.action = [&] { return map_picture(context, a); }; });
}

void add_route(CLI::App& map, Context& context) {
  CLI::App& sub = add_subcommand(map, context, "route", "the way from one place to another",
                                 "bitgoeul map route gwangju --from 35.1595,126.8526 --to 35.1796,126.9129");
  RouteArguments& a = keep<RouteArguments>(context);
  sub.add_option("MAP", a.map, "name of a map that ships with the engine, or a file")->required();
  sub.add_option("--from", a.from, "start: LAT,LON in degrees")->required();
  sub.add_option("--to", a.to, "destination: LAT,LON in degrees")->required();
  sub.add_flag("--local", a.local, "both places are X,Y in metres of the map frame");
  sub.add_flag("--shortest", a.shortest, "by length instead of travel time");
  sub.callback([&] { context.action = [&] { return map_route(context, a); }; });
}

void add_export(CLI::App& map, Context& context) {
  CLI::App& sub = add_subcommand(map, context, "export", "write a map as an OpenDRIVE 1.8 file",
                                 "bitgoeul map export gwangju --to opendrive -o gwangju.xodr");
  ExportArguments& a = keep<ExportArguments>(context);
  sub.add_option("MAP", a.map, "name of a map that ships with the engine, or a file")->required();
  sub.add_option("--to", a.format, "format to write")->check(CLI::IsMember({"opendrive"}))->capture_default_str();
  sub.add_option("-o,--out", a.out, "file to write (.xodr)")->required();
  sub.callback([&] { context.action = [&] { return map_export(context, a); }; });
}

}  // namespace

void add_map(CLI::App& program, Context& context) {
  CLI::App& map = *program.add_subcommand("map", "info, check, build, export, picture, route of maps");
  map.require_subcommand(1);
  map.footer("Example:\n  bitgoeul map info gwangju");
  add_info(map, context);
  add_map_check(map, context);
  add_build(map, context);
  add_picture(map, context);
  add_route(map, context);
  add_export(map, context);
}

}  // namespace bitgoeul::scenarios::commands
