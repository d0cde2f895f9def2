#include "scenarios/closed_loop/log_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "scenarios/closed_loop/log_world.h"
#include "scenarios/closed_loop/track_lanes.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::closed_loop {
namespace {

using maps::Map;
using maps::Row;
using replay::LoggedTrack;
using replay::ObjectClass;

std::string file_of(const replay::Description& log) { return log.files.empty() ? "" : log.files.front().path; }

// The setup of the run that was logged, without its entities' drivers; of another log: an empty one.
SimulationSetup setup_of(const replay::Description& log, const std::shared_ptr<const Map>& map,
                         const LogSetupOptions& options, sim::Issues& issues) {
  SimulationSetup setup;
  if (log.run && !log.run->scenario_text.empty()) {
    sim::Issues ignored;
    const auto scenario =
        openscenario::parse_text(log.run->scenario_text, log.run->scenario_file, log.run->parameters, ignored);
    if (scenario) setup = make_setup(*scenario, map, {options.seed, options.dt_ns, options.threads}, ignored);
    if (!scenario || sim::has_errors(ignored))
      issues.push_back(
          {.severity = sim::Severity::kWarning,
           .file = file_of(log),
           .what = "the scenario in the log does not fit the map: clock, weather and routes are the usual"});
  }
  setup.scenario.reset();
  setup.traffic = {};
  setup.stacks.clear();
  setup.map = map;
  setup.seed = options.seed, setup.dt_ns = options.dt_ns, setup.threads = options.threads;
  if (setup.catalogue.empty()) setup.catalogue = vehicles::builtin_catalogue();
  return setup;
}

vehicles::Category category_of(ObjectClass c) {
  switch (c) {
    case ObjectClass::kTruck:
      return vehicles::Category::kTruck;
    case ObjectClass::kBus:
      return vehicles::Category::kBus;
    case ObjectClass::kMotorcycle:
      return vehicles::Category::kMotorbike;
    case ObjectClass::kBicycle:
      return vehicles::Category::kBicycle;
    case ObjectClass::kPedestrian:
      return vehicles::Category::kPedestrian;
    default:
      return vehicles::Category::kCar;
  }
}

bool drives_on_lanes(vehicles::Category category) {
  using vehicles::Category;
  return category == Category::kCar || category == Category::kVan || category == Category::kTruck ||
         category == Category::kBus || category == Category::kMotorbike;
}

class Maker {
 public:
  Maker(const replay::Description& log, replay::Tracks tracks, std::shared_ptr<const Map> map,
        const LogSetupOptions& options, sim::Issues& issues)
      : log_(log),
        tracks_(std::move(tracks)),
        map_(std::move(map)),
        options_(options),
        issues_(issues),
        router_(*map_),
        setup_(setup_of(log, map_, options, issues)),
        world_(std::make_unique<LogWorld>()) {}

  sim::Result<LogScene> make() {
    auto chosen = choose_driven(log_, tracks_, options_);
    if (!chosen) return tl::unexpected(chosen.error());
    is_ego_ = std::move(*chosen);
    world_->log = file_of(log_);
    world_->start_ns = tracks_.start_ns;
    for (std::size_t i = 0; i < tracks_.tracks.size(); ++i)
      if (is_ego_[i]) world_->start_ns = std::max(world_->start_ns, tracks_.tracks[i].points.front().time_ns);
    world_->duration_ns = tracks_.end_ns - world_->start_ns;
    world_->sees_everything = log_.run.has_value();
    if (log_.run) setup_.time_of_day_s += static_cast<double>(world_->start_ns) * 1e-9;
    logged_ = std::move(setup_.entities);
    setup_.entities.clear();
    for (const bool egos : {true, false})
      for (std::size_t i = 0; i < tracks_.tracks.size(); ++i)
        if (is_ego_[i] == egos)
          if (auto added = add(tracks_.tracks[i], egos); !added) return tl::unexpected(added.error());
    add_signals();
    setup_.log = world_.get();
    return LogScene{std::move(world_), std::move(setup_)};
  }

 private:
  tl::unexpected<sim::Issue> fail(std::string what, std::string where, std::string remedy) const {
    return sim::fail(std::move(what), file_of(log_), 0, std::move(where), std::move(remedy));
  }

  std::uint16_t type_of(const LoggedTrack& track, vehicles::Category& category) {
    if (log_.run && track.type < setup_.catalogue.size()) {
      category = setup_.catalogue[track.type].category;
      return track.type;
    }
    category = log_.run ? vehicles::Category::kCar
                        : category_of(track.type < replay::kObjectClasses ? static_cast<ObjectClass>(track.type)
                                                                          : ObjectClass::kUnknown);
    std::size_t best = 0;
    double least = 1e9;
    for (std::size_t i = 0; i < setup_.catalogue.size(); ++i) {
      const vehicles::VehicleType& type = setup_.catalogue[i];
      const double off = std::fabs(type.length_m - track.length_m) + (type.category == category ? 0 : 100) +
                         (vehicles_only(type) ? 0 : 1000);
      if (off < least) least = off, best = i;
    }
    return static_cast<std::uint16_t>(best);
  }
  static bool vehicles_only(const vehicles::VehicleType& type) { return type.coupler_m == 0; }

  sim::Result<void> add(LoggedTrack& track, bool is_ego) {
    if (!cut(track)) return {};
    TrackLanes lanes = lanes_under(*map_, router_, track);
    vehicles::Category category = vehicles::Category::kCar;
    EntitySetup entity;
    entity.name = track.name;
    entity.type = type_of(track, category);
    entity.route = lanes.route;
    entity.role = is_ego ? sim::Role::kEgo : sim::Role::kActor;
    if (!entity.route.empty()) entity.route_end_s = map_->lanes[entity.route.back()].length;
    if (is_ego)
      if (auto placed = place(track, lanes, entity); !placed) return placed;
    LoggedAgent agent;
    agent.on_wheels = drives_on_lanes(category) && track.length_m > 0 && track.width_m > 0;
    agent.lanes = std::move(lanes.lane);
    agent.cursor = std::move(lanes.cursor);
    agent.track = std::move(track);
    world_->agents.push_back(std::move(agent));
    setup_.entities.push_back(std::move(entity));
    return {};
  }

  // From the start on, in time since then; false when nothing is left of it.
  bool cut(LoggedTrack& track) const {
    std::size_t first = 0;
    while (first + 1 < track.points.size() && track.points[first + 1].time_ns <= world_->start_ns) ++first;
    track.points.erase(track.points.begin(), track.points.begin() + static_cast<std::ptrdiff_t>(first));
    if (track.points.back().time_ns < world_->start_ns) return false;
    for (replay::TrackPoint& point : track.points) point.time_ns -= world_->start_ns;
    return true;
  }

  sim::Result<void> place(const LoggedTrack& track, const TrackLanes& lanes, EntitySetup& entity) {
    std::size_t hint = 0;
    const auto at = replay::track_at(track, 0, hint);
    const std::string where = "vehicle " + track.name;
    if (!at) return fail("is not there when the others begin", where, "give --start");
    if (lanes.cursor[hint] < 0)
      return fail(fmt::format("starts on no lane of the map, at x = {:.1f} m, y = {:.1f} m", at->x, at->y), where,
                  "give a later --start, or the map that the log was recorded on");
    entity.route.erase(entity.route.begin(), entity.route.begin() + lanes.cursor[hint]);
    entity.lane = entity.route.front();
    const double center = setup_.catalogue[entity.type].center_x_m;
    double sine, cosine;
    sim::sincos(at->yaw, sine, cosine);
    Row near = maps::kNone;
    const auto foot = maps::project_to_lane(*map_, entity.lane, at->x + track.center_x_m * cosine,
                                            at->y + track.center_x_m * sine, near);
    entity.s = foot.s - center;
    entity.t = foot.t;
    entity.speed_mps = std::max(0.0, static_cast<double>(at->speed));
    go_on(track, entity);
    return {};
  }

  // What is left of the route that it had in the run, behind what it has driven.
  void go_on(const LoggedTrack& track, EntitySetup& entity) const {
    const auto row = static_cast<std::size_t>(track.row);
    if (!log_.run || row >= logged_.size() || logged_[row].name != track.name) return;
    entity.model = logged_[row].model;
    const auto& route = logged_[row].route;
    const auto last = std::find(route.begin(), route.end(), entity.route.back());
    if (last == route.end()) return;
    entity.route.insert(entity.route.end(), last + 1, route.end());
    entity.route_end_s = logged_[row].route_end_s;
  }

  // Of foreign logs, whose signals have the names of the map's; a run of ours follows the map's programs.
  void add_signals() {
    const bool same_map = log_.run && log_.run->map_hash == map_->hash;
    if (same_map && !log_.run->scenario_text.empty()) return;  // a clip has none, and does not know the time of day
    std::vector<LoggedSignal> groups(map_->signal_groups.size());
    std::size_t unknown = 0;
    for (const replay::SignalTrack& seen : tracks_.signals) {
      const Row group = same_map && seen.row < groups.size()  ? static_cast<Row>(seen.row)
                        : seen.row < log_.signal_names.size() ? group_of(*map_, log_.signal_names[seen.row])
                                                              : maps::kNone;
      if (group == maps::kNone) {
        ++unknown;
        continue;
      }
      LoggedSignal& signal = groups[static_cast<std::size_t>(group)];
      if (!signal.changes.empty()) continue;  // another head of the same group
      signal.changes = seen.changes;
      for (replay::SignalChange& change : signal.changes) change.time_ns -= world_->start_ns;
      signal.end_ns = world_->duration_ns;
      signal.cycle_ns = cycle_of(signal.changes);
    }
    share_cycles(groups);
    if (std::any_of(groups.begin(), groups.end(), [](const LoggedSignal& s) { return !s.changes.empty(); }))
      world_->signals = std::move(groups);
    if (unknown > 0 && !map_->signals.empty())
      issues_.push_back(
          {.severity = sim::Severity::kWarning,
           .file = file_of(log_),
           .what = fmt::format("{} of {} signals of the log are not on the map; those of the map that the "
                               "log does not tell follow their programs",
                               unknown, tracks_.signals.size())});
  }

  // All groups of a junction have one cycle.
  void share_cycles(std::vector<LoggedSignal>& groups) const {
    for (std::size_t i = 0; i < groups.size(); ++i)
      for (std::size_t k = 0; k < groups.size() && groups[i].cycle_ns == 0; ++k)
        if (map_->signal_groups[i].junction != maps::kNone &&
            map_->signal_groups[i].junction == map_->signal_groups[k].junction)
          groups[i].cycle_ns = groups[k].cycle_ns;
  }

  const replay::Description& log_;
  replay::Tracks tracks_;
  std::shared_ptr<const Map> map_;
  const LogSetupOptions& options_;
  sim::Issues& issues_;
  maps::Router router_;
  SimulationSetup setup_;
  std::vector<EntitySetup> logged_;  // of the run
  std::vector<bool> is_ego_;
  std::unique_ptr<LogWorld> world_;
};

}  // namespace

sim::Result<std::vector<bool>> choose_driven(const replay::Description& log, const replay::Tracks& tracks,
                                             const LogSetupOptions& options) {
  if (tracks.tracks.empty()) return sim::fail("tells of nobody that moves", file_of(log));
  std::vector<std::string> names;
  for (const LoggedTrack& track : tracks.tracks) names.push_back(track.name);
  std::vector<bool> driven(names.size(), false);
  if (options.egos) {
    auto chosen = options.egos(names);
    if (!chosen) return tl::unexpected(chosen.error());
    driven = std::move(*chosen);
  }
  if (std::find(driven.begin(), driven.end(), true) != driven.end()) return driven;
  const auto is_own = [](const LoggedTrack& track) { return track.role == sim::Role::kEgo; };
  auto own = std::find_if(tracks.tracks.begin(), tracks.tracks.end(), [&](const LoggedTrack& track) {
    return is_own(track) && log.run && !log.run->entities.empty() && track.name == log.run->entities.front().name;
  });
  if (own == tracks.tracks.end()) own = std::find_if(tracks.tracks.begin(), tracks.tracks.end(), is_own);
  if (own == tracks.tracks.end())
    return sim::fail("has no vehicle of its own", file_of(log), 0, "",
                     "name the one to drive: --host NAME or --stack NAME=SPEC");
  driven[static_cast<std::size_t>(own - tracks.tracks.begin())] = true;
  return driven;
}

Row group_of(const Map& map, const std::string& signal) {
  for (const maps::Signal& one : map.signals)
    if (one.group != maps::kNone && (map.text_of(one.id) == signal || map.text_of(one.name) == signal))
      return one.group;
  return maps::kNone;
}

sim::Result<LogScene> make_log_setup(const replay::Description& log, replay::Tracks tracks,
                                     std::shared_ptr<const maps::Map> map, const LogSetupOptions& options,
                                     sim::Issues& issues) {
  return Maker(log, std::move(tracks), std::move(map), options, issues).make();
}

}  // namespace bitgoeul::scenarios::closed_loop
