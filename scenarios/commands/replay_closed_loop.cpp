// bitgoeul replay LOG --closed-loop: a vehicle of the log driven anew in the log's world.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "maps/map_builder.h"
#include "maps/opendrive/opendrive.h"
#include "replay/tracks.h"
#include "scenarios/closed_loop/log_setup.h"
#include "scenarios/closed_loop/log_world.h"
#include "scenarios/closed_loop/way_map.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/replay_options.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/criteria/questions.h"
#include "scenarios/shell_word.h"
#include "scenarios/stack/spec.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;

constexpr double kValidWithoutMapM = 10;

std::string reproduce(const ReplayArguments& a, const std::string& map) {
  std::string line = "bitgoeul replay";
  for (const std::string& log : a.logs) line += fmt::format(" {}", shell_word(log));
  line += fmt::format(" --closed-loop --seed {} --dt {}", a.seed, a.dt_s);
  if (!map.empty()) line += fmt::format(" --map {}", shell_word(map));
  if (!a.host.empty()) line += fmt::format(" --host {}", shell_word(a.host));
  if (a.fleet) line += " --fleet";
  if (!a.roles.empty()) line += fmt::format(" --roles {}", shell_word(a.roles));
  if (a.start_s) line += fmt::format(" --start {}", *a.start_s);
  if (a.end_s) line += fmt::format(" --end {}", *a.end_s);
  for (const std::string& text : a.criteria) line += fmt::format(" --criterion {}", shell_word(text));
  if (a.validity.share != closed_loop::ValidityLimits{}.share)
    line += fmt::format(" --valid-share {}", a.validity.share);
  if (a.validity.ego_m > 0) line += fmt::format(" --valid-distance {}", a.validity.ego_m);
  return line + words_of(a.drivers);
}

bool refuse_perception(const ReplayArguments& a) {
  const bool perception = a.score || !a.lidar.empty() || a.perception != "ideal" || a.speed > 0;
  if (perception)
    error(
        "--closed-loop: drives by what is true; --perception, --score, --lidar and --speed are for replays without it");
  return perception;
}

// Those that a stack is to drive, and the host.
std::function<sim::Result<std::vector<bool>>(const std::vector<std::string>&)> chooser(
    const std::vector<stack::Choice>& choices, const std::string& host) {
  return [&choices, host](const std::vector<std::string>& names) -> sim::Result<std::vector<bool>> {
    std::vector<bool> egos(names.size(), false);
    const auto of = stack::assign(choices, names);
    if (!of) return tl::unexpected(of.error());
    for (std::size_t i = 0; i < names.size(); ++i) egos[i] = (*of)[i] >= 0 || (!host.empty() && names[i] == host);
    if (!host.empty() && std::find(names.begin(), names.end(), host) == names.end())
      return sim::fail(fmt::format("has no vehicle '{}'", host), {}, 0, "--host",
                       "`bitgoeul log info` counts its vehicles");
    return egos;
  };
}

void name_entities(RunInput& input, const replay::Description& log) {
  input.scenario.file = input.log->log->log;
  for (const EntitySetup& entity : input.log->entities) {
    openscenario::ScenarioObject object;
    object.name = entity.name;
    object.vehicle.name = input.log->catalogue[entity.type].name;
    input.scenario.entities.push_back(std::move(object));
  }
  if (log.run) input.parameters = log.run->parameters;
}

// The map of --map or of the run; where there is none, the way that was driven. False: said why not.
bool choose_map(const Context& context, const ReplayArguments& a, RunInput& input) {
  const auto source = replay::open_source({a.logs.front()}, {.roles = a.roles});
  if (!source) return print(source.error()), false;
  const std::optional<replay::RunHeader>& run = (*source)->description().run;
  input.map_name = !a.map.empty() ? a.map : run ? run->map_name : "";
  if (input.map_name.empty()) return true;
  input.map = load_named_map(context, input.map_name);
  return input.map != nullptr;
}

sim::Result<void> make_way_map(const Context& context, const closed_loop::LogTracks& log,
                               const closed_loop::LogSetupOptions& options, RunInput& input) {
  const auto driven = closed_loop::choose_driven(log.log, log.tracks, options);
  if (!driven) return tl::unexpected(driven.error());
  if (std::count(driven->begin(), driven->end(), true) > 1)
    return sim::fail("without a map one vehicle is driven, along its own way", log.log.files.front().path, 0,
                     "--closed-loop", "give the map that the log was recorded on with --map, or name one vehicle");
  const auto& track =
      log.tracks.tracks[static_cast<std::size_t>(std::find(driven->begin(), driven->end(), true) - driven->begin())];
  auto text = closed_loop::way_as_opendrive(track);
  if (!text) return tl::unexpected(text.error());
  sim::Issues ignored;
  auto builder = maps::opendrive::read_text(*text, closed_loop::kWayMap, ignored);
  auto map = builder ? maps::freeze(std::move(*builder), ignored) : tl::unexpected(builder.error());
  if (!map) return tl::unexpected(map.error());
  note(context, fmt::format("no map: the way that {} drove in the log is the only lane, without signals; who is beside "
                            "it waits where something is in the way",
                            track.name));
  input.map = std::move(*map);
  input.map_name = closed_loop::kWayMap;
  input.map_text = std::move(*text);
  // Where nothing tells lanes, signals and stop lines, a log explains even less of what else may happen.
  if (input.validity.ego_m == 0) input.validity.ego_m = kValidWithoutMapM;
  return {};
}

replay::LoopInput loop_of(const ReplayArguments& a, const SimulationSetup& setup) {
  replay::LoopInput loop = loop_input(a);
  for (const EntitySetup& entity : setup.entities)
    if (entity.role == sim::Role::kEgo) loop.driven.push_back(entity.name);
  loop.world_hash = closed_loop::hash_of(*setup.log);
  return loop;
}

// `scene` is what the input refers to.
std::optional<RunInput> load(const Context& context, const ReplayArguments& a, closed_loop::LogScene& scene) {
  RunInput input;
  if (!choose_map(context, a, input)) return std::nullopt;
  // Fixes come to lie on the map.
  auto log = closed_loop::read_log_tracks(loop_input(a), input.map ? input.map->projection : "");
  if (!log) return print(log.error()), std::nullopt;
  input.validity = a.validity;
  input.seed = a.seed;
  input.dt_ns = std::llround(a.dt_s * 1e9);
  auto drivers = driver_options(a.drivers, input.scenario);
  if (!drivers) return std::nullopt;
  input.drivers = std::move(*drivers);
  const closed_loop::LogSetupOptions options{chooser(input.drivers.choices, a.host), a.seed, input.dt_ns,
                                             context.threads};
  if (!input.map)
    if (auto made = make_way_map(context, *log, options, input); !made) return print(made.error()), std::nullopt;
  sim::Issues issues = log->log.issues;
  auto setup = closed_loop::make_log_setup(log->log, std::move(log->tracks), input.map, options, issues);
  print(context, issues, 20);
  if (!setup) return print(setup.error()), std::nullopt;
  scene = std::move(*setup);
  input.log = &scene.setup;
  input.loop = loop_of(a, scene.setup);
  input.duration_s = static_cast<double>(input.log->log->duration_ns) * 1e-9;
  name_entities(input, log->log);
  issues.clear();
  input.criteria = criteria::questions_of(input.scenario, a.criteria, issues);
  print(context, issues);
  if (sim::has_errors(issues)) return std::nullopt;
  name_map(input);
  return input;
}

}  // namespace

int replay_closed_loop(const Context& context, const ReplayArguments& a) {
  const auto started = Clock::now();
  if (refuse_perception(a)) return kInvalid;
  closed_loop::LogScene scene;
  const auto input = load(context, a, scene);
  if (!input) return kInvalid;
  RunOptions options;
  options.started = started;
  options.out = a.out.empty()
                    ? fs::path("bitgoeul_out") / fmt::format("closed_loop_{}", fs::path(a.logs.front()).stem().string())
                    : fs::path(a.out);
  options.picture = a.picture;
  options.command = reproduce(a, input->map_text.empty() ? input->map_name : "");
  return run_and_report(context, *input, std::move(options));
}

}  // namespace bitgoeul::scenarios::commands
