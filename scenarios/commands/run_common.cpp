#include "scenarios/commands/run_common.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "maps/load_map.h"
#include "scenarios/commands/console.h"
#include "scenarios/criteria/questions.h"
#include "scenarios/run_files.h"
#include "scenarios/story/story.h"
#include "scenarios/traffic_demand.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;

bool looks_like_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.find('.') != std::string::npos;
}

std::optional<openscenario::ParameterValues> parse_parameters(const std::vector<std::string>& words) {
  openscenario::ParameterValues values;
  for (const std::string& word : words) {
    const std::size_t at = word.find('=');
    if (at == std::string::npos || at == 0) {
      error(fmt::format("--param {}: expected NAME=VALUE", word));
      return std::nullopt;
    }
    values.emplace_back(word.substr(0, at), word.substr(at + 1));
  }
  return values;
}

std::optional<double> duration_of(const RunArguments& arguments, const openscenario::Scenario& scenario) {
  if (arguments.duration_s) return arguments.duration_s;
  if (const auto stop = openscenario::stop_time_s(scenario)) return stop;
  constexpr double kLongestStoryS = 3600;  // a story ends by itself; one that does not ends here
  if (story::has_story(scenario)) return kLongestStoryS;
  print(sim::fail("the scenario has no stop trigger, so it would never end", scenario.file, 0, "<Storyboard>",
                  "give --duration SECONDS")
            .value());
  return std::nullopt;
}

// The scenario's own name when it ships with the engine and no such file is here.
fs::path find_scenario(const std::string& name) {
  std::error_code error;
  if (fs::exists(name, error) || looks_like_path(name)) return name;
  const fs::path shipped = maps::assets_dir() / "scenarios" / (name + ".xosc");
  return fs::exists(shipped, error) ? shipped : fs::path(name);
}

// A batch watches its runs through this: one line with the simulated time, a few times a second.
class ProgressLine {
 public:
  ProgressLine() {
    const char* text = std::getenv("BITGOEUL_PROGRESS_FD");
    if (text != nullptr) handle_ = std::atoi(text);
  }
  void tell(double sim_time_s) {
    if (handle_ <= STDERR_FILENO || Clock::now() - last_ < std::chrono::milliseconds(200)) return;
    last_ = Clock::now();
    const std::string line = fmt::format("{:.3f}\n", sim_time_s);
    if (::write(handle_, line.data(), line.size()) < 0) handle_ = -1;  // nobody listens any more
  }

 private:
  int handle_ = -1;
  Clock::time_point last_;
};

std::string summary(const RunResult& r, const fs::path& out) {
  std::string text = fmt::format(
      "{}  {} vehicles, {:.0f} background (peak {}), {:.0f} s simulated in {:.1f} s: {:.1f}x real time\n",
      to_string(r.verdict), r.vehicles, r.traffic_mean, r.traffic_peak, r.sim_time_s, r.wall_time_s, r.realtime_factor);
  for (const Criterion& c : r.criteria)
    text += fmt::format("  {:<16} {:<12} {:.6g} (limit {:.6g}{}{}){}{}{}\n", c.name, to_string(c.verdict), c.value,
                        c.limit, c.unit.empty() ? "" : " ", c.unit, c.entity.empty() ? "" : "  " + c.entity,
                        c.other.empty() ? "" : ", ", c.other);
  text += fmt::format(
      "  state hash       {}\n  start-up         {:.2f} s\n  distance         {:.1f} km, {:.1f} km/h on average\n",
      sim::to_hex(r.state_hash), r.startup_s, r.distance_m / 1000, r.mean_speed_mps * 3.6);
  if (r.vehicles_left > 0)
    text += fmt::format("  left the map     {} of {} vehicles, not back at the end\n", r.vehicles_left, r.vehicles);
  if (!r.map_notice.empty()) text += fmt::format("  map              {}: {}\n", r.map_name, r.map_notice);
  text += fmt::format("  report           {}\n", (out / "report.html").string());
  for (const DrivenBy& s : r.stacks)
    text += fmt::format("  stack            {}: {} vehicles{}{}\n", s.spec, s.vehicles, s.client.empty() ? "" : ", ",
                        s.client);
  if (const auto& d = r.divergence)
    text += fmt::format(
        "  log              {} hand-overs of {} agents ({} predicted conflict, {} blocked, {} leader changed), {} "
        "back; "
        "at most {} not where the log has them; ego off its log by {:.1f} m at most\n",
        d->hand_overs, d->agents, d->predicted_conflict, d->blocked, d->leader_changed, d->hand_backs,
        d->unexplained_peak, d->ego_max_m);
  if (r.acts_clamped > 0)
    text += fmt::format("  clamped          {} acts were beyond their vehicle's limits\n", r.acts_clamped);
  if (r.interrupted) text += fmt::format("  interrupted after {:.1f} of {:.1f} s\n", r.sim_time_s, r.duration_s);
  return text;
}

}  // namespace

std::string map_of_scenario(const std::string& scenario_file, const std::string& map) {
  std::error_code error;
  const fs::path path(map);
  if (path.is_absolute() || !looks_like_path(map)) return map;
  const fs::path beside = fs::path(scenario_file).parent_path() / path;
  return fs::exists(beside, error) || !fs::exists(path, error) ? beside.lexically_normal().string() : map;
}

std::vector<std::string> known_maps() {
  std::vector<std::string> names;
  std::error_code error;
  const auto add = [&](const fs::path& dir) {
    for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
      const fs::path& path = it->path();
      if (path.extension() == ".xodr") names.push_back(path.stem().string());
      if (fs::is_directory(path, error) && fs::exists(path / "roads.geojson", error))
        names.push_back(path.filename().string());
    }
    error.clear();
  };
  add(maps::assets_dir());
  add(maps::assets_dir() / "maps");
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::shared_ptr<const maps::Map> load_named_map(const Context& context, const std::string& name_or_path,
                                                const sim::Issue* place) {
  sim::Issues issues;
  auto map = maps::load_map(name_or_path, issues);
  // What an importer ignores is for `check` and `map check` to tell.
  std::erase_if(issues, [](const sim::Issue& issue) { return issue.severity == sim::Severity::kInfo; });
  print(context, issues, 10);
  if (map) return *map;
  sim::Issue issue = map.error();
  if (place && !place->file.empty()) {
    issue.what = fmt::format("map {}: {}", name_or_path, issue.what);
    if (issue.file.empty() || issue.line == 0)
      issue.file = place->file, issue.line = place->line, issue.column = place->column;
  }
  if (issue.remedy.empty()) {
    std::string names;
    for (const std::string& name : known_maps()) names += (names.empty() ? "" : ", ") + name;
    issue.remedy = names.empty() ? "give the path of an OpenDRIVE file"
                                 : "known maps: " + names + "; or give the path of an OpenDRIVE file";
  }
  print(issue);
  return nullptr;
}

void name_map(RunInput& input) {
  replay::StackHelloAck& hello = input.drivers.remote.hello;
  hello.map_name = input.map_name;
  hello.map_hash = input.map->hash;
  hello.map_projection = input.map->projection;
}

bool take_demand(const Context& context, openscenario::Scenario& scenario, const std::string& name,
                 const openscenario::ParameterValues& parameters, const maps::Map& map) {
  sim::Issues issues;
  const auto text = with_demand(scenario, name, map, issues);
  print(context, issues);
  if (!text) print(text.error());
  if (!text || *text == scenario.text) return text.has_value();
  sim::Issues told;
  auto again = openscenario::parse_text(*text, scenario.file, parameters, told);
  if (again) scenario = std::move(*again);
  return again.has_value();
}

std::optional<RunInput> load_input(const Context& context, const RunArguments& arguments) {
  const auto parameters = parse_parameters(arguments.parameters);
  if (!parameters) return std::nullopt;
  sim::Issues issues;
  auto scenario = openscenario::parse_file(find_scenario(arguments.scenario), *parameters, issues);
  print(context, issues);
  if (!scenario) {
    print(scenario.error());
    return std::nullopt;
  }
  if (sim::has_errors(issues)) return std::nullopt;
  RunInput input;
  issues.clear();
  input.criteria = criteria::questions_of(*scenario, arguments.criteria, issues);
  print(context, issues);
  if (sim::has_errors(issues)) return std::nullopt;
  const auto duration = duration_of(arguments, *scenario);
  if (!duration) return std::nullopt;
  input.map_name = arguments.map.empty() ? map_of_scenario(scenario->file, scenario->map) : arguments.map;
  const bool no_roads = input.map_name.empty() && story::has_story(*scenario);
  if (input.map_name.empty() && !no_roads) {
    print(sim::fail("names no map", scenario->file, 0, "<RoadNetwork>", "add a <LogicFile>, or give --map").value());
    return std::nullopt;
  }
  sim::Issue place;
  if (arguments.map.empty())
    place.file = scenario->file, place.line = scenario->map_source.line, place.column = scenario->map_source.column;
  input.map = no_roads ? std::make_shared<const maps::Map>() : load_named_map(context, input.map_name, &place);
  if (!input.map) return std::nullopt;
  if (!take_demand(context, *scenario, arguments.demand, *parameters, *input.map)) return std::nullopt;
  input.scenario = std::move(*scenario);
  input.parameters = *parameters;
  input.seed = arguments.seed;
  input.dt_ns = std::llround(arguments.dt_s * 1e9);
  input.duration_s = *duration;
  input.story_ends_it = !arguments.duration_s && !openscenario::stop_time_s(input.scenario);
  auto drivers = driver_options(arguments.drivers, input.scenario);
  if (!drivers) return std::nullopt;
  input.drivers = std::move(*drivers);
  name_map(input);
  return input;
}

int exit_code_of(const RunResult& result) {
  switch (result.verdict) {
    case Verdict::kPass:
      return kPass;
    case Verdict::kFail:
      return kFailed;
    case Verdict::kInconclusive:
    case Verdict::kInvalid:
      return kInconclusive;
    case Verdict::kError:
      return kFault;
  }
  return kInconclusive;
}

int run_and_report(const Context& context, const RunInput& input, RunOptions options) {
  options.threads = context.threads;
  options.invocation = context.command_line;
  options.interrupted = interrupted;
  sim::Issues issues;
  sim::Result<RunResult> outcome;
  {
    Progress progress(context, "run", input.duration_s);
    ProgressLine line;
    options.progress = [&](const RunProgress& p) {
      line.tell(p.sim_time_s);
      if (progress.due(p.sim_time_s))
        progress.update(p.sim_time_s, fmt::format("{:.0f} of {:.0f} s, {:.1f}x real time", p.sim_time_s, p.duration_s,
                                                  p.realtime_factor));
    };
    options.starting = [&](const sim::Issues& found) { print(context, found); };
    outcome = run(input, options, issues);
  }
  print(context, issues);
  if (!outcome) return refuse(outcome.error(), outcome.error().rule == kDiskRule ? kFault : kInvalid);
  for (const DrivenBy& s : outcome->stacks)
    if (s.sandbox == "none")
      note(context, fmt::format("warning: {} runs without a sandbox: bubblewrap does not work here", s.spec));
  if (const RunError& e = outcome->fault; !e.kind.empty()) {
    error(fmt::format("{}: stack {}: {} (step {}, {:.2f} s)", e.kind, e.stack, e.what, e.step, e.time_s));
    if (!e.log_tail.empty()) note(context, "the last it wrote:\n" + e.log_tail);
  }
  result(context, summary(*outcome, options.out));
  json_result(context, to_json(*outcome));
  return exit_code_of(*outcome);
}

}  // namespace bitgoeul::scenarios::commands
