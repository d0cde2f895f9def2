// Crashes with what stands beside the road: how hard, which way it turns, and nothing for whoever stays on the road.
#include <doctest/doctest.h>

#include <cmath>

#include "maps/map_builder.h"
#include "scenarios/simulation.h"
#include "sim/math.h"
#include "tests/scenes/network.h"
#include "tests/scenes/scenes.h"
#include "vehicles/obstacles.h"

using namespace bitgoeul;
using scenarios::Simulation;

namespace {

maps::ObjectDraft object(maps::ObjectKind kind, double s, double t, double length, double width) {
  maps::ObjectDraft o;
  o.id = "object";
  o.road = "road";
  o.kind = kind;
  o.s = s, o.t = t;
  o.length = length, o.width = width, o.height = 1.5;
  return o;
}

// One straight lane of 3.25 m to the east whose middle is y = 0.
std::shared_ptr<const maps::Map> street(std::vector<maps::ObjectDraft> objects) {
  maps::MapBuilder builder;
  builder.name = builder.source = "street";
  maps::RoadDraft road;
  road.id = "road";
  road.length = 400;
  road.plan_view = {{0, 0, 0, 0, 400, {}, maps::GeometryKind::kLine, 0}};
  road.lane_offset = {{0, scenes::kLaneWidthM / 2, 0, 0, 0}};
  road.sections.resize(1);
  road.sections[0].single_side = true;
  maps::LaneDraft lane;
  lane.id = -1;
  lane.type = maps::LaneType::kDriving;
  lane.widths = {{0, scenes::kLaneWidthM, 0, 0, 0}};
  road.sections[0].lanes = {lane};
  road.speeds = {{0, 60 / 3.6}};
  builder.roads = {road};
  builder.objects = std::move(objects);
  return scenes::freeze_or_die(std::move(builder));
}

std::unique_ptr<Simulation> one_ego(std::shared_ptr<const maps::Map> map) {
  scenarios::SimulationSetup setup;
  setup.map = std::move(map);
  setup.catalogue = vehicles::builtin_catalogue();
  scenarios::EntitySetup ego;
  ego.name = "ego";
  ego.type = *vehicles::find_type(setup.catalogue, "sedan");
  ego.lane = 0;
  ego.s = 20;
  ego.speed_mps = 12;
  setup.entities = {ego};
  auto made = Simulation::make(std::move(setup));
  REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : sim::to_string(made.error())));
  return std::move(*made);
}

// Until it strikes something.
sim::Event strike(Simulation& s) {
  for (int i = 0; i < 3000; ++i) {
    s.step();
    for (const sim::Event& e : s.events())
      if (e.kind == sim::EventKind::kCollisionBegin) return e;
  }
  FAIL("it did not strike anything");
  return {};
}

}  // namespace

TEST_CASE("obstacle: head-on into a wall the speed turns round by the restitution, straight") {
  auto s = one_ego(street({object(maps::ObjectKind::kObstacle, 150, 0, 1.0, 8.0)}));
  const sim::Event e = strike(*s);
  CHECK(e.value > 10);
  CHECK(e.delta_v_mps == doctest::Approx(1.1 * e.value).epsilon(0.03));  // restitution 0.1
  CHECK(e.side == sim::ContactSide::kFront);
  CHECK(e.other == sim::Id{});
  REQUIRE(s->struck().size() == 1);
  CHECK(s->setup().map->objects[s->struck()[0].object].kind == maps::ObjectKind::kObstacle);
  const auto snapshot = s->snapshot();
  CHECK(snapshot->entities.speed_mps[0] < 0);
  CHECK(std::fabs(snapshot->entities.yaw_rate_radps[0]) < 0.05);
  CHECK(s->totals().collisions == 1);
}

TEST_CASE("obstacle: a pole grazed by the right corner turns the car to the right, one on the left to the left") {
  for (const double side : {-1.0, 1.0}) {
    auto s = one_ego(street({object(maps::ObjectKind::kObstacle, 150, side * 0.9, 0.2, 0.2)}));
    const sim::Event e = strike(*s);
    CHECK(e.delta_v_mps > 0.5);
    CHECK(e.delta_v_mps < 1.1 * e.value);
    CHECK(side * s->snapshot()->entities.yaw_rate_radps[0] > 0.2);
  }
}

TEST_CASE("obstacle: walls and poles beside the road do nothing to those who stay on it") {
  using maps::ObjectKind;
  std::vector<maps::ObjectDraft> objects{object(ObjectKind::kBarrier, 200, 2.0, 380, 0.3),
                                         object(ObjectKind::kBuilding, 200, -8.0, 300, 8.0)};
  for (int i = 0; i < 30; ++i) objects.push_back(object(ObjectKind::kPole, 20.0 + 10 * i, -1.9, 0.2, 0.2));
  auto s = one_ego(street(objects));
  for (int i = 0; i < 2500; ++i) s->step();
  CHECK(s->totals().collisions == 0);
  CHECK(s->totals().ego_distance_m > 300);
}

TEST_CASE("obstacle: the railing of a bridge that begins on the ground does not stand on the road below the bridge") {
  maps::ObjectDraft railing = object(maps::ObjectKind::kBarrier, 200, 0, 0, 0);
  railing.outline = {{200, -30, 0}, {200, -10, 4}, {200, 30, 4}, {200.2, 30, 4}, {200.2, -10, 4}, {200.2, -30, 0}};
  auto above = one_ego(street({railing}));
  for (int i = 0; i < 2500; ++i) above->step();
  CHECK(above->totals().collisions == 0);
  for (sim::Vec3& corner : railing.outline) corner.z() = 0;
  CHECK(strike(*one_ego(street({railing}))).x == doctest::Approx(200).epsilon(0.02));
}

TEST_CASE("obstacle: what a source puts across a lane by mistake is left out, a barrier is not") {
  using maps::ObjectKind;
  const auto map = street({object(ObjectKind::kPole, 100, 0.3, 0.2, 0.2), object(ObjectKind::kPole, 100, 1.9, 0.2, 0.2),
                           object(ObjectKind::kBarrier, 150, 0.3, 0.2, 3.0),
                           object(ObjectKind::kCrosswalk, 180, 0, 3, 3), object(ObjectKind::kTree, 90, 5, 0.5, 0.5)});
  const vehicles::Obstacles obstacles(*map);
  CHECK(obstacles.left_out() == 1);
  REQUIRE(obstacles.bodies().size() == 3);
  CHECK(obstacles.bodies()[0].object == 1);
  CHECK(obstacles.bodies()[1].object == 2);
  CHECK(obstacles.bodies()[2].object == 4);
}

TEST_CASE(
    "obstacle: a pile-up between walls strikes them, with the same bits for every number of threads and after "
    "restore") {
  auto setup = scenes::pile_up(50, true);
  auto a = Simulation::make(setup);
  setup.threads = 3;
  auto b = Simulation::make(setup);
  REQUIRE((a.has_value() && b.has_value()));
  int struck = 0;
  for (int i = 0; i < 900; ++i) {
    (*a)->step();
    (*b)->step();
    struck += static_cast<int>((*a)->struck().size());
    if (i == 500) REQUIRE((*b)->restore((*a)->save()).has_value());
    if (i % 20 == 0) REQUIRE((*a)->state_hash() == (*b)->state_hash());
  }
  CHECK(struck > 0);
}
