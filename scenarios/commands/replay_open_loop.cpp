// bitgoeul replay LOG --stack NAME=SPEC: a stack asked in the place of a log's vehicle, beside the log.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "replay/tracks.h"
#include "scenarios/closed_loop/log_setup.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/replay_options.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/open_loop/open_loop.h"
#include "scenarios/perception.h"
#include "scenarios/run_files.h"
#include "scenarios/stack/drivers.h"
#include "sim/math.h"
#include "vehicles/vehicle_type.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using open_loop::Compared;
using open_loop::Measure;

constexpr Measure kAll[open_loop::kMeasures] = {Measure::kAcceleration, Measure::kSteering,   Measure::kCurvature,
                                                Measure::kSpeed1s,      Measure::kPosition1s, Measure::kPosition2s,
                                                Measure::kPosition3s};

std::int64_t after(std::int64_t start_ns, const std::optional<double>& s, std::int64_t usual) {
  return s ? start_ns + static_cast<std::int64_t>(*s * 1e9) : usual;
}

sim::EgoInfo info_of(const replay::Description& log, const replay::LoggedTrack& track) {
  vehicles::VehicleType type;
  const vehicles::Catalogue catalogue = vehicles::builtin_catalogue();
  if (log.run && track.type < log.run->types.size())
    if (const auto row = vehicles::find_type(catalogue, log.run->types[track.type].name)) type = catalogue[*row];
  if (track.length_m > 0) type.length_m = track.length_m, type.center_x_m = track.center_x_m;
  if (track.width_m > 0) type.width_m = track.width_m;
  if (track.height_m > 0) type.height_m = track.height_m;
  sim::EgoInfo info{track.row,    track.name,    type.name,       type.length_m,
                    type.width_m, type.height_m, type.center_x_m, type.wheelbase_m};
  info.max_steering_rad = type.max_steering_rad, info.max_speed_mps = type.max_speed_mps;
  info.max_acceleration_mps2 = type.max_acceleration_mps2, info.max_deceleration_mps2 = type.max_deceleration_mps2;
  return info;
}

// A log that gives the middle of its vehicle's box gives no axle: it is taken to be where most cars have it.
void move_to_axle(replay::LoggedTrack& track) {
  constexpr double kAxle = 0.3;  // behind the middle, of the length
  if (track.length_m <= 0 || track.center_x_m != 0) return;
  track.center_x_m = kAxle * track.length_m;
  for (replay::TrackPoint& p : track.points) {
    double s = 0, c = 0;
    sim::sincos(static_cast<double>(p.yaw), s, c);
    p.x -= track.center_x_m * c, p.y -= track.center_x_m * s;
  }
}

// Per signal of the log: its group on the map.
std::vector<sim::Row> groups_of(const replay::Description& log, const maps::Map* map) {
  std::vector<sim::Row> groups;
  if (map == nullptr) return groups;
  if (log.run && log.run->map_hash == map->hash)
    for (std::size_t i = 0; i < map->signal_groups.size(); ++i) groups.push_back(static_cast<sim::Row>(i));
  else
    for (const std::string& name : log.signal_names) groups.push_back(closed_loop::group_of(*map, name));
  return groups;
}

}  // namespace

struct OpenLoopReplay::Impl {
  const ReplayArguments& a;
  replay::Description described;
  replay::Tracks tracks;
  std::shared_ptr<const maps::Map> map;
  stack::DriverOptions drivers;
  std::optional<replay::RunLog> run;
  open_loop::OpenLoopSetup setup;
  std::vector<open_loop::Told> told;
  bool is_told = false;
  std::string spec;

  explicit Impl(const ReplayArguments& arguments) : a(arguments) {}
  const replay::Description& log() const { return described; }
  const replay::LoggedTrack& host() const { return tracks.tracks[setup.view.host]; }

  sim::Result<void> open(const Context& context) {
    const auto first = replay::open_source({a.logs.front()}, {.roles = a.roles});
    if (!first) return tl::unexpected(first.error());
    const auto& run_of = (*first)->description().run;
    const std::string name = !a.map.empty() ? a.map : run_of ? run_of->map_name : "";
    if (!name.empty()) map = load_named_map(context, name);
    if (!name.empty() && !map)
      return sim::fail("is not there", name, 0, "--map", "give the map that the log was recorded on");
    replay::LoopInput whole = loop_input(a);  // the way before and after the part counts too
    whole.start_s.reset(), whole.end_s.reset();
    auto read = closed_loop::read_log_tracks(whole, map && !run_of ? map->projection : "");
    if (!read) return tl::unexpected(read.error());
    described = std::move(read->log);
    tracks = std::move(read->tracks);
    return {};
  }

  sim::Result<void> choose_host() {
    std::vector<std::string> names;
    for (const replay::LoggedTrack& track : tracks.tracks) names.push_back(track.name);
    const auto of = stack::assign(drivers.choices, names);
    if (!of) return tl::unexpected(of.error());
    const auto first = std::find_if(of->begin(), of->end(), [](int choice) { return choice >= 0; });
    if (first == of->end()) return sim::fail("no vehicle of the log has such a name", a.logs.front(), 0, "--stack");
    setup.view.host = static_cast<std::size_t>(first - of->begin());
    if (std::count_if(first, of->end(), [](int choice) { return choice >= 0; }) > 1)
      return sim::fail("fits several vehicles: in an open loop one is asked at a time", a.logs.front(), 0, "--stack",
                       "name one: --stack " + host().name + "=SPEC");
    if (!a.host.empty() && a.host != host().name)
      return sim::fail("is not the vehicle of --stack, " + host().name, a.logs.front(), 0, "--host " + a.host);
    if (!log().run && host().role != sim::Role::kEgo)
      return sim::fail("is not the log's own vehicle: what the others saw it does not tell", a.logs.front(), 0,
                       "--stack " + host().name);
    return {};
  }

  // Of a run that holds what this vehicle's stack was told.
  sim::Result<void> take_recorded() {
    if (!log().run || a.logs.size() != 1) return {};
    fs::path file = log().files.empty() ? fs::path(a.logs.front()) : fs::path(log().files.front().path);
    auto opened = replay::RunLog::open(file);
    if (!opened) return tl::unexpected(opened.error());
    run.emplace(std::move(*opened));
    auto read = run->each_step([&](const replay::StepRecord& record) {
      for (const replay::RecordedCommand& command : record.commands)
        if (command.entity == host().row)
          setup.commands.push_back({(record.step - 1) * log().run->dt_ns,
                                    static_cast<double>(command.command.acceleration_mps2),
                                    static_cast<double>(command.command.steering_rad)});
      return true;
    });
    if (!read) return read;
    for (const replay::StackSession& session : run->stacks())
      for (const sim::EgoInfo& ego : session.init.egos)
        if (ego.row == host().row && !session.init.driver_view) {
          setup.recorded = &*run;
          setup.recorded_stack = session.index;
          setup.init = session.init;
          setup.init.egos = {ego};
          setup.init.egos.front().act_every = ego.act_every > 0 ? ego.act_every : session.init.act_every;
        }
    return {};
  }

  // Commands that a vehicle of somebody else has logged.
  sim::Result<void> take_controls() {
    if (log().run || a.fleet) return {};
    auto controls =
        replay::open_source({a.logs.begin(), a.logs.end()},
                            {.roles = a.roles, .only_roles = {replay::TopicRole::kControl}, .snapshots = false});
    if (!controls) return tl::unexpected(controls.error());
    replay::Item item;
    while (true) {
      const auto more = (*controls)->next(item);
      if (!more) return tl::unexpected(more.error());
      if (!*more) return {};
      const auto* control = std::get_if<replay::Control>(&item.payload);
      if (control != nullptr && (control->acceleration_mps2 || control->steering_rad))
        setup.commands.push_back({item.time_ns, control->acceleration_mps2, control->steering_rad});
    }
  }

  void fill(const Context& context) {
    move_to_axle(tracks.tracks[setup.view.host]);
    if (setup.recorded == nullptr) {
      sim::StackInit& init = setup.init;
      init.dt_ns = log().run ? log().run->dt_ns : std::llround(a.dt_s * 1e9);
      init.act_every = drivers.act_every;
      for (const stack::Period& period : drivers.periods)
        if (stack::names_entity(period.entities, host().name)) init.act_every = period.steps;
      init.delay = drivers.delay;
      init.seed = a.seed;
      init.radius_m = drivers.radius_m;
      init.egos = {info_of(log(), host())};
      init.egos.front().act_every = init.act_every;
    }
    setup.stack.delay = setup.init.delay;
    setup.stack.act_every = setup.init.act_every;
    setup.stack.radius_m = setup.init.radius_m;
    setup.start_ns = after(log().start_ns, a.start_s, tracks.start_ns);
    setup.end_ns = after(log().start_ns, a.end_s, tracks.end_ns);
    setup.view.tracks = &tracks;
    setup.view.map = map.get();
    setup.view.signal_group = groups_of(log(), map.get());
    setup.view.radius_m = setup.init.radius_m;
    setup.view.wheelbase_m = setup.init.egos.front().wheelbase_m;
    if (!map) note(context, "no map: the way ahead is the one that the log's vehicle drove, without signals");
  }

  Json json_of(const open_loop::OpenLoop& outcome) const {
    Json json = {{"log", a.logs.front()},
                 {"vehicle", host().name},
                 {"stack", spec},
                 {"perception", is_told ? a.perception : "ideal"},
                 {"observations_from", setup.recorded != nullptr ? "the run's own"
                                       : map                     ? "tracks and map"
                                                                 : "tracks"},
                 {"observations", outcome.observations},
                 {"acts", outcome.acts},
                 {"holds", outcome.holds},
                 {"clamped", outcome.clamped},
                 {"compared", outcome.compared.size()},
                 {"hash", sim::to_hex(outcome.hash)},
                 {"differences", Json::object()}};
    for (const Measure m : kAll) {
      const open_loop::Difference d = open_loop::difference_of(outcome.compared, m);
      if (d.count == 0) continue;
      Json& row = json["differences"][std::string(open_loop::to_string(m))];
      row = {{"count", d.count},
             {"mean", d.mean},
             {"rms", d.rms},
             {"largest", d.largest},
             {"time_s", static_cast<double>(d.at_ns - log().start_ns) * 1e-9},
             {"x_m", d.x},
             {"y_m", d.y}};
      if (m < Measure::kPosition1s) row["stack"] = d.stack, row["log"] = d.log;
    }
    return json;
  }

  std::string table_of(const open_loop::OpenLoop& outcome) const {
    std::string table = "time_s,x_m,y_m";
    for (const Measure m : kAll)
      table += m < Measure::kPosition1s ? fmt::format(",stack_{0},log_{0}", open_loop::to_string(m))
                                        : fmt::format(",off_{}", open_loop::to_string(m));
    table += '\n';
    for (const Compared& c : outcome.compared) {
      table += fmt::format("{},{:.3f},{:.3f}", static_cast<double>(c.time_ns - log().start_ns) * 1e-9, c.x, c.y);
      for (const Measure m : kAll) {
        const auto& pair = c.of[static_cast<std::size_t>(m)];
        if (m < Measure::kPosition1s)
          table += pair ? fmt::format(",{:.6f},{:.6f}", pair->stack, pair->log) : ",,";
        else
          table += pair ? fmt::format(",{:.4f}", pair->difference) : ",";
      }
      table += '\n';
    }
    return table;
  }

  std::string text_of(const open_loop::OpenLoop& outcome) const {
    std::string text =
        fmt::format("{} asked {} times in the place of {}, {} acts compared; hash {}\n", spec, outcome.observations,
                    host().name, outcome.compared.size(), sim::to_hex(outcome.hash));
    for (const Measure m : kAll) {
      const open_loop::Difference d = open_loop::difference_of(outcome.compared, m);
      if (d.count == 0) continue;
      text += fmt::format("  {:<18} mean {:.4f}  rms {:.4f}  largest {:.4f} at {:.2f} s ({:.1f}, {:.1f})",
                          open_loop::to_string(m), d.mean, d.rms, d.largest,
                          static_cast<double>(d.at_ns - log().start_ns) * 1e-9, d.x, d.y);
      text += m < Measure::kPosition1s ? fmt::format(": stack {:.4f}, log {:.4f}\n", d.stack, d.log) : "\n";
    }
    return text;
  }
};

OpenLoopReplay::OpenLoopReplay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OpenLoopReplay::~OpenLoopReplay() = default;

std::unique_ptr<OpenLoopReplay> OpenLoopReplay::make(const Context& context, const ReplayArguments& a) {
  auto impl = std::make_unique<Impl>(a);
  const auto drivers = driver_options(a.drivers, {});
  if (!drivers) return nullptr;
  impl->drivers = *drivers;
  for (const stack::Choice& choice : drivers->choices)
    if (choice.spec.transport == stack::Transport::kDriver)
      return refuse({.where = "--stack " + choice.spec.text,
                     .what = "is the engine's own driver: it sees more than a log tells",
                     .remedy = "builtin:planner, exec:COMMAND, ..."}),
             nullptr;
  sim::Result<void> done = impl->open(context);
  if (done) done = impl->choose_host();
  if (done) done = impl->take_recorded();
  if (done) done = impl->take_controls();
  if (!done) return refuse(done.error()), nullptr;
  impl->fill(context);
  return std::unique_ptr<OpenLoopReplay>(new OpenLoopReplay(std::move(impl)));
}

sim::Row OpenLoopReplay::host() const { return impl_->host().row; }

void OpenLoopReplay::take(const replay::Percept& percept) {
  impl_->is_told = true;
  open_loop::Told& told = impl_->told.emplace_back();
  told.output_ns = percept.output_time_ns;
  for (const replay::Box& box : percept.tracks) told.objects.push_back(object_of(box));
  std::sort(told.objects.begin(), told.objects.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

int OpenLoopReplay::run(const Context& context, const fs::path& out) {
  Impl& i = *impl_;
  if (i.is_told) i.setup.view.told = &i.told;
  SimulationSetup cast;
  cast.entities.emplace_back().name = i.host().name;
  stack::DriverOptions options = i.drivers;
  options.logs = out;
  if (i.map) options.remote.hello.map_name = i.map->name, options.remote.hello.map_hash = i.map->hash;
  auto drivers = stack::Drivers::make(options, cast);
  if (!drivers) return refuse(drivers.error());
  i.spec = cast.stacks.front().spec;
  i.setup.stack.spec = i.spec;
  i.setup.stack.stack = cast.stacks.front().stack;
  Progress progress(context, "stack", static_cast<double>(i.setup.end_ns - i.setup.start_ns) * 1e-9);
  const auto outcome = open_loop::run_open_loop(i.setup, [&](std::int64_t time_ns) {
    progress.update(static_cast<double>(time_ns - i.setup.start_ns) * 1e-9, "");
    return !interrupted();
  });
  if (!outcome) return refuse(outcome.error());
  drivers->finish({});
  if (interrupted()) return refuse({.what = "interrupted; nothing was written"}, kInconclusive);
  if (outcome->fault) {
    const sim::StackFault& f = *outcome->fault;
    return refuse(
        {.where = fmt::format("{} at step {}", f.stack, f.step),
         .what = fmt::format("{}: {}{}{}", sim::to_string(f.kind), f.what, f.log_tail.empty() ? "" : "\n", f.log_tail)},
        kFault);
  }
  if (outcome->compared.empty())
    return refuse({.file = i.a.logs.front(), .what = "there is nothing to compare: the stack gave no act in this time"},
                  kInconclusive);
  const std::string json = i.json_of(*outcome).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  for (const auto& [name, text] : {std::pair{"open_loop.json", json}, std::pair{"open_loop.csv", i.table_of(*outcome)}})
    if (auto written = write_file(out / name, text); !written) return refuse(written.error(), kFault);
  json_result(context, json);
  result(context, i.text_of(*outcome));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
