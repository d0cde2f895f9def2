#include "tests/scenes/scenes.h"

#include <algorithm>

#include "maps/routing.h"
#include "sim/check.h"
#include "sim/random.h"
#include "tests/scenes/network.h"

namespace bitgoeul::scenes {
namespace {

using namespace maps;
using scenarios::EntitySetup;
using scenarios::SimulationSetup;

SimulationSetup setup_of(std::shared_ptr<const Map> map, int traffic) {
  SimulationSetup setup;
  setup.map = std::move(map);
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.count = traffic;
  setup.seed = 7;
  return setup;
}

LaneDraft plain_lane(std::int32_t id, std::int32_t link) {
  LaneDraft draft;
  draft.id = id;
  draft.type = LaneType::kDriving;
  draft.widths = {{0, kLaneWidthM, 0, 0, 0}};
  if (link) draft.predecessors = draft.successors = {link};
  return draft;
}

// Half of a ring about the origin; `half` 0 is the one that starts in the east.
RoadDraft half_ring(double radius_m, int half) {
  RoadDraft road;
  road.id = half == 0 ? "north" : "south";
  road.length = sim::kPi * radius_m;
  Geometry arc;
  arc.kind = GeometryKind::kArc;
  arc.x = half == 0 ? radius_m : -radius_m;
  arc.heading = half == 0 ? sim::kPi / 2 : -sim::kPi / 2;
  arc.length = road.length;
  arc.p[0] = 1.0 / radius_m;
  road.plan_view = {arc};
  road.lane_offset = {{0, kLaneWidthM / 2, 0, 0, 0}};
  const std::string other = half == 0 ? "south" : "north";
  road.predecessor = {ElementType::kRoad, other, Contact::kEnd};
  road.successor = {ElementType::kRoad, other, Contact::kStart};
  SectionDraft section;
  section.single_side = true;
  section.lanes = {plain_lane(-1, -1)};
  road.sections = {section};
  road.speeds = {{0, 50 / 3.6}};
  return road;
}

}  // namespace

std::shared_ptr<const Map> ring_map(double radius_m, double superelevation_rad, double limit_mps) {
  MapBuilder builder;
  builder.name = "ring";
  builder.roads = {half_ring(radius_m, 0), half_ring(radius_m, 1)};
  if (superelevation_rad != 0)
    for (RoadDraft& road : builder.roads) road.superelevation = {{0, superelevation_rad, 0, 0, 0}};
  if (limit_mps > 0)
    for (RoadDraft& road : builder.roads) road.speeds = {{0, limit_mps}};
  return freeze_or_die(std::move(builder));
}

SimulationSetup ring_road(double radius_m, int vehicles) {
  MapBuilder builder;
  builder.name = "ring_road";
  builder.roads = {half_ring(radius_m, 0), half_ring(radius_m, 1)};
  SimulationSetup setup = setup_of(freeze_or_die(std::move(builder)), 0);
  const double half = setup.map->lanes[0].length, spacing = 2 * half / vehicles;
  for (int i = 0; i < vehicles; ++i) {
    EntitySetup entity;
    entity.name = "car_" + std::to_string(i);
    entity.role = sim::Role::kTraffic;
    entity.type = *find_type(setup.catalogue, "sedan");
    const double at = (i + 0.5) * spacing;
    entity.lane = at < half ? 0 : 1;
    entity.s = std::max(0.0, (at < half ? at : at - half) - setup.catalogue[entity.type].center_x_m);
    setup.entities.push_back(entity);
  }
  return setup;
}

// A square with a cross in it: the streets of the crossing end in corners that lead back to it.
SimulationSetup crossing(bool signals, int traffic, int egos) {
  Network n;
  n.name = signals ? "crossing" : "crossing_without_signals";
  n.nodes = {{0, 0, 20, signals}, {300, 0, 20},    {0, 300, 20},     {-300, 0, 20},  {0, -300, 20},
             {300, 300, 20},      {-300, 300, 20}, {-300, -300, 20}, {300, -300, 20}};
  n.blocks = {{0, 1, 2}, {0, 2, 2}, {0, 3, 2}, {0, 4, 2}, {1, 5, 1}, {5, 2, 1},
              {2, 6, 1}, {6, 3, 1}, {3, 7, 1}, {7, 4, 1}, {4, 8, 1}, {8, 1, 1}};
  SimulationSetup setup = setup_of(freeze_or_die(build(n)), traffic);
  add_egos(setup, egos, 2500);
  return setup;
}

namespace {

// Over the whole street, 3 m wide, its middle at s.
void add_crosswalk(MapBuilder& builder, const RoadDraft& road, int lanes, double s) {
  const Geometry& g = road.plan_view[0];
  const double ux = sim::cos(g.heading), uy = sim::sin(g.heading), half = lanes * kLaneWidthM;
  ObjectDraft object;
  object.id = "walk_" + std::to_string(builder.objects.size());
  object.road = road.id;
  object.kind = ObjectKind::kCrosswalk;
  object.type = "crosswalk";
  object.s = s;
  for (const auto& [a, t] :
       {std::pair(-1.5, half), std::pair(-1.5, -half), std::pair(1.5, -half), std::pair(1.5, half)})
    object.outline.emplace_back(g.x + (s + a) * ux - t * uy, g.y + (s + a) * uy + t * ux, 0.0);
  builder.objects.push_back(object);
}

}  // namespace

void add_crosswalks(MapBuilder& builder, const Network& n) {
  for (std::size_t i = 0; i < n.blocks.size(); ++i) {
    RoadDraft& road = builder.roads[i];
    for (LaneDraft& lane : road.sections[0].lanes) lane.stop_distance_m = 6.5;
    for (const double s : {3.0, 0.5 * road.length, road.length - 3.0})
      add_crosswalk(builder, road, n.blocks[i].lanes, s);
  }
}

SimulationSetup small_city(int blocks, int traffic, int egos, int pedestrians) {
  Network n;
  n.name = "small_city";
  const int side = blocks + 1;
  for (int j = 0; j < side; ++j)
    for (int i = 0; i < side; ++i) n.nodes.push_back({150.0 * i, 130.0 * j, 18, (i + j) % 2 == 0});
  for (int j = 0; j < side; ++j)
    for (int i = 0; i < side; ++i) {
      if (i < blocks) n.blocks.push_back({j * side + i, j * side + i + 1, j % 2 ? 2 : 1, (j % 2 ? 60 : 40) / 3.6});
      if (j < blocks) n.blocks.push_back({j * side + i, (j + 1) * side + i, i % 2 ? 2 : 1, 50 / 3.6});
    }
  MapBuilder builder = build(n);
  if (pedestrians > 0) add_crosswalks(builder, n);
  SimulationSetup setup = setup_of(freeze_or_die(std::move(builder)), traffic);
  setup.traffic.pedestrians = pedestrians;
  add_egos(setup, egos, 3000);
  return setup;
}

SimulationSetup small_city_with_demand(int traffic, int egos) {
  SimulationSetup setup = small_city(4, traffic, egos);
  vehicles::DemandPlan& plan = setup.traffic.demand.emplace();
  plan.places = {{"south-west", "west", 75, 65, 3, 0.5},
                 {"north-west", "west", 75, 455, 2, 0.5},
                 {"south-east", "east", 525, 65, 0.5, 2},
                 {"north-east", "east", 525, 455, 0.5, 4}};
  plan.radius_m = 90;
  plan.hours.fill(1.0 / 24);
  plan.from_homes.fill(0.5);
  plan.from_homes[8] = 0.9;
  return setup;
}

// A ring of two lanes for one half and one for the other: twice per lap... once they part, once they merge.
SimulationSetup merge(int traffic) {
  MapBuilder builder;
  builder.name = "merge";
  RoadDraft wide = half_ring(120, 0), narrow = half_ring(120, 1);
  wide.sections[0].lanes = {plain_lane(-1, -1), plain_lane(-2, -1)};
  narrow.sections[0].lanes[0].successors = {-1, -2};
  narrow.sections[0].lanes[0].predecessors = {-1, -2};
  // The second lane grows out of the first and closes again.
  wide.sections[0].lanes[1].widths = {
      {0, 0, 0, 3 * kLaneWidthM / 900, -2 * kLaneWidthM / 27000},
      {30, kLaneWidthM, 0, 0, 0},
      {wide.length - 60, kLaneWidthM, 0, -3 * kLaneWidthM / 3600, 2 * kLaneWidthM / 216000}};
  builder.roads = {wide, narrow};
  return setup_of(freeze_or_die(std::move(builder)), traffic);
}

namespace {

// A wall of 0.3 m along the first 600 m of a ring, `radius_m` at its inner face.
void add_walls(MapBuilder& builder, double radius_m) {
  ObjectDraft wall;
  wall.id = "wall_" + std::to_string(builder.objects.size());
  wall.road = "north";
  wall.kind = ObjectKind::kBarrier;
  wall.height = 1.0;
  for (int side = 0; side < 2; ++side)
    for (int i = 0; i <= 75; ++i) {
      const double at = 8.0 * (side == 0 ? i : 75 - i) / radius_m, r = radius_m + 0.3 * side;
      wall.outline.emplace_back(r * sim::cos(at), r * sim::sin(at), 0.0);
    }
  builder.objects.push_back(wall);
}

}  // namespace

SimulationSetup pile_up(int vehicles, bool walls) {
  MapBuilder builder;
  builder.name = "pile_up";
  builder.roads = {half_ring(500, 0), half_ring(500, 1)};
  if (walls) {
    add_walls(builder, 500 + kLaneWidthM / 2 + 0.5);
    add_walls(builder, 500 - kLaneWidthM / 2 - 0.8);
  }
  SimulationSetup setup = setup_of(freeze_or_die(std::move(builder)), 0);
  constexpr double kSpacingM = 7.0, kGapM = 3.0;
  setup.road_friction = 0.35;  // freezing rain
  for (int i = 0; i < vehicles; ++i) {
    EntitySetup entity;
    entity.name = "car_" + std::to_string(i);
    entity.role = i % 3 == 2 ? sim::Role::kEgo : sim::Role::kTraffic;
    const char* const types[] = {"sedan", "suv", "robotaxi", "compact", "sedan", "van"};
    entity.type = *find_type(setup.catalogue, i == 0 ? "truck" : types[i % 6]);
    entity.lane = 0;
    entity.s = 20 + kSpacingM * (vehicles - 1 - i) + (i == 0 ? kGapM : 0.0);
    entity.speed_mps = i == 0 ? 0.0 : 27.0 + 0.5 * (i % 4);
    setup.entities.push_back(entity);
  }
  return setup;
}

std::vector<std::string> golden_names() {
  std::vector<std::string> all = names();
  all.push_back("pile_up");
  all.push_back("pile_up_between_walls");
  all.push_back("small_city_on_foot");
  return all;
}

std::vector<std::string> names() {
  return {"ring_road", "crossing", "crossing_without_signals", "merge", "small_city", "small_city_with_demand"};
}

std::optional<SimulationSetup> by_name(std::string_view name) {
  if (name == "ring_road") return ring_road();
  if (name == "crossing") return crossing(true);
  if (name == "crossing_without_signals") return crossing(false);
  if (name == "merge") return merge();
  if (name == "small_city") return small_city();
  if (name == "small_city_with_demand") return small_city_with_demand();
  if (name == "small_city_on_foot") return small_city(4, 150, 20, 120);
  if (name == "pile_up") return pile_up();
  if (name == "pile_up_between_walls") return pile_up(50, true);
  return std::nullopt;
}

namespace {

// Legs between random lanes until the length is reached, then back to the start.
std::vector<Row> draw_tour(const Map& map, Router& router, std::uint64_t seed, std::uint32_t key, double length_m,
                           Row start, const std::vector<Row>& lanes) {
  std::vector<Row> tour{start};
  double driven = 0;
  for (int leg = 0; leg < 50; ++leg) {
    const bool home = driven > length_m;
    const Row to = home ? start
                        : lanes[sim::uniform_index(seed, key, 100 + leg, sim::Stream::kTest,
                                                   static_cast<std::uint32_t>(lanes.size()))];
    if (!home && to == tour.back()) continue;
    RouteRequest request;
    request.from_lane = tour.back();
    request.from_s = tour.size() == 1 ? 0 : 0.5 * map.lanes[tour.back()].length;
    request.to_lane = to;
    request.to_s = 0.5 * map.lanes[to].length;
    if (home && tour.back() == start) break;
    auto route = router.find(request);
    if (!route) continue;
    tour.insert(tour.end(), route->lanes.begin() + 1, route->lanes.end());
    driven += route->length_m;
    if (home) break;
  }
  return tour;
}

bool controlled(const Map& map, const Lane& lane) {
  for (Row c = lane.conflicts.begin; c < lane.conflicts.end; ++c)
    if (map.conflicts[c].kind != ConflictKind::kDiverging) return true;
  return false;
}

}  // namespace

void add_egos(SimulationSetup& setup, int count, double length_m) {
  const Map& map = *setup.map;
  std::vector<Row> lanes;
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    const Lane& lane = map.lanes[row];
    if (drivable(lane.type) && lane.type != LaneType::kBus && lane.junction == kNone && lane.reachable &&
        lane.length > 14 && !controlled(map, lane))
      lanes.push_back(row);
  }
  // Places to start, 20 m apart.
  std::vector<std::pair<Row, double>> places;
  for (const Row lane : lanes)
    for (double s = 5; s < map.lanes[lane].stop_s - 7; s += 20) places.emplace_back(lane, s);
  CHECK(static_cast<int>(places.size()) >= count, "one place per ego");
  Router router(map);
  const auto n = static_cast<std::uint32_t>(places.size());
  std::vector<std::uint8_t> taken(places.size(), 0);
  for (int i = 0; i < count; ++i) {
    const auto key = static_cast<std::uint32_t>(i);
    std::uint32_t pick = sim::uniform_index(setup.seed, key, 1, sim::Stream::kTest, n);
    while (taken[pick]) pick = (pick + 1) % n;
    taken[pick] = 1;
    EntitySetup entity;
    entity.name = "ego_" + std::to_string(i);
    entity.type = *find_type(setup.catalogue, "robotaxi");
    entity.lane = places[pick].first;
    entity.s = places[pick].second;
    entity.route = draw_tour(map, router, setup.seed, key, length_m, entity.lane, lanes);
    if (entity.route.size() > 1 && entity.route.back() == entity.lane) {
      entity.route.pop_back();
      entity.route_closed = true;
    } else {
      entity.route_end_s = map.lanes[entity.route.back()].length;
    }
    setup.entities.push_back(entity);
  }
}

std::shared_ptr<const maps::Map> street(int lanes, double speed_mps, bool signals) {
  Network n;
  n.name = "street";
  n.nodes = {{0, 0, 16, signals}, {400, 0}, {0, 400}, {-400, 0}, {0, -400}};
  n.blocks = {{0, 1, lanes, speed_mps}, {2, 0, lanes, speed_mps}, {3, 0, lanes, speed_mps}, {4, 0, lanes, speed_mps}};
  maps::MapBuilder builder = build(n);
  add_crosswalks(builder, n);
  return freeze_or_die(std::move(builder));
}

scenarios::EntitySetup car_before(const scenarios::SimulationSetup& setup, maps::Row movement, double before_line_m,
                                  double speed_mps) {
  const maps::Map& map = *setup.map;
  scenarios::EntitySetup entity;
  entity.name = "car_" + std::to_string(setup.entities.size());
  entity.role = sim::Role::kTraffic;
  entity.type = *vehicles::find_type(setup.catalogue, "sedan");
  entity.lane = map.predecessors(movement)[0];
  entity.s = map.lanes[entity.lane].stop_s - before_line_m - 4.0;
  entity.speed_mps = speed_mps;
  entity.route = {entity.lane, movement, map.successors(movement)[0]};
  entity.route_end_s = map.lanes[entity.route.back()].length;
  return entity;
}

}  // namespace bitgoeul::scenes
