// The fleet writer: deterministic, routable, without overlaps, weighted as asked.
#include "scenarios/fleet.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "maps/lane_geometry.h"
#include "maps/load_map.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/openscenario/write.h"
#include "scenarios/scenario_setup.h"
#include "tests/scenes/scenes.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace osc = scenarios::openscenario;

namespace {

std::shared_ptr<const maps::Map> loop_map() {
  sim::Issues issues;
  maps::LoadOptions options;
  options.use_cache = false;
  const auto map = maps::load_map(bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr", issues, options);
  REQUIRE(map);
  return *map;
}

std::string fleet_text(const maps::Map& map, int vehicles, std::uint64_t seed, int threads) {
  scenarios::FleetOptions options;
  options.map_name = "loop.xodr";
  options.vehicles = vehicles;
  options.traffic = 7;
  options.seed = seed;
  options.threads = threads;
  options.duration_s = 30.0;
  sim::Issues issues;
  const auto scenario = scenarios::make_fleet(map, options, issues);
  REQUIRE(scenario);
  CHECK(issues.empty());
  return osc::write(*scenario);
}

}  // namespace

TEST_CASE("the same seed gives the same fleet on any number of threads, another seed another one") {
  const auto map = loop_map();
  const std::string text = fleet_text(*map, 12, 5, 1);
  CHECK(fleet_text(*map, 12, 5, 1) == text);
  CHECK(fleet_text(*map, 12, 5, 3) == text);
  CHECK(fleet_text(*map, 12, 6, 1) != text);
}

TEST_CASE("a fleet is read back and brought onto its map without a complaint") {
  const auto map = loop_map();
  sim::Issues issues;
  const auto scenario = osc::parse_text(fleet_text(*map, 12, 5, 2), "fleet.xosc", {}, issues);
  REQUIRE(scenario);
  const scenarios::SimulationSetup setup = scenarios::make_setup(*scenario, map, {5, 10'000'000, 2}, issues);
  for (const sim::Issue& issue : issues) MESSAGE(sim::to_string(issue));
  CHECK(issues.empty());
  CHECK(setup.traffic.count == 7);
  CHECK(setup.weekday == 0);  // 23 November 2026 is a Monday
  CHECK(setup.time_of_day_s == 8 * 3600.0);
  REQUIRE(setup.entities.size() == 12);
  for (std::size_t i = 0; i < setup.entities.size(); ++i) {
    const scenarios::EntitySetup& e = setup.entities[i];
    CAPTURE(e.name);
    REQUIRE_FALSE(e.route.empty());
    CHECK(e.route.front() == e.lane);
    CHECK(e.route_closed);
    // Each lane leads to the next, by its end or by a lane change, and the last to the first.
    for (std::size_t k = 0; k < e.route.size(); ++k) {
      const maps::Row a = e.route[k], b = e.route[(k + 1) % e.route.size()];
      const auto next = map->successors(a);
      CHECK((std::find(next.begin(), next.end(), b) != next.end() || map->lanes[a].left == b ||
             map->lanes[a].right == b));
    }
    const maps::LanePose p = maps::lane_pose(*map, e.lane, e.s);
    CHECK(e.speed_mps <= p.speed_cap_mps + 0.005);  // to the cm/s; the bends of 30 m allow 7.7 m/s
    for (std::size_t j = 0; j < i; ++j) {
      const maps::LanePose q = maps::lane_pose(*map, setup.entities[j].lane, setup.entities[j].s);
      // Boxes of 5 m x 2 m cannot touch: at least a lane beside, or a length ahead.
      CHECK(std::sqrt((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y)) > 2.6);
      if (setup.entities[j].lane == e.lane) CHECK(std::abs(setup.entities[j].s - e.s) > 10.0);
    }
  }
}

TEST_CASE("more vehicles than the map holds are refused, not stacked") {
  const auto map = loop_map();
  scenarios::FleetOptions options;
  options.map_name = "loop.xodr";
  options.vehicles = 1000;
  sim::Issues issues;
  const auto scenario = scenarios::make_fleet(*map, options, issues);
  REQUIRE_FALSE(scenario);
  CHECK(scenario.error().where.starts_with("ego_"));
}

TEST_CASE("positions off the map are refused with entity, waypoint and line") {
  const auto map = loop_map();
  std::string text = fleet_text(*map, 1, 5, 1);
  const std::size_t at = text.rfind("<LanePosition roadId=\"");
  text.replace(at, std::string("<LanePosition roadId=\"").size(), "<LanePosition roadId=\"9");
  sim::Issues issues;
  const auto scenario = osc::parse_text(text, "off.xosc", {}, issues);
  REQUIRE(scenario);
  scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
  REQUIRE(issues.size() == 1);
  const std::string message = sim::to_string(issues[0]);
  CAPTURE(message);
  CHECK(message.find("ego_000, waypoint") != std::string::npos);
  CHECK(message.find("no road") != std::string::npos);
  const int line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  CHECK(std::abs(issues[0].line - line) <= 1);  // the <Position> around it
}

TEST_CASE("a waypoint that cannot be reached is refused") {
  const auto map = loop_map();
  // From the outer lane to the inner, oncoming one: there is no place to turn on the loop.
  sim::Issues issues;
  auto scenario = osc::parse_file(bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xosc", {}, issues);
  REQUIRE(scenario);
  auto& route = std::get<osc::AssignRouteAction>(scenario->storyboard.init.privates[0].actions[2].action).route;
  std::get<osc::LanePosition>(route.waypoints[1].position.at).lane_id = 1;
  scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].where == "entity first, waypoint 2");
}

TEST_CASE("demand: places near lanes are kept by weight, others are named") {
  const auto map = loop_map();
  sim::Issues issues;
  // The loop has no geo reference, so a file of places cannot be used with it.
  const auto places =
      scenarios::load_places(bitgoeul::tests::source_dir() + "/assets/gwangju/places.geojson", *map, issues);
  REQUIRE_FALSE(places);
  CHECK(places.error().what.find("geo reference") != std::string::npos);
  // Two places by the first street: every stop of every tour lies on a lane within reach of one of them.
  scenarios::FleetOptions options;
  options.map_name = "loop.xodr";
  options.vehicles = 4;
  options.places = {{"a", 1.0, 0.0, 0.0}, {"never", 0.0, 200.0, 260.0}, {"b", 1.0, 200.0, 0.0}};
  CHECK(scenarios::make_fleet(*map, options, issues));
}

TEST_CASE("pedestrians of a fleet: an area of the file that holds the whole map; a map without crosswalks says so") {
  const auto bare = loop_map();
  const auto paved = scenes::small_city(2, 0, 0, 1).map;
  for (const auto& map : {bare, paved}) {
    scenarios::FleetOptions options;
    options.map_name = "a map";
    options.vehicles = 2;
    options.pedestrians = 30;
    sim::Issues issues;
    const auto fleet = scenarios::make_fleet(*map, options, issues);
    REQUIRE(fleet);
    issues.clear();
    const auto scenario = osc::parse_text(osc::write(*fleet), "fleet.xosc", {}, issues);
    REQUIRE(scenario);
    const scenarios::SimulationSetup setup = scenarios::make_setup(*scenario, map, {5, 10'000'000, 1}, issues);
    CHECK(setup.traffic.pedestrians == 30);
    CHECK(setup.traffic.count == 0);
    CHECK_FALSE(setup.scenario.has_value());  // it asks for no story
    CHECK(vehicles::find_type(setup.catalogue, "walker_child").has_value());
    REQUIRE(issues.size() == (map == bare ? 1u : 0u));
    if (map == bare) CHECK(issues[0].what == "the map has no crosswalk, so no pedestrian walks");
  }
}

TEST_CASE(
    "shares of a fleet: jaywalkers, cyclists and buses come back from the file; a mix that nobody knows is refused") {
  const auto map = scenes::small_city(2, 0, 0, 1).map;
  scenarios::FleetOptions options;
  options.map_name = "a map";
  options.vehicles = 2, options.traffic = 20, options.pedestrians = 30;
  options.jaywalking = 0.25, options.cyclists = 0.125, options.buses = 0.0625;
  sim::Issues issues;
  const auto fleet = scenarios::make_fleet(*map, options, issues);
  REQUIRE(fleet);
  issues.clear();
  std::string text = osc::write(*fleet);
  const auto setup_of = [&] {
    const auto scenario = osc::parse_text(text, "fleet.xosc", {}, issues);
    REQUIRE(scenario);
    return scenarios::make_setup(*scenario, map, {5, 10'000'000, 1}, issues);
  };
  const scenarios::SimulationSetup setup = setup_of();
  CHECK(issues.empty());
  CHECK(setup.traffic.count == 20);
  CHECK(setup.traffic.jaywalking == 0.25);
  CHECK(setup.traffic.cyclists == 0.125);
  CHECK(setup.traffic.buses == 0.0625);
  CHECK(vehicles::find_type(setup.catalogue, vehicles::kBicycle).has_value());
  CHECK(vehicles::find_type(setup.catalogue, vehicles::kVillageBus).has_value());
  const std::size_t at = text.find("\"cyclists\"");
  REQUIRE(at != std::string::npos);
  text.replace(at, 10, "\"cyclist\"");
  setup_of();
  REQUIRE_FALSE(issues.empty());
  CHECK(issues[0].what == "property bitgoeul:mix is \"cyclist\"");
  CHECK(issues[0].remedy == "write builtin, cyclists or buses");
}
