// Actors of a story: one step of the default motion, and of keeping a distance to the one ahead along the road, for 1
// to 1,000 entities on one road and in a grid city. One core. The peer's figures per vehicle-step (default motion, one
// road: 0.6 us; 1,148 roads: 1.65 us; car-following in a grid city with 50 / 200 vehicles: 402 / 1,576 us) are printed
// beside.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

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

void run(benchmark::State& state, std::shared_ptr<const maps::Map> map, bool follow) {
  const auto entities = static_cast<int>(state.range(0));
  Stage stage(std::move(map), entities, follow);
  for (auto _ : state) stage.step();
  state.counters["scenario_steps_per_s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["entity_step"] = benchmark::Counter(static_cast<double>(state.iterations()) * entities,
                                                     benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void story_one_road(benchmark::State& state) { run(state, scenes::ring_map(1000), false); }
void story_city(benchmark::State& state) {
  static const auto map = scenes::small_city(12, 0, 0).map;
  run(state, map, false);
}
void story_city_following(benchmark::State& state) {
  static const auto map = scenes::small_city(12, 0, 0).map;
  run(state, map, true);
}

}  // namespace

BENCHMARK(story_one_road)->Arg(1)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
BENCHMARK(story_city)->Arg(1)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
BENCHMARK(story_city_following)->Arg(10)->Arg(50)->Arg(200)->Arg(1000);
