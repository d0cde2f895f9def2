#include "viewer/open.h"

#include <algorithm>
#include <filesystem>

#include "maps/load_map.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "viewer/live_source.h"
#include "viewer/log_source.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;

std::shared_ptr<const maps::Map> load(const std::string& name, Opened& opened) {
  sim::Issues issues;
  auto map = maps::load_map(name, issues);
  if (map) return *map;
  opened.issues.push_back(map.error());
  return nullptr;
}

void open_log_file(const fs::path& file, const OpenOptions& options, Opened& opened) {
  auto log = open_log(file);
  if (!log) {
    opened.issues.push_back(log.error());
    return;
  }
  opened.source = std::move(log->source);
  opened.marks_file = file.string() + ".marks.json";
  const std::string& name = options.map.empty() ? log->header.map_name : options.map;
  // The place of the map as the run knew it, or beside the log.
  std::error_code error;
  const fs::path beside = file.parent_path() / fs::path(name).filename();
  opened.map = load(!fs::exists(name, error) && fs::exists(beside, error) ? beside.string() : name, opened);
  if (opened.map && options.map.empty() && opened.map->hash != log->header.map_hash)
    opened.issues.push_back({sim::Severity::kWarning, file.string(), 0, 0, "map " + name,
                             "the map is not the one of the run (another hash)", "map-hash",
                             "give the right one with --map"});
}

std::string map_of(const fs::path& scenario, const std::string& map) {
  std::error_code error;
  const fs::path beside = scenario.parent_path() / map;
  return fs::exists(beside, error) ? beside.string() : map;
}

void open_scenario(const fs::path& file, const OpenOptions& options, Opened& opened) {
  auto scenario = scenarios::openscenario::parse_file(file, {}, opened.issues);
  if (!scenario) {
    opened.issues.push_back(scenario.error());
    return;
  }
  if (sim::has_errors(opened.issues)) return;
  opened.map = load(options.map.empty() ? map_of(file, scenario->map) : options.map, opened);
  if (!opened.map) return;
  LiveSetup live;
  live.title = file.filename().string();
  live.seed = options.seed;
  const double stop =
      options.duration_s > 0 ? options.duration_s : scenarios::openscenario::stop_time_s(*scenario).value_or(3600);
  live.duration_ns = static_cast<std::int64_t>(stop * 1e9);
  live.make = [model = *scenario, map = opened.map, threads = options.threads](std::uint64_t seed) {
    sim::Issues issues;
    scenarios::SetupOptions setup;
    setup.seed = seed, setup.threads = threads;
    auto made = scenarios::make_setup(model, map, setup, issues);
    for (const sim::Issue& issue : issues)
      if (issue.severity == sim::Severity::kError)
        return sim::Result<std::unique_ptr<scenarios::Simulation>>(tl::unexpected(issue));
    return scenarios::Simulation::make(std::move(made));
  };
  for (const auto& global : scenario->storyboard.init.globals)
    if (const auto* environment = std::get_if<scenarios::openscenario::EnvironmentAction>(&global.action))
      if (const auto& time = environment->time_of_day) opened.hour = time->hour + time->minute / 60.0;
  auto source = open_live(std::move(live));
  if (source)
    opened.source = std::move(*source);
  else
    opened.issues.push_back(source.error());
}

}  // namespace

Opened open(const std::string& path, const OpenOptions& options) {
  Opened opened;
  opened.path = path;
  std::error_code error;
  fs::path file = path;
  if (fs::is_directory(file, error) && fs::exists(file / "run.mcap", error)) file /= "run.mcap";
  const fs::path shipped = maps::assets_dir() / "scenarios" / (path + ".xosc");
  if (!fs::exists(file, error) && fs::exists(shipped, error)) file = shipped;
  const std::string extension = file.extension().string();
  if (extension == ".mcap")
    open_log_file(file, options, opened);
  else if (extension == ".xosc")
    open_scenario(file, options, opened);
  else
    opened.map = load(path, opened);
  if (opened.map && !opened.map->projection.empty()) {
    const maps::Map& map = *opened.map;
    auto made = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
    if (made) opened.projection = std::make_unique<maps::Projection>(std::move(*made));
  }
  std::stable_sort(opened.issues.begin(), opened.issues.end(),
                   [](const sim::Issue& a, const sim::Issue& b) { return a.severity > b.severity; });
  std::erase_if(opened.issues, [](const sim::Issue& issue) { return issue.severity == sim::Severity::kInfo; });
  return opened;
}

}  // namespace bitgoeul::viewer
