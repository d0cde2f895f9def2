// All ten position kinds of OpenSCENARIO 1.3 on a street whose geometry is known in closed form.
#include "scenarios/story/positions.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/scenarios/story/story_map.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::story;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {

struct Street {
  std::shared_ptr<const maps::Map> map = tests::story_map();
  std::vector<std::string> names{"a", "b"};
  View view;
  Street() {
    view.map = map.get();
    view.names = names;
    view.entities = 2;
    view.seen.resize(2);
  }
  PrepareContext context() const { return {map.get(), names, {}}; }
  template <class P>
  Place at(const P& position) {
    const auto spot = prepare(osc::Position{{}, position}, context());
    INFO((spot.has_value() ? std::string() : sim::to_string(spot.error())));
    REQUIRE(spot.has_value());
    const auto place = locate(*spot, view);
    INFO((place.has_value() ? std::string() : sim::to_string(place.error())));
    REQUIRE(place.has_value());
    return *place;
  }
  template <class P>
  std::string refused(const P& position) {
    const auto spot = prepare(osc::Position{{}, position}, context());
    if (!spot) return sim::to_string(spot.error());
    const auto place = locate(*spot, view);
    REQUIRE(!place.has_value());
    return sim::to_string(place.error());
  }
  void stand(int row, const Place& place) { view.seen[static_cast<std::size_t>(row)] = tests::seen_at(place); }
};

osc::Orientation turned(double h, osc::ReferenceContext type) { return {h, {}, {}, type}; }
constexpr auto kAbsolute = osc::ReferenceContext::kAbsolute;
constexpr auto kRelative = osc::ReferenceContext::kRelative;

void check_at(const Place& place, double x, double y, double yaw, double eps = 1e-6) {
  CHECK(place.x == doctest::Approx(x).epsilon(eps));
  CHECK(place.y == doctest::Approx(y).epsilon(eps));
  CHECK(std::abs(sim::wrap_angle(place.yaw - yaw)) < 1e-6);
}

// On the arc of road 2, at an angle, `out` metres to the right of its reference line.
void check_on_arc(const Place& place, double angle, double out, double yaw) {
  const double radius = 100 + out;
  check_at(place, 300 + radius * sim::sin(angle), 100 - radius * sim::cos(angle), yaw);
}

}  // namespace

TEST_CASE("positions: lane, road and world") {
  Street street;
  check_at(street.at(osc::LanePosition{"1", -2, 100, 0.5, {}}), 100, -5.25 + 0.5, 0);
  check_at(street.at(osc::LanePosition{"1", 1, 100, 0.5, {}}), 100, 1.75 + 0.5, sim::kPi);
  check_at(street.at(osc::LanePosition{"1", -1, 100, 0, turned(0.3, kRelative)}), 100, -1.75, 0.3);
  check_at(street.at(osc::LanePosition{"1", 1, 100, 0, turned(0.3, kAbsolute)}), 100, 1.75, 0.3);
  check_on_arc(street.at(osc::LanePosition{"2", -1, 100, 0, {}}), 1.0, 1.75, 1.0);
  check_on_arc(street.at(osc::RoadPosition{"2", 50, -6, {}}), 0.5, 6, 0.5);
  const Place walk = street.at(osc::RoadPosition{"1", 20, -8, {}});
  CHECK(walk.lane_id == -3);
  const Place world = street.at(osc::WorldPosition{40, -5, {}, 0.2, {}, {}});
  check_at(world, 40, -5, 0.2);
  CHECK(world.lane_id == -2);
  CHECK(world.road_s == doctest::Approx(40));
  CHECK(world.road_t == doctest::Approx(-5));
  CHECK(world.lane_t == doctest::Approx(0.25));
  const Place off = street.at(osc::WorldPosition{40, -50, {}, {}, {}, {}});
  CHECK(off.road == sim::kNone);
}

TEST_CASE("positions: relative to an entity, in the world's and in its own axes") {
  Street street;
  street.stand(0, street.at(osc::LanePosition{"2", -1, 100, 0, {}}));
  const Seen& a = street.view.seen[0];
  check_at(street.at(osc::RelativeWorldPosition{"a", 3, -4, 0, {}}), a.x + 3, a.y - 4, a.yaw);
  check_at(street.at(osc::RelativeObjectPosition{"a", 10, 2, 0, {}}), a.x + 10 * sim::cos(1.0) - 2 * sim::sin(1.0),
           a.y + 10 * sim::sin(1.0) + 2 * sim::cos(1.0), a.yaw);
  check_at(street.at(osc::RelativeObjectPosition{"a", 10, 0, 0, turned(-0.5, kRelative)}), a.x + 10 * sim::cos(1.0),
           a.y + 10 * sim::sin(1.0), a.yaw - 0.5);
  CHECK(street.at(osc::RelativeObjectPosition{"a", 0, 0, 2, {}}).z == doctest::Approx(a.z + 2));
}

TEST_CASE("positions: along the road and the lanes from an entity, also over the ends of roads") {
  Street street;
  street.stand(0, street.at(osc::LanePosition{"1", -2, 250, 0.3, {}}));
  check_at(street.at(osc::RelativeRoadPosition{"a", -50, 2, {}}), 200, -5.25 + 0.3 + 2, 0);
  // 100 m of reference line on: 50 m of the arc.
  check_on_arc(street.at(osc::RelativeRoadPosition{"a", 100, 0, {}}), 0.5, 4.95, 0.5);
  check_on_arc(street.at(osc::RelativeLanePosition{"a", 1, 100, {}, 0, {}}), 0.5, 1.75, 0.5);
  // Lane 0 is no lane: two to the left of -2 is 1, whose traffic comes the other way.
  check_at(street.at(osc::RelativeLanePosition{"a", 2, -50, {}, 0, {}}), 200, 1.75, sim::kPi);
  // Along the lane: on the arc it is 105.25 m wide of radius, so 52.625 m of it are half a radian.
  check_on_arc(street.at(osc::RelativeLanePosition{"a", 0, {}, 50 + 52.625, 0, {}}), 0.5, 5.25, 0.5);
  // Onto road 3, whose s runs the other way: 50 + 200 + 30 m.
  const Place far = street.at(osc::RelativeLanePosition{"a", 0, 280, {}, 0, {}});
  CHECK(street.map->text_of(street.map->roads[far.road].id) == "3");
  CHECK(far.road_s == doctest::Approx(270));
  CHECK(far.lane_id == 2);
  // Beside who drives against its lane.
  street.stand(1, street.at(osc::LanePosition{"1", -2, 100, 0, turned(sim::kPi, kRelative)}));
  check_at(street.at(osc::RelativeLanePosition{"b", 1, -30, {}, 0, {}}), 70, -1.75, sim::kPi);
  // dsLane counts the way the entity looks (1.3).
  check_at(street.at(osc::RelativeLanePosition{"b", 0, {}, 30, 0, {}}), 70, -5.25, sim::kPi);
  CHECK(street.refused(osc::RelativeLanePosition{"a", -2, 0, {}, 0, {}}).find("no lane") != std::string::npos);
  check_at(street.at(osc::RelativeLanePosition{"a", 0, -250.005, {}, 0, {}}), 0, -5.25,
           0);  // rounded to the centimetre
  CHECK(street.refused(osc::RelativeLanePosition{"a", 0, -260, {}, 0, {}}).find("ends before") != std::string::npos);
}

TEST_CASE("positions: on a route, on a trajectory, by latitude and longitude") {
  Street street;
  osc::RoutePosition on_route;
  for (const auto& p : {osc::LanePosition{"1", -2, 200, 0, {}}, osc::LanePosition{"2", -2, 100, 0, {}}})
    on_route.route.waypoints.push_back({osc::Position{{}, p}, osc::RouteStrategy::kShortest});
  on_route.in_route = osc::PositionInLaneCoordinates{150, 0.5, -1};
  check_on_arc(street.at(on_route), 0.5, 1.25, 0.5);
  on_route.in_route = osc::PositionInRoadCoordinates{50, -3};
  check_at(street.at(on_route), 250, -3, 0);
  street.stand(1, street.at(osc::LanePosition{"1", -1, 33, 0, {}}));
  on_route.in_route = osc::PositionOfCurrentEntity{"b"};
  check_at(street.at(on_route), 33, -1.75, 0);

  osc::Trajectory line;
  osc::Polyline shape;
  for (const double x : {0.0, 3.0})
    shape.vertices.push_back({osc::Position{{}, osc::WorldPosition{x, x * 4 / 3, 0.0, {}, {}, {}}}, {}});
  line.shape = shape;
  check_at(street.at(osc::TrajectoryPosition{line, 2.5, 1.0, {}}), 1.5 - 0.8, 2 + 0.6, sim::atan2(4, 3));
  // However the file turns who follows it, s and t are those of the curve.
  for (osc::Vertex& vertex : std::get<osc::Polyline>(line.shape).vertices)
    std::get<osc::WorldPosition>(vertex.position.at).h = 0.3;
  check_at(street.at(osc::TrajectoryPosition{line, 2.5, 1.0, {}}), 1.5 - 0.8, 2 + 0.6, sim::atan2(4, 3));

  // On the central meridian, 0.001 degrees of latitude north of the origin: 110.94 m on WGS84 (Snyder 1987, eq. 3-21).
  const Place geo = street.at(osc::GeoPosition{35.001 / 180 * sim::kPi, 127.0 / 180 * sim::kPi, {}, 0, {}});
  CHECK(std::abs(geo.x) < 1e-3);
  CHECK(geo.y == doctest::Approx(110.94).epsilon(1e-4));
}

TEST_CASE("positions: what is not there is named") {
  Street street;
  CHECK(street.refused(osc::LanePosition{"9", -1, 0, 0, {}}).find("no road \"9\"") != std::string::npos);
  CHECK(street.refused(osc::LanePosition{"1", -7, 10, 0, {}}).find("no lane -7") != std::string::npos);
  CHECK(street.refused(osc::LanePosition{"1", -1, 301, 0, {}}).find("beyond the end") != std::string::npos);
  CHECK(street.refused(osc::RelativeRoadPosition{"zoe", 0, 0, {}}).find("zoe") != std::string::npos);
  CHECK(street.refused(osc::RelativeRoadPosition{"a", 0, 0, {}}).find("not there") != std::string::npos);
}
