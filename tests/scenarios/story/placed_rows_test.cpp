// Rows that a story moves, among traffic: others see them, lists stay in order, they come and go with one row.
#include "vehicles/placed_rows.h"

#include <doctest/doctest.h>

#include "maps/lane_geometry.h"
#include "maps/road_position.h"
#include "scenarios/story/sight.h"
#include "tests/scenes/scenes.h"
#include "vehicles/commit.h"
#include "vehicles/drivers/driver.h"
#include "vehicles/dynamics/move.h"
#include "vehicles/traffic.h"

using namespace bitgoeul;
using namespace bitgoeul::vehicles;

namespace {

// A ring of one lane with a vehicle on rails and a row that is put somewhere.
struct Ring {
  std::shared_ptr<const maps::Map> map = scenes::ring_map(200);
  Catalogue catalogue = builtin_catalogue();
  sim::World world{7, 10'000'000, 8};
  State state{*map, catalogue, world, RoadRules(*map)};
  maps::Router router{*map};
  std::vector<sim::Event> events;
  std::vector<std::pair<Row, Row>> touching;
  std::vector<Row> left;

  Ring() {
    state.surface = RoadSurface(*map);
    state.gates.resize(8);
    state.segments.resize(8);
    state.thought = sim::Marks(8);
    sim::resize_table(state.vehicles, 8);
    state.lists.reset(8, map->lanes.size());
    state.mailbox.reserve(8, 64);
    state.rules.update(*map, 0, 8 * 3600);
  }
  Row drive(double s, double speed) {
    Placement p;
    p.type = *find_type(catalogue, "sedan");
    p.lane = 0;
    p.s = s;
    p.speed_mps = speed;
    return add_vehicle(state, p);
  }
  Standing on_ring(double s, double speed) {
    const maps::LanePose pose = maps::lane_pose(*map, 0, s);
    return {pose.x, pose.y, pose.z, pose.heading, 0, 0, speed, 0, 0, 0, 0, s, 0};
  }
  void step() {
    const bool tick = state.thinking_tick();
    if (tick) plan(state, 0, state.rows(), 0);
    state.ahead_s = static_cast<double>(world.step() % state.tick_steps) * world.dt_s();
    move(state, 0, state.rows(), 0);
    state.ahead_s = static_cast<double>((world.step() + 1) % state.tick_steps) * world.dt_s();
    commit(state, router, {events, touching, left});
    ++world.clock.step[0];
  }
};

}  // namespace

TEST_CASE("a vehicle stops behind a row that was put on its lane, and goes on when it is taken out") {
  Ring ring;
  const Row actor = add_placed(ring.state, sim::Role::kActor, *find_type(ring.catalogue, "sedan"));
  CHECK(!ring.state.alive(actor));
  const Row car = ring.drive(20, 10);
  put(ring.state, actor, ring.on_ring(120, 0));
  CHECK(ring.state.lists.ahead[car] == actor);
  for (int i = 0; i < 3000; ++i) ring.step();
  const double gap = 120 - ring.state.vehicles.s[car] - ring.state.half_length(car) - ring.state.half_length(actor);
  CHECK(gap > 0.5);
  CHECK(gap < 6);
  CHECK(ring.world.entities.speed_mps[car] < 0.1);
  CHECK(ring.world.entities.x[actor] == ring.on_ring(120, 0).x);
  take_out(ring.state, actor);
  CHECK(!ring.state.alive(actor));
  CHECK(!ring.state.lists.listed(actor));
  for (int i = 0; i < 500; ++i) ring.step();
  CHECK(ring.world.entities.speed_mps[car] > 3);
}

TEST_CASE("a row that is put here and there keeps its id and its right place in the lists") {
  Ring ring;
  const Row actor = add_placed(ring.state, sim::Role::kActor, *find_type(ring.catalogue, "sedan"));
  const Row first = ring.drive(100, 0), second = ring.drive(200, 0);
  const sim::Id id = ring.world.ids.id_of(actor);
  for (const double s : {50.0, 150.0, 250.0, 150.0}) {
    put(ring.state, actor, ring.on_ring(s, 0));
    CHECK((ring.state.lists.ahead[first] == actor) == (s == 150));
    CHECK((ring.state.lists.behind[first] == actor) == (s == 50));
    CHECK((ring.state.lists.ahead[second] == actor) == (s == 250));
  }
  Standing beside = ring.on_ring(150, 3);
  beside.lane = kNone;
  put(ring.state, actor, beside);
  CHECK(ring.state.lists.ahead[first] == second);
  CHECK(ring.state.alive(actor));
  take_out(ring.state, actor);
  put(ring.state, actor, ring.on_ring(10, 0));
  CHECK(ring.world.ids.id_of(actor) == id);
  CHECK(ring.state.lists.behind[first] == actor);
}

TEST_CASE("sight: what the story sees of a vehicle that a driver drives") {
  Ring ring;
  const Row car = ring.drive(100, 10);
  scenarios::story::RoadTrace trace(*ring.map);
  scenarios::story::Seen seen;
  scenarios::story::see(ring.state, car, trace, seen);
  CHECK(seen.alive);
  CHECK(seen.speed == 10);
  CHECK(seen.lane == 0);
  CHECK(seen.center_x > 1);
  CHECK(seen.lane_s == doctest::Approx(100 - seen.center_x));
  CHECK(seen.road_t == doctest::Approx(maps::lane_center_t(*ring.map, 0, seen.road_s)));
  CHECK(sim::hypot(seen.x, seen.y) == doctest::Approx(200).epsilon(0.001));
  remove_vehicle(ring.state, car);
  scenarios::story::see(ring.state, car, trace, seen);
  CHECK(!seen.alive);
}
