// Elements of OpenDRIVE 1.4 to 1.8, each in a small file with its closed form or its place in the map.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "maps/opendrive/opendrive.h"
#include "maps/road_position.h"

using namespace bitgoeul;

namespace {

// What a road of 100 m along the x axis holds; one lane of 4 m on each side.
struct RoadText {
  std::string attributes, types, lateral, left_lane, right_lane, objects, signals, rest, link;
  std::string left_attributes = "level=\"false\"", right_attributes = "level=\"false\"";
};

std::string road_text(const RoadText& r, const std::string& id = "1", const std::string& junction = "-1") {
  const auto lane = [](const std::string& number, const std::string& attributes, const std::string& inside) {
    return "<lane id=\"" + number + "\" type=\"driving\" " + attributes +
           "><width sOffset=\"0\" a=\"4\" b=\"0\" c=\"0\" d=\"0\"/>" + inside + "</lane>";
  };
  return "<road id=\"" + id + "\" name=\"\" length=\"100\" junction=\"" + junction + "\" " + r.attributes + "><link>" +
         r.link + "</link>" + r.types +
         "<planView><geometry s=\"0\" x=\"0\" y=\"0\" hdg=\"0\" length=\"100\"><line/></geometry></planView>"
         "<lateralProfile>" +
         r.lateral + "</lateralProfile><lanes><laneSection s=\"0\"><left>" + lane("1", r.left_attributes, r.left_lane) +
         "</left><center><lane id=\"0\" type=\"none\" level=\"false\"/></center><right>" +
         lane("-1", r.right_attributes, r.right_lane) + "</right></laneSection></lanes><objects>" + r.objects +
         "</objects><signals>" + r.signals + "</signals>" + r.rest + "</road>";
}

struct Read {
  std::shared_ptr<const maps::Map> map;
  sim::Issues issues;

  const maps::Lane& lane(int id, std::size_t nth = 0) const {
    for (const maps::Lane& l : map->lanes)
      if (l.odr_id == id && nth-- == 0) return l;
    FAIL("no such lane");
    return map->lanes[0];
  }
  double z(int id, double s) const {
    const auto pose = maps::to_world(*map, maps::RoadLanePosition{0, id, s, 0});
    REQUIRE(pose);
    return pose->z;
  }
  std::string extra(maps::OwnerKind kind, std::string_view element, std::size_t nth = 0) const {
    for (const maps::Extra& e : map->extras)
      if (e.kind == kind && map->text_of(e.element) == element && nth-- == 0) return std::string(map->text_of(e.text));
    return "nothing";
  }
  int issues_with(std::string_view part) const {
    return static_cast<int>(std::count_if(issues.begin(), issues.end(),
                                          [&](const sim::Issue& i) { return i.what.find(part) != std::string::npos; }));
  }
};

Read read(const std::string& body) {
  Read out;
  auto builder = maps::opendrive::read_text(
      "<OpenDRIVE><header revMajor=\"1\" revMinor=\"8\" name=\"t\" vendor=\"v\"><license name=\"MIT\"/></header>" +
          body + "</OpenDRIVE>",
      "test.xodr", out.issues);
  REQUIRE(builder);
  auto map = maps::freeze(std::move(*builder), out.issues);
  REQUIRE(map);
  out.map = *map;
  return out;
}

Read read(const RoadText& road) { return read(road_text(road)); }

}  // namespace

TEST_CASE("what nothing uses is kept as it stands and told once per kind with its number") {
  RoadText road;
  road.rest =
      "<surface><CRG file=\"a.crg\" sStart=\"0\" sEnd=\"9\" orientation=\"same\" mode=\"attached\"/></surface>"
      "<railroad><switch name=\"w\" id=\"3\" position=\"dynamic\"><mainTrack id=\"1\" s=\"5\" dir=\"+\"/>"
      "<sideTrack id=\"2\" s=\"0\" dir=\"+\"/></switch></railroad>";
  road.left_lane =
      "<material sOffset=\"0\" surface=\"asphalt\" friction=\"0.7\"/><rule sOffset=\"0\" value=\"no stop\"/>";
  road.right_lane = "<userData code=\"k\" value=\"v\"><any depth=\"2\"/></userData><userData code=\"l\" value=\"w\"/>";
  road.right_attributes += " advisory=\"outer\" dynamicLaneDirection=\"true\"";
  const Read r = read("<station id=\"s\" name=\"Songjeong\" type=\"medium\"/>" + road_text(road));
  using Kind = maps::OwnerKind;
  CHECK(r.extra(Kind::kRoad, "railroad").starts_with("<railroad><switch name=\"w\""));
  CHECK(r.extra(Kind::kRoad, "surface").find("a.crg") != std::string::npos);
  CHECK(r.extra(Kind::kLane, "userData") == "<userData code=\"k\" value=\"v\"><any depth=\"2\"/></userData>");
  CHECK(r.extra(Kind::kLane, "userData", 1) == "<userData code=\"l\" value=\"w\"/>");
  CHECK(r.extra(Kind::kLane, "rule") == "<rule sOffset=\"0\" value=\"no stop\"/>");
  CHECK(r.extra(Kind::kLane, "@advisory") == "outer");
  CHECK(r.extra(Kind::kLane, "@dynamicLaneDirection") == "true");
  CHECK(r.extra(Kind::kMap, "header/license") == "<license name=\"MIT\"/>");
  CHECK(r.extra(Kind::kMap, "header/@vendor") == "v");
  CHECK(r.extra(Kind::kMap, "station").find("Songjeong") != std::string::npos);
  CHECK(r.issues_with("kept as data, not used: <userData> in <lane> (2 times)") == 1);
  CHECK(r.issues_with("<any>") == 0);
  CHECK(!sim::has_errors(r.issues));
  for (std::size_t i = 1; i < r.map->extras.size(); ++i) {
    const maps::Extra &a = r.map->extras[i - 1], &b = r.map->extras[i];
    CHECK(std::pair(a.kind, a.owner) <= std::pair(b.kind, b.owner));
  }
}

TEST_CASE("a name that the norm does not know is told as unknown, not kept") {
  RoadText road;
  road.right_lane = "<userDate code=\"k\"/>";
  const Read r = read(road);
  CHECK(r.extra(maps::OwnerKind::kLane, "userDate") == "nothing");
  CHECK(r.issues_with("unknown, ignored: <userDate> in <lane> (1 time)") == 1);
}

// The crown of the norm's own example (1.6, 8.6.1): up 0.15 per metre from t = -3 to 0, down 0.1 per metre to t = 4.
TEST_CASE("shape lifts the lanes") {
  RoadText road;
  road.lateral =
      "<shape s=\"0\" t=\"-4\" a=\"0\" b=\"0\" c=\"0\" d=\"0\"/><shape s=\"0\" t=\"-3\" a=\"0\" b=\"0.15\" c=\"0\" "
      "d=\"0\"/>"
      "<shape s=\"0\" t=\"0\" a=\"0.45\" b=\"-0.1\" c=\"0\" d=\"0\"/>"
      "<shape s=\"100\" t=\"-4\" a=\"1\" b=\"0\" c=\"0\" d=\"0\"/>";
  const Read r = read(road);
  CHECK(r.z(1, 0) == doctest::Approx(0.45 - 0.1 * 2));
  CHECK(r.z(-1, 0) == doctest::Approx(0.15 * 1));
  // Half way to s = 100, where the surface is flat at 1 m.
  CHECK(r.z(1, 50) == doctest::Approx(0.5 * (0.25 + 1)));
  const auto points = maps::Map::rows(r.map->points, r.lane(1).points);
  for (const maps::LanePoint& p : points) CHECK(p.z == doctest::Approx(0.25 + (1 - 0.25) * p.x / 100).epsilon(1e-3));
}

TEST_CASE("crossSectionSurface lifts the lanes: strips follow each other or stand alone") {
  RoadText road;
  road.lateral =
      "<crossSectionSurface><tOffset><coefficients s=\"0\" a=\"0.5\" b=\"0\" c=\"0\" d=\"0\"/></tOffset><surfaceStrips>"
      "<strip id=\"1\"><width><coefficients s=\"0\" a=\"1\"/></width><linear><coefficients s=\"0\" "
      "a=\"-0.1\"/></linear>"
      "</strip><strip id=\"2\"><linear><coefficients s=\"0\" a=\"-0.2\" b=\"0.001\"/></linear></strip>"
      "<strip id=\"-1\" mode=\"independent\"><constant><coefficients s=\"0\" a=\"0.3\"/></constant>"
      "<quadratic><coefficients s=\"0\" a=\"0.02\"/></quadratic></strip></surfaceStrips></crossSectionSurface>";
  const Read r = read(road);
  // Left lane centre t = 2: strip 1 from 0.5 to 1.5, then 0.5 m of strip 2.
  for (double s : {1.0, 37.3, 99.0}) CHECK(r.z(1, s) == doctest::Approx(-0.1 + 0.5 * (-0.2 + 0.001 * s)).epsilon(1e-9));
  // Right lane centre t = -2, 2.5 m from the strips' middle.
  CHECK(r.z(-1, 50) == doctest::Approx(0.3 + 0.02 * 2.5 * 2.5));
  CHECK(r.extra(maps::OwnerKind::kRoad, "lateralProfile/crossSectionSurface") != "nothing");
}

TEST_CASE("crossfall of 1.4 falls outwards on the side it names") {
  RoadText road;
  road.lateral = "<crossfall side=\"right\" s=\"0\" a=\"0.05\" b=\"0\" c=\"0\" d=\"0\"/>";
  const Read r = read(road);
  CHECK(r.z(1, 10) == doctest::Approx(0).epsilon(1e-12));
  CHECK(r.z(-1, 10) == doctest::Approx(-2 * std::tan(0.05)));
}

TEST_CASE("lane height, and level lanes beside superelevation") {
  RoadText road;
  road.lateral = "<superelevation s=\"0\" a=\"0.1\" b=\"0\" c=\"0\" d=\"0\"/>";
  road.right_lane =
      "<height sOffset=\"0\" inner=\"0.1\" outer=\"0.2\"/><height sOffset=\"60\" inner=\"0\" outer=\"0\"/>";
  road.left_attributes = "level=\"true\"";
  const Read r = read(road);
  CHECK(r.z(-1, 20) == doctest::Approx(-2 * std::sin(0.1) + 0.15));
  CHECK(r.z(-1, 80) == doctest::Approx(-2 * std::sin(0.1)));
  CHECK(r.z(1, 20) == doctest::Approx(0).epsilon(1e-12));
  const auto pose = maps::to_world(*r.map, maps::RoadLanePosition{0, 1, 20, 0});
  CHECK(pose->y == doctest::Approx(2.0));
  CHECK(maps::to_world(*r.map, maps::RoadLanePosition{0, -1, 20, 0})->y == doctest::Approx(-2 * std::cos(0.1)));
}

TEST_CASE("access in the words of 1.7 and of 1.8 reserves a lane") {
  const auto type_with = [](const std::string& access) {
    RoadText road;
    road.right_lane = access;
    return read(road).lane(-1).type;
  };
  using maps::LaneType;
  CHECK(type_with("<access sOffset=\"0\" rule=\"allow\" restriction=\"bus\"/>") == LaneType::kBus);
  CHECK(type_with(
            "<access sOffset=\"0\" rule=\"allow\"><restriction type=\"bus\"/><restriction type=\"taxi\"/></access>") ==
        LaneType::kBus);
  CHECK(type_with("<access sOffset=\"0\" rule=\"allow\" restriction=\"bicycle\"/>"
                  "<access sOffset=\"0\" rule=\"allow\" restriction=\"pedestrian\"/>") == LaneType::kBiking);
  CHECK(type_with("<access sOffset=\"0\" rule=\"deny\" restriction=\"truck\"/>") == LaneType::kDriving);
  CHECK(type_with("<access sOffset=\"0\" rule=\"deny\"><restriction type=\"passengerCar\"/></access>") ==
        LaneType::kBus);
  CHECK(type_with("<access sOffset=\"0\" rule=\"allow\" restriction=\"passengerCar\"/>") == LaneType::kDriving);
}

TEST_CASE("a signal stands where positionRoad or positionInertial says, and counts where its s says") {
  RoadText road;
  const std::string head =
      "<signal s=\"90\" t=\"-5\" dynamic=\"no\" orientation=\"+\" type=\"274\" subtype=\"50\" zOffset=\"3\" ";
  road.signals = head + "id=\"a\"><positionInertial x=\"12\" y=\"34\" z=\"5\" hdg=\"0.5\"/></signal>" + head +
                 "id=\"b\"><positionRoad roadId=\"1\" s=\"40\" t=\"6\" zOffset=\"2\" hOffset=\"0\"/></signal>" + head +
                 "id=\"c\" text=\"50\"><dependency id=\"a\" type=\"x\"/></signal>";
  const Read r = read(road);
  REQUIRE(r.map->signals.size() == 3);
  const auto& s = r.map->signals;
  CHECK((s[0].x == 12 && s[0].y == 34 && s[0].z == 5 && s[0].s == 90));
  CHECK(std::cos(s[0].heading - (0.5 + M_PI)) == doctest::Approx(1));
  CHECK((s[1].x == doctest::Approx(40) && s[1].y == doctest::Approx(6) && s[1].z == doctest::Approx(2)));
  CHECK((s[2].x == doctest::Approx(90) && s[2].y == doctest::Approx(-5)));
  CHECK(r.extra(maps::OwnerKind::kSignal, "dependency") == "<dependency id=\"a\" type=\"x\"/>");
  CHECK(r.extra(maps::OwnerKind::kSignal, "@text") == "50");
}

// A side road leaves the main road at s = 60 and another joins it at s = 30.
TEST_CASE("a virtual junction links lanes in the middle of a road") {
  const auto side = [](const char* id, const char* x, const char* link, const char* lane_link) {
    return std::string("<road id=\"") + id + "\" length=\"20\" junction=\"7\"><link>" + link +
           "</link><planView><geometry s=\"0\" x=\"" + x +
           "\" y=\"0\" hdg=\"0\" length=\"20\"><line/></geometry></planView><lanes><laneSection s=\"0\"><center><lane "
           "id=\"0\" type=\"none\"/></center><right><lane id=\"-1\" type=\"driving\"><link>" +
           lane_link +
           "</link><width sOffset=\"0\" a=\"4\" b=\"0\" c=\"0\" d=\"0\"/></lane></right></laneSection></lanes></road>";
  };
  const Read r =
      read(road_text({}) +
           side("2", "60", "<predecessor elementType=\"road\" elementId=\"1\" elementS=\"60\" elementDir=\"+\"/>",
                "<predecessor id=\"-1\"/>") +
           side("3", "10", "<successor elementType=\"road\" elementId=\"1\" elementS=\"30\" elementDir=\"+\"/>",
                "<successor id=\"-1\"/>") +
           "<junction id=\"7\" name=\"\" type=\"virtual\" mainRoad=\"1\" sStart=\"30\" sEnd=\"60\" "
           "orientation=\"+\"><connection "
           "id=\"0\" incomingRoad=\"1\" connectingRoad=\"2\" contactPoint=\"start\"><laneLink from=\"-1\" "
           "to=\"-1\"/></connection>"
           "</junction>");
  REQUIRE(r.map->roads[0].sections.size() == 3);
  const auto lane = [&](double s, int id) { return maps::lane_at(*r.map, 0, s, id); };
  const maps::Row side_out = maps::lane_at(*r.map, 1, 5, -1), side_in = maps::lane_at(*r.map, 2, 5, -1);
  const auto next = r.map->successors(lane(45, -1));
  CHECK(next.size() == 2);
  CHECK(std::find(next.begin(), next.end(), side_out) != next.end());
  CHECK(std::find(next.begin(), next.end(), lane(80, -1)) != next.end());
  const auto joined = r.map->successors(side_in);
  REQUIRE(joined.size() == 1);
  CHECK(joined[0] == lane(45, -1));
  CHECK(r.map->successors(lane(80, 1)).size() == 1);
  CHECK(r.extra(maps::OwnerKind::kJunction, "@mainRoad") == "1");
  for (const sim::Issue& i : r.issues) CHECK_MESSAGE(i.severity == sim::Severity::kInfo, sim::to_string(i));
}

TEST_CASE("repetition by a cubic and on a straight line; further outlines; parking") {
  RoadText road;
  const std::string corner = "<cornerLocal u=\"1\" v=\"0\" z=\"0\"/><cornerLocal u=\"0\" v=\"1\" z=\"0\"/>";
  road.objects =
      "<object id=\"a\" type=\"pole\" s=\"10\" t=\"0\" zOffset=\"0\" length=\"1\" width=\"1\"><repeat s=\"10\" "
      "length=\"20\" "
      "distance=\"10\" tStart=\"5\" tEnd=\"99\" bT=\"0.1\" cT=\"0.01\" dT=\"0\" heightStart=\"1\" heightEnd=\"1\" "
      "zOffsetStart=\"0\" zOffsetEnd=\"0\"/></object>"
      "<object id=\"b\" type=\"building\" s=\"50\" t=\"9\" zOffset=\"0\"><outlines><outline id=\"0\" outer=\"true\">" +
      corner + "</outline><outline id=\"1\" outer=\"true\">" + corner + "</outline><outline id=\"2\" outer=\"false\">" +
      corner +
      "</outline></outlines></object>"
      "<object id=\"p\" type=\"none\" s=\"70\" t=\"9\" zOffset=\"0\" length=\"5\" width=\"2\"><parkingSpace "
      "access=\"all\"/></object>"
      "<objectReference id=\"b\" s=\"50\" t=\"9\" orientation=\"none\"/>"
      "<bridge id=\"br\" type=\"concrete\" s=\"20\" length=\"30\"/>";
  const Read r = read(road);
  const auto& o = r.map->objects;
  REQUIRE(o.size() == 6);
  CHECK((o[0].y == doctest::Approx(5) && o[1].y == doctest::Approx(5 + 1 + 1) && o[2].y == doctest::Approx(5 + 2 + 4)));
  CHECK(r.map->text_of(o[4].id) == "b/2");
  CHECK(r.extra(maps::OwnerKind::kObject, "outlines/outline").find("id=\"2\"") != std::string::npos);
  CHECK(o[5].kind == maps::ObjectKind::kParkingSpace);
  CHECK(r.extra(maps::OwnerKind::kObject, "parkingSpace") == "<parkingSpace access=\"all\"/>");
  CHECK(r.extra(maps::OwnerKind::kRoad, "objects/objectReference") != "nothing");
  CHECK(r.extra(maps::OwnerKind::kRoad, "objects/bridge").find("concrete") != std::string::npos);
  CHECK(r.map->roads[0].bridge == 1);
}

TEST_CASE("a repeated object detached from a bent road stands on the chord") {
  const std::string arc =
      "<road id=\"1\" length=\"40\" junction=\"-1\"><planView><geometry s=\"0\" x=\"0\" y=\"0\" hdg=\"0\" "
      "length=\"40\"><arc "
      "curvature=\"0.02\"/></geometry></planView><lanes><laneSection s=\"0\"><center><lane id=\"0\" "
      "type=\"none\"/></center>"
      "<right><lane id=\"-1\" type=\"driving\"><width sOffset=\"0\" a=\"4\" b=\"0\" c=\"0\" d=\"0\"/></lane></right>"
      "</laneSection></lanes><objects><object id=\"w\" type=\"barrier\" s=\"0\" t=\"6\" zOffset=\"0\" length=\"1\" "
      "width=\"0.2\">"
      "<repeat s=\"0\" length=\"40\" distance=\"10\" tStart=\"6\" tEnd=\"6\" heightStart=\"1\" heightEnd=\"1\" "
      "zOffsetStart=\"0\" zOffsetEnd=\"0\" detachFromReferenceLine=\"true\"/></object></objects></road>";
  const Read r = read(arc);
  const auto& o = r.map->objects;
  REQUIRE(o.size() == 5);
  const double dx = o[4].x - o[0].x, dy = o[4].y - o[0].y;
  CHECK(std::hypot(dx, dy) == doctest::Approx(2 * (50 - 6) * std::sin(0.4)));
  for (const maps::Object& one : o) {
    CHECK(((one.x - o[0].x) * dy - (one.y - o[0].y) * dx) == doctest::Approx(0).epsilon(1e-3));
    CHECK(std::cos(one.heading - std::atan2(dy, dx)) == doctest::Approx(1));
  }
}

TEST_CASE("a road type without speed has the legal limit of its country") {
  RoadText road;
  road.types = "<type s=\"0\" type=\"townExpressway\" country=\"KR\"/>";
  CHECK(read(road).lane(-1).speed_limit_mps == doctest::Approx(90 / 3.6));
  road.types = "<type s=\"0\" type=\"rural\" country=\"DEU\"/>";
  CHECK(read(road).lane(-1).speed_limit_mps == doctest::Approx(100 / 3.6));
  road.types = "<type s=\"0\" type=\"rural\" country=\"DE\"><speed max=\"40\" unit=\"mph\"/></type>";
  CHECK(read(road).lane(-1).speed_limit_mps == doctest::Approx(40 * 0.44704));
}

TEST_CASE("roads of a crossing junction see each other where they cross") {
  const std::string other =
      "<road id=\"2\" length=\"80\" junction=\"-1\"><planView><geometry s=\"0\" x=\"50\" y=\"-40\" "
      "hdg=\"1.5707963267948966\" "
      "length=\"80\"><line/></geometry></planView><lanes><laneSection s=\"0\"><center><lane id=\"0\" "
      "type=\"none\"/></center>"
      "<right><lane id=\"-1\" type=\"driving\"><width sOffset=\"0\" a=\"4\" b=\"0\" c=\"0\" d=\"0\"/></lane></right>"
      "</laneSection></lanes></road>";
  const std::string junction =
      "<junction id=\"9\" name=\"\" type=\"crossing\"><roadSection id=\"0\" roadId=\"1\" sStart=\"45\" sEnd=\"55\"/>"
      "<roadSection id=\"1\" roadId=\"2\" sStart=\"35\" sEnd=\"45\"/><priority high=\"2\" low=\"1\"/></junction>";
  const Read r = read(road_text({}) + other + junction);
  const maps::Row crossing = maps::lane_at(*r.map, 1, 40, -1);
  const auto conflicts = r.map->lane_conflicts(crossing);
  CHECK(conflicts.size() == 2);
  for (const maps::Conflict& c : conflicts) CHECK(c.priority == 1);
  CHECK(r.extra(maps::OwnerKind::kJunction, "roadSection").find("roadId=\"1\"") != std::string::npos);
}
