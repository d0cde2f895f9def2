#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "maps/compiled_map.h"
#include "maps/lane_geometry.h"
#include "maps/map_builder.h"
#include "tests/maps/crossing.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using namespace bitgoeul::tests;

namespace {

MapBuilder two_roads() {
  MapBuilder b;
  b.source = "two.xodr";
  RoadDraft one = line_road("1", 0, 0, 0, 100), two = line_road("2", 100, 0, 0, 50);
  one.sections[0].lanes = {driving_lane(-1, {}, {-1}), driving_lane(1, {}, {1}), driving_lane(-2, {}, {-2})};
  two.sections[0].lanes = {driving_lane(1), driving_lane(-1), driving_lane(-2)};
  one.successor = {ElementType::kRoad, "2", Contact::kStart};
  one.line = 7, two.line = 30;
  b.roads = {one, two};
  return b;
}

std::shared_ptr<const Map> frozen(MapBuilder builder, sim::Issues* out = nullptr) {
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  if (out != nullptr)
    *out = issues;
  else
    for (const sim::Issue& issue : issues) {
      INFO(sim::to_string(issue));
      CHECK(issue.severity == sim::Severity::kInfo);
    }
  return *map;
}

bool linked(const Map& map, Row a, Row b) {
  const auto out = map.successors(a), in = map.predecessors(b);
  const bool forward = std::find(out.begin(), out.end(), b) != out.end();
  CHECK(forward == (std::find(in.begin(), in.end(), a) != in.end()));
  return forward;
}

// The one issue whose text holds the part; its line.
int line_of(const sim::Issues& issues, const std::string& part) {
  for (const sim::Issue& issue : issues)
    if (sim::to_string(issue).find(part) != std::string::npos) return issue.line;
  return -1;
}

}  // namespace

TEST_CASE("two roads in line: rows, links, neighbours") {
  const auto map = frozen(two_roads());
  const Map& m = *map;
  REQUIRE(m.lanes.size() == 6);  // 1, -1, -2 of each road, from left to right
  CHECK(m.lanes[0].odr_id == 1);
  CHECK(m.lanes[0].direction == -1);
  CHECK(m.lanes[1].odr_id == -1);
  CHECK(m.lanes[2].odr_id == -2);
  CHECK(linked(m, 1, 4));
  CHECK(linked(m, 2, 5));
  CHECK(linked(m, 3, 0));  // the left lane of road 2 drives back into road 1
  CHECK(m.links.size() == 6);
  CHECK(m.lanes[1].right == 2);
  CHECK(m.lanes[1].left == kNone);
  CHECK(m.lanes[1].opposite == 0);
  CHECK(m.lanes[0].opposite == 1);
  CHECK(m.lanes[2].left == 1);
  CHECK(m.lanes[2].opposite == kNone);
  CHECK(m.lanes[1].change_right == 1);
  CHECK(m.lanes[2].change_left == 1);
  CHECK(m.points[m.lanes[0].points.begin].x == doctest::Approx(100.0));
  CHECK(std::abs(m.points[m.lanes[0].points.begin].heading) == doctest::Approx(sim::kPi));
  CHECK(m.lanes[1].reachable == 1);  // an open road has no round trip: everything counts
}

TEST_CASE("left-hand traffic and a reversed lane drive the other way") {
  MapBuilder b = two_roads();
  for (RoadDraft& road : b.roads) road.left_hand_traffic = true;
  auto map = frozen(b);
  CHECK(map->lanes[0].direction == 1);
  CHECK(map->lanes[1].direction == -1);
  CHECK(linked(*map, 0, 3));
  CHECK(linked(*map, 4, 1));
  CHECK(map->lanes[0].opposite == 1);

  b = two_roads();
  for (RoadDraft& road : b.roads) road.sections[0].lanes[0].opposes_traffic = road.id == "1";  // lane -1 of road 1
  for (LaneDraft& lane : b.roads[1].sections[0].lanes) lane.opposes_traffic = lane.id == -1;
  map = frozen(b);
  CHECK(map->lanes[1].direction == -1);
  CHECK(linked(*map, 4, 1));
  CHECK(map->lanes[1].right == 0);  // beside lane 1, which drives the same way now
}

TEST_CASE("lane changes: marks, their two sides, and what the file says") {
  const auto change = [](MarkType mark, bool given, bool in, bool out) {
    MapBuilder b = two_roads();
    for (LaneDraft& lane : b.roads[0].sections[0].lanes)
      if (lane.id == -1)
        lane.mark = mark, lane.mark_change_given = given, lane.mark_change_in = in, lane.mark_change_out = out;
    const auto map = frozen(b);
    CHECK(map->lanes[1].right_mark == mark);
    CHECK(map->lanes[2].left_mark == mark);
    return std::pair(map->lanes[1].change_right != 0, map->lanes[2].change_left != 0);
  };
  CHECK(change(MarkType::kBroken, false, true, true) == std::pair(true, true));
  CHECK(change(MarkType::kSolid, false, true, true) == std::pair(false, false));
  CHECK(change(MarkType::kSolid, true, true, true) == std::pair(true, true));
  CHECK(change(MarkType::kBroken, true, false, true) == std::pair(true, false));
  CHECK(change(MarkType::kSolidBroken, false, true, true) == std::pair(false, true));
  CHECK(change(MarkType::kBrokenSolid, false, true, true) == std::pair(true, false));
  const auto map = frozen(crossing());
  for (const Row lane : map->lanes_of_junction(0)) {
    CHECK(map->lanes[lane].change_left == 0);
    CHECK(map->lanes[lane].change_right == 0);
  }
}

TEST_CASE("links that one side leaves out, names wrongly, or that do not meet") {
  // Only the second road names the link.
  MapBuilder b = two_roads();
  b.roads[0].successor = {};
  for (LaneDraft& lane : b.roads[0].sections[0].lanes) lane.successors.clear();
  b.roads[1].predecessor = {ElementType::kRoad, "1", Contact::kEnd};
  for (LaneDraft& lane : b.roads[1].sections[0].lanes) lane.predecessors = {lane.id};
  CHECK(frozen(b)->links.size() == 6);

  sim::Issues issues;
  b = two_roads();
  b.roads[0].successor.contact = Contact::kEnd;  // but road 2 meets with its start
  CHECK(frozen(b, &issues)->links.size() == 6);
  CHECK(line_of(issues, "contact points") == 7);

  b = two_roads();
  b.roads[0].successor.id = "9";
  CHECK(frozen(b, &issues)->links.empty());
  CHECK(line_of(issues, "successor is road 9, which is not in the file") == 7);

  b = two_roads();
  b.roads[0].sections[0].lanes[0].successors = {-5};
  b.roads[0].sections[0].lanes[0].line = 11;
  CHECK(frozen(b, &issues)->links.size() == 4);
  CHECK(line_of(issues, "lane -5") == 11);

  b = two_roads();
  b.roads[1].plan_view[0].x = 103;  // a gap of 3 m
  CHECK(frozen(b, &issues)->links.empty());
  CHECK(line_of(issues, "link dropped") == 0);

  b = two_roads();
  b.roads[0].sections[0].lanes[0].successors = {1};  // lane -1 into the lane that comes towards it
  CHECK(frozen(b, &issues)->links.size() == 4);
  CHECK(line_of(issues, "both end there") >= 0);
}

TEST_CASE("lane sections: links across them, and the nearest speed limit") {
  MapBuilder b = two_roads();
  b.roads.resize(1);
  RoadDraft& road = b.roads[0];
  road.successor = {};
  road.sections.resize(2);
  road.sections[1].s = 40;
  road.sections[0].lanes = {driving_lane(1, {}, {1}), driving_lane(-1, {}, {-1})};
  road.sections[1].lanes = {driving_lane(1), driving_lane(-1), driving_lane(-2)};
  road.sections[1].lanes[2].predecessors = {-1};
  road.speeds = {{0, 14}, {90, 8}};
  road.sections[0].lanes[1].speeds = {{30, 5}};
  sim::Issues issues;
  const auto map = frozen(b, &issues);
  CHECK(linked(*map, 1, 3));
  CHECK(linked(*map, 2, 0));
  CHECK(!linked(*map, 1, 4));  // lane -2 starts 3.5 m beside the end of lane -1
  CHECK(line_of(issues, "ends 3.5") == 0);
  CHECK(map->lanes[1].speed_limit_mps == 14);  // 30 m at the road's 14, 10 m at its own 5
  CHECK(map->lanes[3].speed_limit_mps == 14);
  CHECK(line_of(issues, "change their speed limit") == 0);
  b.roads[0].speeds.clear();
  CHECK(frozen(b, &issues)->lanes[0].speed_limit_mps == doctest::Approx(50 / 3.6));
}

TEST_CASE("borders give the same lanes as widths") {
  MapBuilder widths = two_roads(), borders = two_roads();
  for (RoadDraft& road : borders.roads)
    for (LaneDraft& lane : road.sections[0].lanes) {
      lane.widths.clear();
      const double t = lane.id * 3.5;
      lane.borders = {{0, t, 0, 0, 0}, {20, t, 0, 0, 0}};
    }
  const auto a = frozen(widths), b = frozen(borders);
  for (Row lane = 0; lane < 6; ++lane)
    for (const double s : {0.0, 10.0, 30.0}) {
      const LanePose p = lane_pose(*a, lane, s), q = lane_pose(*b, lane, s);
      CHECK(p.x == doctest::Approx(q.x));
      CHECK(p.y == doctest::Approx(q.y));
      CHECK(p.width == doctest::Approx(q.width));
    }
}

TEST_CASE("junction: connecting lanes, turns, centre, links") {
  const auto map = frozen(crossing());
  REQUIRE(map->junctions.size() == 1);
  CHECK(map->lanes_of_junction(0).size() == 12);
  CHECK(map->junctions[0].x == doctest::Approx(0.0));
  CHECK(map->junctions[0].radius == doctest::Approx(std::hypot(10.0, 1.75)));
  CHECK(map->junctions[0].control == JunctionControl::kPriority);
  const char* names[] = {"W-S", "W-E", "W-N", "S-E", "S-N", "S-W", "E-N", "E-W", "E-S", "N-W", "N-S", "N-E"};
  const Turn turns[] = {Turn::kRight, Turn::kStraight, Turn::kLeft};
  for (int i = 0; i < 12; ++i) {
    const Row lane = lane_of(*map, names[i], -1);
    REQUIRE(lane != kNone);
    CHECK(map->lanes[lane].turn == turns[i % 3]);
    CHECK(map->lanes[lane].junction == 0);
    const std::string from(1, names[i][0]), to(1, names[i][2]);
    CHECK(linked(*map, lane_of(*map, from, from == "W" || from == "S" ? -1 : 1), lane));
    CHECK(linked(*map, lane, lane_of(*map, to, to == "W" || to == "S" ? 1 : -1)));
  }
  // The arms are dead ends: no way leads back, so nothing is told apart.
  for (const Lane& lane : map->lanes) CHECK(lane.reachable == 1);
}

TEST_CASE("reachability: a ring with a way in and a way out") {
  MapBuilder b;
  const double radius = 50.0;
  for (int i = 0; i < 4; ++i) {
    RoadDraft road;
    road.id = std::to_string(i);
    const double angle = i * sim::kPi / 2;
    road.length = radius * sim::kPi / 2;
    road.plan_view = {{0,
                       radius * std::cos(angle),
                       radius * std::sin(angle),
                       angle + sim::kPi / 2,
                       road.length,
                       {1 / radius},
                       GeometryKind::kArc,
                       0}};
    road.successor = {ElementType::kRoad, std::to_string((i + 1) % 4), Contact::kStart};
    road.sections.resize(1);
    road.sections[0].lanes = {driving_lane(-1, {}, {-1})};
    b.roads.push_back(road);
  }
  RoadDraft in = line_road("in", radius, -40, sim::kPi / 2, 40);
  in.sections[0].lanes = {driving_lane(-1, {}, {-1})};
  in.successor = {ElementType::kRoad, "0", Contact::kStart};
  b.roads.push_back(in);
  const auto map = frozen(b);
  for (Row lane = 0; lane < 4; ++lane) CHECK(map->lanes[lane].reachable == 1);
  CHECK(map->lanes[4].reachable == 0);
}

TEST_CASE("comfort cap: a bend is braked for before it comes") {
  MapBuilder b;
  RoadDraft one = line_road("1", 0, 0, 0, 200), two = line_road("2", 200, 0, 0, 30);
  two.plan_view[0].kind = GeometryKind::kArc;
  two.plan_view[0].p[0] = 0.05;
  one.sections[0].lanes = {driving_lane(-1, {}, {-1})};
  two.sections[0].lanes = {driving_lane(-1)};
  one.successor = {ElementType::kRoad, "2", Contact::kStart};
  b.roads = {one, two};
  const auto map = frozen(b);
  const double in_bend = std::sqrt(2.0 * 21.75);  // the right lane runs on radius 20 + 1.75
  CHECK(lane_pose(*map, 1, 0.0).speed_cap_mps == doctest::Approx(in_bend));
  const auto points = map->lane_points(0);
  CHECK(points.back().speed_cap_mps == doctest::Approx(in_bend));
  for (const LanePoint& p : points)
    CHECK(p.speed_cap_mps <= std::sqrt(in_bend * in_bend + 2 * 1.5 * (200 - p.s)) + 1e-9);
}

TEST_CASE("drafts with defects: reported, never a crash") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  sim::Issues issues;
  MapBuilder b = two_roads();
  b.roads.push_back(b.roads[0]);  // the id twice
  RoadDraft broken = line_road("nan", 0, nan, 0, 10);
  broken.sections[0].lanes = {driving_lane(-1)};
  broken.line = 99;
  b.roads.push_back(broken);
  RoadDraft curl = line_road("curl", 0, 0, 0, 1e6);
  curl.plan_view[0].kind = GeometryKind::kArc, curl.plan_view[0].p[0] = 1e9;
  curl.sections[0].lanes = {driving_lane(-1)};
  b.roads.push_back(curl);
  b.roads.push_back(line_road("empty", 0, 0, 0, 10));
  b.roads.back().plan_view.clear();
  b.roads[0].sections[0].lanes.push_back(driving_lane(-2));  // a lane twice
  b.roads[0].sections[0].lanes[0].widths.push_back({nan, 1, 1, 1, 1});
  b.roads[1].elevation = {{0, nan, 0, 0, 0}};
  const auto map = frozen(b, &issues);
  CHECK(map->roads.size() == 2);
  CHECK(map->lanes.size() == 6);
  CHECK(line_of(issues, "id=\"nan\"") == 99);
  CHECK(line_of(issues, "id=\"curl\"") == 0);
  CHECK(line_of(issues, "second road") == 7);
  CHECK(line_of(issues, "second lane -2") == 0);
  CHECK(line_of(issues, "width has a value") == 0);
  CHECK(line_of(issues, "elevation has a value") == 30);
  for (const sim::Issue& issue : issues) CHECK(issue.file == "two.xodr");

  b = two_roads();
  for (RoadDraft& road : b.roads)
    for (LaneDraft& lane : road.sections[0].lanes) lane.type = LaneType::kSidewalk;
  CHECK(!freeze(b, issues).has_value());
  CHECK(!freeze(MapBuilder{}, issues).has_value());
}

TEST_CASE("objects: placed on their road, outlines kept") {
  MapBuilder b = two_roads();
  ObjectDraft pole;
  pole.id = "pole", pole.road = "2", pole.s = 10, pole.t = -8, pole.z_offset = 0.5, pole.heading = 0.2;
  pole.kind = ObjectKind::kPole;
  ObjectDraft lost = pole;
  lost.id = "lost", lost.road = "9", lost.line = 55;
  ObjectDraft area = pole;
  area.id = "area", area.outline = {{1, 2, 3}, {4, 5, 6}, {7, 8, 10}};
  b.objects = {pole, lost, area};
  sim::Issues issues;
  const auto map = frozen(b, &issues);
  REQUIRE(map->objects.size() == 2);
  CHECK(map->objects[0].x == doctest::Approx(110.0));
  CHECK(map->objects[0].y == doctest::Approx(-8.0));
  CHECK(map->objects[0].z == doctest::Approx(0.5));
  CHECK(map->objects[0].heading == doctest::Approx(0.2));
  CHECK(map->objects[0].outline.empty());
  const auto corners = Map::rows(map->outline_points, map->objects[1].outline);
  REQUIRE(corners.size() == 9);
  CHECK(corners[8] == 10.0);
  CHECK(line_of(issues, "road \"9\"") == 55);
}

TEST_CASE("a lane that narrows to nothing in short sections is a taper as far as a body does not fit") {
  MapBuilder b;
  b.source = "taper.xodr";
  RoadDraft road = line_road("1", 0, 0, 0, 90);
  road.sections.resize(3);
  // The right lane: 3.5 m wide, then 3.5 to 1.75 m, then 1.75 m to nothing.
  const double width[] = {3.5, 3.5, 1.75}, slope[] = {0, -1.75 / 30, -1.75 / 30};
  for (int i = 0; i < 3; ++i) {
    road.sections[i].s = 30.0 * i;
    const auto ids = [&](bool yes, std::int32_t id) {
      return yes ? std::vector<std::int32_t>{id} : std::vector<std::int32_t>{};
    };
    road.sections[i].lanes = {driving_lane(-1, ids(i > 0, -1), ids(i < 2, -1)),
                              driving_lane(-2, ids(i > 0, -2), ids(i < 2, -2))};
    road.sections[i].lanes[1].widths = {{0, width[i], slope[i], 0, 0}};
  }
  b.roads = {road};
  const auto map = frozen(b);
  for (const Lane& lane : map->lanes) {
    CAPTURE(lane.odr_id);
    CAPTURE(lane.s_begin);
    CHECK(lane.taper == (lane.odr_id == -2 && lane.s_begin > 1.0 ? 1 : 0));
  }
}

TEST_CASE("a lane that opens from nothing is a taper where nobody may change into it yet") {
  for (const bool may_change : {false, true}) {
    CAPTURE(may_change);
    MapBuilder b;
    b.source = "pocket.xodr";
    RoadDraft road = line_road("1", 0, 0, 0, 60);
    road.sections.resize(2);
    road.sections[1].s = 30;
    road.sections[0].lanes = {driving_lane(-1, {}, {-1}), driving_lane(-2, {}, {-2})};
    road.sections[1].lanes = {driving_lane(-1, {-1}), driving_lane(-2, {-2})};
    road.sections[0].lanes[1].widths = {{0, 0, 3.5 / 30, 0, 0}};
    for (LaneDraft& lane : road.sections[0].lanes) lane.mark_change_in = lane.mark_change_out = may_change;
    b.roads = {road};
    for (const Lane& lane : frozen(b)->lanes)
      CHECK(lane.taper == (lane.odr_id == -2 && lane.s_begin < 1.0 && !may_change ? 1 : 0));
  }
}

TEST_CASE("a narrow lane that stays narrow to the map's edge, or goes on, is no taper") {
  MapBuilder b = two_roads();
  for (RoadDraft& road : b.roads)
    for (LaneDraft& lane : road.sections[0].lanes) lane.widths = {{0, 1.5, 0, 0, 0}};
  for (const Lane& lane : frozen(b)->lanes) CHECK(lane.taper == 0);
}
