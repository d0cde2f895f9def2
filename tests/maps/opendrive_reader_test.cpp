// OpenDRIVE reader: each element of the norm on small files, and repairs of what is wrong with a line and a reason.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "maps/opendrive/opendrive.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using maps::Contact;
using maps::GeometryKind;
using maps::LaneType;
using maps::MarkType;

namespace {

struct Read {
  sim::Issues issues;
  sim::Result<maps::MapBuilder> map = sim::fail("");
};

Read read(const char* file) {
  Read r;
  r.map = maps::opendrive::read_file(tests::test_map(file), r.issues);
  REQUIRE(r.map);
  return r;
}

Read parse(const std::string& text) {
  Read r;
  r.map = maps::opendrive::read_text(text, "test.xodr", r.issues);
  return r;
}

// One straight road; the arguments replace parts of it.
std::string one_road(
    const std::string& plan_view = "<geometry s='0' x='0' y='0' hdg='0' length='100'><line/></geometry>",
    const std::string& sections =
        "<laneSection s='0'><center><lane id='0' type='none'/></center><right>"
        "<lane id='-1' type='driving'><width sOffset='0' a='3' b='0' c='0' d='0'/></lane>"
        "</right></laneSection>",
    const std::string& more = "", const std::string& length = "100") {
  return "<OpenDRIVE>\n<header revMajor='1' revMinor='6'/>\n<road id='1' length='" + length +
         "' junction='-1'>\n<planView>\n" + plan_view + "\n</planView>\n<lanes>\n" + sections + "\n</lanes>\n" + more +
         "\n</road>\n</OpenDRIVE>";
}

std::string right_lane(const std::string& inside, const std::string& attributes = "id='-1' type='driving'") {
  return "<laneSection s='0'><right><lane " + attributes + ">" + inside + "</lane></right></laneSection>";
}
const std::string kWidth = "<width sOffset='0' a='3' b='0' c='0' d='0'/>";

std::string road_with_lane(const std::string& inside, const std::string& attributes = "id='-1' type='driving'") {
  return one_road("<geometry s='0' x='0' y='0' hdg='0' length='100'><line/></geometry>",
                  right_lane(inside, attributes));
}

const sim::Issue* find(const sim::Issues& issues, const std::string& rule) {
  for (const sim::Issue& i : issues)
    if (i.rule == rule) return &i;
  return nullptr;
}

int errors_and_warnings(const sim::Issues& issues) {
  return static_cast<int>(std::count_if(issues.begin(), issues.end(),
                                        [](const sim::Issue& i) { return i.severity != sim::Severity::kInfo; }));
}

}  // namespace

TEST_CASE("header: version, projection, offset") {
  const Read r = read("all_geometries.xodr");
  CHECK(errors_and_warnings(r.issues) == 0);
  CHECK(r.map->name == "all_geometries");
  CHECK(r.map->projection.starts_with("+proj=tmerc +lat_0=35.1595"));
  CHECK(r.map->offset_x == 100);
  CHECK(r.map->offset_y == -50);
  CHECK(r.map->offset_z == 20);
  CHECK(r.map->offset_heading == 0.1);
  CHECK(find(parse("<OpenDRIVE><road/></OpenDRIVE>").issues, "header_required") != nullptr);
}

TEST_CASE("plan view: all kinds of geometry") {
  const Read r = read("all_geometries.xodr");
  const auto& line = r.map->roads.at(0).plan_view;
  REQUIRE(line.size() == 6);
  CHECK(line[0].kind == GeometryKind::kLine);
  CHECK(line[0].x == 10);
  CHECK(line[0].y == 20);
  CHECK(line[0].heading == 0.3);
  CHECK(line[0].length == 40);
  CHECK(line[1].kind == GeometryKind::kSpiral);
  CHECK(line[1].p[0] == 0);
  CHECK(line[1].p[1] == 0.02);
  CHECK(line[2].kind == GeometryKind::kArc);
  CHECK(line[2].p[0] == 0.02);
  CHECK(line[4].kind == GeometryKind::kParamPoly3);
  CHECK(line[4].normalized == 1);
  CHECK(line[4].p[1] == 25);
  CHECK(line[4].p[3] == -0.4);
  CHECK(line[4].p[6] == -1.2);
  CHECK(line[5].kind == GeometryKind::kPoly3);
  CHECK(line[5].p[2] == 0.004);
}

TEST_CASE("profiles, lane offset, speeds, types") {
  const Read r = read("all_geometries.xodr");
  const maps::RoadDraft& road = r.map->roads.at(0);
  CHECK(road.name == "one of each");
  CHECK(road.road_class == maps::RoadClass::kPrimary);
  REQUIRE(road.elevation.size() == 2);
  CHECK(road.elevation[1].s == 100);
  CHECK(road.elevation[1].c == -0.0002);
  REQUIRE(road.superelevation.size() == 1);
  CHECK(road.superelevation[0].a == 0.02);
  REQUIRE(road.lane_offset.size() == 2);
  CHECK(road.lane_offset[1].b == 0.01);
  REQUIRE(road.speeds.size() == 2);
  CHECK(road.speeds[0].speed_mps == doctest::Approx(50 / 3.6).epsilon(1e-12));
  CHECK(road.speeds[1].s == 100);
  CHECK(road.speeds[1].speed_mps == 0);
}

TEST_CASE("lanes: sections, links, widths, marks, speed") {
  const Read r = read("all_geometries.xodr");
  const auto& sections = r.map->roads.at(0).sections;
  REQUIRE(sections.size() == 2);
  CHECK(sections[1].s == 80);
  CHECK(sections[0].center_mark == MarkType::kSolidSolid);
  CHECK(sections[0].center_color == maps::MarkColor::kYellow);
  CHECK_FALSE(sections[0].center_change);
  CHECK(sections[1].center_change);
  REQUIRE(sections[0].lanes.size() == 4);
  const maps::LaneDraft& lane = sections[0].lanes[2];
  CHECK(lane.id == -2);
  CHECK(lane.type == LaneType::kDriving);
  CHECK(lane.successors == std::vector<std::int32_t>{-2});
  CHECK(lane.predecessors.empty());
  REQUIRE(lane.widths.size() == 2);
  CHECK(lane.widths[1].s == 40);
  CHECK(lane.widths[1].b == 0.005);
  CHECK(lane.mark == MarkType::kSolid);
  // The mark right of lane -2: "increase" allows the change from -3 to -2, inwards.
  CHECK(lane.mark_change_in);
  CHECK_FALSE(lane.mark_change_out);
  REQUIRE(lane.speeds.size() == 1);
  CHECK(lane.speeds[0].speed_mps == doctest::Approx(30 * 1609.344 / 3600).epsilon(1e-12));
  CHECK(sections[1].lanes[2].type == LaneType::kBus);
}

TEST_CASE("left-hand traffic and borders") {
  const Read r = read("left_hand.xodr");
  CHECK(errors_and_warnings(r.issues) == 0);
  REQUIRE(r.map->roads.size() == 2);
  CHECK(r.map->roads[0].left_hand_traffic);
  CHECK(r.map->roads[0].successor.type == maps::ElementType::kRoad);
  CHECK(r.map->roads[0].successor.id == "2");
  CHECK(r.map->roads[0].successor.contact == Contact::kStart);
  CHECK(r.map->roads[1].predecessor.contact == Contact::kEnd);
  const auto& lanes = r.map->roads[0].sections.at(0).lanes;
  REQUIRE(lanes.size() == 3);
  CHECK(lanes[0].widths.empty());
  REQUIRE(lanes[0].borders.size() == 1);
  CHECK(lanes[0].borders[0].a == 4.5);
  CHECK(lanes[2].speeds.at(0).speed_mps == 13.9);  // no unit: m/s
}

TEST_CASE("junctions, connections, priorities, controllers") {
  const Read r = read("t_junction.xodr");
  CHECK(errors_and_warnings(r.issues) == 0);
  REQUIRE(r.map->junctions.size() == 1);
  const maps::JunctionDraft& junction = r.map->junctions[0];
  CHECK(junction.id == "500");
  CHECK(junction.control == maps::JunctionControl::kSignals);
  CHECK(junction.controllers == std::vector<std::string>{"900", "901"});
  REQUIRE(junction.connections.size() == 6);
  CHECK(junction.connections[2].incoming_road == "1");
  CHECK(junction.connections[2].connecting_road == "103");
  CHECK(junction.connections[2].contact == Contact::kStart);
  REQUIRE(junction.connections[1].links.size() == 1);
  CHECK(junction.connections[1].links[0].from == 1);
  CHECK(junction.connections[1].links[0].to == -1);
  REQUIRE(junction.priorities.size() == 1);
  CHECK(junction.priorities[0].high == "102");
  REQUIRE(r.map->controllers.size() == 2);
  CHECK(r.map->controllers[0].signals == std::vector<std::string>{"11", "21"});
  CHECK(r.map->roads.at(3).junction == "500");
  CHECK(r.map->roads.at(0).junction.empty());
  CHECK(r.map->roads.at(0).successor.type == maps::ElementType::kJunction);
}

TEST_CASE("signals and signal references") {
  const Read r = read("t_junction.xodr");
  REQUIRE(r.map->signals.size() == 4);
  const maps::SignalDraft& head = r.map->signals[0];
  CHECK(head.id == "11");
  CHECK(head.road == "1");
  CHECK(head.dynamic);
  CHECK(head.orientation == 1);
  CHECK(head.s == 83);
  CHECK(head.t == -5);
  CHECK(head.z_offset == 4.5);
  CHECK(head.type == "1000001");
  REQUIRE(head.validity.size() == 1);
  CHECK(head.validity[0].from_lane == -1);
  const maps::SignalDraft& limit = r.map->signals[1];
  CHECK_FALSE(limit.dynamic);
  CHECK(limit.value == 50);
  CHECK(limit.unit == "km/h");
  CHECK(limit.country == "KR");
  CHECK(r.map->signals[2].orientation == -1);
  REQUIRE(r.map->signal_references.size() == 1);
  CHECK(r.map->signal_references[0].road == "3");
  CHECK(r.map->signal_references[0].signal_id == "12");
}

TEST_CASE("objects: outlines, repetition, bridges and tunnels") {
  const Read r = read("t_junction.xodr");
  REQUIRE(r.map->objects.size() == 9);  // crosswalk, building, 5 lamps, rail, parking space
  const auto& objects = r.map->objects;
  CHECK(objects[0].kind == maps::ObjectKind::kCrosswalk);
  REQUIRE(objects[0].outline.size() == 4);
  // Road 1 runs east from (-100, 0): s = 76 is x = -24.
  CHECK((objects[0].outline[0] - sim::Vec3(-24, -3.25, 0)).norm() < 1e-4);
  CHECK((objects[0].outline[2] - sim::Vec3(-20, 3.25, 0)).norm() < 1e-4);
  CHECK(objects[1].kind == maps::ObjectKind::kBuilding);
  CHECK(objects[1].height == 9);
  const double c = std::cos(0.5), s = std::sin(0.5);
  REQUIRE(objects[1].outline.size() == 4);
  CHECK((objects[1].outline[0] - sim::Vec3(-60 - 5 * c + 4 * s, 20 - 5 * s - 4 * c, 1)).norm() < 2e-4);
  for (int i = 0; i < 5; ++i) {
    const maps::ObjectDraft& lamp = objects[static_cast<std::size_t>(2 + i)];
    CHECK(lamp.kind == maps::ObjectKind::kPole);
    CHECK(lamp.s == doctest::Approx(5 + 10 * i));
    CHECK(lamp.t == doctest::Approx(6 + 0.5 * i));
    CHECK(lamp.id == (i == 0 ? "l1" : "l1#" + std::to_string(i)));
  }
  CHECK(objects[7].kind == maps::ObjectKind::kBarrier);
  CHECK(objects[7].length == 30);
  for (const sim::Vec3& p : objects[7].outline) CHECK(std::abs(std::abs(p.y() + 6) - 0.15) < 1e-4);
  CHECK(objects[8].kind == maps::ObjectKind::kParkingSpace);
  CHECK(r.map->roads.at(0).bridge);
  CHECK_FALSE(r.map->roads.at(0).tunnel);
  CHECK(r.map->roads.at(1).tunnel);
}

TEST_CASE("direct junctions link roads; virtual connections are left out") {
  const std::string junction =
      "<junction id='9' type='direct'><connection id='0' incomingRoad='1' linkedRoad='2' contactPoint='end'>"
      "<laneLink from='-1' to='-2' overlapZone='3'/></connection>"
      "<connection id='1' type='virtual' incomingRoad='1' contactPoint='end'/></junction>";
  std::string text = one_road();
  text.insert(text.find("</OpenDRIVE>"), junction);
  const Read r = parse(text);
  REQUIRE(r.map);
  REQUIRE(r.map->junctions.size() == 1);
  CHECK(r.map->junctions[0].type == maps::JunctionType::kDirect);
  REQUIRE(r.map->junctions[0].connections.size() == 1);
  CHECK(r.map->junctions[0].connections[0].connecting_road == "2");
  CHECK(r.map->junctions[0].connections[0].contact == Contact::kEnd);
  CHECK(find(r.issues, "virtual_connection") != nullptr);
}

TEST_CASE("roundabouts are named by junction groups") {
  std::string text = one_road();
  text.insert(text.find("</OpenDRIVE>"),
              "<junction id='9'/><junctionGroup id='1' type='roundabout'><junctionReference junction='9'/>"
              "<junctionReference junction='10'/></junctionGroup>");
  const Read r = parse(text);
  REQUIRE(r.map);
  CHECK(r.map->junctions.at(0).control == maps::JunctionControl::kRoundabout);
  CHECK(find(r.issues, "junction_reference") != nullptr);
}

TEST_CASE("lane direction of 1.8, several links, marks that change") {
  const Read r =
      parse(road_with_lane(kWidth + "<link><successor id='-1'/><successor id='-2'/><successor id='0'/></link>"
                                    "<roadMark sOffset='0' type='solid' laneChange='none'/>"
                                    "<roadMark sOffset='20' type='broken' laneChange='decrease'/>",
                           "id='-1' type='driving' direction='both'"));
  REQUIRE(r.map);
  const maps::LaneDraft& lane = r.map->roads.at(0).sections.at(0).lanes.at(0);
  CHECK(lane.type == LaneType::kBidirectional);
  CHECK(lane.successors == std::vector<std::int32_t>{-1, -2});
  CHECK(find(r.issues, "lane_link_zero") != nullptr);
  CHECK(lane.mark == MarkType::kBroken);  // covers 80 of 100 m
  CHECK_FALSE(lane.mark_change_in);
  CHECK(lane.mark_change_out);
  CHECK(find(r.issues, "road_mark_changes") != nullptr);
}

TEST_CASE("a change of lanes is allowed where laneChange is missing, as the norm says") {
  const Read r = parse(road_with_lane(kWidth + "<roadMark sOffset='0' type='solid'/>"));
  REQUIRE(r.map);
  const maps::LaneDraft& lane = r.map->roads.at(0).sections.at(0).lanes.at(0);
  CHECK(lane.mark_change_in);
  CHECK(lane.mark_change_out);
}

TEST_CASE("speed words and units") {
  for (const auto& [attributes, expected] : {std::pair<std::string, double>{"max='36' unit='km/h'", 10},
                                             {"max='10' unit='m/s'", 10},
                                             {"max='10'", 10},
                                             {"max='100' unit='mph'", 44.704},
                                             {"max='no limit'", 0},
                                             {"max='undefined'", 0}}) {
    const Read r = parse(road_with_lane(kWidth + "<speed sOffset='0' " + attributes + "/>"));
    REQUIRE(r.map);
    const auto& speeds = r.map->roads.at(0).sections.at(0).lanes.at(0).speeds;
    REQUIRE_MESSAGE(speeds.size() == 1, attributes);
    CHECK(speeds[0].speed_mps == doctest::Approx(expected).epsilon(1e-12));
  }
  for (const char* bad : {"max='fast'", "max='-1'", "max='nan'", ""}) {
    const Read r = parse(road_with_lane(kWidth + "<speed sOffset='0' " + bad + "/>"));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).sections.at(0).lanes.at(0).speeds.empty());
    CHECK(errors_and_warnings(r.issues) == 1);
  }
}

TEST_CASE("what the simulation does not use is named once per file") {
  std::string surfaces;
  for (int i = 0; i < 12; ++i) surfaces += "<surface/>";
  const Read r = parse(one_road("<geometry s='0' x='0' y='0' hdg='0' length='100'><line/></geometry>",
                                right_lane(kWidth), surfaces + "<surfce/>"));
  REQUIRE(r.map);
  CHECK(std::count_if(r.issues.begin(), r.issues.end(), [](const sim::Issue& i) {
          return i.what == "kept as data, not used: <surface> in <road> (12 times)" &&
                 i.severity == sim::Severity::kInfo;
        }) == 1);
  const sim::Issue* unknown = find(r.issues, "unknown");
  REQUIRE(unknown != nullptr);
  CHECK(unknown->severity == sim::Severity::kWarning);
  CHECK(unknown->remedy == "did you mean \"surface\"?");
}

TEST_CASE("geometry is repaired where that is safe") {
  const std::string line = "<line/></geometry>";
  SUBCASE("order") {
    const Read r = parse(one_road("<geometry s='60' x='60' y='0' hdg='0' length='40'>" + line +
                                  "<geometry s='0' x='0' y='0' hdg='0' length='60'>" + line));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).plan_view.at(0).length == 60);
    CHECK(find(r.issues, "ascending_order")->line == 5);
  }
  SUBCASE("a missing length follows from the next s") {
    const Read r = parse(one_road("<geometry s='0' x='0' y='0' hdg='0' length='-5'>" + line +
                                  "<geometry s='60' x='60' y='0' hdg='0' length='40'>" + line));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).plan_view.at(0).length == 60);
    CHECK(find(r.issues, "attribute_range") != nullptr);
    CHECK(find(r.issues, "geometry_length") != nullptr);
  }
  SUBCASE("a missing s follows from the lengths") {
    const Read r = parse(one_road("<geometry s='0' x='0' y='0' hdg='0' length='60'>" + line +
                                  "<geometry x='60' y='0' hdg='0' length='40'>" + line));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).plan_view.at(1).s == 60);
  }
  SUBCASE("the sum of the lengths counts") {
    const Read r = parse(one_road("<geometry s='0' x='0' y='0' hdg='0' length='90'>" + line));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).length == 90);
    CHECK(find(r.issues, "road_length") != nullptr);
  }
  SUBCASE("pieces without length go") {
    const Read r = parse(one_road("<geometry s='0' x='0' y='0' hdg='0' length='100'>" + line +
                                  "<geometry s='100' x='100' y='0' hdg='0' length='0'>" + line));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).plan_view.size() == 1);
  }
}

TEST_CASE("a road without a usable reference line is left out, with line and reason") {
  const std::string good = one_road();
  const std::string road = good.substr(good.find("<road"), good.find("</OpenDRIVE>") - good.find("<road"));
  for (const char* geometry :
       {"", "<geometry s='0' x='nan' y='0' hdg='0' length='9'><line/></geometry>",
        "<geometry s='0' x='0' y='0' hdg='0' length='9'/>",
        "<geometry s='0' x='0' y='0' hdg='0' length='9'><arc curvature='1e9'/></geometry>",
        "<geometry s='0' x='0' y='0' hdg='0' length='1e5'><arc curvature='50'/></geometry>",
        "<geometry s='0' x='0' y='0' hdg='0' length='900'><poly3 a='0' b='0' c='0' d='9e7'/></geometry>",
        "<geometry s='0' x='0' y='1e300' hdg='0' length='9'><line/></geometry>"}) {
    std::string text = one_road(geometry);
    text.replace(text.find("id='1'"), 6, "id='2'");
    CHECK_MESSAGE(!parse(text).map, std::string(geometry));
    text.insert(text.find("</OpenDRIVE>"), road);
    const Read r = parse(text);
    REQUIRE_MESSAGE(r.map, std::string(geometry));
    CHECK(r.map->roads.size() == 1);
    REQUIRE(find(r.issues, "road_plan_view") != nullptr);
    CHECK(find(r.issues, "road_plan_view")->line == 3);
    CHECK(find(r.issues, "road_plan_view")->where == "<road id=\"2\">");
  }
}

TEST_CASE("lanes are repaired where that is safe") {
  SUBCASE("the side counts") {
    const Read r = parse(road_with_lane(kWidth, "id='1' type='driving'"));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).sections.at(0).lanes.at(0).id == -1);
    CHECK(find(r.issues, "lane_id") != nullptr);
  }
  SUBCASE("an unknown type is named with those there are") {
    const Read r = parse(road_with_lane(kWidth, "id='-1' type='drivng'"));
    REQUIRE(r.map);
    CHECK(r.map->roads.at(0).sections.at(0).lanes.at(0).type == LaneType::kNone);
    CHECK(find(r.issues, "attribute_value")->remedy.find("driving") != std::string::npos);
  }
  SUBCASE("ids stand once") {
    const Read r = parse(one_road("<geometry s='0' x='0' y='0' hdg='0' length='100'><line/></geometry>",
                                  "<laneSection s='0'><right><lane id='-1' type='driving'>" + kWidth +
                                      "</lane><lane id='-1' type='bus'>" + kWidth + "</lane></right></laneSection>"));
    REQUIRE(r.map);
    REQUIRE(r.map->roads.at(0).sections.at(0).lanes.size() == 1);
    CHECK(r.map->roads.at(0).sections.at(0).lanes.at(0).type == LaneType::kDriving);
  }
  SUBCASE("sections ascend, begin at 0 and on the road") {
    const auto section = [](const char* s) {
      return "<laneSection s='" + std::string(s) + "'><right><lane id='-1' type='driving'>" + kWidth +
             "</lane></right></laneSection>";
    };
    const Read r = parse(one_road("<geometry s='0' x='0' y='0' hdg='0' length='100'><line/></geometry>",
                                  section("50") + section("10") + section("200")));
    REQUIRE(r.map);
    const auto& sections = r.map->roads.at(0).sections;
    REQUIRE(sections.size() == 2);
    CHECK(sections[0].s == 0);
    CHECK(sections[1].s == 50);
  }
}

TEST_CASE("lane sections shorter than a millimetre are joined and their links led on") {
  const auto section = [](const std::string& s, int id, const std::string& link) {
    return "<laneSection s='" + s + "'><right><lane id='" + std::to_string(id) + "' type='driving'><link>" + link +
           "</link>" + kWidth + "</lane></right></laneSection>";
  };
  std::string text = one_road("<geometry s='0' x='0' y='0' hdg='0' length='100'><line/></geometry>",
                              section("0", -2, "<predecessor id='-7'/><successor id='-3'/>") +
                                  section("0.0001", -3, "<predecessor id='-2'/><successor id='-1'/>") +
                                  section("0.0002", -1, "<predecessor id='-3'/><successor id='-4'/>") +
                                  section("50", -4, "<predecessor id='-1'/><successor id='-5'/>") +
                                  section("99.9999", -5, "<predecessor id='-4'/><successor id='-6'/>"));
  text.insert(text.find("</OpenDRIVE>"),
              "<junction id='9'><connection id='0' incomingRoad='1' connectingRoad='1' contactPoint='start'>"
              "<laneLink from='-5' to='-2'/></connection></junction>");
  const Read r = parse(text);
  REQUIRE(r.map);
  const auto& sections = r.map->roads.at(0).sections;
  REQUIRE(sections.size() == 2);
  CHECK(sections[0].s == 0);
  CHECK(sections[0].lanes.at(0).id == -1);
  CHECK(sections[0].lanes.at(0).predecessors == std::vector<std::int32_t>{-7});
  CHECK(sections[0].lanes.at(0).successors == std::vector<std::int32_t>{-4});
  CHECK(sections[1].lanes.at(0).id == -4);
  CHECK(sections[1].lanes.at(0).successors == std::vector<std::int32_t>{-6});
  const maps::LaneLinkDraft& link = r.map->junctions.at(0).connections.at(0).links.at(0);
  CHECK(link.from == -4);
  CHECK(link.to == -1);
}

TEST_CASE("ids that stand twice") {
  std::string text = one_road();
  const std::string road = text.substr(text.find("<road"), text.find("</OpenDRIVE>") - text.find("<road"));
  text.insert(text.find("</OpenDRIVE>"), road + "<junction id='5'/><junction id='5'/>");
  const Read r = parse(text);
  REQUIRE(r.map);
  CHECK(r.map->roads.size() == 1);
  CHECK(r.map->junctions.size() == 1);
  CHECK(std::count_if(r.issues.begin(), r.issues.end(), [](const sim::Issue& i) { return i.rule == "id_unique"; }) ==
        2);
}

TEST_CASE("objects that would flood the map are refused") {
  const Read r = parse(
      one_road("<geometry s='0' x='0' y='0' hdg='0' length='100'><line/></geometry>", right_lane(kWidth),
               "<objects><object id='1' s='0' t='0'><repeat s='0' length='100' distance='1e-9'/></object></objects>"));
  REQUIRE(r.map);
  CHECK(r.map->objects.empty());
  CHECK(find(r.issues, "object_repeat") != nullptr);
}

TEST_CASE("files that are no OpenDRIVE are refused with file, line and reason") {
  sim::Issues issues;
  const auto missing = maps::opendrive::read_file("no/such/file.xodr", issues);
  REQUIRE(!missing);
  CHECK(to_string(missing.error()) == "no/such/file.xodr: error: there is no such file");
  const auto other = maps::opendrive::read_text("<osm/>", "a.osm", issues);
  REQUIRE(!other);
  CHECK(other.error().what == "is not an OpenDRIVE file: its root element is <osm>");
  const auto broken = maps::opendrive::read_text("<OpenDRIVE>\n<road>\n</OpenDRIVE>", "b.xodr", issues);
  REQUIRE(!broken);
  CHECK(to_string(broken.error()).starts_with("b.xodr:3:"));
  CHECK(!maps::opendrive::read_text("<OpenDRIVE/>", "c.xodr", issues));
}
