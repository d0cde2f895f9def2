// Twenty cases worked out by hand from the norm's formulas (OpenSCENARIO 1.3, DynamicsShape and DynamicsDimension): ten
// speed changes and ten lane changes, every shape in time, over a distance and at a rate, compared in every step within
// 1 cm and the way of one step.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/scenarios/story/stage.h"

using namespace bitgoeul;
using namespace tests;

namespace {

constexpr double kPi = 3.14159265358979323846;

// Share of the change after the share u of the time or way, and its integral.
double shape(osc::DynamicsShape s, double u) {
  if (u >= 1 || s == osc::DynamicsShape::kStep) return 1;
  if (s == osc::DynamicsShape::kLinear) return u;
  if (s == osc::DynamicsShape::kCubic) return 3 * u * u - 2 * u * u * u;
  return 0.5 * (1 - std::cos(kPi * u));
}
double integral(osc::DynamicsShape s, double u) {
  if (s == osc::DynamicsShape::kStep) return u;
  if (u >= 1) return integral(s, 0.9999999999) + u - 1;
  if (s == osc::DynamicsShape::kLinear) return 0.5 * u * u;
  if (s == osc::DynamicsShape::kCubic) return u * u * u - 0.5 * u * u * u * u;
  return 0.5 * (u - std::sin(kPi * u) / kPi);
}
// Greatest slope of the shape against its mean one: a rate is the greatest rate.
double steepest(osc::DynamicsShape s) {
  return s == osc::DynamicsShape::kCubic ? 1.5 : s == osc::DynamicsShape::kSinusoidal ? kPi / 2 : 1.0;
}

struct Case {
  osc::DynamicsShape shape;
  osc::DynamicsDimension dimension;
  double value;
};

std::vector<Case> cases(double seconds, double metres, double rate) {
  std::vector<Case> all{{osc::DynamicsShape::kStep, osc::DynamicsDimension::kTime, 0}};
  for (const auto s : {osc::DynamicsShape::kLinear, osc::DynamicsShape::kCubic, osc::DynamicsShape::kSinusoidal}) {
    all.push_back({s, osc::DynamicsDimension::kTime, seconds});
    all.push_back({s, osc::DynamicsDimension::kDistance, metres});
    all.push_back({s, osc::DynamicsDimension::kRate, rate});
  }
  return all;
}

int compared = 0;

}  // namespace

TEST_CASE("norm: ten speed changes by the formulas, within 1 cm and 1 step") {
  for (const Case& c : cases(4, 60, 2.5)) {
    CAPTURE(static_cast<int>(c.shape));
    CAPTURE(static_cast<int>(c.dimension));
    Stage stage({"car"});
    stage.put(0, "1", -1, 20, 10);
    // From 10 to 20 m/s.
    const double lasts = c.dimension == osc::DynamicsDimension::kTime       ? c.value
                         : c.dimension == osc::DynamicsDimension::kDistance ? 2 * c.value / (10 + 20)
                                                                            : steepest(c.shape) * 10 / c.value;
    stage.act(0, osc::SpeedAction{{c.shape, c.dimension, c.value}, 20.0});
    double worst = 0;
    for (int i = 1; i <= 800; ++i) {
      stage.step();
      const double t = 0.01 * i, u = lasts > 0 ? t / lasts : 1;
      const double x = 20 + (lasts > 0 ? 10 * t + 10 * lasts * integral(c.shape, u) : 20 * t);
      if (x > 290) break;
      worst = std::max(worst, std::fabs(stage.a().x[0] - x) - 0.01 * stage.a().speed[0]);
      CHECK(stage.a().speed[0] == doctest::Approx(10 + 10 * shape(c.shape, u)).epsilon(1e-6));
    }
    CHECK(worst <= 0.01);
    ++compared;
  }
}

TEST_CASE("norm: ten lane changes by the formulas, within 1 cm and 1 step") {
  for (const Case& c : cases(3, 30, 1.4)) {
    CAPTURE(static_cast<int>(c.shape));
    CAPTURE(static_cast<int>(c.dimension));
    Stage stage({"car"});
    stage.put(0, "1", -1, 20, 10);
    osc::LaneChangeAction change;
    change.dynamics = {c.shape, c.dimension, c.value};
    change.target = std::int32_t{-2};
    const double lasts = c.dimension == osc::DynamicsDimension::kRate ? steepest(c.shape) * 3.5 / c.value : c.value;
    stage.act(0, change);
    double worst = 0;
    for (int i = 1; i <= 600; ++i) {
      stage.step();
      const bool by_way = c.dimension == osc::DynamicsDimension::kDistance;
      const double u = lasts > 0 ? (by_way ? stage.a().x[0] - 20 : 0.01 * i) / lasts : 1;
      const double y = -1.75 - 3.5 * shape(c.shape, u);
      const double step = lasts > 0 ? 3.5 * steepest(c.shape) * (by_way ? 0.1 : 0.01) / lasts : 0;
      worst = std::max(worst, std::fabs(stage.a().y[0] - y) - step);
    }
    CHECK(worst <= 0.01);
    CHECK(stage.a().y[0] == doctest::Approx(-5.25).epsilon(1e-9));
    ++compared;
  }
  CHECK(compared % 10 == 0);
}

TEST_CASE("a lateral action that cannot be done leaves a trajectory to its end") {
  Stage stage({"car"});
  stage.put(0, "1", -1, 20, 10);
  osc::FollowTrajectoryAction follow;
  osc::Polyline line;
  for (const double s : {20.0, 120.0})
    line.vertices.push_back(osc::Vertex{osc::Position{{}, osc::LanePosition{"1", -1, s, 0, {}}}, std::nullopt});
  follow.trajectory.shape = line;
  const auto path = stage.prepare(follow);
  osc::LaneChangeAction change;
  change.dynamics = {osc::DynamicsShape::kLinear, osc::DynamicsDimension::kTime, 2};
  change.target = std::int32_t{-9};
  const auto wrong = stage.prepare(change);
  stage.start(path, 0);
  stage.run(1);
  CHECK_FALSE(stage.motion->start(wrong, 0, stage.view).has_value());
  CHECK(stage.motion->running(path, 0));
  stage.run(1);
  CHECK(stage.a().x[0] == doctest::Approx(40).epsilon(0.001));
}
