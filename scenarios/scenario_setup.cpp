#include "scenarios/scenario_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <variant>

#include "maps/lane_index.h"
#include "maps/load_map.h"
#include "maps/road_position.h"
#include "maps/routing.h"
#include "scenarios/on_map.h"
#include "scenarios/setup_notes.h"
#include "scenarios/story/driven.h"
#include "scenarios/story/positions.h"
#include "scenarios/story/story.h"
#include "scenarios/traffic_demand.h"
#include "scenarios/traffic_setup.h"
#include "scenarios/vehicle_setup.h"
#include "sim/jobs.h"
#include "vehicles/bus_stops.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/riders.h"
#include "vehicles/vehicle_catalogue.h"
#include "vehicles/walkers.h"

namespace bitgoeul::scenarios {
namespace {

using maps::Row;
namespace osc = openscenario;

struct Place {
  Row lane = maps::kNone;
  double s = 0, t = 0;
};

// What one entity's share of the work needs and gives; written by one job only.
struct EntityWork {
  const osc::Position* start = nullptr;
  const osc::Route* route = nullptr;
  const osc::Position* goal = nullptr;  // AcquirePositionAction
  sim::Issues issues;
};

sim::Result<Place> from_lane_position(const maps::Map& map, const osc::LanePosition& position) {
  const auto road = maps::find_road(map, position.road_id);
  if (!road) return sim::fail(fmt::format("the map has no road \"{}\"", position.road_id));
  const double length = map.roads[*road].length;
  if (position.s > length + 1e-3)
    return sim::fail(
        fmt::format("s = {} m lies beyond the end of road \"{}\" ({:.2f} m)", position.s, position.road_id, length));
  const auto lane = maps::to_lane(map, {*road, position.lane_id, std::min(position.s, length), position.offset});
  if (!lane) return tl::unexpected(lane.error());
  return Place{lane->lane, lane->s, lane->t};
}

sim::Result<Place> from_point(const maps::Map& map, double x, double y, std::optional<double> z,
                              std::optional<double> heading) {
  maps::LaneQuery query;
  query.use_z = z.has_value();
  query.z = z.value_or(0.0);
  query.use_heading = heading.has_value();
  query.heading = heading.value_or(0.0);
  const auto match = maps::nearest_lane(map, x, y, query);
  if (!match)
    return sim::fail(fmt::format("no driving lane within {} m of ({:.2f}, {:.2f})", query.max_distance_m, x, y));
  return Place{match->lane, match->s, match->t};
}

sim::Result<Place> from_road_position(const maps::Map& map, const osc::RoadPosition& position) {
  const auto road = maps::find_road(map, position.road_id);
  if (!road) return sim::fail(fmt::format("the map has no road \"{}\"", position.road_id));
  const double length = map.roads[*road].length;
  if (position.s > length + 1e-3)
    return sim::fail(
        fmt::format("s = {} m lies beyond the end of road \"{}\" ({:.2f} m)", position.s, position.road_id, length));
  const maps::WorldPose pose = maps::to_world(map, maps::RoadPosition{*road, position.s, position.t, 0.0});
  return from_point(map, pose.x, pose.y, pose.z, std::nullopt);
}

sim::Result<Place> locate(const maps::Map& map, const osc::Position& position) {
  sim::Result<Place> place = Place{};
  if (const auto* lane = std::get_if<osc::LanePosition>(&position.at))
    place = from_lane_position(map, *lane);
  else if (const auto* road = std::get_if<osc::RoadPosition>(&position.at))
    place = from_road_position(map, *road);
  else if (const auto* world = std::get_if<osc::WorldPosition>(&position.at))
    place = from_point(map, world->x, world->y, world->z, world->h);
  else
    return sim::fail("a position of this kind is not supported for an entity that a driver drives", {}, 0, {},
                     "give a lane, road or world position");
  if (!place) return place;
  if (!maps::drivable(map.lanes[place->lane].type))
    return sim::fail(
        fmt::format("the lane there is of type {}, not one to drive on", maps::to_string(map.lanes[place->lane].type)));
  return place;
}

// Lanes of one leg, joined to those before it.
sim::Result<void> append_leg(maps::Router& router, const Place& from, const Place& to, bool shortest,
                             std::vector<Row>& lanes) {
  maps::RouteRequest request;
  request.from_lane = from.lane;
  request.from_s = from.s;
  request.to_lane = to.lane;
  request.to_s = to.s;
  request.shortest = shortest;
  const auto leg = router.find(request);
  if (!leg) return tl::unexpected(leg.error());
  auto first = leg->lanes.begin();
  if (!lanes.empty() && first != leg->lanes.end() && lanes.back() == *first) ++first;
  lanes.insert(lanes.end(), first, leg->lanes.end());
  return {};
}

bool same_place(const Place& a, const Place& b) { return a.lane == b.lane && std::abs(a.s - b.s) < 0.5; }

class EntityRouter {
 public:
  EntityRouter(const osc::Scenario& scenario, const maps::Map& map, maps::Router& router, EntitySetup& entity,
               EntityWork& work)
      : scenario_(scenario), map_(map), router_(router), entity_(entity), work_(work) {}

  void run() {
    const std::string where = fmt::format("entity {}", entity_.name);
    const auto start = locate(map_, *work_.start);
    if (!start) {
      report(work_.start->source, where, "start: " + start.error().what);
      return;
    }
    entity_.lane = start->lane;
    entity_.s = start->s;
    entity_.t = start->t;
    if (work_.goal) go_to(*start);
    if (work_.route) follow(*start);
  }

 private:
  void report(osc::Source source, std::string where, std::string what, std::string remedy = {}) {
    work_.issues.push_back(issue_at(scenario_, source, std::move(where), std::move(what), std::move(remedy)));
  }

  void go_to(const Place& start) {
    const std::string where = fmt::format("entity {}", entity_.name);
    const auto goal = locate(map_, *work_.goal);
    if (!goal) return report(work_.goal->source, where, "destination: " + goal.error().what);
    if (const auto leg = append_leg(router_, start, *goal, false, entity_.route); !leg)
      return report(work_.goal->source, where, "the destination cannot be reached: " + leg.error().what);
    entity_.route_end_s = goal->s;
  }

  std::optional<std::vector<Place>> locate_waypoints() {
    std::vector<Place> places;
    for (std::size_t i = 0; i < work_.route->waypoints.size(); ++i) {
      const osc::Position& position = work_.route->waypoints[i].position;
      const auto place = locate(map_, position);
      if (!place) {
        report(position.source, fmt::format("entity {}, waypoint {}", entity_.name, i + 1), place.error().what);
        return std::nullopt;
      }
      places.push_back(*place);
    }
    return places;
  }

  // Route from start over all waypoints; a closed one comes back to its first.
  void follow(const Place& start) {
    auto places = locate_waypoints();
    if (!places || places->empty()) return;
    const osc::Route& route = *work_.route;
    const bool at_first = same_place(start, places->front());
    if (route.closed && !at_first)
      return report(route.source, fmt::format("entity {}", entity_.name),
                    "a closed route that does not begin where the entity starts is not supported",
                    "make the first waypoint the start position");
    Place at = start;
    for (std::size_t i = at_first ? 1 : 0; i < places->size(); ++i) {
      if (!leg_to(at, (*places)[i], route.waypoints[i], i + 1)) return;
      at = (*places)[i];
    }
    entity_.route_end_s = at.s;
    if (route.closed) close(at, places->front());
  }

  bool leg_to(const Place& from, const Place& to, const osc::Waypoint& waypoint, std::size_t number) {
    const bool shortest = waypoint.strategy == osc::RouteStrategy::kShortest;
    const auto leg = append_leg(router_, from, to, shortest, entity_.route);
    if (leg) return true;
    report(waypoint.position.source, fmt::format("entity {}, waypoint {}", entity_.name, number),
           "cannot be reached from the waypoint before: " + leg.error().what);
    return false;
  }

  void close(const Place& last, const Place& first) {
    const osc::Waypoint& waypoint = work_.route->waypoints.front();
    if (!leg_to(last, first, waypoint, 1)) return;
    // The list starts over by itself, so the lane that begins it is not repeated at its end.
    if (entity_.route.size() > 1 && entity_.route.back() == entity_.route.front()) entity_.route.pop_back();
    entity_.route_closed = true;
    entity_.route_end_s = first.s;
  }

  const osc::Scenario& scenario_;
  const maps::Map& map_;
  maps::Router& router_;
  EntitySetup& entity_;
  EntityWork& work_;
};

vehicles::Model model_of(const osc::Vehicle& v) {
  using vehicles::Model;
  const auto word = osc::find_property(v.properties, osc::kModelProperty);
  if (word == "double_track") return Model::kDoubleTrack;
  if (word == "bicycle") return Model::kBicycle;
  return word == "rail" ? Model::kRail : Model::kNone;
}

// The vehicles that ship with the product, when a scenario names one of them.
vehicles::Catalogue shipped_catalogue(const osc::Scenario& scenario, sim::Issues& issues) {
  for (const osc::ScenarioObject& object : scenario.entities) {
    if (!osc::find_property(object.vehicle.properties, osc::kDynamicsProperty)) continue;
    auto read = vehicles::read_catalogue(maps::assets_dir() / "vehicles" / "vehicles.xosc", issues);
    if (read) return *std::move(read);
    issues.push_back(std::move(read.error()));
    break;
  }
  return {};
}

// A driver wants a vehicle that its models know how to move.
void check_vehicle(const osc::Scenario& scenario, const osc::ScenarioObject& object, sim::Issues& issues) {
  const char* why = object.other.index() != 0 ? "is no vehicle" : not_for_a_driver(object.vehicle);
  if (why != nullptr)
    issues.push_back(issue_at(scenario, object.source, "entity " + object.name,
                              fmt::format("has a driver, but {}", why),
                              "let the default controller move it: remove its controller"));
}

// What the double-track model needs, from the entry of the shipped catalogue that the vehicle names.
void take_dynamics(const osc::Scenario& scenario, const osc::ScenarioObject& object, const vehicles::Catalogue& shipped,
                   vehicles::VehicleType& type, sim::Issues& issues) {
  const auto name = osc::find_property(object.vehicle.properties, osc::kDynamicsProperty);
  if (!name) return;
  if (const auto row = vehicles::find_type(shipped, *name)) {
    type.dynamics = shipped[*row].dynamics;
    return;
  }
  issues.push_back(issue_at(scenario, object.vehicle.source, fmt::format("entity {}", object.name),
                            fmt::format("{} names {}, which is not in the catalogue", osc::kDynamicsProperty, *name),
                            "see assets/vehicles/vehicles.xosc"));
}

bool is_routing(const osc::PrivateAction& action) {
  return std::holds_alternative<osc::AssignRouteAction>(action.action) ||
         std::holds_alternative<osc::AcquirePositionAction>(action.action) ||
         std::holds_alternative<osc::RandomRouteAction>(action.action);
}

// A driver starts with a speed and then chooses its own.
void take_speed(const osc::Scenario& scenario, const osc::PrivateAction& action, const osc::SpeedAction& speed,
                EntitySetup& entity, sim::Issues& issues) {
  const double* absolute = std::get_if<double>(&speed.target);
  if (absolute && *absolute >= 0 && *absolute <= 100 && speed.dynamics.shape == osc::DynamicsShape::kStep) {
    entity.speed_mps = *absolute;
    return;
  }
  issues.push_back(issue_at(scenario, action.source, fmt::format("entity {}", entity.name),
                            "is driven by a driver, which starts with a speed from 0 to 100 m/s, given as a step",
                            "use an <AbsoluteTargetSpeed> with dynamicsShape=\"step\""));
}

void apply_action(const osc::Scenario& scenario, const osc::PrivateAction& action, EntitySetup& entity,
                  EntityWork& work, sim::Issues& issues) {
  const std::string where = fmt::format("entity {}", entity.name);
  if (const auto* teleport = std::get_if<osc::TeleportAction>(&action.action))
    work.start = &teleport->position;
  else if (const auto* speed = std::get_if<osc::SpeedAction>(&action.action))
    take_speed(scenario, action, *speed, entity, issues);
  else if (story::Driven::story_does_in_init(action))
    return;
  else if (!is_routing(action))
    issues.push_back(issue_at(scenario, action.source, where, "is driven by a driver, which this action is not for yet",
                              "let the default controller move it: remove its controller"));
  else if (work.route || work.goal)
    issues.push_back(issue_at(scenario, action.source, where, "has more than one routing action", "keep one"));
  else if (const auto* assign = std::get_if<osc::AssignRouteAction>(&action.action))
    work.route = &assign->route;
  else if (const auto* acquire = std::get_if<osc::AcquirePositionAction>(&action.action))
    work.goal = &acquire->position;
}

// Entities in file order, with what Init asks of each.
void collect(const osc::Scenario& scenario, SimulationSetup& setup, std::vector<EntityWork>& work,
             sim::Issues& issues) {
  const vehicles::Catalogue shipped = shipped_catalogue(scenario, issues);
  std::vector<std::pair<std::string, std::size_t>> by_name;
  std::vector<std::pair<std::string, std::string>> members;  // of selections; a driven entity is its own
  for (const osc::ScenarioObject& object : scenario.entities) {
    EntitySetup entity;
    entity.name = object.name;
    if (story::moved_by_story(object)) {
      entity.role = sim::Role::kActor;
      entity.type = add_type(setup.catalogue, type_of_actor(object));
      setup.entities.push_back(std::move(entity));
      continue;
    }
    vehicles::VehicleType type = type_of(object.vehicle);
    check_vehicle(scenario, object, issues);
    take_dynamics(scenario, object, shipped, type, issues);
    entity.type = add_type(setup.catalogue, type);
    entity.model = model_of(object.vehicle);
    for (const osc::Controller& controller : object.controllers)
      entity.reenters |= osc::find_property(controller.properties, osc::kReenterProperty) == "true";
    by_name.emplace_back(object.name, setup.entities.size());
    members.emplace_back(object.name, object.name);
    setup.entities.push_back(std::move(entity));
  }
  for (const osc::EntitySelection& selection : scenario.selections)
    for (const std::string& member : selection.members) members.emplace_back(selection.name, member);
  std::sort(by_name.begin(), by_name.end());
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  work.resize(setup.entities.size());
  for (const osc::Private& actions : scenario.storyboard.init.privates) {
    auto member = std::lower_bound(members.begin(), members.end(), std::pair(actions.entity_ref, std::string()));
    for (; member != members.end() && member->first == actions.entity_ref; ++member) {
      const auto found = std::lower_bound(by_name.begin(), by_name.end(), std::pair(member->second, std::size_t{0}));
      if (found == by_name.end() || found->first != member->second) continue;  // an actor
      for (const osc::PrivateAction& action : actions.actions)
        apply_action(scenario, action, setup.entities[found->second], work[found->second], issues);
    }
  }
  for (std::size_t i = 0; i < work.size(); ++i)
    if (!work[i].start && setup.entities[i].role != sim::Role::kActor)
      issues.push_back(issue_at(scenario, scenario.entities[i].source,
                                fmt::format("entity {}", scenario.entities[i].name), "has no start position",
                                "add a <TeleportAction> in <Init>"));
}

void route_all(const osc::Scenario& scenario, const maps::Map& map, int threads, SimulationSetup& setup,
               std::vector<EntityWork>& work, sim::Issues& issues) {
  sim::Jobs jobs(threads);
  // One router per thread. Waypoints lie near each other, so making landmarks would cost more than it saves.
  constexpr std::size_t kNoLandmarks = std::numeric_limits<std::size_t>::max();
  const std::size_t per_thread = work.size() / static_cast<std::size_t>(threads) + 1;
  jobs.parallel_for(
      work.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        maps::Router router(map, map.landmark_time.empty() ? kNoLandmarks : 0);
        for (std::size_t i = begin; i < end; ++i)
          if (work[i].start) EntityRouter(scenario, map, router, setup.entities[i], work[i]).run();
      },
      per_thread);
  for (EntityWork& w : work) issues.insert(issues.end(), w.issues.begin(), w.issues.end());
}

// Monday = 0 (Sakamoto's rule for the Gregorian calendar).
int weekday_of(const osc::TimeOfDay& t) {
  static constexpr int kShift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
  const int y = t.month < 3 ? t.year - 1 : t.year;
  const int sunday_first = (y + y / 4 - y / 100 + y / 400 + kShift[t.month - 1] + t.day) % 7;
  return (sunday_first + 6) % 7;
}

void set_environment(const osc::EnvironmentAction& action, SimulationSetup& setup) {
  if (const auto& time = action.time_of_day) {
    setup.time_of_day_s = time->hour * 3600.0 + time->minute * 60.0 + time->second;
    setup.weekday = weekday_of(*time);
  }
  if (action.road_condition) setup.road_friction = action.road_condition->friction_scale_factor;
  if (action.weather && action.weather->precipitation)
    setup.precipitation_mmph = action.weather->precipitation->intensity_mmph;
}

void set_pedestrians(const osc::Scenario& scenario, SimulationSetup& setup, sim::Issues& issues) {
  const osc::TrafficAreaAction* area = constant_pedestrians(scenario, *setup.map);
  if (area == nullptr) return;
  setup.traffic.pedestrians = static_cast<int>(area->number_of_entities);
  setup.traffic.jaywalking = share_of(*area, "jaywalkers");
  vehicles::add_walker_types(setup.catalogue);
  if (vehicles::has_crosswalks(*setup.map)) return;
  sim::Issue issue;
  issue.severity = sim::Severity::kWarning;
  issue.file = scenario.file, issue.where = "<TrafficAreaAction>", issue.rule = kUnsupportedRule;
  issue.what = "the map has no crosswalk, so no pedestrian walks";
  issue.remedy = "take a map with objects of type crosswalk";
  issues.push_back(std::move(issue));
}

void set_traffic(const osc::Scenario& scenario, SimulationSetup& setup) {
  const osc::TrafficAreaAction* area = constant_traffic(scenario, *setup.map);
  if (area == nullptr) return;
  setup.traffic.count = static_cast<int>(area->number_of_entities);
  setup.traffic.cyclists = share_of(*area, "cyclists");
  setup.traffic.buses = share_of(*area, "buses");
  if (setup.traffic.cyclists > 0) vehicles::add_cyclist_type(setup.catalogue);
  if (setup.traffic.buses > 0) vehicles::add_bus_type(setup.catalogue);
}

// What Init asks of the world; traffic actions are zones (traffic_setup.h).
void set_globals(const osc::Scenario& scenario, SimulationSetup& setup, sim::Issues& issues) {
  for (const osc::GlobalAction& global : scenario.storyboard.init.globals)
    if (const auto* environment = std::get_if<osc::EnvironmentAction>(&global.action))
      set_environment(*environment, setup);
  set_traffic(scenario, setup);
  setup.traffic.demand = demand_of(scenario, *setup.map, issues);
  set_pedestrians(scenario, setup, issues);
  setup.zones = make_zones(scenario, *setup.map, setup.catalogue, issues);
}

bool wants_a_story(const osc::Scenario& scenario, const maps::Map& map) {
  const auto told = [](const osc::PrivateAction& action) { return story::Driven::story_does_in_init(action); };
  for (const osc::Private& of : scenario.storyboard.init.privates)
    if (std::any_of(of.actions.begin(), of.actions.end(), told)) return true;
  if (story::has_story(scenario) || !zone_actions(scenario, map).empty()) return true;
  const osc::TrafficAreaAction *constant = constant_traffic(scenario, map),
                               *walkers = constant_pedestrians(scenario, map);
  const auto is_constant = [&](const osc::GlobalAction& global) {
    const auto* area = std::get_if<osc::TrafficAreaAction>(&global.action);
    return area != nullptr && (area == constant || area == walkers);
  };
  return std::any_of(scenario.storyboard.init.globals.begin(), scenario.storyboard.init.globals.end(),
                     [&](const osc::GlobalAction& global) {
                       return !std::holds_alternative<osc::EnvironmentAction>(global.action) && !is_constant(global);
                     });
}

// Where an entity with a driver stands when the story begins, so that places relative to it are found.
void show_driven(const SimulationSetup& setup, story::View& view) {
  for (std::size_t i = 0; i < setup.entities.size(); ++i) {
    const EntitySetup& entity = setup.entities[i];
    if (entity.role == sim::Role::kActor || entity.lane == maps::kNone) continue;
    const story::Place place = story::place_on_lane(*setup.map, entity.lane, entity.s, entity.t);
    story::Seen& seen = view.seen[i];
    seen.alive = true, seen.speed = entity.speed_mps;
    seen.x = place.x, seen.y = place.y, seen.z = place.z, seen.yaw = place.yaw;
    seen.lane = place.lane, seen.lane_s = place.lane_s, seen.lane_t = place.lane_t;
    seen.road = place.road, seen.road_s = place.road_s, seen.road_t = place.road_t, seen.lane_id = place.lane_id;
  }
}

// The story is made once here to find what is wrong with it, and again when it runs.
void add_story(const osc::Scenario& scenario, SimulationSetup& setup, sim::Issues& issues) {
  if (!wants_a_story(scenario, *setup.map)) return;
  setup.scenario = scenario;
  story::Story trial(*setup.scenario, *setup.map, setup.seed, setup.dt_ns, issues);
  if (sim::has_errors(issues)) return;
  trial.look(0);
  show_driven(setup, trial.view());
  trial.begin(issues);
}

}  // namespace

SimulationSetup make_setup(const osc::Scenario& given, std::shared_ptr<const maps::Map> map,
                           const SetupOptions& options, sim::Issues& issues) {
  const std::optional<osc::Scenario> brought = brought_onto(*map, given, issues);
  const osc::Scenario& scenario = brought ? *brought : given;
  SimulationSetup setup;
  setup.map = std::move(map);
  setup.seed = options.seed;
  setup.dt_ns = options.dt_ns;
  setup.threads = options.threads;
  setup.catalogue = vehicles::builtin_catalogue();
  std::vector<EntityWork> work;
  collect(scenario, setup, work, issues);
  route_all(scenario, *setup.map, options.threads, setup, work, issues);
  set_globals(scenario, setup, issues);
  add_story(scenario, setup, issues);
  note_what_has_no_effect(scenario, issues);
  return setup;
}

}  // namespace bitgoeul::scenarios
