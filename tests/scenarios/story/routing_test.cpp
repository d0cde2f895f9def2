// Trajectories, routes, teleports, states and save/restore in the middle of everything.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/scenarios/story/stage.h"
#include "tests/support/allocation_guard.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::story;
using tests::Stage;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {
osc::Position world(double x, double y) { return {{}, osc::WorldPosition{x, y, 0.0, {}, {}, {}}}; }
osc::FollowTrajectoryAction corner(std::optional<osc::TimeReference> reference = {}) {
  osc::FollowTrajectoryAction follow;
  follow.trajectory.name = "corner";
  follow.trajectory.shape = osc::Polyline{{{world(10, -20), 0.0}, {world(50, -20), 4.0}, {world(50, -50), 10.0}}};
  follow.time_reference = reference;
  return follow;
}
}  // namespace

TEST_CASE("trajectory: with its own speed by arc length, then straight on where there is no road") {
  Stage stage({"a"});
  stage.put(0, "1", -2, 10, 10);
  auto follow = corner();
  follow.initial_distance_offset_m = 5;
  const Row action = stage.act(0, follow);
  CHECK(stage.a().x[0] == doctest::Approx(15));
  stage.run(4.5);
  CHECK(stage.a().x[0] == doctest::Approx(50));
  CHECK(stage.a().y[0] == doctest::Approx(-30));
  CHECK(stage.a().yaw[0] == doctest::Approx(-sim::kPi / 2));
  CHECK(stage.finish(action, 0) == doctest::Approx(2.0));
  stage.run(1);
  CHECK(stage.a().y[0] == doctest::Approx(-60));
}

TEST_CASE("trajectory: times of the file, relative and absolute, scaled and offset") {
  Stage stage({"a"});
  stage.put(0, "1", -2, 10, 10);
  stage.run(1);
  const Row action = stage.act(0, corner(osc::TimeReference{osc::ReferenceContext::kRelative, 0, 1}));
  stage.run(2);
  CHECK(stage.a().x[0] == doctest::Approx(30));
  CHECK(stage.a().speed[0] == doctest::Approx(10));
  stage.run(5);
  CHECK(stage.a().y[0] == doctest::Approx(-35));
  CHECK(stage.a().speed[0] == doctest::Approx(5));
  CHECK(stage.finish(action, 0) == doctest::Approx(3));
  CHECK(stage.a().y[0] == doctest::Approx(-50));
  CHECK(stage.a().speed[0] == doctest::Approx(5));

  // At 11 s: (11 - 9) / 2 = 1 s of the file.
  stage.act(0, corner(osc::TimeReference{osc::ReferenceContext::kAbsolute, 9, 2}));
  CHECK(stage.a().x[0] == doctest::Approx(20));
  stage.run(2);
  CHECK(stage.a().x[0] == doctest::Approx(30));
  CHECK(stage.a().speed[0] == doctest::Approx(5));
}

TEST_CASE("trajectory: a clothoid spline without a start position begins where the entity is") {
  Stage stage({"a"});
  stage.put(0, "1", -2, 40, 5);
  osc::FollowTrajectoryAction follow;
  osc::ClothoidSpline spline;
  spline.segments.resize(2);
  spline.segments[0].length_m = 10;
  spline.segments[1].length_m = 5 * sim::kPi;
  spline.segments[1].curvature_start = spline.segments[1].curvature_end = -0.1;
  follow.trajectory.shape = spline;
  const Row action = stage.act(0, follow);
  CHECK(stage.finish(action, 0) == doctest::Approx((10 + 5 * sim::kPi) / 5).epsilon(0.002));
  CHECK(stage.a().x[0] == doctest::Approx(60).epsilon(0.001));
  CHECK(stage.a().y[0] == doctest::Approx(-15.25).epsilon(0.005));
}

TEST_CASE("trajectory: who is not in the world yet comes into it; backwards it goes the same way back first") {
  Stage stage({"a"});
  CHECK(!stage.motion->present(0));
  stage.act(0, corner());
  CHECK(stage.motion->present(0));
  CHECK(stage.a().x[0] == doctest::Approx(10));
  stage.act(0, osc::SpeedAction{{}, -2.0});
  stage.run(5);
  CHECK(stage.a().x[0] == doctest::Approx(20));
  CHECK(std::abs(stage.a().yaw[0]) == doctest::Approx(sim::kPi));
  CHECK(stage.a().traveled[0] == doctest::Approx(10));
}

TEST_CASE("trajectory: vertices that stand relative to an entity are placed when it begins") {
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 10);
  stage.put(1, "1", -1, 50, 0);
  osc::FollowTrajectoryAction follow;
  follow.trajectory.shape = osc::Polyline{{{{{}, osc::RelativeObjectPosition{"a", 0, 0, {}, {}}}, {}},
                                           {{{}, osc::RelativeObjectPosition{"b", 0, 5, {}, {}}}, {}}}};
  const Row action = stage.act(0, follow);
  const double length = std::sqrt(40 * 40 + 8.5 * 8.5);
  CHECK(stage.finish(action, 0) == doctest::Approx(std::ceil(length * 10) / 100));
  CHECK(stage.view.seen[0].y == doctest::Approx(3.25).epsilon(0.01));
}

TEST_CASE("acquire position: by the road with the lane changes it takes, and straight where there is none") {
  Stage stage({"a"});
  stage.put(0, "1", -2, 100, 10);
  const Row by_road = stage.act(0, osc::AcquirePositionAction{{{}, osc::LanePosition{"2", -1, 50, 0, {}}}});
  CHECK(stage.motion->running(by_road, 0));
  const double time = stage.finish(by_road, 0);
  CHECK(time == doctest::Approx((200 + 50 * 1.0175) / 10).epsilon(0.003));
  CHECK(stage.view.seen[0].lane_id == -1);

  stage.act(0, osc::TeleportAction{world(0, -100)});
  stage.act(0, osc::SpeedAction{{}, 2.0});
  const Row across = stage.act(0, osc::AcquirePositionAction{world(6, -92)});
  CHECK(stage.finish(across, 0) == doctest::Approx(5));
  CHECK(stage.a().x[0] == doctest::Approx(6));
  CHECK(stage.a().speed[0] == 0);
}

TEST_CASE("route: lanes from where it stands over the waypoints") {
  Stage stage({"a"});
  stage.put(0, "1", -2, 100, 10);
  osc::AssignRouteAction assign;
  for (const auto& p : {osc::LanePosition{"2", -1, 50, 0, {}}, osc::LanePosition{"3", 1, 100, 0, {}}})
    assign.route.waypoints.push_back({osc::Position{{}, p}, osc::RouteStrategy::kFastest});
  const Row action = stage.act(0, assign);
  CHECK(!stage.motion->running(action, 0));  // assigned
  CHECK(stage.motion->route(0).size() >= 4);
  stage.run(20);
  CHECK(stage.view.seen[0].lane_id == -1);
}

TEST_CASE("teleport, free motion across the road, lights, animation, visibility, overrides") {
  Stage stage({"a"});
  osc::Position across{
      {}, osc::LanePosition{"1", -3, 100, 0, osc::Orientation{sim::kPi / 2, {}, {}, osc::ReferenceContext::kRelative}}};
  stage.act(0, osc::TeleportAction{across});
  stage.act(0, osc::SpeedAction{{}, 1.5});
  stage.run(4);
  CHECK(stage.a().x[0] == doctest::Approx(100));
  CHECK(stage.a().y[0] == doctest::Approx(-8 + 6));
  stage.act(0, osc::LightStateAction{0, "brakeLights", false, osc::LightMode::kOn, {}, {}, {}, ""});
  CHECK(stage.a().lights[0][0] == 1);
  stage.act(0, osc::VisibilityAction{true, false, true, {}});
  CHECK(stage.a().visible[0] == 5);
  osc::OverrideControllerValueAction override_values;
  override_values.brake = osc::OverrideValue{true, 0.7, {}, {}, false};
  stage.act(0, osc::ControllerAction{{}, override_values, {}});
  CHECK(stage.a().overridden[0] == 2);
  CHECK(stage.a().brake[0] == 0.7);
  CHECK(stage.finish(stage.act(0, osc::AnimationAction{false, 1.5, {}, "pedestrian", "walking", {}}), 0) ==
        doctest::Approx(1.5));
}

TEST_CASE("save and restore in the middle of a lane change, a moving trajectory and a route give the same bits") {
  const auto setup = [](Stage& stage, sim::TableSet& state) {
    const Row change = stage.prepare(
        osc::LaneChangeAction{{osc::DynamicsShape::kCubic, osc::DynamicsDimension::kTime, 4.0}, 0.2, std::int32_t{-1}});
    osc::FollowTrajectoryAction follow;
    follow.trajectory.shape = osc::Polyline{{{{{}, osc::RelativeObjectPosition{"b", 0, 0, {}, {}}}, {}},
                                             {{{}, osc::RelativeObjectPosition{"b", 30, 5, {}, {}}}, {}},
                                             {{{}, osc::RelativeObjectPosition{"b", 60, 5, {}, {}}}, {}}}};
    const Row path = stage.prepare(follow);
    const Row acquire = stage.prepare(osc::AcquirePositionAction{{{}, osc::LanePosition{"3", 1, 200, 0, {}}}});
    stage.motion->bind(state);
    stage.put(0, "1", -2, 10, 15);
    stage.put(1, "1", -1, 50, 10);
    stage.put(2, "1", -2, 150, 12);
    stage.start(change, 0);
    stage.start(path, 1);
    stage.start(acquire, 2);
  };
  Stage a({"a", "b", "c"}), b({"a", "b", "c"});
  sim::TableSet state_a, state_b;
  setup(a, state_a);
  setup(b, state_b);
  sim::Jobs jobs(1);
  a.run(2);
  CHECK(state_a.hash(jobs) != state_b.hash(jobs));
  sim::Bytes saved;
  state_a.save(saved);
  REQUIRE(state_b.load(saved).has_value());
  b.motion->derive();
  b.view.step = a.view.step;
  b.view.time_s = a.view.time_s;
  CHECK(state_a.hash(jobs) == state_b.hash(jobs));
  for (int i = 0; i < 1500; ++i) a.step(), b.step();
  CHECK(state_a.hash(jobs) == state_b.hash(jobs));
  CHECK(state_a.hash(jobs) == state_a.hash_in_full(jobs));
}

TEST_CASE("trailers: straight behind on a line, on their own circle in a bend, let go where they are") {
  Stage stage({"trailer", "truck"});
  stage.motion->set_body(1, {-1.0, {}});
  stage.motion->set_body(0, {{}, 6.0});
  stage.put(0, "1", -2, 20, 0);
  stage.put(1, "1", -2, 30, 10);
  stage.act(1, osc::ConnectTrailerAction{"trailer"});
  stage.run(1);
  CHECK(stage.a().x[0] == doctest::Approx(40 - 7));
  CHECK(stage.a().y[0] == doctest::Approx(-5.25));
  CHECK(stage.a().speed[0] == doctest::Approx(10));
  stage.put(1, "2", -2, 1, 10);
  CHECK(stage.a().x[1] - stage.a().x[0] == doctest::Approx(7 * sim::cos(stage.a().yaw[1])));
  stage.run(15);
  // Steady in a bend: the hitch runs on sqrt(R^2 + 1), the trailer's axle on sqrt(R^2 + 1 - 36).
  const double radius = 105.25, expected = std::sqrt(radius * radius + 1 - 36);
  CHECK(sim::hypot(stage.a().x[0] - 300, stage.a().y[0] - 100) == doctest::Approx(expected).epsilon(1e-4));
  const double x = stage.a().x[0];
  stage.act(1, osc::DisconnectTrailerAction{});
  stage.run(1);
  CHECK(stage.a().x[0] == x);
  const auto again = stage.motion->start(stage.prepare(osc::ConnectTrailerAction{"truck"}), 0, stage.view);
  REQUIRE(!again.has_value());
  CHECK(again.error().what.find("has no hitch") != std::string::npos);
}

TEST_CASE("a step allocates nothing where somebody has been before") {
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 30);
  stage.put(1, "1", -1, 10, 30);
  stage.run(20);
  stage.put(0, "1", -2, 10, 20);
  stage.put(1, "1", -1, 40, 25);
  osc::LongitudinalDistanceAction keep;
  keep.entity_ref = "b";
  keep.distance_m = 20;
  keep.coordinate_system = osc::CoordinateSystem::kRoad;
  keep.constraints = osc::DynamicConstraints{2.0, {}, 3.0, {}, 40.0};
  keep.continuous = true;
  stage.act(0, keep);
  const Row change = stage.prepare(
      osc::LaneChangeAction{{osc::DynamicsShape::kCubic, osc::DynamicsDimension::kTime, 3}, 0, std::int32_t{-2}});
  stage.run(1);
  stage.start(change, 1);
  const test::AllocationGuard guard;
  for (int i = 0; i < 1000; ++i) stage.step();
  CHECK(guard.allocations() == 0);
}
