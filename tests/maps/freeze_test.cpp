#include <doctest/doctest.h>

#include <cmath>

#include "maps/compiled_map.h"
#include "maps/lane_geometry.h"
#include "maps/map_builder.h"

namespace {

using namespace bitgoeul;
using namespace bitgoeul::maps;

LaneDraft lane(std::int32_t id, std::vector<std::int32_t> pred = {}, std::vector<std::int32_t> succ = {}) {
  LaneDraft l;
  l.id = id;
  l.type = LaneType::kDriving;
  l.widths = {{0, 3.5, 0, 0, 0}};
  l.predecessors = pred;
  l.successors = succ;
  l.mark = MarkType::kBroken;
  return l;
}

RoadDraft straight(const std::string& id, double x, double y, double heading, double length) {
  RoadDraft road;
  road.id = id;
  road.length = length;
  road.plan_view = {{0, x, y, heading, length, {}, GeometryKind::kLine, 0}};
  road.sections.resize(1);
  return road;
}

}  // namespace

TEST_CASE("two roads in line: lanes, links, neighbours") {
  MapBuilder b;
  b.source = "two.xodr";
  RoadDraft one = straight("1", 0, 0, 0, 100), two = straight("2", 100, 0, 0, 50);
  one.sections[0].lanes = {lane(-1, {}, {-1}), lane(1, {}, {1}), lane(-2, {}, {-2})};
  two.sections[0].lanes = {lane(1), lane(-1), lane(-2)};
  one.successor = {ElementType::kRoad, "2", Contact::kStart};
  b.roads = {one, two};
  sim::Issues issues;
  const auto map = freeze(b, issues);
  REQUIRE(map.has_value());
  for (const auto& i : issues) MESSAGE(sim::to_string(i));
  const Map& m = **map;
  REQUIRE(m.lanes.size() == 6);
  CHECK(m.lanes[0].odr_id == 1);
  CHECK(m.lanes[0].direction == -1);
  CHECK(m.lanes[1].odr_id == -1);
  REQUIRE(m.successors(1).size() == 1);
  CHECK(m.successors(1)[0] == 4);
  REQUIRE(m.successors(3).size() == 1);  // the left lane of road 2 drives back into road 1
  CHECK(m.successors(3)[0] == 0);
  CHECK(m.lanes[1].right == 2);
  CHECK(m.lanes[1].left == kNone);
  CHECK(m.lanes[1].opposite == 0);
  CHECK(m.lanes[2].left == 1);
  CHECK(m.lanes[1].change_right == 1);
  CHECK(m.points[m.lanes[0].points.begin].x == doctest::Approx(100.0));
  CHECK(std::abs(m.points[m.lanes[0].points.begin].heading) == doctest::Approx(sim::kPi));
}
