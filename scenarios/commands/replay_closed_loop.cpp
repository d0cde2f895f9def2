// bitgoeul replay LOG --closed-loop: a vehicle of the log driven anew in the log's world.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "replay/tracks.h"
#include "scenarios/closed_loop/log_setup.h"
#include "scenarios/closed_loop/log_world.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/replay_options.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/criteria/questions.h"
#include "scenarios/shell_word.h"
#include "scenarios/stack/spec.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;

std::string reproduce(const ReplayArguments& a, const std::string& map) {
  std::string line = "bitgoeul replay";
  for (const std::string& log : a.logs) line += fmt::format(" {}", shell_word(log));
  line += fmt::format(" --closed-loop --map {} --seed {} --dt {}", shell_word(map), a.seed, a.dt_s);
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

// The log as far as it is asked for.
sim::Result<LogTracks> read(const ReplayArguments& a, const std::string& proj, std::int64_t start_ns) {
  replay::TrackOptions part;
  if (a.start_s) part.start_ns = start_ns + static_cast<std::int64_t>(*a.start_s * 1e9);
  if (a.end_s) part.end_ns = start_ns + static_cast<std::int64_t>(*a.end_s * 1e9);
  return read_log_tracks(a, proj, part);
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

// `scene` is what the input refers to.
std::optional<RunInput> load(const Context& context, const ReplayArguments& a, closed_loop::LogScene& scene) {
  RunInput input;
  const auto source = replay::open_source({a.logs.front()}, {.roles = a.roles});
  if (!source) return print(source.error()), std::nullopt;
  const std::optional<replay::RunHeader> run = (*source)->description().run;
  if (a.map.empty() && !run) return error("--closed-loop: needs --map, the log does not name one"), std::nullopt;
  input.map_name = a.map.empty() ? run->map_name : a.map;
  input.map = load_named_map(context, input.map_name);
  if (!input.map) return std::nullopt;
  // Fixes come to lie on the map.
  auto log = read(a, run ? "" : input.map->projection, (*source)->description().start_ns);
  if (!log) return print(log.error()), std::nullopt;
  input.seed = a.seed;
  input.dt_ns = std::llround(a.dt_s * 1e9);
  auto drivers = driver_options(a.drivers, input.scenario);
  if (!drivers) return std::nullopt;
  input.drivers = std::move(*drivers);
  sim::Issues issues = log->log.issues;
  const closed_loop::LogSetupOptions options{chooser(input.drivers.choices, a.host), a.seed, input.dt_ns,
                                             context.threads};
  auto setup = closed_loop::make_log_setup(log->log, std::move(log->tracks), input.map, options, issues);
  print(context, issues, 20);
  if (!setup) return print(setup.error()), std::nullopt;
  scene = std::move(*setup);
  input.log = &scene.setup;
  input.validity = a.validity;
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
  options.command = reproduce(a, input->map_name);
  return run_and_report(context, *input, std::move(options));
}

}  // namespace bitgoeul::scenarios::commands
