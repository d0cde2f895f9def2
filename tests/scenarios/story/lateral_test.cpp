// Lateral actions against the norm's formulas: lane changes reach the lane in the stated time or way to 1 cm.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/scenarios/story/stage.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::story;
using tests::Stage;
namespace osc = bitgoeul::scenarios::openscenario;
using osc::DynamicsDimension;
using osc::DynamicsShape;

namespace {
osc::LaneChangeAction change_to(int lane, DynamicsShape shape, DynamicsDimension dimension, double value,
                                double offset = 0) {
  return {{shape, dimension, value}, offset, lane};
}
double closed_form(DynamicsShape shape, double u) {
  if (shape == DynamicsShape::kLinear) return u;
  if (shape == DynamicsShape::kCubic) return 3 * u * u - 2 * u * u * u;
  return (1 - std::cos(sim::kPi * u)) / 2;
}
}  // namespace

TEST_CASE("lane change: by time, by way and by rate it follows the formula and is there to 1 cm") {
  for (const auto shape : {DynamicsShape::kLinear, DynamicsShape::kCubic, DynamicsShape::kSinusoidal}) {
    Stage stage({"a"});
    stage.put(0, "1", -2, 10, 15);
    const Row timed = stage.act(0, change_to(-1, shape, DynamicsDimension::kTime, 3.0));
    for (int i = 1; i <= 300; ++i) {
      stage.step();
      CHECK(std::abs(stage.a().y[0] - (-5.25 + 3.5 * closed_form(shape, i / 300.0))) < 1e-9);
    }
    CHECK(!stage.motion->running(timed, 0));
    // 45 m of path, of which the lane got less: integral of sqrt(v^2 - (dy/dt)^2).
    CHECK(stage.a().traveled[0] == doctest::Approx(45));
    double along = 0;
    for (int i = 0; i < 3000; ++i) {
      const double u = (i + 0.5) / 3000, rate = (closed_form(shape, u + 1e-4) - closed_form(shape, u - 1e-4)) / 2e-4;
      along += std::sqrt(225 - (3.5 * rate / 3) * (3.5 * rate / 3)) * 0.001;
    }
    CHECK(std::abs(stage.a().x[0] - 10 - along) < 0.01);
    CHECK(stage.view.seen[0].lane_id == -1);
    const double from = stage.a().x[0];
    stage.finish(stage.act(0, change_to(-2, shape, DynamicsDimension::kDistance, 40, 0.4)), 0);
    CHECK(std::abs(stage.a().y[0] - (-5.25 + 0.4)) < 0.01);
    CHECK(std::abs(stage.a().x[0] - from - 40) < 15 * 0.01 + 1e-6);
    const Row by_rate = stage.act(0, change_to(-1, shape, DynamicsDimension::kRate, 1.5));
    double greatest = 0, before = stage.a().y[0];
    while (stage.motion->running(by_rate, 0)) {
      stage.step();
      greatest = std::max(greatest, std::abs(stage.a().y[0] - before) / 0.01);
      before = stage.a().y[0];
    }
    CHECK(greatest == doctest::Approx(1.5).epsilon(1e-3));
    CHECK(stage.a().y[0] == doctest::Approx(-1.75));
  }
}

TEST_CASE("lane change: to a lane relative to another entity, over the middle, on a bend, and where there is none") {
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 15);
  stage.put(1, "1", -1, 40, 15);
  osc::LaneChangeAction relative{
      {DynamicsShape::kSinusoidal, DynamicsDimension::kTime, 2.0}, 0, osc::RelativeTargetLane{"b", 0}};
  stage.finish(stage.act(0, relative), 0);
  CHECK(stage.a().y[0] == doctest::Approx(-1.75));
  relative.target = osc::RelativeTargetLane{"a", 1};
  stage.finish(stage.act(0, relative), 0);
  CHECK(stage.a().y[0] == doctest::Approx(1.75));  // lane 1, against its traffic
  CHECK(std::abs(stage.a().yaw[0]) < 0.05);
  const Row nowhere = stage.prepare(change_to(-9, DynamicsShape::kLinear, DynamicsDimension::kTime, 1));
  const auto refused = stage.motion->start(nowhere, 0, stage.view);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().what.find("no such lane") != std::string::npos);
  // On the arc: 100 m of radius at the reference line.
  stage.put(0, "2", -2, 20, 10);
  stage.finish(stage.act(0, change_to(-1, DynamicsShape::kCubic, DynamicsDimension::kTime, 4)), 0);
  CHECK(std::abs(sim::hypot(stage.a().x[0] - 300, stage.a().y[0] - 100) - 101.75) < 0.011);
}

TEST_CASE("lane offset: the greatest lateral acceleration is the stated one; it holds when continuous") {
  for (const auto shape : {DynamicsShape::kCubic, DynamicsShape::kSinusoidal}) {
    Stage stage({"a"});
    stage.put(0, "1", -2, 10, 15);
    const Row action = stage.act(0, osc::LaneOffsetAction{false, shape, 0.8, 1.0});
    double before = stage.a().y[0], speed_before = 0, greatest = 0;
    while (stage.motion->running(action, 0)) {
      stage.step();
      const double speed = (stage.a().y[0] - before) / 0.01;
      greatest = std::max(greatest, std::abs(speed - speed_before) / 0.01);
      before = stage.a().y[0], speed_before = speed;
    }
    CHECK(stage.a().y[0] == doctest::Approx(-4.25));
    CHECK(greatest == doctest::Approx(0.8).epsilon(0.02));
  }
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 15);
  stage.put(1, "1", -1, 10, 15, 0.3);
  const Row follow =
      stage.act(0, osc::LaneOffsetAction{true, DynamicsShape::kStep, {}, osc::RelativeTargetLaneOffset{"b", 0.2}});
  stage.run(0.1);
  CHECK(stage.a().y[0] == doctest::Approx(-5.25 + 0.5));
  CHECK(stage.motion->running(follow, 0));
}

TEST_CASE("lateral distance: at once without limits, within them with; between bodies when asked") {
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 15);
  stage.put(1, "1", -2, 20, 15);
  osc::LateralDistanceAction keep;
  keep.entity_ref = "b";
  keep.distance_m = 2.0;
  keep.displacement = osc::LateralDisplacement::kLeft;
  keep.coordinate_system = osc::CoordinateSystem::kLane;
  stage.finish(stage.act(0, keep), 0);
  CHECK(stage.a().y[0] - stage.a().y[1] == doctest::Approx(2));
  keep.displacement = osc::LateralDisplacement::kRight;
  keep.freespace = true;
  keep.constraints = osc::DynamicConstraints{1.0, {}, 1.0, {}, 0.5};
  const double time = stage.finish(stage.act(0, keep), 0);
  CHECK(stage.a().y[1] - stage.a().y[0] == doctest::Approx(2 + 1.8).epsilon(0.005));
  CHECK(time > 5.8 / 0.5);
}

TEST_CASE("lateral distance: beside the roads too, the way the entity looks") {
  Stage stage({"a", "b"});
  stage.put(1, "1", -2, 20, 15);
  stage.act(0, osc::TeleportAction{osc::Position{{}, osc::WorldPosition{20, -50, {}, {}, {}, {}}}});
  stage.act(0, osc::SpeedAction{{}, 15.0});
  osc::LateralDistanceAction keep;
  keep.entity_ref = "b";
  keep.distance_m = 20.0;
  keep.displacement = osc::LateralDisplacement::kRight;
  keep.coordinate_system = osc::CoordinateSystem::kEntity;
  keep.constraints = osc::DynamicConstraints{2.0, {}, 2.0, {}, 4.0};
  stage.finish(stage.act(0, keep), 0);
  CHECK(stage.a().y[1] - stage.a().y[0] == doctest::Approx(20).epsilon(0.001));
  CHECK(stage.a().x[0] < 20 + 15 * stage.view.time_s);  // some of its speed went sideways
}

TEST_CASE("keeping on: the lane over roads whose s turns about, and the end of the road") {
  Stage stage({"a"});
  stage.put(0, "1", -2, 290, 20);
  stage.run(10 / 20.0 + 210.5 / 20);  // 10 m of line, 200 m of reference line are 210.5 m of lane
  CHECK(stage.view.seen[0].lane_id == 2);
  CHECK(stage.view.seen[0].road_s == doctest::Approx(300).epsilon(1e-3));
  stage.run(20);
  CHECK(stage.a().at_end[0] == 1);
  CHECK(stage.a().speed[0] == 0);
  CHECK(stage.view.seen[0].road_s == doctest::Approx(0));
}
