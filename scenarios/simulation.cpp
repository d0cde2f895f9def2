#include "scenarios/simulation.h"

#include <algorithm>

#include "scenarios/asking_drivers.h"
#include "scenarios/closed_loop/agents.h"
#include "scenarios/counters.h"
#include "scenarios/setup_check.h"
#include "scenarios/story/road_trace.h"
#include "scenarios/story/story.h"
#include "scenarios/traffic_setup.h"
#include "sim/check.h"
#include "sim/kind_word.h"
#include "vehicles/actuated_signals.h"
#include "vehicles/bus_stops.h"
#include "vehicles/commit.h"
#include "vehicles/contacts.h"
#include "vehicles/crash.h"
#include "vehicles/describe.h"
#include "vehicles/drivers/driver.h"
#include "vehicles/drivers/lane_change.h"
#include "vehicles/drivers/right_of_way.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/dynamics/move.h"
#include "vehicles/dynamics/move_double_track.h"
#include "vehicles/dynamics/rail.h"
#include "vehicles/obstacles.h"
#include "vehicles/puppets.h"
#include "vehicles/riders.h"
#include "vehicles/signal_programs.h"
#include "vehicles/state.h"
#include "vehicles/traffic.h"
#include "vehicles/trailers.h"
#include "vehicles/walkers.h"
#include "vehicles/way.h"
#include "vehicles/zones.h"

namespace bitgoeul::scenarios {
namespace {

using maps::Row;
using sim::EventKind;

constexpr std::size_t kBlock = 64;             // rows per job; part of nothing but speed
constexpr std::size_t kFewBlock = 16;          // ... where only entities of the setup do something
constexpr std::int64_t kTickNs = 100'000'000;  // background vehicles think and move ten times a second
constexpr std::int64_t kObserveTicks = 10;     // standstill is looked at once a second
constexpr double kStandstillS = 300.0;

// An actor that hangs on a driven vehicle from the start follows that vehicle.
bool story_moves(const EntitySetup& entity) {
  return entity.role == sim::Role::kActor && entity.towed_by == sim::kNone;
}

vehicles::Route route_of(const EntitySetup& entity) {
  vehicles::Route route{entity.route, entity.route_end_s, entity.route_closed && !entity.route.empty() ? 0 : -1};
  return route;
}

vehicles::Model model_of(const EntitySetup& entity, const vehicles::VehicleType& type) {
  using vehicles::Model;
  if (vehicles::is_trailer(type)) return Model::kTrailer;
  if (entity.model != Model::kNone) return entity.model;
  if (entity.role != sim::Role::kEgo) return Model::kRail;
  return vehicles::has_two_tracks(type) ? Model::kDoubleTrack : Model::kBicycle;
}

// Rows of the world for all but what zones bring.
std::size_t room_of(const SimulationSetup& setup) {
  return setup.entities.size() + static_cast<std::size_t>(setup.traffic.count) +
         static_cast<std::size_t>(setup.traffic.pedestrians);
}

// The owners are per row of the world, which has room for what the zones may hold.
vehicles::Zones zones_of(const SimulationSetup& setup) {
  if (!setup.scenario) return {};
  return {setup.zones, room_of(setup) + room_for(setup.zones)};
}

// What does not depend on the place.
vehicles::Placement as_placed(const EntitySetup& entity, const vehicles::Catalogue& catalogue) {
  vehicles::Placement p;
  p.role = entity.role;
  p.model = model_of(entity, catalogue[entity.type]);
  p.type = entity.type;
  return p;
}

}  // namespace

struct Simulation::Impl {
  explicit Impl(SimulationSetup s)
      : setup(std::move(s)),
        jobs(setup.threads),
        zones(zones_of(setup)),
        world(setup.seed, setup.dt_ns, room_of(setup) + room_for(zones.zones())),
        state{*setup.map, setup.catalogue, world, vehicles::RoadRules(*setup.map)},
        router(*setup.map),
        right_of_way(world.capacity(), *setup.map),
        contacts(world.capacity()),
        traffic(state, setup.traffic.count, {setup.traffic.cyclists, setup.traffic.buses}),
        walkers(*setup.map, setup.catalogue, setup.traffic.pedestrians, setup.traffic.jaywalking),
        actuated(*setup.map, walkers.crossings()) {}

  void prepare();
  void prepare_stacks();
  void bind();
  void derive();

  // The stages, in the order of step().
  void signals();
  void tell_story();
  std::span<const std::uint8_t> sensed();
  void follow_log();
  void show_logged(std::int64_t time_ns);
  bool logged_so(Row a, Row b) const;
  void order_traffic();
  void walk();
  void take_leave(Row row);
  void drive_egos();
  void plan();
  void reserve_junctions();
  void note_commands();
  void dynamics();
  void find_contacts();
  void commit();
  void observe();
  void publish();
  void mark();

  void begin_story();
  void hand_over();
  void give_to_driver(Row row);
  void tell_drivers();
  void refuse_stacks();
  void begin_log();
  void begin_traffic();
  void begin_walkers();
  void begin_buses();
  void look();
  void show_actors();
  void hide_actors();
  void contact_event(EventKind kind, Row a, Row b);
  void find_obstacles();
  void settle_obstacles();
  void forget_obstacles(Row row);
  void obstacle_event(EventKind kind, Row row, Row object);
  void count(const sim::Event& event);
  void set_ahead(std::int64_t step) { state.ahead_s = static_cast<double>(step % state.tick_steps) * world.dt_s(); }
  double clock_s() const { return setup.time_of_day_s + static_cast<double>(world.time_ns()) * 1e-9; }
  bool moved_by_story(Row row) const {
    if (row >= static_cast<Row>(setup.entities.size()) || setup.entities[row].towed_by != sim::kNone) return false;
    if (story) return story->actor(row);
    return story_moves(setup.entities[row]) && (!agents.any() || agents.follows(row));
  }
  bool walks(Row row) const { return world.entities.role[row] == sim::Role::kPedestrian; }
  bool observing() const { return (world.step() + 1) % (kObserveTicks * state.tick_steps) == 0; }
  // Every row on a tick, else those that do something in every step: entities of the setup, and wrecks.
  template <class F>
  void each_row(bool tick, F&& f) {
    const Row entities = std::min(state.rows(), static_cast<Row>(setup.entities.size()));
    jobs.parallel_for(
        static_cast<std::size_t>(tick ? state.rows() : entities),
        [&](std::size_t begin, std::size_t end, std::size_t block) {
          f(static_cast<Row>(begin), static_cast<Row>(end), block);
        },
        tick ? kBlock : kFewBlock);
    if (!tick)
      for (const Row row : state.wrecks) f(row, row + 1, std::size_t{0});
  }
  // Every row, and beside them one more piece of work that is serial in itself.
  template <class G, class F>
  void each_row_and(G&& g, F&& f) {
    jobs.parallel_for(
        static_cast<std::size_t>(state.rows()) + kBlock,
        [&](std::size_t begin, std::size_t end, std::size_t block) {
          if (block == 0)
            g();
          else
            f(static_cast<Row>(begin - kBlock), static_cast<Row>(end - kBlock), block - 1);
        },
        kBlock);
  }

  SimulationSetup setup;
  sim::Jobs jobs;
  vehicles::Zones zones;  // of traffic actions
  sim::World world;
  vehicles::State state;
  maps::Router router;
  vehicles::RightOfWay right_of_way;
  vehicles::Contacts contacts;
  vehicles::Crashes crashes;
  vehicles::Obstacles obstacles;
  vehicles::Traffic traffic;
  vehicles::Walkers walkers;
  vehicles::BusStops bus_stops;
  vehicles::ActuatedSignals actuated;
  vehicles::Demand demand;
  vehicles::Trailers trailers;
  Egos egos;
  AskingDrivers asking;  // drivers that ask a stack
  std::vector<Exchange> exchanges;
  std::unique_ptr<story::Story> story;  // null: none
  std::vector<std::uint8_t> seen_by_sensors;
  std::unique_ptr<story::RoadTrace> road_trace;  // where the story's driven entities are on their roads
  std::vector<Row> road_hints;                   // for it, per entity
  closed_loop::Agents agents;                    // of a log
  sim::Issues story_issues;
  std::vector<std::pair<Row, Row>> bodies;  // touching, those with a body that physics moves
  Counters counters;

  bool grid_stale = true;  // the grid is derived: built once in a tick
  bool hash_stale = true;
  std::int64_t next_signal_step = 0;  // derived: nothing changes before it
  sim::Hash128 hash, hash_before;     // of the state now; at the beginning of a step in which stacks are asked
  Totals totals;
  std::vector<sim::Event> events, unread;
  std::vector<AppliedCommand> commands;
  std::vector<StruckObject> struck;
  std::vector<std::pair<Row, Row>> touching, begun, against, struck_now;
  std::vector<vehicles::Impact> impacts;
  std::vector<Row> left, come;
  sim::SnapshotPool pool{4};
};

// The step: read this first. Parallel stages read everything and write their own row; what concerns others is a
// message. Background vehicles take part once in a tick: they think in its first step and move in its last.
void Simulation::step() {
  Impl& m = *impl_;
  m.events.clear();
  m.struck.clear();
  if (m.egos.due(m.state) || m.asking.due(m.state)) m.hash_before = state_hash();
  m.signals();            // serial: phases by the clock or by who comes, limits by the time of day
  m.tell_story();         // serial: the storyboard, and the actors that it moves
  m.follow_log();         // serial: the actors of a log, and who leaves it (looked for in parallel)
  m.walk();               // serial: people at crosswalks
  m.drive_egos();         // parallel: observations; one barrier: driving stacks answer
  m.plan();               // parallel: drivers look ahead and decide, and ask for the right of way; some ask a stack
  m.reserve_junctions();  // serial: who gets it
  m.dynamics();           // parallel: rail, bicycle or double-track, own row; serial: trailers follow
  m.find_contacts();      // parallel: overlapping bodies
  m.commit();             // serial: lanes left and entered, lane changes, crashes, spawns and removals
  m.observe();            // serial: totals, standstill
  m.publish();            // the clock moves on
}

void Simulation::Impl::signals() {
  if (world.step() >= next_signal_step)
    next_signal_step =
        vehicles::update_signals(*setup.map, world.signals, world.step(), world.dt_ns(), setup.time_of_day_s);
  if (actuated.any() && state.thinking_tick()) actuated.step(state, setup.time_of_day_s);
  if (agents.any()) agents.show_signals(state);
  state.rules.update(*setup.map, setup.weekday, clock_s());
}

void Simulation::Impl::begin_story() {
  if (!setup.scenario) return;
  story = std::make_unique<story::Story>(*setup.scenario, *setup.map, setup.seed, setup.dt_ns, story_issues);
  refuse_stacks();
  if (sim::has_errors(story_issues)) return;
  story->bind(world.state);
  if (story->tells_drivers()) state.wishes.resize(setup.entities.size());
  road_trace = std::make_unique<story::RoadTrace>(*setup.map);
  road_hints.assign(setup.entities.size(), sim::kNone);
  look();
  story->begin(story_issues);
  story->tell_signals(world.signals);
  order_traffic();
  tell_drivers();
  story->look(0);
  show_actors();
}

// A stack is told where to go, and nothing else.
void Simulation::Impl::refuse_stacks() {
  for (std::size_t i = 0; i < setup.entities.size(); ++i)
    if (state.driven_outside(static_cast<Row>(i)) && story->tells_how(static_cast<Row>(i)))
      story_issues.push_back(sim::fail("is driven by a stack, which a story tells where to go but not how", {}, 0,
                                       "entity " + setup.entities[i].name, "let the built-in driver have it")
                                 .value());
}

// Entities that have gone over to the story or to a driver.
void Simulation::Impl::hand_over() {
  for (const Row row : story->handovers())
    if (story->actor(row))
      vehicles::take_puppet(state, row);
    else
      give_to_driver(row);
}

void Simulation::Impl::give_to_driver(Row row) {
  const EntitySetup& entity = setup.entities[row];
  const story::Actors& a = story->motion().actors();
  const Row lane = a.lane[row];
  const double s = std::clamp(a.lane_s[row] + world.entities.center_x_m[row], 0.0, setup.map->lanes[lane].length);
  const std::vector<Row>& route = state.routes[row].lanes;
  const auto at = std::find(route.begin(), route.end(), lane);
  vehicles::free_puppet(state, row, lane, s, a.lane_t[row],
                        at == route.end() ? -1 : static_cast<std::int32_t>(at - route.begin()),
                        story_moves(entity) ? vehicles::Model::kRail : model_of(entity, setup.catalogue[entity.type]));
}

// What the story asks of drivers in this step.
void Simulation::Impl::tell_drivers() {
  if (!story->tells_drivers()) return;
  hand_over();
  for (const Row row : story->routed()) {
    if (!state.alive(row) || story->actor(row)) continue;
    const auto lanes = story->motion().route(row);
    state.originals[row] = state.routes[row] = {{lanes.begin(), lanes.end()}, story->motion().route_end_s(row), -1};
    const auto at = std::find(lanes.begin(), lanes.end(), state.vehicles.lane(row));
    state.vehicles.route_cursor[row] = at == lanes.end() ? -1 : static_cast<std::int32_t>(at - lanes.begin());
    state.vehicles.reroute_lane[row] = sim::kNone;
    vehicles::redraw_way(state, row, vehicles::kBack);
    state.mark(row);
  }
  const story::Wishes& w = story->motion().wishes();
  const story::Actors& a = story->motion().actors();
  for (std::size_t row = 0; row < state.wishes.size(); ++row)
    state.wishes[row] = story->actor(static_cast<Row>(row))
                            ? vehicles::Wish{}
                            : vehicles::Wish{w.speed_mps[row], a.acceleration[row],
                                             (w.hops[row] > 0) - (w.hops[row] < 0), w.change_s[row], w.change_m[row]};
}

void Simulation::Impl::begin_walkers() {
  if (!walkers.any()) return;
  walkers.bind(world.state);
  state.walkers = &walkers;
  walkers.crossings().mark(state.rules);
}

void Simulation::Impl::begin_buses() {
  if (setup.traffic.buses <= 0) return;
  bus_stops = vehicles::BusStops(state, world.capacity());
  if (!bus_stops.any()) return;
  bus_stops.bind(world.state);
  state.bus_stops = &bus_stops;
}

void Simulation::Impl::begin_traffic() {
  if (setup.traffic.demand)
    if (auto begun = demand.begin(state, *setup.traffic.demand, jobs, clock_s()); !begun)
      story_issues.push_back(begun.error());
  traffic.fill(state);
}

void Simulation::Impl::begin_log() {
  if (!setup.log) return;
  std::vector<std::uint8_t> followers;
  for (const EntitySetup& entity : setup.entities) followers.push_back(story_moves(entity) ? 1 : 0);
  agents.prepare(state, *setup.log, followers);
  show_logged(0);
  events.clear();
}

// What the story sees of entities that it does not move.
void Simulation::Impl::look() {
  story->look(world.step());
  story::View& view = story->view();
  const sim::Entities& e = world.entities;
  for (Row row = 0; row < static_cast<Row>(setup.entities.size()); ++row) {
    story::Seen& seen = view.seen[row];
    if (story->actor(row)) continue;
    seen.alive = state.alive(row);
    if (!seen.alive) continue;
    const Row lane = state.vehicles.lane(row);
    const story::RoadTrace::At road =
        road_trace->at(lane, state.vehicles.s[row], state.vehicles.t[row], road_hints[static_cast<std::size_t>(row)]);
    seen.x = e.x[row], seen.y = e.y[row], seen.z = e.z[row];
    seen.yaw = e.yaw_rad[row], seen.pitch = e.pitch_rad[row], seen.roll = e.roll_rad[row];
    seen.speed = e.speed_mps[row], seen.acceleration = e.acceleration_mps2[row], seen.yaw_rate = e.yaw_rate_radps[row];
    seen.traveled_m = state.vehicles.distance_m[row];
    seen.lane = lane, seen.lane_s = state.vehicles.s[row] - e.center_x_m[row], seen.lane_t = state.vehicles.t[row];
    seen.road = setup.map->lanes[lane].road, seen.lane_id = setup.map->lanes[lane].odr_id;
    seen.road_s = road.s, seen.road_t = road.t;
  }
  view.touching.clear();
  for (std::size_t i = 0; i < contacts.pairs.a.size(); ++i)
    view.touching.emplace_back(contacts.pairs.a[i], contacts.pairs.b[i]);
  std::sort(view.touching.begin(), view.touching.end());
}

// Who is there, but for those that a story hides from sensors.
std::span<const std::uint8_t> Simulation::Impl::sensed() {
  const auto& alive = world.entities.alive;
  if (!story || !story->hides()) return alive;
  seen_by_sensors.assign(alive.begin(), alive.end());
  const auto& visible = story->motion().actors().visible;
  for (std::size_t row = 0; row < setup.entities.size(); ++row)
    if (story->actor(static_cast<Row>(row)) && (visible[row] & story::kToSensors) == 0) seen_by_sensors[row] = 0;
  return seen_by_sensors;
}

void Simulation::Impl::show_actors() {
  constexpr double kFarM = 3.0;  // in one step: the grid does not expect it
  const sim::Entities& e = world.entities;
  for (Row row = 0; row < static_cast<Row>(setup.entities.size()); ++row) {
    if (!story->actor(row)) continue;
    story::Seen& seen = story->view().seen[row];
    story->see(row);
    const bool before = state.alive(row);
    if (!seen.alive) {
      if (before) left.push_back(row);
      continue;
    }
    if (!before || std::fabs(e.x[row] - seen.x) + std::fabs(e.y[row] - seen.y) > kFarM) grid_stale = true;
    // Who is hidden from traffic stands in no list of a lane, where drivers look.
    const bool hidden = (story->motion().actors().visible[row] & story::kToTraffic) == 0;
    vehicles::Pose pose{seen.x,
                        seen.y,
                        seen.z,
                        seen.yaw,
                        seen.pitch,
                        seen.roll,
                        seen.speed,
                        seen.acceleration,
                        seen.yaw_rate,
                        seen.traveled_m,
                        seen.length,
                        seen.width,
                        seen.height,
                        seen.center_x,
                        hidden ? sim::kNone : seen.lane,
                        seen.lane_s,
                        seen.lane_t};
    vehicles::show_puppet(state, row, pose);
    if (!before) events.push_back(vehicles::event_of(state, EventKind::kSpawn, row));
  }
  hide_actors();
}

// Those that have just left the world.
void Simulation::Impl::hide_actors() {
  for (const Row row : left) {
    contacts.forget(row, [](Row, Row) {});
    forget_obstacles(row);
    events.push_back(vehicles::event_of(state, EventKind::kRemove, row));
    vehicles::hide_puppet(state, row);
  }
  left.clear();
}

// They touch as in the log, not by what came of it: both are where it has them, both stand since then, or both go on
// foot or bicycle, who make way for each other.
bool Simulation::Impl::logged_so(Row a, Row b) const {
  if (!agents.follows(a) || !agents.follows(b)) return false;
  return (agents.as_logged(a) && agents.as_logged(b)) || (agents.waits(a) && agents.waits(b)) ||
         (!agents.on_wheels(a) && !agents.on_wheels(b));
}

// Where the actors of a log are at a time of it.
void Simulation::Impl::show_logged(std::int64_t time_ns) {
  come.clear();
  agents.show(state, time_ns, come, left);
  for (const Row row : come) events.push_back(vehicles::event_of(state, EventKind::kSpawn, row));
  grid_stale = grid_stale || !come.empty();
  hide_actors();
}

void Simulation::Impl::follow_log() {
  if (!agents.any()) return;
  agents.decide(state, jobs, events);
  show_logged(world.time_ns() + world.dt_ns());
}

void Simulation::Impl::order_traffic() {
  for (const story::Story::TrafficOrder& order : story->traffic_orders())
    if (order.start)
      zones.start(state, order.zone, order.x, order.y);
    else
      zones.stop(order.zone);
}

// What it touches ends, and it says that it goes; its row is still there.
void Simulation::Impl::take_leave(Row row) {
  contacts.forget(row, [&](Row a, Row b) { contact_event(EventKind::kCollisionEnd, a, b); });
  forget_obstacles(row);
  events.push_back(vehicles::event_of(state, EventKind::kRemove, row));
}

// In the first step of a tick; the grid of bodies is built anew after it.
void Simulation::Impl::walk() {
  if (!walkers.any() || !state.thinking_tick()) return;
  come.clear();
  walkers.step(state, come, left);
  for (const Row row : come) events.push_back(vehicles::event_of(state, EventKind::kSpawn, row));
  for (const Row row : left) {
    take_leave(row);
    walkers.remove(state, row);
  }
  left.clear();
  walkers.derive(state);
}

void Simulation::Impl::tell_story() {
  if (!story) return;
  look();
  story->see_signals(world.signals);
  story->step();
  story->tell_signals(world.signals);
  order_traffic();
  tell_drivers();
  show_actors();
  if (!story->weather_changed()) return;
  state.weather.friction[0] = story->environment().friction[0];
  state.weather.precipitation_mmph[0] = story->environment().precipitation_mmph[0];
}

void Simulation::Impl::reserve_junctions() {
  if (!state.thinking_tick()) return;
  each_row(true, [&](Row begin, Row end, std::size_t) { right_of_way.check(state, begin, end); });
  right_of_way.grant(state);
}

void Simulation::Impl::drive_egos() {
  egos.step(state, router, jobs, hash_before, sensed());
  exchanges.assign(egos.exchanges().begin(), egos.exchanges().end());
}

void Simulation::Impl::plan() {
  const bool tick = state.thinking_tick();
  const auto think = [&](Row begin, Row end, std::size_t block) {
    if (tick) right_of_way.ask(state, begin, end);
    vehicles::plan(state, begin, end, block);
  };
  if (tick)
    each_row_and([&] { contacts.rebuild(state); }, think);  // nothing moves meanwhile
  else
    each_row(false, think);
  grid_stale = grid_stale && !tick;
  asking.step(state, jobs, hash_before, sensed(), exchanges);
  note_commands();
}

void Simulation::Impl::note_commands() {
  commands.clear();
  const auto entities = static_cast<Row>(setup.entities.size());
  for (Row row = 0; row < entities; ++row)
    if (vehicles::steered(state.vehicles.model[row]) && !state.driven_outside(row) && vehicles::thinks(state, row))
      commands.push_back(
          {row, {state.vehicles.command_acceleration_mps2[row], state.vehicles.command_steering_rad[row]}});
  for (const Row row : egos.changed())
    commands.push_back(
        {row, {state.vehicles.command_acceleration_mps2[row], state.vehicles.command_steering_rad[row]}});
  if (egos.any())
    std::sort(commands.begin(), commands.end(), [](const auto& a, const auto& b) { return a.entity < b.entity; });
}

void Simulation::Impl::dynamics() {
  each_row(state.moving_tick(),
           [&](Row begin, Row end, std::size_t block) { vehicles::move(state, begin, end, block); });
  set_ahead(world.step() + 1);
  vehicles::move_trailers(state, trailers);
}

void Simulation::Impl::find_contacts() {
  if (grid_stale) contacts.rebuild(state);
  grid_stale = false;
  each_row(state.moving_tick(),
           [&](Row begin, Row end, std::size_t block) { contacts.find(state, begin, end, block); });
}

void Simulation::Impl::contact_event(EventKind kind, Row a, Row b) {
  sim::Event event = vehicles::event_of(state, kind, a);
  event.other = world.ids.id_of(b);
  event.value = std::fabs(state.speed(a) - state.speed(b));
  const auto impact = std::find_if(impacts.begin(), impacts.end(), [&](const auto& i) { return i.a == a && i.b == b; });
  if (kind == EventKind::kCollisionBegin && impact != impacts.end()) {
    event.value = impact->speed_mps;
    event.delta_v_mps = impact->delta_v_mps[0];
    event.other_delta_v_mps = impact->delta_v_mps[1];
    event.side = impact->side[0];
    event.other_side = impact->side[1];
  }
  events.push_back(event);
}

// Whoever moves freely, against what stands beside the road.
void Simulation::Impl::find_obstacles() {
  against.clear();
  if (obstacles.bodies().empty()) return;
  for (Row row = 0; row < std::min(state.rows(), static_cast<Row>(setup.entities.size())); ++row)
    if (state.alive(row) && state.vehicles.model[row] != vehicles::Model::kRail && !moved_by_story(row))
      obstacles.touching(state, row, against);
  for (const Row row : state.wrecks) obstacles.touching(state, row, against);
  std::sort(against.begin(), against.end());
}

void Simulation::Impl::obstacle_event(EventKind kind, Row row, Row object) {
  sim::Event event = vehicles::event_of(state, kind, row);
  if (kind == EventKind::kCollisionBegin) {
    for (const vehicles::Impact& impact : impacts) {
      if (impact.a != row || impact.obstacle == sim::kNone) continue;
      if (obstacles.bodies()[static_cast<std::size_t>(impact.obstacle)].object != object) continue;
      event.value = impact.speed_mps;
      event.delta_v_mps = impact.delta_v_mps[0];
      event.side = impact.side[0];
    }
    struck.push_back({row, object, event.value, event.delta_v_mps});
  }
  events.push_back(event);
}

// Begins and ends, by comparing what touched before with what touches now.
void Simulation::Impl::settle_obstacles() {
  auto& [rows, objects] = obstacles.pairs;
  struck_now.clear();
  for (const auto& [row, body] : against)
    struck_now.emplace_back(row, obstacles.bodies()[static_cast<std::size_t>(body)].object);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (state.alive(rows[i]) && obstacles.near(state, rows[i], objects[i]))
      struck_now.emplace_back(rows[i], objects[i]);
  std::sort(struck_now.begin(), struck_now.end());
  struck_now.erase(std::unique(struck_now.begin(), struck_now.end()), struck_now.end());
  std::size_t i = 0;
  for (const auto& [row, object] : struck_now) {
    for (; i < rows.size() && std::pair(rows[i], objects[i]) < std::pair(row, object); ++i)
      obstacle_event(EventKind::kCollisionEnd, rows[i], objects[i]);
    if (i < rows.size() && rows[i] == row && objects[i] == object)
      ++i;
    else
      obstacle_event(EventKind::kCollisionBegin, row, object);
  }
  for (; i < rows.size(); ++i) obstacle_event(EventKind::kCollisionEnd, rows[i], objects[i]);
  rows.clear();
  objects.clear();
  for (const auto& [row, object] : struck_now) rows.push_back(row), objects.push_back(object);
}

void Simulation::Impl::forget_obstacles(Row row) {
  auto& [rows, objects] = obstacles.pairs;
  for (std::size_t i = 0; i < rows.size();) {
    if (rows[i] != row) {
      ++i;
      continue;
    }
    obstacle_event(EventKind::kCollisionEnd, row, objects[i]);
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(i));
    objects.erase(objects.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Simulation::Impl::commit() {
  touching.clear();
  left.clear();
  vehicles::commit(state, router, {events, touching, left});
  if (agents.any()) std::erase_if(touching, [&](const auto& p) { return logged_so(p.first, p.second); });
  begun.clear();
  const auto ended = [&](Row a, Row b) { contact_event(EventKind::kCollisionEnd, a, b); };
  contacts.settle(
      state, touching, [&](Row a, Row b) { begun.emplace_back(a, b); }, ended);
  find_obstacles();
  bodies = touching;
  if (story || agents.any())  // who hits an actor is not thrown about: an actor goes where the story says
    std::erase_if(bodies, [&](const auto& pair) { return moved_by_story(pair.first) || moved_by_story(pair.second); });
  if (walkers.any())  // nor who hits a walker
    std::erase_if(bodies, [&](const auto& pair) { return walks(pair.first) || walks(pair.second); });
  crashes.solve(state, bodies, obstacles, against, impacts);
  if (walkers.any()) walkers.strike(state, begun, impacts);
  for (const auto& [a, b] : begun) contact_event(EventKind::kCollisionBegin, a, b);
  settle_obstacles();
  if (state.moving_tick()) zones.choose_leaving(state, left), demand.choose_arrived(state, left);
  vehicles::leave_with_vehicles(state, trailers, left);
  for (const Row row : left) {
    take_leave(row);
    demand.forget(state, row);
    vehicles::remove_vehicle(state, row);
    agents.left(row);
    if (state.background(row) && !zones.forget(row)) --traffic.count.now[0];
  }
  left.clear();                      // whoever shows actors begins with nobody
  if (!state.moving_tick()) return;  // a row begins with a tick
  const auto entered = [&](Row row) { events.push_back(vehicles::event_of(state, EventKind::kSpawn, row)); };
  demand.come(state, clock_s());
  traffic.refill(state, entered);
  zones.refill(state, entered);
  if (!observing()) return;
  for (Row row = 0; row < static_cast<Row>(setup.entities.size()); ++row)
    if (setup.entities[row].reenters && !state.alive(row) &&
        traffic.reenter(state, row, as_placed(setup.entities[row], setup.catalogue))) {
      if (state.vehicles.model[row] == vehicles::Model::kDoubleTrack) vehicles::add_double_track(state, row);
      entered(row);
    }
}

void Simulation::Impl::count(const sim::Event& event) {
  switch (event.kind) {
    case EventKind::kCollisionBegin:
      ++counters.collisions[0];
      if (!state.driven_outside(event.entity.row()) && (event.other.null() || !state.driven_outside(event.other.row())))
        ++counters.collisions_engine[0];
      break;
    case EventKind::kRouteCompleted:
      ++counters.routes_completed[0];
      break;
    case EventKind::kSpawn:
      ++counters.spawned[0];
      break;
    case EventKind::kRemove:
      ++counters.removed[0];
      break;
    default:
      break;
  }
}

void Simulation::Impl::observe() {
  if (observing()) {
    const auto limit = static_cast<std::int64_t>(kStandstillS / world.dt_s());
    for (Row row = 0; row < state.rows(); ++row) {
      const std::int64_t since = state.vehicles.standstill_step[row];
      if (!state.alive(row) || since < 0) continue;
      const std::int64_t steps = world.step() - since;
      if (steps > counters.longest_standstill_steps[0]) {
        counters.longest_standstill_steps[0] = steps;
        counters.longest_row[0] = row;
      }
      if (steps > limit && steps <= limit + kObserveTicks * state.tick_steps)
        events.push_back(
            vehicles::event_of(state, EventKind::kStandstill, row, static_cast<double>(steps) * world.dt_s()));
    }
  }
  const std::int64_t background = traffic.count.now[0] + zones.present();
  counters.traffic_peak[0] = std::max(counters.traffic_peak[0], background);
  counters.traffic_steps[0] += background;
  for (const sim::Event& event : events) count(event);
  egos.note(state, events);
}

// Which rows of the tables the hash has to look at. Messages mark theirs when they are applied.
void Simulation::Impl::mark() {
  const auto entities = static_cast<std::size_t>(setup.entities.size());
  for (sim::Marks* marks : {&world.changed, &world.made, &state.thought}) marks->rows(0, entities);
  for (const Row row : state.wrecks) state.mark(row);
  if (state.thinking_tick()) state.thought.all();
  if (state.moving_tick()) world.changed.all();
}

void Simulation::Impl::publish() {
  mark();
  unread.insert(unread.end(), events.begin(), events.end());
  ++world.clock.step[0];
  hash_stale = true;
}

// Tables into the world's one state, in this order for ever: it is part of the hash.
void Simulation::Impl::bind() {
  using vehicles::Vehicles;
  world.state.add("vehicles", state.vehicles, [&](std::string_view column) {
    return Vehicles::moves(column) ? &world.changed : Vehicles::thinks(column) ? &state.thought : &world.made;
  });
  world.state.add("lane_lists", state.lists, [&](std::string_view) { return &state.lists.marks; });
  world.state.add("contacts", contacts.pairs);
  world.state.add("traffic", traffic.count);
  world.state.add("totals", counters);
  world.state.add("weather", state.weather);
  actuated.bind(world);
}

void Simulation::Impl::prepare_stacks() {
  std::vector<int> drives, decides, act_every;  // per entity: the stack
  std::vector<std::string> names;
  for (const EntitySetup& entity : setup.entities) {
    const bool view = entity.stack >= 0 && setup.stacks[static_cast<std::size_t>(entity.stack)].driver_view;
    drives.push_back(view ? -1 : entity.stack);
    decides.push_back(view ? entity.stack : -1);
    names.push_back(entity.name);
    act_every.push_back(entity.act_every);
  }
  egos.prepare(state, setup.stacks, drives, names, act_every);
  asking.prepare(state, setup.stacks, decides, names, kBlock);
  exchanges.reserve(setup.entities.size());
}

void Simulation::Impl::prepare() {
  const std::size_t capacity = world.capacity();
  state.ridden = vehicles::ridden_types(setup.catalogue);
  state.surface = vehicles::RoadSurface(*setup.map);
  obstacles = vehicles::Obstacles(*setup.map);
  state.weather.friction[0] = setup.road_friction;
  state.weather.precipitation_mmph[0] = setup.precipitation_mmph;
  state.tick_steps = std::max<std::int64_t>(1, kTickNs / setup.dt_ns);
  state.gates.resize(capacity);
  state.segments.resize(capacity);
  state.thought = sim::Marks(capacity);
  sim::resize_table(state.vehicles, capacity);
  sim::resize_table(world.signals, setup.map->signal_groups.size());
  state.lists.reset(capacity, setup.map->lanes.size());
  const std::size_t blocks =
      std::max(sim::Jobs::block_count(capacity, kBlock), sim::Jobs::block_count(setup.entities.size(), kFewBlock));
  state.mailbox.reserve(std::max<std::size_t>(blocks, 1), kBlock * 2);
  events.reserve(capacity * 2 + 64);
  unread.reserve(capacity * 2 + 64);
  touching.reserve(capacity);
  bodies.reserve(capacity);
  begun.reserve(capacity);
  left.reserve(capacity);
  come.reserve(capacity);
  commands.reserve(setup.entities.size());
  bind();
  state.rules.update(*setup.map, setup.weekday, clock_s());
  for (const EntitySetup& entity : setup.entities) state.originals.push_back(route_of(entity));
  state.routes = state.originals;
  for (const EntitySetup& entity : setup.entities) {
    if (story_moves(entity)) {
      vehicles::add_puppet(state, entity.role, entity.type);
      continue;
    }
    vehicles::Placement p = as_placed(entity, setup.catalogue);
    p.lane = entity.lane;
    p.s = entity.s + setup.catalogue[entity.type].center_x_m;
    p.t = entity.role == sim::Role::kEgo ? entity.t : 0.0;
    p.speed_mps = entity.speed_mps;
    p.route_cursor = entity.route.empty() ? -1 : 0;
    if (entity.towed_by != sim::kNone) {  // connect puts it behind its vehicle
      p.lane = state.vehicles.lane(entity.towed_by);
      p.s = state.vehicles.s[entity.towed_by];
      p.t = 0;
      p.speed_mps = 0;
    }
    const Row row = vehicles::add_vehicle(state, p);
    if (p.model == vehicles::Model::kDoubleTrack) vehicles::add_double_track(state, row);
    if (p.model != vehicles::Model::kTrailer) continue;
    vehicles::add_trailer(state, trailers, row);
    if (entity.towed_by == sim::kNone) continue;
    const auto hung = vehicles::connect_trailer(state, trailers, row, entity.towed_by, true);
    CHECK(hung.has_value(), "setup_check has looked at what pulls what");
  }
  if (!trailers.row.empty()) world.state.add("trailers", trailers);
  if (!obstacles.bodies().empty()) world.state.add("obstacle_contacts", obstacles.pairs);
  if (state.double_tracks.size() > 0) {
    world.state.add("double_tracks", state.double_tracks.bodies);
    world.state.add("wheels", state.double_tracks.wheels);
  }
  prepare_stacks();
  zones.bind(world.state);
  begin_walkers();
  begin_buses();
  begin_story();
  begin_log();
  begin_traffic();
  counters.spawned[0] = state.rows();
  counters.traffic_peak[0] = traffic.count.now[0];
}

// What follows from the saved tables and is not saved itself.
void Simulation::Impl::derive() {
  state.lists.clear_ends();
  for (Row node = 0; node < 2 * state.capacity(); ++node) {
    if (!state.lists.listed(node)) continue;
    const Row row = state.node_row(node);
    const Row lane = node == row ? state.vehicles.lane(row) : state.vehicles.side_lane[row];
    if (state.lists.behind[node] == sim::kNone) state.lists.first[lane] = node;
    if (state.lists.ahead[node] == sim::kNone) state.lists.last[lane] = node;
  }
  if (story) story->derive();
  if (story && story->tells_drivers())  // what a story has told goes before what Init did
    for (std::size_t row = 0; row < setup.entities.size(); ++row) {
      const auto lanes = story->motion().route(static_cast<Row>(row));
      state.originals[row] = route_of(setup.entities[row]);
      if (!lanes.empty() && !story->actor(static_cast<Row>(row)))
        state.originals[row] = {{lanes.begin(), lanes.end()}, story->motion().route_end_s(static_cast<Row>(row)), -1};
    }
  for (std::size_t row = 0; row < state.routes.size(); ++row)
    vehicles::restore_route(state, router, static_cast<Row>(row), state.originals[row]);
  state.rules.update(*setup.map, setup.weekday, clock_s());
  if (walkers.any()) walkers.derive(state);
  state.mailbox.clear();
  std::fill(state.segments.begin(), state.segments.end(), vehicles::RailSegment{});
  state.wrecks.clear();
  for (Row row = static_cast<Row>(setup.entities.size()); row < state.rows(); ++row)
    if (state.vehicles.model[row] == vehicles::Model::kWreck) state.wrecks.push_back(row);
  set_ahead(world.step());
  grid_stale = hash_stale = true;
  next_signal_step = 0;
  events.clear();
  unread.clear();
  commands.clear();
}

Simulation::Simulation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulation::~Simulation() = default;

sim::Result<std::unique_ptr<Simulation>> Simulation::make(SimulationSetup setup) {
  if (setup.catalogue.empty()) setup.catalogue = vehicles::builtin_catalogue();
  if (setup.traffic.pedestrians > 0) vehicles::add_walker_types(setup.catalogue);
  if (setup.traffic.cyclists > 0) vehicles::add_cyclist_type(setup.catalogue);
  if (setup.traffic.buses > 0) vehicles::add_bus_type(setup.catalogue);
  if (auto checked = check_setup(setup); !checked) return tl::unexpected<sim::Issue>(std::move(checked.error()));
  auto impl = std::make_unique<Impl>(std::move(setup));
  impl->prepare();
  for (const sim::Issue& issue : impl->story_issues)
    if (issue.severity == sim::Severity::kError) return tl::unexpected<sim::Issue>(issue);
  return std::unique_ptr<Simulation>(new Simulation(std::move(impl)));
}

std::int64_t Simulation::steps() const { return impl_->world.step(); }
double Simulation::time_s() const { return static_cast<double>(impl_->world.time_ns()) * 1e-9; }

sim::Hash128 Simulation::state_hash() const {
  if (impl_->hash_stale) impl_->hash = impl_->world.hash(impl_->jobs);
  impl_->hash_stale = false;
  return impl_->hash;
}

sim::Hash128 Simulation::state_hash_in_full() const { return impl_->world.state.hash_in_full(impl_->jobs); }

std::shared_ptr<const sim::Snapshot> Simulation::snapshot() {
  auto out = impl_->pool.take();
  out->step = steps();
  out->time_ns = impl_->world.time_ns();
  out->hash = state_hash();
  out->generation = impl_->world.ids.generation;
  out->entities = impl_->world.entities;
  if (impl_->state.ahead_s > 0)
    impl_->each_row(true, [&](Row begin, Row end, std::size_t) {
      for (Row row = begin; row < end; ++row)
        if (impl_->state.ticked(row)) vehicles::write_now(impl_->state, row, out->entities);
    });
  out->signals = impl_->world.signals;
  out->signal_windows = impl_->world.signal_windows;
  out->events.assign(impl_->unread.begin(), impl_->unread.end());
  impl_->unread.clear();
  return out;
}

std::span<const AppliedCommand> Simulation::commands() const { return impl_->commands; }
const sim::StackInit& Simulation::stack_init(std::size_t stack) const {
  return impl_->setup.stacks[stack].driver_view ? impl_->asking.init(stack) : impl_->egos.init(stack);
}
std::span<const Exchange> Simulation::exchanges() const { return impl_->exchanges; }
const std::optional<sim::StackFault>& Simulation::fault() const {
  return impl_->asking.fault() ? impl_->asking.fault() : impl_->egos.fault();
}
std::span<const StruckObject> Simulation::struck() const { return impl_->struck; }
std::span<const sim::Event> Simulation::events() const { return impl_->events; }
const SimulationSetup& Simulation::setup() const { return impl_->setup; }
const sim::TableSet& Simulation::state() const { return impl_->world.state; }
sim::Bytes Simulation::save() const { return impl_->world.save(); }

const Totals& Simulation::totals() const {
  const Counters& c = impl_->counters;
  Totals& t = impl_->totals;
  t.collisions = c.collisions[0];
  t.collisions_engine = c.collisions_engine[0];
  t.acts_clamped = impl_->egos.clamped() + impl_->asking.clamped();
  t.routes_completed = c.routes_completed[0];
  t.spawned = c.spawned[0];
  t.removed = c.removed[0];
  t.traffic_peak = c.traffic_peak[0];
  t.traffic_steps = c.traffic_steps[0];
  t.longest_standstill_s = static_cast<double>(c.longest_standstill_steps[0]) * impl_->world.dt_s();
  t.longest_standstill_entity = static_cast<Row>(c.longest_row[0]);
  t.trips = impl_->demand.sums();
  t.ego_distance_m = 0;
  for (Row row = 0; row < static_cast<Row>(impl_->setup.entities.size()); ++row)
    if (impl_->setup.entities[row].role == sim::Role::kEgo) t.ego_distance_m += impl_->state.vehicles.distance_m[row];
  return t;
}

sim::Result<void> Simulation::connect_trailer(Row trailer, Row vehicle) {
  impl_->hash_stale = true;
  return vehicles::connect_trailer(impl_->state, impl_->trailers, trailer, vehicle, false);
}

sim::Result<void> Simulation::disconnect_trailer(Row trailer) {
  impl_->hash_stale = true;
  return vehicles::disconnect_trailer(impl_->state, impl_->trailers, trailer);
}

void Simulation::set_weather(double road_friction, double precipitation_mmph) {
  impl_->state.weather.friction[0] = road_friction;
  impl_->state.weather.precipitation_mmph[0] = precipitation_mmph;
  impl_->hash_stale = true;
}

const story::Story* Simulation::story() const { return impl_->story.get(); }
const vehicles::Demand* Simulation::demand() const { return impl_->demand.any() ? &impl_->demand : nullptr; }

std::string_view Simulation::kind_of(Row row) const {
  const sim::Entities& e = impl_->world.entities;
  return sim::kind_word(e.role[row], impl_->setup.catalogue[e.type[row]].category == vehicles::Category::kBicycle);
}

std::string Simulation::describe(Row row) const { return vehicles::describe(impl_->state, row); }

sim::Result<void> Simulation::restore(std::span<const std::byte> saved) {
  if (auto done = impl_->world.restore(saved); !done) return done;
  impl_->derive();
  return {};
}

}  // namespace bitgoeul::scenarios
