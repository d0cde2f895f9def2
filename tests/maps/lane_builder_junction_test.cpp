#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "maps/map_builder.h"
#include "maps/map_check.h"
#include "maps/road_network/lane_builder.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using sim::Vec2;

namespace {

Street street(const char* id, RoadClass road_class, int lanes, std::vector<Vec2> line) {
  Street out;
  out.id = out.name = id;
  out.road_class = road_class;
  out.lanes_forward = out.lanes_backward = lanes;
  out.line = std::move(line);
  return out;
}

std::shared_ptr<const Map> build(RoadNetwork network) {
  sim::Issues issues;
  auto builder = build_lanes(std::move(network), issues);
  REQUIRE(builder);
  auto map = freeze(std::move(*builder), issues);
  REQUIRE(map);
  CHECK_FALSE(sim::has_errors(issues));
  return *map;
}

RoadNetwork cross(int lanes) {
  RoadNetwork network;
  network.name = "cross";
  network.streets = {street("east-west", RoadClass::kSecondary, lanes, {{-300, 0}, {0, 0}, {300, 0}}),
                     street("south-north", RoadClass::kSecondary, lanes, {{0, -300}, {0, 0}, {0, 300}})};
  return network;
}

std::shared_ptr<const Map> build_with_slips(RoadNetwork network) {
  network.right_turn_slips = true;
  return build(std::move(network));
}

// The junction with the most connecting lanes.
Row main_junction(const Map& map) {
  Row best = 0;
  for (Row j = 0; j < static_cast<Row>(map.junctions.size()); ++j)
    if (map.lanes_of_junction(j).size() > map.lanes_of_junction(best).size()) best = j;
  return best;
}

int count_turns(const Map& map, Row junction, Turn turn) {
  const auto lanes = map.lanes_of_junction(junction);
  return static_cast<int>(
      std::count_if(lanes.begin(), lanes.end(), [&](Row lane) { return map.lanes[lane].turn == turn; }));
}

double largest_curvature(const Map& map, Row lane) {
  double largest = 0;
  for (const LanePoint& p : map.lane_points(lane)) largest = std::max(largest, std::fabs(p.curvature));
  return largest;
}

void check_continuous(const Map& map) {
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    if (!drivable(map.lanes[lane].type)) continue;
    if (map.lanes[lane].taper == 0) {
      CHECK_FALSE(map.successors(lane).empty());
      CHECK(map.lanes[lane].reachable == 1);
    }
    for (const Row next : map.successors(lane)) {
      const LanePoint& end = map.lane_points(lane).back();
      const LanePoint& start = map.lane_points(next).front();
      CHECK(std::hypot(end.x - start.x, end.y - start.y) < 1e-3);
      CHECK(std::fabs(sim::wrap_angle(end.heading - start.heading)) < 1e-3);
      CHECK(std::fabs(end.z - start.z) < 1e-3);
    }
  }
}

}  // namespace

TEST_CASE("A crossing of two streets with one lane per direction has twelve movements") {
  const auto map = build(cross(1));
  const Row junction = main_junction(*map);
  CHECK(count_turns(*map, junction, Turn::kStraight) == 4);
  CHECK(count_turns(*map, junction, Turn::kLeft) == 4);
  CHECK(count_turns(*map, junction, Turn::kRight) == 4);
  CHECK(map->junctions[junction].control == JunctionControl::kSignals);
  check_continuous(*map);
}

TEST_CASE("Turns can be driven: no radius below 6 m, also in the turning loop at a dead end") {
  for (const int lanes : {1, 2, 3}) {
    const auto map = build(cross(lanes));
    for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane)
      if (map->lanes[lane].junction != kNone) CHECK(largest_curvature(*map, lane) < 1.0 / 6.0);
    check_continuous(*map);
  }
}

TEST_CASE("With three lanes the inner one turns left, the others go straight on, the outer one also right") {
  const auto map = build(cross(3));
  const Row junction = main_junction(*map);
  for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane) {
    const Lane& own = map->lanes[lane];
    if (!drivable(own.type) || own.junction != kNone) continue;
    int left = 0, straight = 0, right = 0;
    for (const Row next : map->successors(lane)) {
      if (map->lanes[next].junction != junction) continue;
      left += map->lanes[next].turn == Turn::kLeft;
      straight += map->lanes[next].turn == Turn::kStraight;
      right += map->lanes[next].turn == Turn::kRight;
    }
    if (left + straight + right == 0) continue;  // ends at a dead end
    const bool inner = own.left == kNone, outer = own.right == kNone;
    CHECK((left > 0) == inner);
    CHECK((straight > 0) == !inner);
    CHECK((right > 0) == outer);
  }
}

namespace {

int count_objects(const Map& map, ObjectKind kind) {
  return static_cast<int>(
      std::count_if(map.objects.begin(), map.objects.end(), [&](const Object& o) { return o.kind == kind; }));
}

RoadNetwork cross_at(double angle, int lanes) {
  RoadNetwork network = cross(lanes);
  const Vec2 end(300 * std::cos(angle), 300 * std::sin(angle));
  network.streets[1].line = {-end, {0, 0}, end};
  return network;
}

}  // namespace

TEST_CASE("Right turns at signals go round an island, from a lane of their own into another, and no light rules them") {
  for (const int lanes : {2, 3})
    for (const double angle : {0.5 * sim::kPi, 1.3, 1.8}) {
      CAPTURE(lanes);
      CAPTURE(angle);
      const auto map = build_with_slips(cross_at(angle, lanes));
      const Row junction = main_junction(*map);
      REQUIRE(map->junctions[junction].control == JunctionControl::kSignals);
      CHECK(count_turns(*map, junction, Turn::kRight) == 4);
      CHECK(count_objects(*map, ObjectKind::kTrafficIsland) == 4);
      check_continuous(*map);
      for (const Row lane : map->lanes_of_junction(junction)) {
        if (map->lanes[lane].turn != Turn::kRight) continue;
        CHECK(map->lanes[lane].signal_group == kNone);
        CHECK(map->lane_conflicts(lane).empty());
        const Row before = map->predecessors(lane)[0], behind = map->successors(lane)[0];
        CHECK(map->successors(before).size() == 1);
        CHECK(map->predecessors(behind).size() == 1);
        CHECK(map->lanes[before].stop_s >= map->lanes[before].length - 1e-9);
        for (const Row arc : {before, lane, behind}) CHECK(largest_curvature(*map, arc) < 1.0 / 15.0);
      }
    }
}

TEST_CASE("An island keeps 1.5 m from the middle of every lane, and has a crosswalk to it from the corner") {
  const auto map = build_with_slips(cross(2));
  const auto without = build(cross(2));
  CHECK(count_objects(*map, ObjectKind::kCrosswalk) == count_objects(*without, ObjectKind::kCrosswalk) + 4);
  CHECK(count_objects(*without, ObjectKind::kTrafficIsland) == 0);
  // Nobody changes onto a lane that closes; it leads nowhere, and that is no finding.
  for (const sim::Issue& issue : check_map(*map)) CHECK(issue.rule != "open_end");
  for (const Object& object : map->objects) {
    if (object.kind != ObjectKind::kTrafficIsland) continue;
    CHECK(object.height == doctest::Approx(0.15));
    const auto outline = Map::rows(map->outline_points, object.outline);
    for (std::size_t i = 0; i + 2 < outline.size(); i += 3)
      for (const Lane& lane : map->lanes) {
        if (!drivable(lane.type)) continue;
        for (const LanePoint& p : Map::rows(map->points, lane.points))
          CHECK(std::hypot(p.x - outline[i], p.y - outline[i + 1]) > 1.5);
      }
  }
}

TEST_CASE("There is no slip between streets of one lane, at sharp corners, or on roads too short for its lane") {
  CHECK(count_objects(*build_with_slips(cross(1)), ObjectKind::kTrafficIsland) == 0);
  // 50 degrees at two of the corners, 130 at the others.
  CHECK(count_objects(*build_with_slips(cross_at(50 * sim::kPi / 180, 2)), ObjectKind::kTrafficIsland) == 0);
  RoadNetwork network = cross(2);
  for (Street& street : network.streets)
    for (Vec2& p : street.line) p *= 0.25;
  CHECK(count_objects(*build_with_slips(network), ObjectKind::kTrafficIsland) == 0);
}

TEST_CASE("A minor street that ends at a major one yields to it and cannot go straight on") {
  RoadNetwork network;
  network.name = "tee";
  network.streets = {street("major", RoadClass::kPrimary, 2, {{-300, 0}, {0, 0}, {300, 0}}),
                     street("minor", RoadClass::kResidential, 1, {{0, 0}, {0, 300}})};
  const auto map = build(network);
  const Row junction = main_junction(*map);
  CHECK(map->junctions[junction].control == JunctionControl::kPriority);
  CHECK(count_turns(*map, junction, Turn::kStraight) == 4);
  CHECK(count_turns(*map, junction, Turn::kRight) >= 2);
  CHECK(count_turns(*map, junction, Turn::kLeft) >= 2);
  for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane) {
    const Lane& own = map->lanes[lane];
    if (!drivable(own.type) || own.junction != kNone || map->lanes[map->successors(lane)[0]].junction != junction)
      continue;
    const bool minor = map->roads[own.road].road_class == RoadClass::kResidential;
    CHECK((own.stop_s < own.length) == minor);
  }
  check_continuous(*map);
}

TEST_CASE("On divided roads of three lanes the lane that turns left also turns round, in half a circle") {
  RoadNetwork network = cross(3);
  for (Street& street : network.streets) street.divided = true;
  const auto map = build(network);
  const Row junction = main_junction(*map);
  CHECK(count_turns(*map, junction, Turn::kUTurn) == 4);
  CHECK(count_turns(*build(cross(3)), main_junction(*build(cross(3))), Turn::kUTurn) == 0);
  for (const Row row : map->lanes_of_junction(junction)) {
    const Lane& turn = map->lanes[row];
    if (turn.turn != Turn::kUTurn) continue;
    CHECK(largest_curvature(*map, row) < 1.0 / 5.5);
    CHECK(turn.length == doctest::Approx(sim::kPi / largest_curvature(*map, row)).epsilon(0.01));
    const Row from = map->predecessors(row)[0], to = map->successors(row)[0];
    CHECK(map->lanes[from].left == kNone);
    CHECK(map->lanes[from].road == map->lanes[to].road);
    for (const Row other : map->successors(from)) CHECK(map->lanes[other].signal_group == turn.signal_group);
    // Who turns right into the same lane has another signal, so one of both yields.
    int merging = 0;
    for (const Conflict& c : map->lane_conflicts(row)) {
      if (c.kind != ConflictKind::kMerging || map->lanes[c.lane].turn != Turn::kRight) continue;
      ++merging;
      CHECK(c.priority == -1);
    }
    CHECK(merging == 1);
  }
}

TEST_CASE(
    "At signals a divided road of three lanes has a pocket in its median, beside which all lanes go straight on") {
  RoadNetwork network = cross(3);
  for (Street& street : network.streets) street.divided = true;
  const auto map = build(network);
  check_continuous(*map);
  int pockets = 0, tapers = 0;
  for (Row row = 0; row < static_cast<Row>(map->lanes.size()); ++row) {
    const Lane& lane = map->lanes[row];
    if (!drivable(lane.type) || lane.junction != kNone) continue;
    const auto points = map->lane_points(row);
    const bool opens = lane.taper != 0;
    tapers += opens;
    if (!opens && lane.left != kNone) {
      // Beside the pocket: 4.5 m of median and so many lanes of 3.25 m from the middle of the road, all the way.
      for (const LanePoint& p : points) CHECK(p.curvature == doctest::Approx(0).epsilon(1e-9));
      const double from_middle = std::min(std::fabs(points.front().x), std::fabs(points.front().y));
      CHECK(std::fabs(std::remainder(from_middle - 2.25 - 1.625, 3.25)) < 1e-3);
    }
    if (!opens) continue;
    CHECK(lane.length == doctest::Approx(25).epsilon(0.01));
    CHECK(points.front().width == doctest::Approx(0).epsilon(1e-6));
    CHECK(map->predecessors(row).empty());
    CHECK(map->lanes[lane.right].change_left == 0);
    const Row pocket = map->successors(row)[0];
    const Lane& own = map->lanes[pocket];
    ++pockets;
    CHECK(own.length == doctest::Approx(40).epsilon(1e-6));
    CHECK(own.left == kNone);
    CHECK(own.stop_s == doctest::Approx(40 - 6.5));
    CHECK(own.change_right == 1);
    CHECK(map->lanes[own.right].change_left == 1);
    for (const LanePoint& p : map->lane_points(pocket)) {
      CHECK(p.width == doctest::Approx(3));
      // Its left edge leaves half of 1.5 m of median to each side of the shifted centre line.
      CHECK(std::min(std::fabs(p.x), std::fabs(p.y)) == doctest::Approx(2.25 - 1.5).epsilon(1e-6));
    }
    for (const Row way : map->successors(pocket))
      CHECK((map->lanes[way].turn == Turn::kLeft || map->lanes[way].turn == Turn::kUTurn));
    int straight = 0;
    for (Row beside = own.right; beside != kNone; beside = map->lanes[beside].right)
      for (const Row way : map->successors(beside)) {
        straight += map->lanes[way].turn == Turn::kStraight;
        CHECK(map->lanes[way].turn != Turn::kLeft);
      }
    CHECK(straight == 3);
  }
  CHECK(pockets == 4);
  CHECK(tapers == 4);
  // Not where the road is too short for it, or has no median.
  for (Street& street : network.streets)
    for (Vec2& point : street.line) point *= 0.25;
  for (const auto& other : {build(network), build(cross(3))})
    for (const Lane& lane : other->lanes) CHECK(lane.taper == 0);
}

TEST_CASE("A ramp joins a fast road on a lane of its own, which narrows into its neighbour") {
  RoadNetwork network;
  network.name = "ramp";
  network.streets = {street("main", RoadClass::kTrunk, 3, {{-600, 0}, {0, 0}, {800, 0}}),
                     street("ramp", RoadClass::kRamp, 1, {{-500, -220}, {-250, -60}, {0, 0}})};
  network.streets[0].divided = true;
  network.streets[1].lanes_backward = 0;
  const auto map = build(network);
  int merges = 0;
  for (Row row = 0; row < static_cast<Row>(map->lanes.size()); ++row) {
    const Lane& lane = map->lanes[row];
    if (!drivable(lane.type) || map->roads[lane.road].road_class != RoadClass::kRamp) continue;
    const Row merge = map->successors(map->successors(row)[0])[0];
    const Lane& own = map->lanes[merge];
    ++merges;
    CHECK(own.length == doctest::Approx(150).epsilon(1e-6));
    CHECK(own.right == kNone);
    REQUIRE(own.left != kNone);
    CHECK(own.change_left == 1);
    CHECK(map->lanes[own.left].change_right == 1);
    REQUIRE(map->successors(merge).size() == 1);
    const Row taper = map->successors(merge)[0];
    CHECK(map->lanes[taper].taper == 1);
    CHECK(map->lane_points(taper).front().width == doctest::Approx(3.25));
    CHECK(map->lane_points(taper).back().width == doctest::Approx(0).epsilon(1e-6));
    CHECK(map->successors(taper).empty());
    // The way onto it bends to one side only and keeps clear of the lane beside.
    const Row way = map->successors(row)[0];
    double bend = 0;
    for (const LanePoint& p : map->lane_points(way)) {
      CHECK(p.curvature * bend > -1e-6);
      if (std::fabs(p.curvature) > 1e-3) bend = p.curvature;
    }
    for (const Conflict& c : map->lane_conflicts(way)) CHECK(c.kind == ConflictKind::kMerging);
    // The lane beside it goes on, and is not the one that the ramp leads into.
    CHECK(map->predecessors(own.left).size() == 1);
    CHECK(map->successors(map->successors(map->successors(own.left)[0])[0]).size() == 1);
  }
  CHECK(merges == 1);
}

TEST_CASE("A ramp leaves a fast road from a lane of its own, which opens beside the others") {
  RoadNetwork network;
  network.name = "exit";
  // Once along the road's line and once against it.
  network.streets = {street("main", RoadClass::kMotorway, 3, {{-800, 0}, {0, 0}, {600, 0}}),
                     street("off", RoadClass::kRamp, 1, {{0, 0}, {250, -60}, {500, -220}}),
                     street("back", RoadClass::kMotorway, 3, {{600, 500}, {0, 500}, {-800, 500}}),
                     street("off_back", RoadClass::kRamp, 1, {{0, 500}, {250, 440}, {500, 280}}),
                     street("join", RoadClass::kSecondary, 1, {{-800, 0}, {-800, 500}})};
  network.streets[0].divided = network.streets[2].divided = true;
  network.streets[1].lanes_backward = network.streets[3].lanes_backward = 0;
  const auto map = build(network);
  int exits = 0;
  for (Row row = 0; row < static_cast<Row>(map->lanes.size()); ++row) {
    const Lane& lane = map->lanes[row];
    if (!drivable(lane.type) || map->roads[lane.road].road_class != RoadClass::kRamp) continue;
    const Row way = map->predecessors(row)[0], exit = map->predecessors(way)[0];
    const Lane& own = map->lanes[exit];
    ++exits;
    CHECK(own.length == doctest::Approx(150).epsilon(1e-6));
    CHECK(own.right == kNone);
    REQUIRE(own.left != kNone);
    CHECK(own.change_left == 1);
    CHECK(map->lanes[own.left].change_right == 1);
    CHECK(map->successors(exit).size() == 1);
    for (const Row ahead : map->successors(own.left)) CHECK(map->lanes[ahead].turn == Turn::kStraight);
    REQUIRE(map->predecessors(exit).size() == 1);
    const Row taper = map->predecessors(exit)[0];
    CHECK(map->lanes[taper].taper == 1);
    CHECK(map->lanes[taper].length == doctest::Approx(40).epsilon(0.01));
    CHECK(map->lane_points(taper).front().width == doctest::Approx(0).epsilon(1e-6));
    CHECK(map->lane_points(taper).back().width == doctest::Approx(3.25));
    CHECK(map->predecessors(taper).empty());
    CHECK(map->lanes[map->lanes[taper].left].change_right == 0);
  }
  CHECK(exits == 2);
}

TEST_CASE("Two builds of one network are the same to the bit") {
  CHECK(build(cross(2))->hash == build(cross(2))->hash);
  CHECK_FALSE(build(cross(2))->hash == build(cross(3))->hash);
}
