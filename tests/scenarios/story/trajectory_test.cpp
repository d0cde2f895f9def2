// Trajectories against closed forms: straight pieces, circles, Fresnel integrals, and the exact circle of a NURBS.
#include "scenarios/story/trajectory.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/scenarios/story/story_map.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::story;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {

osc::Position world(double x, double y, std::optional<double> h = {}) {
  return {{}, osc::WorldPosition{x, y, 0.0, h, {}, {}}};
}

sim::Result<Path> path_of(const decltype(osc::Trajectory::shape)& shape, bool closed = false) {
  static const auto map = tests::story_map();
  osc::Trajectory trajectory;
  trajectory.name = "way";
  trajectory.shape = shape;
  trajectory.closed = closed;
  const auto plan = prepare_trajectory(trajectory, {map.get(), {}, {}});
  if (!plan) return tl::unexpected(plan.error());
  View view;
  view.map = map.get();
  return shape_of(*plan, view);
}

}  // namespace

TEST_CASE("polyline: arc length, heading, times, orientation of the file, closed") {
  const osc::Polyline line{{{world(0, 0), 1.0}, {world(3, 4), 2.0}, {world(3, 10), 5.0}}};
  const auto path = path_of(line);
  REQUIRE(path.has_value());
  CHECK(path->length() == doctest::Approx(11));
  CHECK(path->at(2.5).x == doctest::Approx(1.5));
  CHECK(path->at(2.5).yaw == doctest::Approx(sim::atan2(4, 3)));
  CHECK(path->at(8).y == doctest::Approx(7));
  CHECK(path->at(8).yaw == doctest::Approx(sim::kPi / 2));
  CHECK(path->s_at(1.5) == doctest::Approx(2.5));
  CHECK(path->s_at(3.5) == doctest::Approx(8));
  CHECK(path->speed_at(1.5) == doctest::Approx(5));
  CHECK(path->speed_at(3.5) == doctest::Approx(2));
  CHECK(path->nearest(4, 7) == doctest::Approx(8));

  const auto turned = path_of(osc::Polyline{{{world(0, 0, 1.0), {}}, {world(10, 0, 2.0), {}}}});
  REQUIRE(turned.has_value());
  CHECK(turned->at(5).yaw == doctest::Approx(1.5));

  const auto ring = path_of(osc::Polyline{{{world(0, 0), {}}, {world(10, 0), {}}, {world(10, 10), {}}}}, true);
  REQUIRE(ring.has_value());
  CHECK(ring->length() == doctest::Approx(20 + 10 * std::sqrt(2.0)));
  CHECK(ring->at(ring->length() + 4).x == doctest::Approx(4));
}

TEST_CASE("clothoid: position against the Fresnel integrals, summed in small steps") {
  osc::Clothoid clothoid;
  clothoid.curvature = 0.01, clothoid.curvature_prime = 0.001, clothoid.length_m = 50;
  clothoid.start.push_back({world(5, -2, 0.4), {}});
  clothoid.start_time_s = 2, clothoid.stop_time_s = 7;
  const auto path = path_of(clothoid);
  REQUIRE(path.has_value());
  // Simpson's rule on x' = cos(h + k s + k' s^2 / 2): error below 1e-12 with 20,000 steps.
  double x = 5, y = -2;
  const int n = 20000;
  const double step = 50.0 / n;
  const auto heading = [](double s) { return 0.4 + 0.01 * s + 0.0005 * s * s; };
  for (int i = 0; i < n; ++i) {
    const double s = i * step;
    x += step / 6 * (std::cos(heading(s)) + 4 * std::cos(heading(s + step / 2)) + std::cos(heading(s + step)));
    y += step / 6 * (std::sin(heading(s)) + 4 * std::sin(heading(s + step / 2)) + std::sin(heading(s + step)));
  }
  const PathPose end = path->at(50);
  CHECK(std::abs(end.x - x) < 1e-8);
  CHECK(std::abs(end.y - y) < 1e-8);
  CHECK(std::abs(sim::wrap_angle(end.yaw - heading(50))) < 1e-9);
  CHECK(path->s_at(4.5) == doctest::Approx(25));
}

TEST_CASE("clothoid spline: pieces go on where the one before ends, with its heading and its own offset") {
  osc::ClothoidSpline spline;
  osc::ClothoidSplineSegment line, arc;
  line.length_m = 20;
  line.start.push_back({world(0, 0, 0.0), {}});
  line.time_start_s = 0;
  arc.length_m = 10 * sim::kPi, arc.curvature_start = 0.05, arc.curvature_end = 0.05;  // a quarter of 20 m radius
  spline.segments = {line, arc};
  spline.time_end_s = 8;
  const auto path = path_of(spline);
  REQUIRE(path.has_value());
  const PathPose end = path->at(path->length());
  CHECK(end.x == doctest::Approx(40));
  CHECK(end.y == doctest::Approx(20));
  CHECK(end.yaw == doctest::Approx(sim::kPi / 2));
  CHECK(path->speed_at(1) == doctest::Approx(path->length() / 8));
}

TEST_CASE("nurbs: a quarter circle of degree two is exact; knots that do not fit are refused") {
  osc::Nurbs nurbs;
  nurbs.order = 3;
  nurbs.knots = {0, 0, 0, 1, 1, 1};
  nurbs.control_points = {{world(10, 0), {}, 1.0}, {world(10, 10), {}, std::sqrt(0.5)}, {world(0, 10), {}, 1.0}};
  const auto path = path_of(nurbs);
  REQUIRE(path.has_value());
  for (double s = 0; s < path->length(); s += 0.37) {
    const PathPose p = path->at(s);
    CHECK(std::abs(sim::hypot(p.x, p.y) - 10) < 2e-4);
  }
  CHECK(path->length() == doctest::Approx(5 * sim::kPi).epsilon(1e-5));
  nurbs.knots.pop_back();
  const auto wrong = path_of(nurbs);
  REQUIRE(!wrong.has_value());
  CHECK(sim::to_string(wrong.error()).find("needs 6 knots, not 5") != std::string::npos);
}
