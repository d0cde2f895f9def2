#include "viewer/open.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "maps/load_map.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "viewer/foreign_source.h"
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

// Sensors of a log; that it has none is nothing to tell.
void open_feed(const fs::path& log, const OpenOptions& options, FeedOptions feed, Opened& opened) {
  feed.perception = options.perception;
  auto opened_feed = SensorFeed::open(log, feed);
  if (opened_feed)
    opened.feed = std::move(*opened_feed);
  else
    opened.issues.push_back(opened_feed.error());
}

sim::Row host_of(const replay::RunHeader& header, const std::string& name) {
  for (const replay::EntityInfo& e : header.entities)
    if (name.empty() || e.name == name) return static_cast<sim::Row>(e.row);
  return 0;
}

// A log that is none of our runs; its frames stand in the map's frame when a map is given.
bool open_foreign_log(const fs::path& log, const OpenOptions& options, Opened& opened) {
  if (!options.map.empty()) opened.map = load(options.map, opened);
  replay::SourceOptions how;
  FeedOptions feed;
  if (opened.map) {
    const maps::Map& map = *opened.map;
    feed.proj = how.proj = map.projection;
    feed.proj_offset_x = how.proj_offset_x = map.offset_x, feed.proj_offset_y = how.proj_offset_y = map.offset_y;
    feed.proj_offset_heading_rad = how.proj_offset_heading_rad = map.offset_heading;
  }
  auto source = open_foreign(log, how);
  if (!source) return opened.issues.push_back(source.error()), false;
  opened.source = std::move(*source);
  opened.marks_file = (log.has_filename() ? log : log.parent_path()).string() + ".marks.json";
  open_feed(log, options, feed, opened);
  return true;
}

bool named_as_log(const fs::path& file) {
  const std::string name = file.filename().string(), ending = file.extension().string();
  static constexpr std::string_view kEndings[] = {".mcap", ".bag", ".db3", ".osi", ".pcd", ".bin", ".txt"};
  return name.find(".tfrecord") != std::string::npos ||
         std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

Routes routes_of(const scenarios::SimulationSetup& setup) {
  Routes routes;
  for (const scenarios::EntitySetup& e : setup.entities) routes.push_back({e.route, e.route_end_s, e.route_closed});
  return routes;
}

void take_weather(const scenarios::openscenario::Scenario& scenario, Opened& opened) {
  constexpr double kHeavyMmph = 50;
  for (const auto& global : scenario.storyboard.init.globals) {
    const auto* environment = std::get_if<scenarios::openscenario::EnvironmentAction>(&global.action);
    if (environment == nullptr) continue;
    if (const auto& time = environment->time_of_day) opened.hour = time->hour + time->minute / 60.0;
    if (!environment->weather) continue;
    if (const auto& sight = environment->weather->fog_visual_range_m)
      opened.fog_m = *sight < 3000 ? *sight : 0;  // farther than anybody looks: clear
    if (const auto& rain = environment->weather->precipitation)
      opened.rain = std::clamp(rain->intensity_mmph / kHeavyMmph, 0.0, 1.0);
  }
}

std::string company_of(const scenarios::openscenario::ScenarioObject& object) {
  namespace osc = scenarios::openscenario;
  return osc::find_property(object.vehicle.properties, osc::kCompanyProperty).value_or("");
}

std::vector<Member> members_of(const scenarios::openscenario::Scenario& scenario) {
  std::vector<Member> members;
  for (const auto& object : scenario.entities)
    members.push_back({static_cast<sim::Row>(members.size()), object.name, company_of(object)});
  return members;
}

// Whom a stack drove, where no company is named.
void take_stacks(const std::vector<replay::StackSession>& stacks, std::vector<Member>& members) {
  for (const replay::StackSession& stack : stacks)
    for (const sim::EgoInfo& ego : stack.init.egos)
      for (Member& m : members)
        if (m.row == ego.row && m.company.empty()) m.company = stack_name(stack.spec);
}

// The scenario of the run, as it stands in its log; nothing: a closed loop or a clip has none.
std::optional<scenarios::openscenario::Scenario> scenario_of(const replay::RunHeader& header) {
  sim::Issues told;  // when it ran
  if (header.scenario_text.empty()) return std::nullopt;
  auto scenario =
      scenarios::openscenario::parse_text(header.scenario_text, header.scenario_file, header.parameters, told);
  if (!scenario) return std::nullopt;
  return std::move(*scenario);
}

void open_log_file(const fs::path& file, const OpenOptions& options, Opened& opened) {
  auto log = open_log(file);
  if (!log) {  // no run of ours: another log, if replay can read it
    if (!open_foreign_log(file, options, opened)) opened.issues = {log.error()};
    return;
  }
  FeedOptions feed;
  feed.host = host_of(log->header, options.host);
  open_feed(file, options, feed, opened);
  opened.source = std::move(log->source);
  opened.run_log = file.string(), opened.marks_file = opened.run_log + ".marks.json";
  opened.criteria = load_criteria(file.parent_path() / "result.json");
  const replay::RunHeader& header = log->header;
  std::vector<Member> members;
  for (const replay::EntityInfo& e : header.entities) members.push_back({static_cast<sim::Row>(e.row), e.name, {}});
  auto scenario = scenario_of(header);
  if (scenario) take_weather(*scenario, opened), members = members_of(*scenario);
  take_stacks(log->stacks, members);
  opened.roster = Roster(members, opened.criteria);
  const std::string& name = options.map.empty() ? header.map_name : options.map;
  opened.map = load(name, opened);
  if (opened.map && options.map.empty() && opened.map->hash != header.map_hash)
    opened.issues.push_back({sim::Severity::kWarning, file.string(), 0, 0, "map " + name,
                             "the map is not the one of the run (another hash)", "map-hash",
                             "give the right one with --map"});
  else if (opened.map && scenario)  // found again as the run found them
    opened.find_routes = [model = std::move(*scenario), map = opened.map, seed = header.seed, dt = header.dt_ns] {
      sim::Issues issues;
      return routes_of(scenarios::make_setup(model, map, {seed, dt, 1}, issues));
    };
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
  const auto routes = std::make_shared<Routes>();  // as the setup of the run has them
  live.make = [model = *scenario, map = opened.map, threads = options.threads, routes](std::uint64_t seed) {
    sim::Issues issues;
    scenarios::SetupOptions setup;
    setup.seed = seed, setup.threads = threads;
    auto made = scenarios::make_setup(model, map, setup, issues);
    *routes = routes_of(made);
    for (const sim::Issue& issue : issues)
      if (issue.severity == sim::Severity::kError)
        return sim::Result<std::unique_ptr<scenarios::Simulation>>(tl::unexpected(issue));
    return scenarios::Simulation::make(std::move(made));
  };
  take_weather(*scenario, opened);
  auto source = open_live(std::move(live));
  opened.find_routes = [found = std::move(*routes)] { return found; };
  opened.roster = Roster(members_of(*scenario), {});
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
  else if (named_as_log(file))
    open_foreign_log(file, options, opened);
  else if (fs::is_directory(file, error) && open_foreign_log(file, options, opened))
    ;  // a folder of a data set; else of a map
  else
    opened.issues.clear(), opened.map = load(path, opened);
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
