#include <doctest/doctest.h>

#include <cmath>

#include "maps/lane_geometry.h"
#include "tests/maps/crossing.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using namespace bitgoeul::tests;

namespace {

std::shared_ptr<const Map> frozen(MapBuilder builder) {
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  for (const sim::Issue& issue : issues) {
    INFO(sim::to_string(issue));
    CHECK(issue.severity == sim::Severity::kInfo);
  }
  return *map;
}

// [begin, end] holds the exact range and is at most one step of half a metre longer at each side.
void check_range(double begin, double end, double exact_begin, double exact_end) {
  CHECK(begin <= exact_begin + 1e-9);
  CHECK(begin >= exact_begin - 0.51);
  CHECK(end >= exact_end - 1e-9);
  CHECK(end <= exact_end + 0.51);
}

constexpr double kHalf = 1.4;  // body 2.6 m and a margin of 0.1 m at each side

}  // namespace

TEST_CASE("crossing: straight on against straight on") {
  const auto map = frozen(crossing());
  const Row east = lane_of(*map, "W-E", -1), north = lane_of(*map, "S-N", -1);
  REQUIRE(east != kNone);
  REQUIRE(north != kNone);
  const Conflict* c = conflict(*map, east, north);
  REQUIRE(c != nullptr);
  CHECK(c->kind == ConflictKind::kCrossing);
  CHECK(c->priority == 0);
  // The centre lines y = -1.75 and x = 1.75 cross 11.75 m and 8.25 m from the starts at -10.
  check_range(c->s_begin, c->s_end, 11.75 - kHalf, 11.75 + kHalf);
  check_range(c->other_begin, c->other_end, 8.25 - kHalf, 8.25 + kHalf);
}

TEST_CASE("crossing: opposite left turns touch only in a small crossing") {
  // The two arcs' centres lie 2 sqrt(2) h apart, the radii are h + 1.75: the gap is 0.828 h - 3.5, of which the bodies
  // need 2.8.
  for (const double half : {7.0, 7.5, 7.7, 10.0}) {
    const auto map = frozen(crossing(half));
    const bool meet = 2.0 * std::sqrt(2.0) * half - 2.0 * (half + 1.75) < 2.0 * kHalf;
    INFO(half);
    CHECK((conflict(*map, lane_of(*map, "W-N", -1), lane_of(*map, "E-S", -1)) != nullptr) == meet);
  }
}

TEST_CASE("crossing: left turn yields to oncoming traffic, also when it comes on a lesser road") {
  for (const RoadClass other : {RoadClass::kUnknown, RoadClass::kService}) {
    MapBuilder builder = crossing();
    if (other != RoadClass::kUnknown) {
      for (RoadDraft& road : builder.roads) road.road_class = RoadClass::kPrimary;
      builder.roads[2].road_class = other;  // "E"
    }
    const auto map = frozen(builder);
    const Row left = lane_of(*map, "W-N", -1), oncoming = lane_of(*map, "E-W", -1);
    const Conflict* c = conflict(*map, left, oncoming);
    REQUIRE(c != nullptr);
    CHECK(c->priority == -1);
    // Circle about (-10, 10), radius 11.75, meets y = 1.75 at x = -10 + sqrt(11.75^2 - 8.25^2); the oncoming lane
    // starts at x = 10.
    const double x = -10.0 + std::sqrt(11.75 * 11.75 - 8.25 * 8.25);
    CHECK(c->other_begin < 10.0 - x);
    CHECK(c->other_end > 10.0 - x);
    const double angle = std::asin(8.367 / 11.75);  // driven along the arc up to there
    CHECK(c->s_begin < 11.75 * angle);
    CHECK(c->s_end > 11.75 * angle);
  }
}

TEST_CASE("crossing: merging into one exit") {
  const auto map = frozen(crossing());
  const Row straight = lane_of(*map, "W-E", -1), right = lane_of(*map, "S-E", -1);
  const Conflict* c = conflict(*map, straight, right);
  REQUIRE(c != nullptr);
  CHECK(c->kind == ConflictKind::kMerging);
  CHECK(c->priority == 1);  // straight before turning
  // The right turn runs on the circle about (10, -10), radius 8.25, from (1.75, -10) to (10, -1.75). Its corridor
  // reaches the straight corridor (y > -1.75 - 1.4) first with its outer edge: 9.65 cos(phi) = 6.85, phi measured from
  // the exit.
  const double phi = std::acos((10.0 - 1.75 - kHalf) / (8.25 + kHalf));
  const double length = 8.25 * sim::kPi / 2;
  check_range(c->other_begin, c->other_end, length - 8.25 * phi, length);
  check_range(c->s_begin, c->s_end, 20.0 - (8.25 + kHalf) * std::sin(phi), 20.0);
}

TEST_CASE("crossing: diverging from one entry") {
  const auto map = frozen(crossing());
  const Row straight = lane_of(*map, "W-E", -1), left = lane_of(*map, "W-N", -1);
  const Conflict* c = conflict(*map, straight, left);
  REQUIRE(c != nullptr);
  CHECK(c->kind == ConflictKind::kDiverging);
  CHECK(c->priority == 0);
  // Apart once the outer edge of the left turn (radius 13.15 about (-10, 10)) leaves y < -1.75 + 1.4.
  const double phi = std::acos(10.35 / (11.75 + kHalf));
  check_range(c->s_begin, c->s_end, 0.0, (11.75 + kHalf) * std::sin(phi));
  check_range(c->other_begin, c->other_end, 0.0, 11.75 * phi);
}

TEST_CASE("crossing: what cannot touch is in no conflict") {
  MapBuilder builder = crossing();
  const auto flat = frozen(builder);
  // Right turns in opposite corners; a lane and its successor.
  CHECK(conflict(*flat, lane_of(*flat, "W-S", -1), lane_of(*flat, "E-N", -1)) == nullptr);
  CHECK(conflict(*flat, lane_of(*flat, "W", -1), lane_of(*flat, "W-E", -1)) == nullptr);
  for (RoadDraft& road : builder.roads)
    if (road.id == "S-N" || road.id == "S" || road.id == "N") road.elevation = {{0, 5, 0, 0, 0}};
  builder.roads.erase(
      std::remove_if(builder.roads.begin(), builder.roads.end(),
                     [](const RoadDraft& r) { return r.junction == "J" && r.id != "S-N" && r.id != "W-E"; }),
      builder.roads.end());
  builder.junctions[0].connections.clear();
  const auto bridge = frozen(builder);
  CHECK(conflict(*bridge, lane_of(*bridge, "W-E", -1), lane_of(*bridge, "S-N", -1)) == nullptr);
}

TEST_CASE("crossing: priorities of the file, of the road class, and right before left") {
  MapBuilder builder = crossing();
  builder.junctions[0].priorities = {{"S-N", "W-E"}};
  auto map = frozen(builder);
  CHECK(conflict(*map, lane_of(*map, "S-N", -1), lane_of(*map, "W-E", -1))->priority == 1);
  CHECK(conflict(*map, lane_of(*map, "W-E", -1), lane_of(*map, "S-N", -1))->priority == -1);

  builder = crossing();
  for (RoadDraft& road : builder.roads)
    road.road_class = road.id == "W" || road.id == "E" ? RoadClass::kPrimary : RoadClass::kResidential;
  map = frozen(builder);
  CHECK(conflict(*map, lane_of(*map, "W-E", -1), lane_of(*map, "S-N", -1))->priority == 1);
  CHECK(conflict(*map, lane_of(*map, "W-N", -1), lane_of(*map, "S-N", -1))->priority ==
        1);  // the turn off the main road too

  builder = crossing();
  builder.junctions[0].control = JunctionControl::kRightBeforeLeft;
  map = frozen(builder);
  // Who drives north comes from the right of who drives east.
  CHECK(conflict(*map, lane_of(*map, "S-N", -1), lane_of(*map, "W-E", -1))->priority == 1);
  CHECK(conflict(*map, lane_of(*map, "N-S", -1), lane_of(*map, "W-E", -1))->priority == -1);
  CHECK(conflict(*map, lane_of(*map, "W-N", -1), lane_of(*map, "E-W", -1))->priority == -1);
}

TEST_CASE("conflicts stand in both lanes, mirrored") {
  for (const JunctionControl control :
       {JunctionControl::kPriority, JunctionControl::kRightBeforeLeft, JunctionControl::kRoundabout}) {
    MapBuilder builder = crossing(8.0);
    builder.junctions[0].control = control;
    const auto map = frozen(builder);
    CHECK(map->conflicts.size() > 20);
    for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane)
      for (const Conflict& c : map->lane_conflicts(lane)) {
        const Conflict* twin = conflict(*map, c.lane, lane);
        REQUIRE(twin != nullptr);
        CHECK(twin->priority == -c.priority);
        CHECK(twin->kind == c.kind);
        CHECK(twin->s_begin == c.other_begin);
        CHECK(twin->s_end == c.other_end);
        CHECK(twin->other_begin == c.s_begin);
        CHECK(c.s_begin >= 0.0);
        CHECK(c.s_end <= map->lanes[lane].length);
        CHECK(c.s_begin < c.s_end);
      }
  }
}
