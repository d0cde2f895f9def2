// Actors of a story: one step of the default motion, and of keeping a distance to the one ahead along the road, for 1
// to 1,000 entities on one road and in a grid city; the same as whole steps of a simulation, story, contacts and hash
// included; and the load of a file. One core. times_peer: how often faster than the peer's figure per vehicle-step
// (esmini 3.6 on a machine of this kind: default motion on one road 0.6 us, with 1,148 roads 1.65 us; car-following in
// a grid city 52, 402 and 1,576 us with 10, 50 and 200 vehicles), where there is one.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/simulation.h"
#include "scenarios/story/motion.h"
#include "tests/scenes/scenes.h"

namespace {

using namespace bitgoeul;
using namespace bitgoeul::scenarios;
using story::Row;
namespace osc = openscenario;

struct Stage {
  std::shared_ptr<const maps::Map> map;
  std::vector<std::string> names;
  story::View view;
  std::unique_ptr<story::Motion> motion;

  Stage(std::shared_ptr<const maps::Map> on, int entities, bool follow) : map(std::move(on)) {
    for (int i = 0; i < entities; ++i) names.push_back(std::to_string(i));
    view.map = map.get();
    view.names = names;
    view.entities = names.size();
    view.seen.resize(names.size());
    for (story::Seen& seen : view.seen) seen.length = 4.5, seen.width = 1.8, seen.center_x = 1.4;
    motion = std::make_unique<story::Motion>(*map, names.size());
    const Row random = start_row(osc::RandomRouteAction{});
    const Row drive = start_row(osc::SpeedAction{{}, 10.0});
    std::vector<Row> lanes;
    for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane)
      if (maps::drivable(map->lanes[lane].type) && map->lanes[lane].junction == maps::kNone) lanes.push_back(lane);
    for (Row row = 0; row < entities; ++row) {
      const Row lane = lanes[static_cast<std::size_t>(row / 2) % lanes.size()];
      motion->place(row, story::place_on_lane(*map, lane, row % 2 == 0 ? 40 : 10, 0));
      begin(drive, row);
      if (row % 2 == 0 || !follow) begin(random, row);
    }
    see();
    if (!follow) return;
    for (Row row = 1; row < entities; row += 2) {
      osc::LongitudinalDistanceAction keep;
      keep.entity_ref = names[static_cast<std::size_t>(row - 1)];
      keep.continuous = true;
      keep.time_gap_s = 2.0;
      keep.coordinate_system = osc::CoordinateSystem::kLane;
      keep.constraints = osc::DynamicConstraints{2.0, {}, 4.0, {}, 20.0};
      begin(start_row(keep), row);
    }
  }
  template <class A>
  Row start_row(const A& action) {
    return *motion->prepare(osc::PrivateAction{{}, action}, {map.get(), names, {}});
  }
  void begin(Row action, Row row) {
    if (!motion->start(action, row, view)) std::abort();
  }
  void see() {
    for (Row row = 0; row < static_cast<Row>(names.size()); ++row)
      motion->show(row, view.seen[static_cast<std::size_t>(row)]);
  }
  void step() {
    see();
    motion->advance(view);
    ++view.step;
    view.time_s = static_cast<double>(view.step) * view.dt_s();
  }
};

void count(benchmark::State& state, double entities, double peer_us) {
  using benchmark::Counter;
  const double steps = static_cast<double>(state.iterations()), each = steps * entities;
  state.counters["scenario_steps_per_s"] = Counter(steps, Counter::kIsRate);
  state.counters["entity_step"] = Counter(each, Counter::kIsRate | Counter::kInvert);
  if (peer_us > 0) state.counters["times_peer"] = Counter(each * peer_us * 1e-6, Counter::kIsRate);
}

constexpr double kPeerOneRoadUs = 0.6, kPeerCityUs = 1.65;
double peer_following_us(const benchmark::State& state) {
  return state.range(0) == 10 ? 52 : state.range(0) == 50 ? 402 : state.range(0) == 200 ? 1576 : 0;
}

void run(benchmark::State& state, std::shared_ptr<const maps::Map> map, bool follow, double peer_us) {
  Stage stage(std::move(map), static_cast<int>(state.range(0)), follow);
  for (auto _ : state) stage.step();
  count(state, static_cast<double>(state.range(0)), peer_us);
}

void story_one_road(benchmark::State& state) { run(state, scenes::ring_map(1000), false, kPeerOneRoadUs); }
void story_city(benchmark::State& state) {
  static const auto map = scenes::small_city(12, 0, 0).map;
  run(state, map, false, kPeerCityUs);
}
void story_city_following(benchmark::State& state) {
  static const auto map = scenes::small_city(12, 0, 0).map;
  run(state, map, true, peer_following_us(state));
}

std::string distance_to(const std::string& leader) {
  return "<PrivateAction><LongitudinalAction><LongitudinalDistanceAction entityRef=\"" + leader +
         "\" timeGap=\"2\" freespace=\"false\" continuous=\"true\" coordinateSystem=\"lane\"><DynamicConstraints "
         "maxAcceleration=\"2\" maxDeceleration=\"4\" maxSpeed=\"20\"/></LongitudinalDistanceAction>"
         "</LongitudinalAction></PrivateAction>";
}

// A file with that many cars on the lanes of the map, each with a speed and a random route; or every other one keeps
// its distance to the one ahead.
std::string file_of(const maps::Map& map, int entities, bool follow) {
  const std::string car =
      "<Vehicle name=\"car\" vehicleCategory=\"car\"><BoundingBox><Center x=\"1.4\" y=\"0\" z=\"0.7\"/><Dimensions "
      "width=\"1.8\" length=\"4.5\" height=\"1.5\"/></BoundingBox><Performance maxSpeed=\"60\" maxAcceleration=\"10\" "
      "maxDeceleration=\"10\"/><Axles><FrontAxle maxSteering=\"0.5\" wheelDiameter=\"0.6\" trackWidth=\"1.6\" "
      "positionX=\"2.8\" positionZ=\"0.3\"/><RearAxle maxSteering=\"0\" wheelDiameter=\"0.6\" trackWidth=\"1.6\" "
      "positionX=\"0\" positionZ=\"0.3\"/></Axles></Vehicle>";
  std::vector<Row> lanes;
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    if (maps::drivable(map.lanes[lane].type) && map.lanes[lane].junction == maps::kNone) lanes.push_back(lane);
  std::string objects, init;
  for (int i = 0; i < entities; ++i) {
    const std::string name = "car" + std::to_string(i);
    const Row lane = lanes[static_cast<std::size_t>(i / 4) % lanes.size()];
    const story::Place at = story::place_on_lane(map, lane, 10 + 20 * (i % 4), 0);
    objects += "<ScenarioObject name=\"" + name + "\">" + car + "</ScenarioObject>";
    init +=
        "<Private entityRef=\"" + name + "\"><PrivateAction><TeleportAction><Position><WorldPosition x=\"" +
        std::to_string(at.x) + "\" y=\"" + std::to_string(at.y) + "\" h=\"" + std::to_string(at.yaw) +
        "\"/></Position></TeleportAction></PrivateAction><PrivateAction><LongitudinalAction><SpeedAction>"
        "<SpeedActionDynamics dynamicsShape=\"step\" dynamicsDimension=\"time\" value=\"0\"/><SpeedActionTarget>"
        "<AbsoluteTargetSpeed value=\"10\"/></SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction>" +
        (follow && i % 2 == 0 && i + 1 < entities
             ? distance_to("car" + std::to_string(i + 1))
             : "<PrivateAction><RoutingAction><RandomRouteAction/></RoutingAction></PrivateAction>") +
        "</Private>";
  }
  return "<OpenSCENARIO><FileHeader revMajor=\"1\" revMinor=\"3\" date=\"2026-01-01T00:00:00\" description=\"\" "
         "author=\"\"/><CatalogLocations/><RoadNetwork/><Entities>" +
         objects + "</Entities><Storyboard><Init><Actions>" + init +
         "</Actions></Init><StopTrigger><ConditionGroup><Condition name=\"c\" delay=\"0\" conditionEdge=\"none\">"
         "<ByValueCondition><SimulationTimeCondition rule=\"greaterThan\" value=\"1000000\"/></ByValueCondition>"
         "</Condition></ConditionGroup></StopTrigger></Storyboard></OpenSCENARIO>";
}

std::unique_ptr<Simulation> load(const std::string& text, const std::shared_ptr<const maps::Map>& map) {
  sim::Issues issues;
  const auto scenario = osc::parse_text(text, "bench.xosc", {}, issues);
  if (!scenario) std::abort();
  auto made = Simulation::make(make_setup(*scenario, map, {}, issues));
  if (!made) std::abort();
  return std::move(*made);
}

// The whole step of the simulation, contacts and hash columns included.
void run_whole(benchmark::State& state, bool follow, double peer_us) {
  static const auto map = scenes::small_city(12, 0, 0).map;
  const auto simulation = load(file_of(*map, static_cast<int>(state.range(0)), follow), map);
  for (auto _ : state) simulation->step();
  count(state, static_cast<double>(state.range(0)), peer_us);
}
void story_whole_step(benchmark::State& state) { run_whole(state, false, kPeerCityUs); }
void story_whole_step_following(benchmark::State& state) { run_whole(state, true, peer_following_us(state)); }

// 200 entities in cities of 84 to 2,520 streets: the cost of one is not to depend on them.
void story_roads(benchmark::State& state) {
  const auto map = scenes::small_city(static_cast<int>(state.range(0)), 0, 0).map;
  Stage stage(map, 200, false);
  for (auto _ : state) stage.step();
  count(state, 200, kPeerCityUs);
  state.counters["roads"] = static_cast<double>(map->roads.size());
}

// Text to the first step, the map being there.
void story_load(benchmark::State& state) {
  static const auto map = scenes::small_city(12, 0, 0).map;
  const std::string text = file_of(*map, static_cast<int>(state.range(0)), false);
  for (auto _ : state) benchmark::DoNotOptimize(load(text, map));
}

}  // namespace

BENCHMARK(story_whole_step)->Arg(1)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
BENCHMARK(story_whole_step_following)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
BENCHMARK(story_load)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(story_one_road)->Arg(1)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
BENCHMARK(story_city)->Arg(1)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
BENCHMARK(story_roads)->Arg(6)->Arg(12)->Arg(35);
BENCHMARK(story_city_following)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
