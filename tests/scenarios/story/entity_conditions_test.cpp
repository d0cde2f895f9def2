// Measures and the sixteen conditions by entity on the street of story_map.h, against closed forms.
#include "scenarios/story/entity_conditions.h"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "tests/scenarios/story/story_map.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::story;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {

using System = osc::CoordinateSystem;
using Kind = osc::RelativeDistanceType;
using osc::Rule;

osc::Measure measure(System system, Kind kind, bool freespace = false,
                     osc::RoutingAlgorithm routing = osc::RoutingAlgorithm::kUndefined) {
  return {system, kind, routing, freespace};
}

struct Street {
  std::shared_ptr<const maps::Map> map = tests::story_map();
  std::vector<std::string> names{"a", "b", "c"};
  View view;
  Street() {
    view.map = map.get();
    view.names = names;
    view.entities = names.size();
    view.seen.resize(names.size());
  }
  PrepareContext context() const { return {map.get(), names, {}}; }
  // On a lane; turned: looks against its driving direction.
  void stand(Row row, const std::string& road, int lane, double s, double speed = 0, double offset = 0,
             double turned = 0) {
    const osc::Orientation orientation{turned, {}, {}, osc::ReferenceContext::kRelative};
    const auto spot = prepare(osc::Position{{}, osc::LanePosition{road, lane, s, offset, orientation}}, context());
    REQUIRE(spot.has_value());
    const auto place = locate(*spot, view);
    REQUIRE(place.has_value());
    view.seen[row] = tests::seen_at(*place, speed);
  }
  // In the open.
  void put(Row row, double x, double y, double yaw, double speed = 0) {
    Place place;
    place.x = x, place.y = y, place.yaw = yaw;
    view.seen[row] = tests::seen_at(place, speed);
  }
  std::optional<Distance> measured(Row a, Row b, const osc::Measure& m, std::span<const Row> route = {},
                                   const Path* path = nullptr) const {
    return distance(view, thing_of(view, a), thing_of(view, b), m, route, path);
  }
  template <class C>
  bool held(const C& condition, std::vector<std::string> triggering = {"a"},
            osc::TriggeringEntitiesRule rule = osc::TriggeringEntitiesRule::kAny) {
    EntityConditions all;
    const auto row = all.prepare({rule, std::move(triggering), condition}, {}, context());
    INFO((row.has_value() ? std::string() : sim::to_string(row.error())));
    REQUIRE(row.has_value());
    return all.held(*row, view, by);
  }
  std::vector<Row> by;
};

constexpr double kFront = 1.4 + 2.25, kRear = 1.4 - 2.25;  // of seen_at()'s box

}  // namespace

TEST_CASE("measures: entity and world coordinates, reference points and boxes") {
  Street street;
  street.put(0, 0, 0, 0, 10);
  street.put(1, 30, 40, sim::kPi / 2, 4);
  const auto euclid = street.measured(0, 1, measure(System::kEntity, Kind::kEuclidian));
  CHECK(euclid->value == doctest::Approx(50));
  CHECK(euclid->closing == doctest::Approx(10 * 0.6 - 4 * 0.8));
  const auto ahead = street.measured(0, 1, measure(System::kEntity, Kind::kLongitudinal));
  CHECK(ahead->value == doctest::Approx(30));
  CHECK(ahead->closing == doctest::Approx(10));
  // The other looks north: its half width faces us, and the rear of its box is the nearest across.
  CHECK(street.measured(0, 1, measure(System::kEntity, Kind::kLongitudinal, true))->value ==
        doctest::Approx(30 - kFront - 0.9));
  CHECK(street.measured(0, 1, measure(System::kEntity, Kind::kLateral, true))->value ==
        doctest::Approx(40 + kRear - 0.9));
  // Seen from the other: we are behind it (south) and to the left (west).
  const auto back = street.measured(1, 0, measure(System::kEntity, Kind::kLongitudinal));
  CHECK(back->value == doctest::Approx(40));
  CHECK_FALSE(back->ahead);
  CHECK(street.measured(1, 0, measure(System::kEntity, Kind::kLateral))->ahead);
  CHECK(street.measured(1, 0, measure(System::kWorld, Kind::kLongitudinal))->value == doctest::Approx(30));
  CHECK(street.measured(1, 0, measure(System::kWorld, Kind::kLateral))->value == doctest::Approx(40));
}

TEST_CASE("measures: the gap of boxes that stand askew") {
  Street street;
  street.put(0, 0, 0, 0);
  street.put(1, 3.65 + 2.25 * std::sqrt(0.5) + 5, 0, sim::kPi / 4);  // its reference point far ahead
  const BoxGap apart = box_gap(thing_of(street.view, 0), thing_of(street.view, 1));
  // Nearest: its left rear corner to our front. Along x that corner lies rear cos45 - half_width sin45 from its point.
  const double corner_x = kRear * std::sqrt(0.5) - 0.9 * std::sqrt(0.5);
  const double corner_y = kRear * std::sqrt(0.5) + 0.9 * std::sqrt(0.5);
  REQUIRE(std::abs(corner_y) < 0.9);
  CHECK(apart.gap == doctest::Approx(2.25 * std::sqrt(0.5) + 5 + corner_x));
  CHECK(apart.nx == doctest::Approx(1));
  street.put(1, 4, 0, sim::kPi / 4);
  CHECK(box_gap(thing_of(street.view, 0), thing_of(street.view, 1)).gap == 0);
  // Corner to corner, both straight: Pythagoras.
  street.put(1, 3.65 + 0.85 + 3, 1.8 + 4, 0);
  CHECK(box_gap(thing_of(street.view, 0), thing_of(street.view, 1)).gap == doctest::Approx(5));
}

TEST_CASE("measures: along the road and along the lane, over the border of two roads") {
  Street street;
  street.stand(0, "1", -1, 290, 20);
  street.stand(1, "2", -2, 20, 15);
  // Road s: 10 + 20. The centre of lane -1 runs 1.75 m outside the arc's radius of 100 m.
  const auto road = street.measured(0, 1, measure(System::kRoad, Kind::kLongitudinal));
  CHECK(road->value == doctest::Approx(30).epsilon(1e-6));
  CHECK(road->ahead);
  const auto lane = street.measured(0, 1, measure(System::kLane, Kind::kLongitudinal));
  CHECK(lane->value == doctest::Approx(10 + 0.2 * 101.75).epsilon(1e-4));
  CHECK(lane->closing == doctest::Approx(5).epsilon(1e-6));
  CHECK(street.measured(0, 1, measure(System::kLane, Kind::kLongitudinal, true))->value ==
        doctest::Approx(10 + 0.2 * 101.75 - 4.5).epsilon(1e-4));
  // One lane to the right.
  const auto lateral = street.measured(0, 1, measure(System::kLane, Kind::kLateral));
  CHECK(lateral->value == doctest::Approx(3.5).epsilon(1e-3));
  CHECK_FALSE(lateral->ahead);
  CHECK(street.measured(0, 1, measure(System::kLane, Kind::kLateral, true))->value ==
        doctest::Approx(3.5 - 1.8).epsilon(1e-3));
  // From the other, we are behind.
  const auto behind = street.measured(1, 0, measure(System::kRoad, Kind::kLongitudinal));
  CHECK(behind->value == doctest::Approx(30).epsilon(1e-6));
  CHECK_FALSE(behind->ahead);
  // Onto a road that is drawn against the way: 300 - 290 + 200 + (300 - 280).
  street.stand(1, "3", 1, 280, 15);
  CHECK(street.measured(0, 1, measure(System::kRoad, Kind::kLongitudinal))->value ==
        doctest::Approx(10 + 200 + 20).epsilon(1e-6));
  for (const auto routing : {osc::RoutingAlgorithm::kShortest, osc::RoutingAlgorithm::kFastest})
    CHECK(street.measured(0, 1, measure(System::kRoad, Kind::kLongitudinal, false, routing))->value ==
          doctest::Approx(230).epsilon(1e-6));
  // Who comes towards us closes with both speeds.
  street.stand(1, "2", 1, 20, 15);
  CHECK(street.measured(0, 1, measure(System::kLane, Kind::kLongitudinal))->closing ==
        doctest::Approx(35).epsilon(1e-6));
  // Beside all roads there is none.
  street.put(1, 0, 500, 0);
  CHECK_FALSE(street.measured(0, 1, measure(System::kLane, Kind::kLongitudinal)).has_value());
}

TEST_CASE("measures: along a trajectory") {
  Street street;
  Path path;
  path.nodes.resize(2);
  path.nodes[0].x = 0;
  path.nodes[1].x = 100, path.nodes[1].s = 100;
  street.put(0, 10, 1, 0, 5);
  street.put(1, 40, 4, 0, 0);
  CHECK(street.measured(0, 1, measure(System::kTrajectory, Kind::kLongitudinal), {}, &path)->value ==
        doctest::Approx(30));
  CHECK(street.measured(0, 1, measure(System::kTrajectory, Kind::kLateral), {}, &path)->value == doctest::Approx(3));
  CHECK_FALSE(street.measured(0, 1, measure(System::kTrajectory, Kind::kLongitudinal)).has_value());
}

TEST_CASE("entity conditions: headway and time to collision") {
  Street street;
  street.stand(0, "1", -1, 100, 20);
  street.stand(1, "1", -1, 150, 10);
  const auto lane = measure(System::kLane, Kind::kLongitudinal);
  const auto free = measure(System::kLane, Kind::kLongitudinal, true);
  CHECK(street.held(osc::TimeHeadwayCondition{"b", Rule::kLessThan, 2.51, lane}));
  CHECK_FALSE(street.held(osc::TimeHeadwayCondition{"b", Rule::kLessThan, 2.49, lane}));
  CHECK(street.held(osc::TimeHeadwayCondition{"b", Rule::kLessThan, 45.5 / 20 + 0.01, free}));
  CHECK(street.held(osc::TimeToCollisionCondition{Rule::kLessThan, 5.01, lane, std::string("b")}));
  CHECK_FALSE(street.held(osc::TimeToCollisionCondition{Rule::kLessThan, 4.99, lane, std::string("b")}));
  const osc::Position place{{}, osc::LanePosition{"1", -1, 140, 0, {}}};
  CHECK(street.held(osc::TimeToCollisionCondition{Rule::kEqualTo, 2.0, lane, place}));
  // Who stands never gets there: longer than any time.
  street.view.seen[0].speed = 0;
  CHECK(street.held(osc::TimeHeadwayCondition{"b", Rule::kGreaterThan, 1e6, lane}));
  CHECK_FALSE(street.held(osc::TimeHeadwayCondition{"b", Rule::kLessThan, 1e6, lane}));
  street.view.seen[0].speed = 20;
  // Undefined: the other is behind, or gets away.
  CHECK_FALSE(street.held(osc::TimeHeadwayCondition{"a", Rule::kGreaterThan, 0, lane}, {"b"}));
  street.view.seen[1].speed = 30;
  CHECK_FALSE(street.held(osc::TimeToCollisionCondition{Rule::kGreaterThan, 0, lane, std::string("b")}));
}

TEST_CASE("entity conditions: speeds and accelerations in every direction") {
  Street street;
  street.put(0, 0, 0, 0, 3);
  Seen& a = street.view.seen[0];
  a.left_speed = 4, a.up_speed = 12;
  a.acceleration = -2, a.left_acceleration = 1, a.up_acceleration = 2;
  using Dimension = osc::DirectionalDimension;
  CHECK(street.held(osc::SpeedCondition{Rule::kEqualTo, 13, {}}));
  CHECK(street.held(osc::SpeedCondition{Rule::kEqualTo, 3, Dimension::kLongitudinal}));
  CHECK(street.held(osc::SpeedCondition{Rule::kEqualTo, 4, Dimension::kLateral}));
  CHECK(street.held(osc::SpeedCondition{Rule::kEqualTo, 12, Dimension::kVertical}));
  CHECK(street.held(osc::AccelerationCondition{Rule::kEqualTo, 3, {}}));
  CHECK(street.held(osc::AccelerationCondition{Rule::kLessThan, 0, Dimension::kLongitudinal}));
  street.put(1, 10, 0, sim::kPi / 2, 5);
  CHECK(street.held(osc::RelativeSpeedCondition{"b", Rule::kEqualTo, 8, {}}));
  CHECK(street.held(osc::RelativeSpeedCondition{"b", Rule::kEqualTo, 3, Dimension::kLongitudinal}));
  CHECK(street.held(osc::RelativeSpeedCondition{"b", Rule::kEqualTo, -1, Dimension::kLateral}));
  CHECK(street.held(osc::SpeedCondition{Rule::kLessThan, 6, {}}, {"a", "b"}));
  CHECK(street.by == std::vector<Row>{1});
  CHECK_FALSE(street.held(osc::SpeedCondition{Rule::kLessThan, 6, {}}, {"a", "b"}, osc::TriggeringEntitiesRule::kAll));
  CHECK(street.held(osc::SpeedCondition{Rule::kLessThan, 14, {}}, {"b", "a"}, osc::TriggeringEntitiesRule::kAll));
  CHECK(street.by == std::vector<Row>{0, 1});
}

TEST_CASE("entity conditions: what lasts, and begins anew") {
  Street street;
  street.stand(0, "1", -1, 100, 0);
  EntityConditions all;
  const auto still = all.prepare({{}, {"a"}, osc::StandStillCondition{0.5}}, {}, street.context());
  const auto off = all.prepare({{}, {"a"}, osc::OffroadCondition{0.2}}, {}, street.context());
  const auto end = all.prepare({{}, {"a"}, osc::EndOfRoadCondition{0.1}}, {}, street.context());
  REQUIRE((still.has_value() && off.has_value() && end.has_value()));
  sim::TableSet state;
  all.bind(state);
  std::vector<Row> by;
  const auto first = [&](Row condition) {
    for (int i = 0; i < 200; ++i, ++street.view.step)
      if (all.held(condition, street.view, by)) return i;
    return -1;
  };
  CHECK(first(*still) == 50);
  sim::Bytes saved;
  state.save(saved);
  street.view.seen[0].speed = 1;
  CHECK_FALSE(all.held(*still, street.view, by));
  REQUIRE(state.load(saved).has_value());
  street.view.seen[0].speed = 0;
  CHECK(all.held(*still, street.view, by));
  all.reset(*still);
  CHECK_FALSE(all.held(*still, street.view, by));
  CHECK(first(*off) == -1);
  CHECK(first(*end) == -1);
  street.stand(0, "3", 1, 0);  // the far end of the street
  CHECK(first(*end) == 10);
  street.put(0, 0, 500, 0);
  CHECK(first(*off) == 20);
}

TEST_CASE("entity conditions: places, distances, contact, way driven") {
  Street street;
  street.stand(0, "1", -1, 100);
  street.view.seen[0].traveled_m = 80;
  const osc::Position place{{}, osc::LanePosition{"1", -1, 103, 0, {}}};
  CHECK(street.held(osc::ReachPositionCondition{3.0, place}));
  CHECK_FALSE(street.held(osc::ReachPositionCondition{2.9, place}));
  CHECK(street.held(osc::DistanceCondition{Rule::kEqualTo, 3.0, measure(System::kWorld, Kind::kLongitudinal), place}));
  CHECK(street.held(osc::TraveledDistanceCondition{80}));
  CHECK_FALSE(street.held(osc::TraveledDistanceCondition{80.1}));
  street.stand(1, "1", -1, 110);
  CHECK(street.held(
      osc::RelativeDistanceCondition{"b", Rule::kEqualTo, 5.5, measure(System::kEntity, Kind::kEuclidian, true)}));
  CHECK_FALSE(street.held(osc::CollisionCondition{std::string("b")}));
  street.view.touching = {{0, 1}};
  CHECK(street.held(osc::CollisionCondition{std::string("b")}));
  CHECK(street.held(osc::CollisionCondition{std::string("a")}, {"b"}));
  CHECK(street.held(osc::CollisionCondition{osc::ObjectType::kVehicle}));
  CHECK_FALSE(street.held(osc::CollisionCondition{osc::ObjectType::kPedestrian}));
  street.view.seen[1].object = osc::ObjectType::kPedestrian;
  CHECK(street.held(osc::CollisionCondition{osc::ObjectType::kPedestrian}));
  CHECK_FALSE(street.held(osc::CollisionCondition{std::string("c")}));
}

TEST_CASE("entity conditions: clearance of lanes around") {
  Street street;
  street.stand(0, "1", -1, 100);
  street.stand(1, "1", -2, 120);
  osc::RelativeClearanceCondition clear{false, false, 30, 30, {}, {}};
  const auto in = [&](std::optional<int> from, std::optional<int> to) {
    clear.lane_ranges = {{from, to}};
    return street.held(clear);
  };
  CHECK_FALSE(street.held(clear));
  CHECK(in(0, 0));  // the other is one lane to the right
  CHECK_FALSE(in(-1, -1));
  CHECK_FALSE(in({}, 0));
  // The norm: false where the area does not exist. Lane 1 is one of the other direction; beyond the sidewalk is
  // nothing.
  CHECK_FALSE(in(1, {}));
  CHECK(in(-2, -2));
  CHECK_FALSE(in(-3, -3));
  CHECK(in(0, 0));
  clear.distance_forward_m = 19.5;
  CHECK(in(-1, -1));
  clear.freespace = true;  // the other's rear is 20 m + kRear from the one's reference point
  CHECK_FALSE(in(-1, -1));
  clear.distance_forward_m = 20 + kRear - 0.01;
  CHECK(in(-1, -1));
  street.stand(1, "1", -2, 120, 0, 1.0);  // the box reaches 0.15 m over the line
  clear.distance_forward_m = 30;
  CHECK_FALSE(in(0, 0));
  clear.freespace = false;
  CHECK(in(0, 0));
  street.stand(1, "1", 1, 90);  // behind, on the other side
  clear.opposite_lanes = true;
  CHECK_FALSE(in(1, 1));
  clear.distance_backward_m = 9;
  CHECK(in(1, 1));
}

TEST_CASE("entity conditions: angles") {
  Street street;
  street.stand(0, "2", -1, 50, 0, 0, 0.3);  // the road looks to 0.5 there
  const auto heading = [&](double angle, std::optional<System> system) {
    return street.held(osc::AngleCondition{osc::AngleType::kHeading, angle, 1e-4, system});
  };
  CHECK(heading(0.8, {}));
  CHECK(heading(0.8, System::kWorld));
  CHECK(heading(0.3, System::kRoad));
  CHECK(heading(0.3, System::kLane));
  CHECK_FALSE(heading(0.3, System::kWorld));
  street.stand(1, "1", -1, 50);
  CHECK(street.held(osc::RelativeAngleCondition{"b", osc::AngleType::kHeading, 0.8, 1e-4, {}}));
  CHECK(street.held(osc::RelativeAngleCondition{"b", osc::AngleType::kHeading, 0.3, 1e-4, System::kRoad}));
  CHECK(street.held(osc::AngleCondition{osc::AngleType::kPitch, 0, 1e-6, System::kRoad}));
}

TEST_CASE("entity conditions: what cannot be is refused by name") {
  Street street;
  EntityConditions all;
  const auto nobody = all.prepare({{}, {"ghost"}, osc::StandStillCondition{1}}, {7, 3, 0}, street.context());
  REQUIRE_FALSE(nobody.has_value());
  CHECK(nobody.error().line == 7);
  CHECK(sim::to_string(nobody.error()).find("ghost") != std::string::npos);
  const osc::Measure least =
      measure(System::kLane, Kind::kLongitudinal, false, osc::RoutingAlgorithm::kLeastIntersections);
  CHECK_FALSE(
      all.prepare({{}, {"a"}, osc::RelativeDistanceCondition{"b", Rule::kLessThan, 1, least}}, {}, street.context())
          .has_value());
  // Nobody is there: every condition is false, also one for all.
  CHECK_FALSE(street.held(osc::SpeedCondition{Rule::kLessThan, 1, {}}, {"a", "b"}, osc::TriggeringEntitiesRule::kAll));
}
