#include "scenarios/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "maps/road_position.h"
#include "maps/routing.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/traffic_demand.h"
#include "sim/jobs.h"
#include "sim/random.h"
#include "vehicles/bus_stops.h"
#include "vehicles/riders.h"
#include "vehicles/vehicle_catalogue.h"
#include "vehicles/vehicle_type.h"

namespace bitgoeul::scenarios {
namespace {

using maps::Row;
namespace osc = openscenario;

constexpr int kStops = 3;              // places per round trip
constexpr int kTries = 40;             // draws per vehicle before it is given up
constexpr double kNearPlaceM = 250.0;  // a trip ends on some lane this near to its place
constexpr double kStartGapM = 15.0;    // between reference points of two starts
constexpr double kStartSideM = 2.6;    // sideways
constexpr double kLaneEndM = 8.0;      // no start or stop nearer to a lane's end or stop line
// Nor on a shorter lane, if the map has enough longer ones (maps with a lane section every few metres have not).
constexpr double kMinLaneM[] = {25.0, 12.0, 6.0};
constexpr double kEnoughOfMap = 0.6;
constexpr double kWaypointEveryM = 800.0;  // so that another player finds the same way, and routing at load is quick
constexpr double kComfortBrakeMps2 = 1.5;
constexpr double kStartSpeedMps = 40.0 / 3.6;

struct Stop {
  Row lane = maps::kNone;
  double s = 0;
};

// A closed round trip: lanes in driving order (the last leads to the first) and where along it the places lie.
struct Tour {
  std::vector<Row> lanes;
  std::vector<std::size_t> stops;  // indices into lanes
  std::vector<double> stop_s;      // lane s of each stop
  double length_m = 0;
};

// Random numbers of one vehicle: draw number in place of a step.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint32_t vehicle) : seed_(seed), vehicle_(vehicle) {}
  double uniform() { return sim::uniform(seed_, vehicle_, next_++, sim::Stream::kDemand); }
  std::size_t index(std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(uniform() * static_cast<double>(n)));
  }

 private:
  std::uint64_t seed_;
  std::uint32_t vehicle_;
  std::int64_t next_ = 0;
};

bool good_lane(const maps::Map& map, Row row, double min_length_m) {
  const maps::Lane& lane = map.lanes[row];
  return lane.type == maps::LaneType::kDriving && lane.reachable && lane.taper == 0 && lane.junction == maps::kNone &&
         lane.length >= min_length_m && !lane.successors.empty();
}

// Lanes to start and stop on, ascending, and by row.
struct GoodLanes {
  std::vector<Row> rows;
  std::vector<std::uint8_t> good;
  bool operator()(Row row) const { return good[static_cast<std::size_t>(row)] != 0; }
};

double total_length(const maps::Map& map, double min_length_m) {
  double sum = 0;
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    if (good_lane(map, row, min_length_m)) sum += map.lanes[row].length;
  return sum;
}

GoodLanes find_good_lanes(const maps::Map& map) {
  double min_length_m = std::end(kMinLaneM)[-1];
  const double all = total_length(map, min_length_m);
  for (double length : kMinLaneM)
    if (total_length(map, length) >= kEnoughOfMap * all) {
      min_length_m = length;
      break;
    }
  GoodLanes lanes;
  lanes.good.resize(map.lanes.size());
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    if (!good_lane(map, row, min_length_m)) continue;
    lanes.rows.push_back(row);
    lanes.good[static_cast<std::size_t>(row)] = 1;
  }
  return lanes;
}

// The part of a lane in which vehicles may start and stop.
struct Span {
  double from = 0, to = 0;
};
Span usable(const maps::Lane& lane) {
  const double end = std::min(lane.stop_s, lane.length), margin = std::min(kLaneEndM, 0.3 * end);
  return {margin, end - margin};
}

// Whether somebody on another lane is in the way of whoever stands there.
bool in_conflict(const maps::Map& map, Row lane, double s) {
  const auto conflicts = map.lane_conflicts(lane);
  return std::any_of(conflicts.begin(), conflicts.end(), [&](const maps::Conflict& c) {
    return c.kind != maps::ConflictKind::kDiverging && s > c.s_begin - kLaneEndM && s < c.s_end + kLaneEndM;
  });
}

// Where trips may end: lanes near each place with cumulated lengths, or all lanes of the map as one place.
struct Demand {
  std::vector<std::vector<Row>> lanes;
  std::vector<double> weight_up_to;
};

void add_place(Demand& demand, std::vector<Row> lanes, double weight) {
  if (lanes.empty() || weight <= 0) return;
  demand.lanes.push_back(std::move(lanes));
  demand.weight_up_to.push_back((demand.weight_up_to.empty() ? 0.0 : demand.weight_up_to.back()) + weight);
}

Demand make_demand(const maps::Map& map, const GoodLanes& good, const std::vector<DemandPlace>& places) {
  Demand demand;
  std::vector<maps::LaneMatch> near;
  for (const DemandPlace& place : places) {
    std::vector<Row> lanes;
    for (double radius = kNearPlaceM; lanes.empty() && radius <= 4 * kNearPlaceM; radius *= 2) {
      near.clear();
      maps::lanes_near(map, place.x, place.y, radius, near);
      for (const maps::LaneMatch& match : near)
        if (good(match.lane)) lanes.push_back(match.lane);
    }
    add_place(demand, std::move(lanes), place.weight);
  }
  if (!demand.lanes.empty()) return demand;
  for (Row row : good.rows) add_place(demand, {row}, map.lanes[row].length);
  return demand;
}

Stop draw_stop(const maps::Map& map, const Demand& demand, Draws& draws) {
  const double at = draws.uniform() * demand.weight_up_to.back();
  const auto found = std::upper_bound(demand.weight_up_to.begin(), demand.weight_up_to.end(), at);
  const std::size_t place =
      std::min<std::size_t>(static_cast<std::size_t>(found - demand.weight_up_to.begin()), demand.lanes.size() - 1);
  const std::vector<Row>& lanes = demand.lanes[place];
  const Row lane = lanes[draws.index(lanes.size())];
  const Span span = usable(map.lanes[lane]);
  return {lane, span.from + draws.uniform() * (span.to - span.from)};
}

std::optional<Tour> find_tour(maps::Router& router, const std::vector<Stop>& stops) {
  Tour tour;
  for (std::size_t i = 0; i < stops.size(); ++i) {
    const Stop &from = stops[i], &to = stops[(i + 1) % stops.size()];
    if (from.lane == to.lane) return std::nullopt;
    maps::RouteRequest request;
    request.from_lane = from.lane;
    request.from_s = from.s;
    request.to_lane = to.lane;
    request.to_s = to.s;
    const auto leg = router.find(request);
    if (!leg || leg->lanes.size() < 2) return std::nullopt;
    tour.stops.push_back(tour.lanes.size());
    tour.stop_s.push_back(from.s);
    tour.lanes.insert(tour.lanes.end(), leg->lanes.begin(), leg->lanes.end() - 1);
    tour.length_m += leg->length_m;
  }
  return tour;
}

std::optional<Tour> draw_tour(const maps::Map& map, maps::Router& router, const Demand& demand, Draws& draws) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    std::vector<Stop> stops;
    for (int i = 0; i < kStops; ++i) stops.push_back(draw_stop(map, demand, draws));
    if (auto tour = find_tour(router, stops)) return tour;
  }
  return std::nullopt;
}

// True when lane i of the tour is left by its end, so that a place on it fits any s (not a lane that is changed off).
bool driven_through(const maps::Map& map, const Tour& tour, std::size_t i) {
  const std::size_t n = tour.lanes.size();
  const Row lane = tour.lanes[i], next = tour.lanes[(i + 1) % n], before = tour.lanes[(i + n - 1) % n];
  const auto successors = map.successors(lane), predecessors = map.predecessors(lane);
  return std::find(successors.begin(), successors.end(), next) != successors.end() &&
         std::find(predecessors.begin(), predecessors.end(), before) != predecessors.end();
}

struct Start {
  std::size_t index = 0;  // into Tour::lanes
  double s = 0, x = 0, y = 0, heading = 0;
};

// Starts so far, in cells of the size of the gap: finding a free place stays cheap for thousands of vehicles.
class StartGrid {
 public:
  bool free(double x, double y, double heading) const {
    for (std::int64_t dy = -1; dy <= 1; ++dy)
      for (std::int64_t dx = -1; dx <= 1; ++dx) {
        const auto range =
            std::equal_range(cells_.begin(), cells_.end(), Entry{cell(x) + dx, cell(y) + dy, 0, 0, 0}, by_cell);
        for (auto it = range.first; it != range.second; ++it)
          if (too_near(it->x - x, it->y - y, heading) || too_near(x - it->x, y - it->y, it->heading)) return false;
      }
    return true;
  }
  void add(double x, double y, double heading) {
    const Entry entry{cell(x), cell(y), x, y, heading};
    cells_.insert(std::upper_bound(cells_.begin(), cells_.end(), entry, by_cell), entry);
  }

 private:
  struct Entry {
    std::int64_t cx, cy;
    double x, y, heading;
  };
  // Ahead or behind in the same lane; the lane beside is free.
  static bool too_near(double dx, double dy, double heading) {
    const double c = sim::cos(heading), s = sim::sin(heading);
    return std::abs(dx * c + dy * s) < kStartGapM && std::abs(dy * c - dx * s) < kStartSideM;
  }
  static std::int64_t cell(double v) { return static_cast<std::int64_t>(std::floor(v / kStartGapM)); }
  static bool by_cell(const Entry& a, const Entry& b) { return std::pair(a.cx, a.cy) < std::pair(b.cx, b.cy); }
  std::vector<Entry> cells_;
};

// A free place on lane `index` of a list of lanes.
std::optional<Start> free_place(const maps::Map& map, Row lane, std::size_t index, const StartGrid& taken,
                                double shift) {
  const Span span = usable(map.lanes[lane]);
  for (double s = span.from + shift * std::min(kStartGapM, span.to - span.from); s <= span.to; s += kStartGapM) {
    if (in_conflict(map, lane, s)) continue;
    const maps::LanePose pose = maps::lane_pose(map, lane, s);
    if (taken.free(pose.x, pose.y, pose.heading)) return Start{index, s, pose.x, pose.y, pose.heading};
  }
  return std::nullopt;
}

// A free place on the tour, searched onwards from a random one.
std::optional<Start> find_start(const maps::Map& map, const GoodLanes& good, const Tour& tour, const StartGrid& taken,
                                Draws& draws) {
  const std::size_t n = tour.lanes.size(), first = draws.index(n);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = (first + k) % n;
    if (!good(tour.lanes[i]) || !driven_through(map, tour, i)) continue;
    if (const auto start = free_place(map, tour.lanes[i], i, taken, draws.uniform())) return start;
  }
  return std::nullopt;
}

// Anywhere on the map, for a vehicle that takes its turns at random.
std::optional<Start> find_start_anywhere(const maps::Map& map, const GoodLanes& good, const StartGrid& taken,
                                         Draws& draws) {
  const std::size_t n = good.rows.size(), first = draws.index(n);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = (first + k) % n;
    if (const auto start = free_place(map, good.rows[i], i, taken, draws.uniform())) return start;
  }
  return std::nullopt;
}

double rounded_cm(double metres) { return std::round(metres * 100.0) / 100.0; }

osc::Position lane_position(const maps::Map& map, Row lane, double s) {
  const maps::RoadLanePosition at = maps::to_road_lane(map, lane, s, 0.0);
  osc::LanePosition position;
  position.road_id = std::string(map.text_of(map.roads[at.road].id));
  position.lane_id = at.lane_id;
  // Rounding must not leave the lane section.
  const maps::Lane& row = map.lanes[lane];
  position.s = std::clamp(rounded_cm(at.s), row.s_begin, row.s_end);
  return {{}, position};
}

// Start, then the places and points between them in driving order.
osc::Route make_route(const maps::Map& map, const GoodLanes& good, const Tour& tour, const Start& start,
                      const std::string& name) {
  osc::Route route;
  route.name = name + "_tour";
  route.closed = true;
  const auto add = [&](Row lane, double s) {
    route.waypoints.push_back({lane_position(map, lane, s), osc::RouteStrategy::kFastest});
  };
  add(tour.lanes[start.index], start.s);
  const std::size_t n = tour.lanes.size();
  double since_m = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = (start.index + k) % n;
    const Row lane = tour.lanes[i];
    const auto stop = std::find(tour.stops.begin(), tour.stops.end(), i);
    if (stop != tour.stops.end()) {
      const double s = tour.stop_s[static_cast<std::size_t>(stop - tour.stops.begin())];
      if (k == 0 && std::abs(s - start.s) < 1.0) continue;
      if (k == 0 && s < start.s) continue;  // passed at the end of the round; the closing leg leads through it
      add(lane, s);
      since_m = 0;
    } else if (k > 0 && since_m > kWaypointEveryM && good(lane) && driven_through(map, tour, i)) {
      add(lane, map.lanes[lane].length / 2);
      since_m = 0;
    }
    since_m += map.lanes[lane].length;
  }
  return route;
}

osc::Vehicle vehicle_of(const vehicles::VehicleType& type, double mass_kg) {
  osc::Vehicle v;
  v.name = type.name;
  v.category = vehicles::to_string(type.category);
  v.mass_kg = mass_kg;
  v.center_x_m = type.center_x_m;
  v.center_z_m = type.height_m / 2;
  v.length_m = type.length_m;
  v.width_m = type.width_m;
  v.height_m = type.height_m;
  v.max_speed_mps = type.max_speed_mps;
  v.max_acceleration_mps2 = type.max_acceleration_mps2;
  v.max_deceleration_mps2 = type.max_deceleration_mps2;
  v.front = {type.max_steering_rad, 0.68, 0.85 * type.width_m, type.wheelbase_m, 0.34};
  v.rear = {0.0, 0.68, 0.85 * type.width_m, 0.0, 0.34};
  return v;
}

vehicles::VehicleType type_named(const char* name) {
  const vehicles::Catalogue catalogue = vehicles::builtin_catalogue();
  const auto row = vehicles::find_type(catalogue, name);
  return row ? catalogue[*row] : vehicles::VehicleType{};
}

osc::Vehicle robotaxi() {
  osc::Vehicle v = vehicle_of(type_named("robotaxi"), 2040.0);
  v.properties = {{osc::kModelProperty, "double_track"}, {osc::kDynamicsProperty, "robotaxi"}};
  return v;
}

// Slow enough to stop in comfort before the lane's stop line, and for the bend it may lie in.
double start_speed(const maps::Map& map, Row row, double s) {
  const maps::Lane& lane = map.lanes[row];
  const double room = std::max(0.0, std::min(lane.stop_s, lane.length) - s - kLaneEndM);
  const double limit = lane.speed_limit_mps > 0 ? lane.speed_limit_mps : kStartSpeedMps;
  const double cap = maps::lane_pose(map, row, s).speed_cap_mps;
  return rounded_cm(std::min({kStartSpeedMps, 0.8 * limit, cap, std::sqrt(2.0 * kComfortBrakeMps2 * room)}));
}

void add_vehicle(osc::Scenario& scenario, const std::string& name, const osc::Vehicle& vehicle, osc::Position start,
                 double speed_mps, osc::PrivateAction routing, bool reenters) {
  osc::ScenarioObject object;
  object.name = name;
  object.vehicle = vehicle;
  object.controllers.push_back({{}, "builtin_driver", "", {{osc::kDriverProperty, osc::kBuiltinDriver}}});
  if (reenters) object.controllers.back().properties.push_back({osc::kReenterProperty, "true"});
  scenario.entities.push_back(std::move(object));
  osc::Private init;
  init.entity_ref = name;
  init.actions.push_back({{}, osc::TeleportAction{std::move(start)}});
  init.actions.push_back({{}, osc::SpeedAction{{}, speed_mps}});
  init.actions.push_back(std::move(routing));
  scenario.storyboard.init.privates.push_back(std::move(init));
}

// An area that holds the whole map and is kept filled.
osc::TrafficAreaAction whole_map(const maps::Map& map, const char* name, int count) {
  constexpr double kMarginM = 100.0;
  const maps::GeoBox& b = map.box;
  const double x0 = std::floor(b.min_x - kMarginM), x1 = std::ceil(b.max_x + kMarginM);
  const double y0 = std::floor(b.min_y - kMarginM), y1 = std::ceil(b.max_y + kMarginM);
  osc::TrafficAreaAction action;
  action.name = name;
  action.number_of_entities = static_cast<std::uint32_t>(count);
  action.continuous = true;
  for (const auto& [x, y] : {std::pair(x0, y0), std::pair(x1, y0), std::pair(x1, y1), std::pair(x0, y1)})
    action.polygon.push_back({{}, osc::WorldPosition{x, y, {}, {}, {}, {}}});
  return action;
}

void add_pedestrians(osc::Scenario& scenario, const maps::Map& map, int count, double jaywalking) {
  if (count <= 0) return;
  osc::TrafficAreaAction action = whole_map(map, "pedestrians", count);
  osc::Pedestrian person;
  person.name = "pedestrian";
  person.mass_kg = 75;
  person.length_m = 0.5, person.width_m = 0.6, person.height_m = 1.72, person.center_z_m = 0.86;
  osc::TrafficChoice choice;
  choice.pedestrian = std::move(person);
  choice.weight = 1.0 - jaywalking;
  action.choices.push_back(choice);
  choice.weight = jaywalking;
  choice.properties = {{osc::kMixProperty, "jaywalkers"}};
  if (jaywalking > 0) action.choices.push_back(std::move(choice));
  scenario.storyboard.init.globals.push_back({{}, std::move(action)});
}

void add_traffic(osc::Scenario& scenario, const maps::Map& map, const FleetOptions& options) {
  if (options.traffic <= 0) return;
  osc::TrafficAreaAction action = whole_map(map, "background", options.traffic);
  const auto add = [&](const char* mix, double share, osc::Vehicle vehicle) {
    osc::TrafficChoice choice;
    choice.weight = share;
    choice.vehicle = std::move(vehicle);
    choice.properties = {{osc::kMixProperty, mix}};
    if (!options.traffic_demand.empty()) choice.properties.push_back({kDemandProperty, options.traffic_demand});
    if (share > 0) action.choices.push_back(std::move(choice));
  };
  vehicles::Catalogue extra;
  vehicles::add_cyclist_type(extra), vehicles::add_bus_type(extra);
  add("builtin", 1.0 - options.cyclists - options.buses, vehicle_of(type_named("sedan"), 1500.0));
  add("cyclists", options.cyclists, vehicle_of(extra[0], 90.0));
  add("buses", options.buses, vehicle_of(extra[1], 6000.0));
  scenario.storyboard.init.globals.push_back({{}, std::move(action)});
}

std::vector<std::optional<Tour>> draw_tours(const maps::Map& map, const Demand& demand, const FleetOptions& options) {
  std::vector<std::optional<Tour>> tours(static_cast<std::size_t>(options.vehicles));
  sim::Jobs jobs(options.threads);
  // One router per thread: each prepares its landmarks once. A tour depends on its vehicle alone, not on the block.
  const std::size_t per_thread = tours.size() / static_cast<std::size_t>(options.threads) + 1;
  jobs.parallel_for(
      tours.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        maps::Router router(map);
        for (std::size_t i = begin; i < end; ++i) {
          Draws draws(options.seed, static_cast<std::uint32_t>(i));
          tours[i] = draw_tour(map, router, demand, draws);
        }
      },
      per_thread);
  return tours;
}

// Places the vehicles one after another, so that none starts where another stands.
class Placer {
 public:
  Placer(const maps::Map& map, const GoodLanes& good, const FleetOptions& options, osc::Scenario& scenario)
      : map_(map), good_(good), options_(options), scenario_(scenario) {}

  // False: there is no free place left.
  bool place(std::uint32_t vehicle, const std::string& name, const std::optional<Tour>& tour) {
    constexpr std::uint32_t kStartKeys = 0x80000000u;  // apart from the draws of the tours
    Draws draws(options_.seed, kStartKeys + vehicle);
    const auto start =
        tour ? find_start(map_, good_, *tour, taken_, draws) : find_start_anywhere(map_, good_, taken_, draws);
    if (!start) return false;
    taken_.add(start->x, start->y, start->heading);
    const Row lane = tour ? tour->lanes[start->index] : good_.rows[start->index];
    osc::PrivateAction routing{{}, osc::RandomRouteAction{}};
    if (tour) routing.action = osc::AssignRouteAction{make_route(map_, good_, *tour, *start, name)};
    add_vehicle(scenario_, name, robotaxi_, lane_position(map_, lane, start->s), start_speed(map_, lane, start->s),
                std::move(routing), !tour);
    if (const auto& companies = options_.companies; !companies.empty())
      scenario_.entities.back().vehicle.properties.push_back(
          {osc::kCompanyProperty, companies[vehicle % companies.size()]});
    return true;
  }

 private:
  const maps::Map& map_;
  const GoodLanes& good_;
  const FleetOptions& options_;
  osc::Scenario& scenario_;
  osc::Vehicle robotaxi_ = robotaxi();
  StartGrid taken_;
};

// A map that can be left but not driven round (a cut-out of a town): its vehicles take their turns at random and enter
// again elsewhere.
void warn_of_random_turns(std::size_t vehicles, const FleetOptions& options, sim::Issues& issues) {
  if (vehicles == 0) return;
  sim::Issue issue;
  issue.severity = sim::Severity::kWarning;
  issue.where = options.map_name;
  issue.what = fmt::format(
      "no round trip was found for {} of {} vehicles; they take their turns at random and enter again where "
      "the map begins when they have left it",
      vehicles, options.vehicles);
  issues.push_back(std::move(issue));
}

sim::Result<void> place_all(const maps::Map& map, const GoodLanes& good, const FleetOptions& options,
                            const std::vector<std::optional<Tour>>& tours, osc::Scenario& scenario,
                            sim::Issues& issues) {
  const int digits = std::max(3, static_cast<int>(std::to_string(std::max(0, options.vehicles - 1)).size()));
  Placer placer(map, good, options, scenario);
  std::size_t random = 0;
  for (std::size_t i = 0; i < tours.size(); ++i) {
    const std::string name = fmt::format("ego_{:0{}}", i, digits);
    random += tours[i] ? 0 : 1;
    if (!placer.place(static_cast<std::uint32_t>(i), name, tours[i]))
      return sim::fail("no free place to start on", {}, 0, name, "ask for fewer vehicles");
  }
  warn_of_random_turns(random, options, issues);
  return {};
}

}  // namespace

sim::Result<osc::Scenario> make_fleet(const maps::Map& map, const FleetOptions& options, sim::Issues& issues) {
  const GoodLanes good = find_good_lanes(map);
  const Demand demand = make_demand(map, good, options.places);
  if (good.rows.empty() && options.vehicles > 0)
    return sim::fail("the map has no lane to start on", {}, 0, options.map_name);
  osc::Scenario scenario;
  scenario.author = "Bitgoeul";
  scenario.date = "2026-01-01T00:00:00";  // fixed: the same input gives the same file
  scenario.description =
      fmt::format("{} self-driving vehicles on round trips, {} background vehicles, {}seed {}{}", options.vehicles,
                  options.traffic, options.pedestrians > 0 ? fmt::format("{} pedestrians, ", options.pedestrians) : "",
                  options.seed, map.notice.empty() ? "" : "; " + map.notice);
  scenario.map = options.map_name;
  scenario.storyboard.init.globals.push_back({{}, osc::EnvironmentAction{"Environment", options.time_of_day, {}, {}}});
  add_traffic(scenario, map, options);
  add_pedestrians(scenario, map, options.pedestrians, options.jaywalking);
  const auto tours = draw_tours(map, demand, options);
  if (const auto placed = place_all(map, good, options, tours, scenario, issues); !placed)
    return tl::unexpected(placed.error());
  if (options.duration_s) {
    osc::Condition end;
    end.name = "end";
    end.condition = osc::SimulationTimeCondition{*options.duration_s, osc::Rule::kGreaterOrEqual};
    scenario.storyboard.stop_trigger = osc::Trigger{{end}};
  }
  return scenario;
}

}  // namespace bitgoeul::scenarios
