#include "maps/road_position.h"

#include <doctest/doctest.h>

#include <cmath>

#include "maps/lane_curve.h"
#include "maps/lane_geometry.h"
#include "tests/maps/rich_road.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using namespace bitgoeul::tests;

namespace {

std::shared_ptr<const Map> frozen(MapBuilder builder) {
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

}  // namespace

TEST_CASE("road s, t to world and back") {
  const auto map = frozen(rich_road());
  for (double s = 0.0; s <= 230.0; s += 3.7)
    for (const double t : {-8.0, -1.75, 0.0, 0.4, 6.0}) {
      const WorldPose pose = to_world(*map, RoadPosition{0, s, t, 0.0});
      const auto back = to_road(*map, 0, pose.x, pose.y);
      REQUIRE(back.has_value());
      INFO(s, " ", t);
      CHECK(std::abs(back->s - s) < 1e-6);
      CHECK(std::abs(back->t - t) < 1e-6);
    }
  CHECK(!to_road(*map, 0, 1e4, 1e4).has_value());
  CHECK(!to_road(*map, 0, std::nan(""), 0).has_value());
}

TEST_CASE("world pose by the norm: hill, tilt and offset") {
  const auto map = frozen(rich_road());
  // On the line: s = 30 at (30, 0), rising 2 %; no tilt yet.
  WorldPose pose = to_world(*map, RoadPosition{0, 30.0, 2.0, 1.5});
  CHECK(pose.x == doctest::Approx(30.0));
  CHECK(pose.y == doctest::Approx(2.0));
  CHECK(pose.z == doctest::Approx(10.0 + 0.6 + 1.5));
  CHECK(pose.pitch == doctest::Approx(-std::atan(0.02)));
  // On the arc the road is tilted by 0.04 rad: t runs along the tilted surface, left side up.
  const WorldPose center = to_world(*map, RoadPosition{0, 110.0, 0.0, 0.0});
  pose = to_world(*map, RoadPosition{0, 110.0, 5.0, 0.0});
  CHECK(pose.z - center.z == doctest::Approx(5.0 * std::sin(0.04)));
  CHECK(std::hypot(pose.x - center.x, pose.y - center.y) == doctest::Approx(5.0 * std::cos(0.04)));
  CHECK(pose.roll == doctest::Approx(0.04));
}

TEST_CASE("lane positions: edges and centre by the widths") {
  const auto map = frozen(rich_road());
  const Row lane = lane_at(*map, 0, 20.0, 2);
  REQUIRE(lane != kNone);
  double left = 0, right = 0;
  lane_edges_t(*map, lane, 20.0, left, right);
  CHECK(right == doctest::Approx(0.5 + 3.5));
  CHECK(left == doctest::Approx(0.5 + 3.5 + 3.2));
  CHECK(lane_center_t(*map, lane, 20.0) == doctest::Approx(0.5 + 3.5 + 1.6));
  lane_edges_t(*map, lane_at(*map, 0, 20.0, -2), 20.0, left, right);
  CHECK(left == doctest::Approx(0.5 - 3.5));
  CHECK(right == doctest::Approx(0.5 - 5.5));
  CHECK(lane_at(*map, 0, 20.0, 5) == kNone);
  CHECK(lane_at(*map, 0, 1e3, 1) == kNone);
  CHECK(lane_at(*map, 7, 1.0, 1) == kNone);
  CHECK(map->lanes[lane_at(*map, 0, 120.0, 1)].section == 1);
  CHECK(!to_world(*map, RoadLanePosition{0, 9, 20.0, 0.0}).has_value());
}

TEST_CASE("lane position to driving-graph position and back") {
  const auto map = frozen(rich_road());
  for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane) {
    const Lane& l = map->lanes[lane];
    for (int i = 0; i <= 20; ++i) {
      const double s = l.length * i / 20, t = 0.3;
      const RoadLanePosition position = to_road_lane(*map, lane, s, t);
      CHECK(position.lane_id == l.odr_id);
      CHECK(position.offset == (l.direction > 0 ? t : -t));
      CHECK(position.s >= l.s_begin - 1e-9);
      CHECK(position.s <= l.s_end + 1e-9);
      if (i == 0 || i == 20) continue;  // the section's edge belongs to the next section
      const auto back = to_lane(*map, position);
      REQUIRE(back.has_value());
      CHECK(back->lane == lane);
      CHECK(std::abs(back->s - s) < 1e-6);
      CHECK(back->t == t);
    }
  }
}

TEST_CASE("sampled centre lines lie within a centimetre of the exact ones, in driving direction") {
  const auto map = frozen(rich_road());
  for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane) {
    const Lane& l = map->lanes[lane];
    const LaneCurve curve(*map, lane);
    double s = 0.0;  // length of the exact centre line, by its chords
    LaneCurvePoint last = curve.at(l.s_begin);
    const int n = 4000;
    for (int i = 0; i <= n; ++i) {
      const double road_s = l.s_begin + (l.s_end - l.s_begin) * i / n;
      const LaneCurvePoint exact = curve.at(road_s);
      s += std::hypot(exact.x - last.x, exact.y - last.y);
      last = exact;
      const LanePose pose = lane_pose(*map, lane, l.direction > 0 ? s : l.length - s);
      INFO(l.odr_id, " ", road_s);
      REQUIRE(std::hypot(pose.x - exact.x, pose.y - exact.y) < 0.01);
      REQUIRE(std::abs(pose.z - exact.z) < 0.01);
      REQUIRE(std::abs(pose.width - exact.width) < 0.01);
      const double heading = l.direction > 0 ? exact.heading : exact.heading + sim::kPi;
      REQUIRE(std::abs(sim::wrap_angle(pose.heading - heading)) < 0.03);
    }
    CHECK(s == doctest::Approx(l.length).epsilon(1e-6));
    CHECK(map->points[l.points.begin].s == 0.0);
    CHECK(map->points[l.points.end - 1].s == l.length);
    for (Row i = l.points.begin; i + 1 < l.points.end; ++i) {
      const LanePoint &a = map->points[i], &b = map->points[i + 1];
      CHECK(b.s > a.s);
      CHECK(b.s - a.s < 25.1);
      CHECK(std::abs(b.heading - a.heading) < 5.01 * sim::kPi / 180);
    }
  }
}

TEST_CASE("a lane beside an arc has the length of its own circle") {
  MapBuilder builder = rich_road();
  RoadDraft& road = builder.roads[0];
  road.plan_view.clear();
  append_piece(road, GeometryKind::kArc, 100, 0.02);  // radius 50, centre on the left
  road.elevation.clear(), road.superelevation.clear(), road.lane_offset.clear();
  road.sections.resize(1);
  for (LaneDraft& lane : road.sections[0].lanes) lane.widths = {{0, 3.5, 0, 0, 0}};
  const auto map = frozen(builder);
  const double radius[] = {50 - 5.25, 50 - 1.75, 50 + 1.75, 50 + 5.25};
  for (Row lane = 0; lane < 4; ++lane) {
    CHECK(map->lanes[lane].length == doctest::Approx(radius[lane] * 2.0).epsilon(1e-12));
    const LanePoint& p = map->points[map->lanes[lane].points.begin + 1];
    CHECK(p.curvature * map->lanes[lane].direction == doctest::Approx(1 / radius[lane]));
    if (lane < 3) CHECK(p.speed_cap_mps == doctest::Approx(std::sqrt(2.0 * radius[lane])));
  }
}

TEST_CASE("world lane pose looks along the driving direction") {
  const auto map = frozen(rich_road());
  const auto right = to_world(*map, RoadLanePosition{0, -1, 10.0, 0.25}),
             left = to_world(*map, RoadLanePosition{0, 1, 10.0, 0.25});
  REQUIRE(right.has_value());
  REQUIRE(left.has_value());
  CHECK(right->y == doctest::Approx(0.5 - 1.75 + 0.25));
  CHECK(std::abs(right->heading) < 1e-12);
  CHECK(right->pitch < 0);  // uphill, nose up
  CHECK(left->y == doctest::Approx(0.5 + 1.75 + 0.25));
  CHECK(std::abs(left->heading) == doctest::Approx(sim::kPi));
  CHECK(left->pitch > 0);
}

TEST_CASE("project to lane: from a hint and without one") {
  const auto map = frozen(rich_road());
  for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane) {
    Row hint = kNone, walking = map->lanes[lane].points.begin;
    for (double s = 0.5; s < map->lanes[lane].length - 0.5; s += 1.3) {
      const LanePose pose = lane_pose(*map, lane, s, 0.7);
      hint = kNone;
      const LaneProjection far = project_to_lane(*map, lane, pose.x, pose.y, hint);
      const LaneProjection near = project_to_lane(*map, lane, pose.x, pose.y, walking);
      CHECK(std::abs(far.s - s) < 0.05);  // the pose turns smoothly between points, the foot is on the chord
      CHECK(std::abs(far.t - 0.7) < 0.01);
      CHECK(std::abs(near.s - far.s) < 0.05);
      CHECK(near.distance == doctest::Approx(far.distance).epsilon(0.01));
    }
  }
}
