// Longitudinal actions against the norm's formulas: every shape in every dimension, profiles with limits, distances,
// synchronisation.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/scenarios/story/stage.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::story;
using tests::Stage;
namespace osc = bitgoeul::scenarios::openscenario;
using osc::DynamicsDimension;
using osc::DynamicsShape;

namespace {
double closed_form(DynamicsShape shape, double u) {
  if (shape == DynamicsShape::kLinear) return u;
  if (shape == DynamicsShape::kCubic) return 3 * u * u - 2 * u * u * u;
  return (1 - std::cos(sim::kPi * u)) / 2;
}
// Of the integral of the closed form over time.
double driven(DynamicsShape shape, double u) {
  if (shape == DynamicsShape::kLinear) return u * u / 2;
  if (shape == DynamicsShape::kCubic) return u * u * u - u * u * u * u / 2;
  return u / 2 - std::sin(sim::kPi * u) / (2 * sim::kPi);
}
}  // namespace

TEST_CASE("speed action: shapes by time follow the formula to 1e-9 m/s and their integral to 1 mm") {
  for (const auto shape : {DynamicsShape::kLinear, DynamicsShape::kCubic, DynamicsShape::kSinusoidal}) {
    Stage stage({"a"});
    stage.put(0, "1", -2, 10, 8);
    const Row action = stage.act(0, osc::SpeedAction{{shape, DynamicsDimension::kTime, 4.0}, 20.0});
    for (int i = 1; i <= 400; ++i) {
      stage.step();
      const double u = i / 400.0;
      CHECK(std::abs(stage.a().speed[0] - (8 + 12 * closed_form(shape, u))) < 1e-9);
      CHECK(std::abs(stage.a().x[0] - (10 + 8 * 4 * u + 12 * 4 * driven(shape, u))) < 1e-3);
      CHECK(stage.motion->running(action, 0) == (i < 400));
    }
  }
}

TEST_CASE("speed action: a rate is the greatest rate, a distance is driven out exactly, a step is at once") {
  for (const auto shape : {DynamicsShape::kLinear, DynamicsShape::kCubic, DynamicsShape::kSinusoidal}) {
    Stage stage({"a"});
    stage.put(0, "1", -2, 10, 20);
    const Row braking = stage.act(0, osc::SpeedAction{{shape, DynamicsDimension::kRate, 4.0}, 0.0});
    double greatest = 0;
    while (stage.motion->running(braking, 0)) {
      stage.step();
      greatest = std::max(greatest, std::abs(stage.a().acceleration[0]));
    }
    CHECK(greatest == doctest::Approx(4.0).epsilon(1e-4));
    CHECK(stage.a().speed[0] == 0);
  }
  Stage stage({"a"});
  stage.put(0, "1", -2, 10, 20);
  stage.finish(stage.act(0, osc::SpeedAction{{DynamicsShape::kLinear, DynamicsDimension::kDistance, 50.0}, 0.0}), 0);
  CHECK(stage.a().x[0] == doctest::Approx(60).epsilon(1e-9));
  stage.act(0, osc::SpeedAction{{}, 7.0});
  CHECK(stage.a().speed[0] == 7.0);
}

TEST_CASE("speed action: what the vehicle cannot do takes as long as it needs") {
  Stage stage({"a"});
  stage.motion->set_body(0, {{}, {}, 15.0, 5.0, 8.0});
  stage.put(0, "1", -2, 10, 5);
  // 10 m/s by a sinusoid of at most 5 m/s^2: pi/2 x 2 s.
  const Row faster = stage.act(0, osc::SpeedAction{{DynamicsShape::kSinusoidal, DynamicsDimension::kTime, 1.0}, 40.0});
  CHECK(std::abs(stage.finish(faster, 0) - sim::kPi) < 0.011);
  CHECK(stage.a().speed[0] == doctest::Approx(15));
}

TEST_CASE("speed action: relative to another, once and for good") {
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 10);
  stage.put(1, "1", -1, 10, 15);
  osc::RelativeTargetSpeed target{"b", 1.2, osc::SpeedTargetValueType::kFactor, true};
  const Row action = stage.act(0, osc::SpeedAction{{}, target});
  CHECK(stage.a().speed[0] == doctest::Approx(18));
  stage.act(1, osc::SpeedAction{{DynamicsShape::kLinear, DynamicsDimension::kTime, 1.0}, 5.0});
  stage.run(1.05);
  CHECK(stage.motion->running(action, 0));
  CHECK(stage.a().speed[0] == doctest::Approx(6));
  stage.motion->stop(action, 0);
  const Row once =
      stage.act(0, osc::SpeedAction{{DynamicsShape::kLinear, DynamicsDimension::kTime, 2.0},
                                    osc::RelativeTargetSpeed{"b", -2, osc::SpeedTargetValueType::kDelta, false}});
  CHECK(stage.finish(once, 0) == doctest::Approx(2.0));
  CHECK(stage.a().speed[0] == doctest::Approx(3));
}

TEST_CASE("speed ramps: jerk-limited speeds and ways agree with their derivatives and their ends") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const SpeedRamp& ramp : {fastest_ramp(5, 25, 3, 2), fastest_ramp(25, 5, 30, 2), timed_ramp(5, 12, 6, 1.5),
                                timed_ramp(12, 0, 4, kInfinity), fastest_ramp(0, 10, 2.5, kInfinity)}) {
    CHECK(ramp.speed(ramp.time_s) == doctest::Approx(ramp.to));
    CHECK(ramp.speed(ramp.time_s - 1e-9) == doctest::Approx(ramp.to).epsilon(1e-7));
    CHECK(ramp.distance(ramp.time_s) == doctest::Approx(ramp.time_s * 0.5 * (ramp.from + ramp.to)));
    for (double t = 0.01; t < ramp.time_s + 1; t += 0.173) {
      const double h = 1e-5, slope = (ramp.distance(t + h) - ramp.distance(t - h)) / (2 * h);
      CHECK(std::abs(slope - ramp.speed(t)) < 1e-6);
    }
  }
  // 20 m/s by at most 3 m/s^2 with 2 m/s^3: 20/3 s and 3/2 s more (closed form).
  CHECK(fastest_ramp(5, 25, 3, 2).time_s == doctest::Approx(20.0 / 3 + 1.5));
  CHECK(timed_ramp(5, 12, 6, 1.5).time_s == 6);
}

TEST_CASE("speed profile: times, limits, way") {
  Stage stage({"a"});
  stage.put(0, "1", -2, 0, 10);
  osc::SpeedProfileAction profile;
  profile.entries = {{20, 5.0}, {20, 2.0}, {5, 3.0}};
  const Row timed = stage.act(0, profile);
  stage.run(2.5);
  CHECK(stage.a().speed[0] == doctest::Approx(15));
  CHECK(stage.finish(timed, 0) == doctest::Approx(7.5));
  CHECK(stage.a().speed[0] == doctest::Approx(5));
  CHECK(stage.a().x[0] == doctest::Approx(75 + 40 + 37.5));
  profile.following_mode = osc::FollowingMode::kFollow;
  profile.constraints = osc::DynamicConstraints{2.0, 1.0, 4.0, 2.0, {}};
  profile.entries = {{15, {}}, {0, {}}};
  const double time = stage.finish(stage.act(0, profile), 0);
  CHECK(std::abs(time - (10.0 / 2 + 2.0 / 1 + 15.0 / 4 + 4.0 / 2)) < 0.011);
}

TEST_CASE("longitudinal distance: without limits at once, with limits without overshoot, bumper to bumper") {
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 10);
  stage.put(1, "1", -2, 80, 15);
  osc::LongitudinalDistanceAction keep;
  keep.entity_ref = "b";
  keep.distance_m = 20;
  keep.coordinate_system = osc::CoordinateSystem::kRoad;
  stage.finish(stage.act(0, keep), 0);
  CHECK(stage.a().speed[0] == doctest::Approx(15));
  CHECK(stage.a().x[1] - stage.a().x[0] == doctest::Approx(20));

  stage.put(0, "1", -2, 10, 10);
  stage.put(1, "1", -2, 60, 8);
  keep.freespace = true;
  keep.continuous = true;
  keep.constraints = osc::DynamicConstraints{2.0, {}, 3.0, {}, 20.0};
  stage.act(0, keep);
  double least = 1e9, fastest = 0;
  for (int i = 0; i < 2500; ++i) {
    const double before = stage.a().speed[0];
    stage.step();
    least = std::min(least, stage.a().x[1] - stage.a().x[0]);
    fastest = std::max(fastest, stage.a().speed[0] - before);
  }
  CHECK(fastest <= 0.02 + 1e-9);
  CHECK(least > 24.5 - 0.1);
  CHECK(stage.a().x[1] - stage.a().x[0] == doctest::Approx(24.5).epsilon(0.005));
  CHECK(stage.a().speed[0] == doctest::Approx(8).epsilon(0.01));
}

TEST_CASE("distance along the road: also for what stands across it, which stays as it is turned") {
  Stage stage({"rack", "car"});
  stage.put(1, "1", -2, 250, 20);
  const osc::Orientation across{1.5, {}, {}, osc::ReferenceContext::kRelative};
  stage.act(0, osc::TeleportAction{osc::Position{{}, osc::RelativeObjectPosition{"car", 0, -0.6, 0, across}}});
  osc::LongitudinalDistanceAction keep;
  keep.entity_ref = "car";
  keep.distance_m = 1.2;
  keep.continuous = true;
  keep.coordinate_system = osc::CoordinateSystem::kRoad;
  stage.act(0, keep);
  for (int i = 0; i < 200; ++i) stage.step();
  CHECK(stage.a().x[1] == doctest::Approx(290).epsilon(1e-6));
  CHECK(stage.a().x[0] == doctest::Approx(290 - 1.2).epsilon(1e-6));
  CHECK(stage.a().y[0] == doctest::Approx(-5.25 - 0.6));
  CHECK(stage.a().yaw[0] == doctest::Approx(1.5));
  CHECK(stage.a().speed[0] == doctest::Approx(20));
  for (int i = 0; i < 300; ++i) stage.step();  // into the arc, which turns both
  CHECK(sim::wrap_angle(stage.a().yaw[0] - stage.a().yaw[1]) == doctest::Approx(1.5).epsilon(0.02));
}

TEST_CASE("synchronise: both arrive together, also with a final speed and a steady end") {
  for (const int kind : {0, 1, 2}) {
    Stage stage({"a", "b"});
    stage.put(0, "1", -2, 10, 10);
    stage.put(1, "1", 1, 290, 12);  // comes the other way
    osc::SynchronizeAction sync;
    sync.master_entity_ref = "b";
    sync.target_position.at = osc::LanePosition{"1", -2, 110, 0, {}};
    sync.target_position_master.at = osc::LanePosition{"1", 1, 170, 0, {}};
    if (kind == 1) sync.final_speed = osc::AbsoluteSpeed{14, {}};
    if (kind == 2) sync.final_speed = osc::AbsoluteSpeed{14, osc::SteadyState{false, 28}};
    const Row action = stage.act(0, sync);
    double at_28 = 0;
    for (int i = 0; i < 1000; ++i) {
      stage.step();
      if (stage.a().x[0] < 110 - 28) at_28 = stage.a().speed[0];
    }
    (void)action;
    // 120 m of the other at 12 m/s are 10 s, so both are there now.
    CHECK(stage.a().x[1] == doctest::Approx(170).epsilon(1e-6));
    CHECK(std::abs(stage.a().x[0] - 110) < 0.15);
    if (kind > 0) CHECK(stage.a().speed[0] == doctest::Approx(14).epsilon(0.01));
    if (kind == 2) CHECK(at_28 == doctest::Approx(14).epsilon(0.02));
    if (kind == 0) CHECK(stage.a().speed[0] == doctest::Approx(10).epsilon(1e-6));
  }
}

TEST_CASE("synchronise: who stands waits, then speeds up steadily over the way before the steady end") {
  // The numbers of a crossing pedestrian of Euro NCAP: 3.6 m to the other's line, the last 3 m at 5 km/h.
  Stage stage({"a", "b"});
  stage.put(0, "1", -2, 10, 0);
  stage.put(1, "1", -1, 50, 10);
  const double final = 5 / 3.6;
  osc::SynchronizeAction sync;
  sync.master_entity_ref = "b";
  sync.target_position.at = osc::LanePosition{"1", -2, 13.6, 0, {}};
  sync.target_position_master.at = osc::LanePosition{"1", -1, 100, 0, {}};
  sync.final_speed = osc::AbsoluteSpeed{final, osc::SteadyState{false, 3.0}};
  stage.act(0, sync);
  const double ramp = 2 * 0.6 / final, steady = 3 / final;
  for (int i = 1; i <= 500; ++i) {
    stage.step();
    const double t = i * 0.01 - (5 - steady - ramp);
    const double expected = t < 0 ? 0 : t < ramp ? final * t / ramp : final;
    CHECK(std::abs(stage.a().speed[0] - expected) < 0.04);
  }
  CHECK(std::abs(stage.a().x[0] - 13.6) < 0.02);
}

TEST_CASE("pedals: held down they give what the vehicle can do, until they are let go") {
  Stage stage({"a"});
  stage.motion->set_body(0, {{}, {}, 15.0, 5.0, 8.0});
  stage.put(0, "1", -2, 10, 5);
  const auto hold = [&](std::optional<double> throttle, std::optional<double> brake) {
    osc::OverrideControllerValueAction pedals;
    pedals.throttle = osc::OverrideValue{throttle.has_value(), throttle.value_or(0), {}, {}, false};
    pedals.brake = osc::OverrideValue{brake.has_value(), brake.value_or(0), {}, {}, false};
    stage.act(0, osc::ControllerAction{{}, pedals, {}});
  };
  const auto& a = stage.a();
  hold(0.5, {});  // 2.5 m/s2
  stage.run(2);
  CHECK(a.speed[0] == doctest::Approx(10));
  CHECK(a.x[0] == doctest::Approx(10 + 5 * 2 + 0.5 * 2.5 * 4));
  CHECK(a.acceleration[0] == doctest::Approx(2.5));
  hold(1.0, {});
  stage.run(3);
  CHECK(a.speed[0] == 15);  // its greatest
  const double begin = a.x[0];
  hold({}, 0.75);  // 6 m/s2: 2.5 s, 15^2 / 12 m
  stage.run(4);
  CHECK(a.speed[0] == 0);
  CHECK(a.x[0] - begin == doctest::Approx(15.0 * 15 / 12).epsilon(1e-3));
  // A speed action in between has no say; let go, it keeps what it has.
  hold({}, {});
  stage.act(0, osc::SpeedAction{{}, 8.0});
  stage.run(1);
  CHECK(a.speed[0] == 8);
  hold(0.2, {});  // 1 m/s2
  stage.run(2);
  hold({}, {});
  stage.run(1);
  CHECK(a.speed[0] == doctest::Approx(10));
  // The force of a brake says nothing without a mass.
  osc::OverrideControllerValueAction force;
  force.brake = osc::OverrideValue{true, 5000, {}, {}, true};
  stage.act(0, osc::ControllerAction{{}, force, {}});
  stage.run(1);
  CHECK(a.speed[0] == doctest::Approx(10));
}
