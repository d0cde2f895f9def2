// Queries against closed forms: a circle of radius 100 m about the origin, so that every coordinate follows from the
// angle; the origin of the projection and one degree of longitude and latitude on the WGS84 ellipsoid.
#include "maps/place.h"

#include <doctest/doctest.h>

#include <cmath>

#include "maps/projection.h"
#include "maps/routing.h"
#include "tests/maps/rich_road.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using namespace bitgoeul::tests;

namespace {

constexpr double kRadius = 100.0, kWidth = 3.5, kHalfTurn = 3.14159265358979323846;
constexpr const char* kProjection =
    "+proj=tmerc +lat_0=35.1595 +lon_0=126.8526 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs";

// Three quarters of a circle, driven counter-clockwise on the right, climbing 2 %: two lanes and one against them.
std::shared_ptr<const Map> circle() {
  RoadDraft road;
  road.id = "circle";
  append_piece(road, GeometryKind::kArc, 1.5 * kHalfTurn * kRadius, 1 / kRadius);
  road.plan_view[0].x = kRadius;
  road.plan_view[0].heading = 0.5 * kHalfTurn;
  road.elevation = {{0, 5, 0.02, 0, 0}};
  road.speeds = {{0, 60 / 3.6}};
  road.sections.resize(1);
  road.sections[0].lanes = {driving_lane(1), driving_lane(-1), driving_lane(-2)};
  for (LaneDraft& lane : road.sections[0].lanes) lane.widths = {{0, kWidth, 0, 0, 0}}, lane.mark = MarkType::kBroken;
  TimedLimit school{8 * 60, 20 * 60, 0x7f, 0, 30 / 3.6}, bus{7 * 60, 9 * 60, 0x1f, 1, 0};
  road.sections[0].lanes[2].limits = {school, bus};
  MapBuilder builder;
  builder.name = builder.source = "circle";
  builder.projection = kProjection;
  builder.roads = {road};
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

}  // namespace

TEST_CASE("every way of naming a point of a circle gives the same point") {
  const auto map = circle();
  for (const std::int32_t id : {1, -1, -2})
    for (double angle = 0.05; angle < 1.45 * kHalfTurn; angle += 0.1)
      for (const double left : {-1.2, 0.0, 0.6}) {  // left of the lane's centre in driving direction
        const int way = id < 0 ? 1 : -1;
        // t grows towards the centre of the circle.
        const double centre_t = id > 0 ? 0.5 * kWidth : (id + 0.5) * kWidth, t = centre_t + way * left;
        const double radius = kRadius - t, lane_radius = kRadius - centre_t;
        const double x = radius * std::cos(angle), y = radius * std::sin(angle);
        const auto place = place_near(*map, x, y);
        REQUIRE(place.has_value());
        INFO("lane ", id, " angle ", angle, " left ", left);
        CHECK(place->road_lane.lane_id == id);
        CHECK(std::abs(place->road_lane.s - angle * kRadius) < 1e-5);
        CHECK(std::abs(place->road.t - t) < 1e-5);
        const double travelled = (way > 0 ? angle : 1.5 * kHalfTurn - angle) * lane_radius;
        CHECK(std::abs(place->lane.s - travelled) < 1e-5);
        CHECK(std::hypot(place->world.x - x, place->world.y - y) < 1e-5);
        CHECK(std::abs(place->world.z - (5 + 0.02 * angle * kRadius)) < 1e-6);
        CHECK(std::abs(sim::wrap_angle(place->world.heading - (angle + way * 0.5 * kHalfTurn))) < 1e-6);
        CHECK(place->curvature == doctest::Approx(way / lane_radius));
        CHECK(place->width == doctest::Approx(kWidth));
        // Back: the same driving-graph position from the road position.
        const auto lane = to_lane(*map, place->road_lane);
        REQUIRE(lane.has_value());
        CHECK(lane->lane == place->lane.lane);
        CHECK(std::abs(lane->s - place->lane.s) < 1e-6);
        CHECK(std::abs(lane->t - place->lane.t) < 1e-9);
      }
}

TEST_CASE("neighbours of a lane, and nothing far from all lanes") {
  const auto map = circle();
  const Row inner = lane_at(*map, 0, 10, -1), outer = lane_at(*map, 0, 10, -2), against = lane_at(*map, 0, 10, 1);
  CHECK(map->lanes[inner].right == outer);
  CHECK(map->lanes[outer].left == inner);
  CHECK(map->lanes[inner].left == kNone);
  CHECK(map->lanes[inner].opposite == against);
  CHECK(map->lanes[against].opposite == inner);
  CHECK(!place_near(*map, 0, 0).has_value());
  CHECK(!place_near(*map, std::nan(""), 0).has_value());
}

TEST_CASE("limits and bus lanes by weekday and time") {
  const auto map = circle();
  const Row plain = lane_at(*map, 0, 10, -1), timed = lane_at(*map, 0, 10, -2);
  const auto limit_kmh = [&](Row lane, int weekday, int minute) {
    return lane_rules(*map, lane, weekday, minute).speed_limit_mps * 3.6;
  };
  CHECK(limit_kmh(plain, 0, 10 * 60) == doctest::Approx(60));
  CHECK(limit_kmh(timed, 0, 8 * 60 - 1) == doctest::Approx(60));
  CHECK(limit_kmh(timed, 0, 8 * 60) == doctest::Approx(30));
  CHECK(limit_kmh(timed, 6, 20 * 60 - 1) == doctest::Approx(30));
  CHECK(limit_kmh(timed, 6, 20 * 60) == doctest::Approx(60));
  CHECK(lane_rules(*map, timed, 4, 7 * 60).buses_only);
  CHECK(!lane_rules(*map, timed, 4, 9 * 60).buses_only);
  CHECK(!lane_rules(*map, timed, 5, 7 * 60).buses_only);
  CHECK(!lane_rules(*map, plain, 4, 7 * 60).buses_only);
}

TEST_CASE("lane to WGS84 and back") {
  const auto map = circle();
  const auto projection = Projection::make(map->projection, map->offset_x, map->offset_y, map->offset_heading);
  REQUIRE(projection.has_value());
  // Metres per degree at the latitude of the origin (radii of curvature of the WGS84 ellipsoid).
  const double a = 6378137.0, e2 = 0.00669437999014, latitude = 35.1595 * kHalfTurn / 180;
  const double w = std::sqrt(1 - e2 * std::sin(latitude) * std::sin(latitude));
  const double north = a * (1 - e2) / (w * w * w) * kHalfTurn / 180,
               east = a / w * std::cos(latitude) * kHalfTurn / 180;
  for (double s = 3; s < map->lanes[1].length; s += 17) {
    const Place place = place_on_lane(*map, 1, s, 0.3);
    const auto geo = projection->inverse(place.world.x, place.world.y);
    REQUIRE(geo.has_value());
    CHECK(std::abs((geo->longitude_deg - 126.8526) * east - place.world.x) < 1e-2);
    CHECK(std::abs((geo->latitude_deg - 35.1595) * north - place.world.y) < 1e-2);
    const auto back = projection->forward(geo->longitude_deg, geo->latitude_deg);
    REQUIRE(back.has_value());
    const auto again = place_near(*map, back->x(), back->y());
    REQUIRE(again.has_value());
    CHECK(again->lane.lane == 1);
    CHECK(std::abs(again->lane.s - s) < 2e-4);  // projected points are multiples of 0.1 mm
    CHECK(std::abs(again->lane.t - 0.3) < 2e-4);
  }
}

TEST_CASE("a route along the circle is as long as its arc, by time and by length") {
  const auto map = circle();
  const Row lane = lane_at(*map, 0, 10, -1);
  Router router(*map);
  for (const bool shortest : {false, true}) {
    const auto route =
        router.find({.from_lane = lane, .from_s = 50, .to_lane = lane, .to_s = 350, .shortest = shortest});
    REQUIRE(route.has_value());
    CHECK(route->length_m == doctest::Approx(300));
    CHECK(route->time_s == doctest::Approx(300 / (60 / 3.6)));
  }
}
