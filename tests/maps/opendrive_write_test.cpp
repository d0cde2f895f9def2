// The OpenDRIVE writer: a map that is written and read again has the same lanes, links, marks, limits, signals, stop
// lines and objects, whoever made it; the file is XML in the norm's order and never half written.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "maps/lane_geometry.h"
#include "maps/load_map.h"
#include "maps/opendrive/check_file.h"
#include "maps/opendrive/opendrive.h"
#include "maps/opendrive/write.h"
#include "maps/opendrive/xml_writer.h"
#include "maps/road_network/lane_builder.h"
#include "maps/signal_control.h"
#include "maps/xml.h"
#include "tests/maps/rich_road.h"
#include "tests/maps/shared_data.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const Map> frozen(MapBuilder builder) {
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

std::shared_ptr<const Map> read_back(const std::string& text) {
  sim::Issues issues;
  auto builder = opendrive::read_text(text, "written.xodr", issues);
  REQUIRE(builder.has_value());
  for (const sim::Issue& issue : issues) {
    INFO(issue.where, " ", issue.what);
    CHECK(issue.severity != sim::Severity::kError);
  }
  return frozen(std::move(*builder));
}

std::string written(const Map& map) {
  sim::Issues issues;
  return opendrive::write_text(map, issues);
}

// A lane's name in every file: road, number of the section, lane id.
std::string key(const Map& map, Row row) {
  if (row == kNone) return "none";
  const Lane& lane = map.lanes[row];
  return std::string(map.text_of(map.roads[lane.road].id)) + "/" +
         std::to_string(lane.section - map.roads[lane.road].sections.begin) + "/" + std::to_string(lane.odr_id);
}

std::set<std::string> keys(const Map& map, std::span<const Row> rows) {
  std::set<std::string> all;
  for (const Row row : rows) all.insert(key(map, row));
  return all;
}

// Junction, offset and phases of each program, the groups by the lanes and signals in them.
std::multiset<std::string> programs_of(const Map& map) {
  std::vector<std::set<std::string>> members(map.signal_groups.size());
  for (const Signal& s : map.signals)
    if (s.group != kNone) members[static_cast<std::size_t>(s.group)].insert(std::string(map.text_of(s.id)));
  std::multiset<std::string> all;
  for (const SignalProgram& program : map.programs) {
    std::string text(map.text_of(map.junctions[program.junction].id));
    text += " " + std::to_string(program.cycle_ms) + " " + std::to_string(program.offset_ms);
    text += " " + std::to_string(program.passage_ms) + " " + std::to_string(program.flash_from_minute) + " " +
            std::to_string(program.flash_to_minute);
    for (const SignalPhase& phase : Map::rows(map.signal_phases, program.phases)) {
      text += " | " + std::to_string(phase.green_ms) + " " + std::to_string(phase.yellow_ms) + " " +
              std::to_string(phase.all_red_ms) + " " + std::to_string(phase.min_green_ms) + " " +
              std::to_string(phase.recall);
      std::set<std::string> signals;
      for (const Row group : Map::rows(map.phase_groups, phase.groups))
        signals.insert(members[static_cast<std::size_t>(group)].begin(),
                       members[static_cast<std::size_t>(group)].end());
      for (const std::string& id : signals) text += " " + id;
      for (const Row group : Map::rows(map.phase_groups, phase.groups))
        text += map.signal_groups[group].flash == sim::SignalState::kFlashingYellow ? " yellow" : "";
    }
    all.insert(text);
  }
  return all;
}

// Who goes first, by the names of both lanes.
std::map<std::pair<std::string, std::string>, int> priorities_of(const Map& map) {
  std::map<std::pair<std::string, std::string>, int> all;
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    for (const Conflict& conflict : map.lane_conflicts(row))
      all[{key(map, row), key(map, conflict.lane)}] = conflict.priority;
  return all;
}

std::string hours_of(const Map& map, const Lane& lane) {
  std::string text;
  for (const TimedLimit& t : Map::rows(map.timed_limits, lane.limits))
    text += std::to_string(t.from_minute) + " " + std::to_string(t.to_minute) + " " + std::to_string(t.weekdays) + " " +
            std::to_string(t.bus_only) + " " + std::to_string(t.speed_limit_mps) + "; ";
  return text;
}

struct Difference {
  double place_m = 0, width_m = 0, stop_m = 0, object_m = 0;
  int lanes = 0, links = 0, neighbours = 0, marks = 0, limits = 0, junctions = 0, signals = 0, groups = 0, objects = 0,
      programs = 0, roads = 0;
};

void compare_lane(const Map& a, Row i, const Map& b, Row k, Difference& d) {
  const Lane &la = a.lanes[i], &lb = b.lanes[k];
  d.lanes += la.type != lb.type || la.direction != lb.direction;
  d.links += keys(a, a.successors(i)) != keys(b, b.successors(k));
  d.links += keys(a, a.predecessors(i)) != keys(b, b.predecessors(k));
  d.neighbours += key(a, la.left) != key(b, lb.left) || key(a, la.right) != key(b, lb.right) ||
                  key(a, la.opposite) != key(b, lb.opposite);
  d.neighbours += la.change_left != lb.change_left || la.change_right != lb.change_right;
  d.marks += la.left_mark != lb.left_mark || la.right_mark != lb.right_mark || la.left_color != lb.left_color ||
             la.right_color != lb.right_color;
  d.junctions += la.turn_when != lb.turn_when;
  d.limits += std::abs(la.speed_limit_mps - lb.speed_limit_mps) > 1e-9 || hours_of(a, la) != hours_of(b, lb);
  const Road &ra = a.roads[la.road], &rb = b.roads[lb.road];
  const bool inside = la.junction != kNone;  // there the class says nothing
  d.roads += (!inside && ra.road_class != rb.road_class) || ra.level != rb.level || ra.bridge != rb.bridge ||
             ra.tunnel != rb.tunnel || ra.left_hand_traffic != rb.left_hand_traffic;
  d.junctions += (la.junction == kNone) != (lb.junction == kNone) || la.turn != lb.turn;
  d.stop_m = std::max(d.stop_m, std::abs(la.stop_s - lb.stop_s));
  for (const double f : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const LanePose pa = lane_pose(a, i, f * la.length), pb = lane_pose(b, k, f * lb.length);
    d.place_m = std::max(d.place_m, std::hypot(pa.x - pb.x, pa.y - pb.y, pa.z - pb.z));
    d.width_m = std::max(d.width_m, std::abs(pa.width - pb.width));
  }
}

bool is_new_stop_line(const Map& map, const Signal& signal) { return map.text_of(signal.name) == "stop line"; }

// Per signal id: place, look and the signals and lanes of its group.
std::multimap<std::string, std::string> signals_of(const Map& map, bool groups) {
  std::vector<std::set<std::string>> members(map.signal_groups.size());
  for (const Signal& s : map.signals)
    if (s.group != kNone) members[static_cast<std::size_t>(s.group)].insert(std::string(map.text_of(s.id)));
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    if (const Row group = map.lanes[row].signal_group; group != kNone)
      members[static_cast<std::size_t>(group)].insert(key(map, row));
  std::multimap<std::string, std::string> all;
  for (const Signal& s : map.signals) {
    if (is_new_stop_line(map, s)) continue;
    std::string text;
    if (groups && s.group != kNone) {
      for (const std::string& member : members[static_cast<std::size_t>(s.group)]) text += member + " ";
    } else if (!groups) {
      const auto place = [](double v) { return std::to_string(std::lround(v * 100)) + " "; };
      text = std::string(map.text_of(s.type)) + " " + place(s.x) + place(s.y) + place(s.z) +
             place(sim::cos(s.heading)) + place(sim::sin(s.heading)) + place(s.value) + place(s.height) +
             std::to_string(s.dynamic) + std::to_string(s.orientation);
    }
    all.emplace(std::string(map.text_of(s.id)), text);
  }
  return all;
}

void compare_objects(const Map& a, const Map& b, Difference& d) {
  std::multimap<std::string, Row> theirs;
  for (Row row = 0; row < static_cast<Row>(b.objects.size()); ++row) theirs.emplace(b.text_of(b.objects[row].id), row);
  for (const Object& o : a.objects) {
    const auto [begin, end] = theirs.equal_range(std::string(a.text_of(o.id)));
    double nearest = 1e9;
    for (auto at = begin; at != end; ++at) {
      const Object& p = b.objects[at->second];
      double far = std::hypot(o.x - p.x, o.y - p.y, o.z - p.z);
      const auto mine = Map::rows(a.outline_points, o.outline), its = Map::rows(b.outline_points, p.outline);
      if (mine.size() != its.size() || o.kind != p.kind) continue;
      for (std::size_t i = 0; i < mine.size(); ++i) far = std::max(far, std::abs(mine[i] - its[i]));
      nearest = std::min(nearest, far);
    }
    if (nearest == 1e9)
      ++d.objects;
    else
      d.object_m = std::max(d.object_m, nearest);
  }
}

Difference compare(const Map& a, const Map& b) {
  Difference d;
  std::map<std::string, Row> theirs;
  for (Row row = 0; row < static_cast<Row>(b.lanes.size()); ++row) theirs[key(b, row)] = row;
  d.lanes += a.lanes.size() != b.lanes.size();
  for (Row row = 0; row < static_cast<Row>(a.lanes.size()); ++row) {
    const auto other = theirs.find(key(a, row));
    if (other == theirs.end())
      ++d.lanes;
    else
      compare_lane(a, row, b, other->second, d);
  }
  const auto lines_of = [](const Map& map) {
    std::map<std::string, const StopLine*> lines;
    for (const StopLine& line : map.stop_lines) lines[key(map, line.lane)] = &line;
    return lines;
  };
  const auto lines_a = lines_of(a), lines_b = lines_of(b);
  for (const auto& [lane, line] : lines_a)
    if (const auto at = lines_b.find(lane); at != lines_b.end())
      d.stop_m = std::max({d.stop_m, std::hypot(line->x0 - at->second->x0, line->y0 - at->second->y0),
                           std::hypot(line->x1 - at->second->x1, line->y1 - at->second->y1)});
  const auto signals_a = signals_of(a, false), signals_b = signals_of(b, false);
  d.signals += signals_a != signals_b;
  const auto groups_a = signals_of(a, true), groups_b = signals_of(b, true);
  for (auto i = groups_a.begin(), k = groups_b.begin(); i != groups_a.end() && k != groups_b.end(); ++i, ++k)
    d.groups += *i != *k;
  d.programs += programs_of(a) != programs_of(b);
  compare_objects(a, b, d);
  return d;
}

void check_same(const Map& a, const Map& b) {
  const Difference d = compare(a, b);
  CHECK(d.place_m < 0.01);
  CHECK(d.width_m < 0.01);
  CHECK(d.stop_m < 0.01);
  CHECK(d.object_m < 0.01);
  CHECK(d.lanes == 0);
  CHECK(d.links == 0);
  CHECK(d.neighbours == 0);
  CHECK(d.marks == 0);
  CHECK(d.limits == 0);
  CHECK(d.junctions == 0);
  CHECK(d.signals == 0);
  CHECK(d.groups == 0);
  CHECK(d.objects == 0);
  CHECK(d.programs == 0);
  CHECK(d.roads == 0);
  CHECK(a.notice == b.notice);
  CHECK(a.projection == b.projection);
  CHECK(a.offset_x == b.offset_x);
  CHECK(a.offset_heading == b.offset_heading);
}

void check_round_trip(const Map& map) {
  REQUIRE(map.lanes.size() > 0);
  const std::string text = written(map);
  const auto back = read_back(text);
  check_same(map, *back);
  // What was read back is written the same again, but for the stop lines that are signals now.
  CHECK(compare(*back, *read_back(written(*back))).links == 0);
}

std::shared_ptr<const Map> load(const fs::path& file) {
  if (!fs::exists(file)) {
    MESSAGE("skipped, not there: ", file.string());
    return nullptr;
  }
  sim::Issues issues;
  const auto map = load_map(file.string(), issues, {.use_cache = false, .cache_dir = {}});
  REQUIRE(map.has_value());
  return *map;
}

}  // namespace

TEST_CASE("a crossing that is written as OpenDRIVE comes back the same") {
  MapBuilder builder = tests::crossing();
  builder.projection = "+proj=tmerc +lat_0=35.1595 +lon_0=126.8526 +datum=WGS84 +units=m +no_defs";
  builder.offset_x = 12.5;
  builder.offset_heading = 0.25;
  check_round_trip(*frozen(builder));
}

TEST_CASE("who goes first comes back with a map, even against the reader's own rules") {
  MapBuilder builder = tests::crossing();
  builder.junctions[0].priorities = {{"S-N", "W-E"}, {"W-N", "E-W"}};  // a left turn before the oncoming traffic
  const auto map = frozen(builder);
  const std::string text = written(*map);
  CHECK(text.find("<priority high=\"W-N\" low=\"E-W\"/>") != std::string::npos);
  const auto back = priorities_of(*read_back(text));
  CHECK(back.at({"W-N/0/-1", "E-W/0/-1"}) == 1);
  CHECK(back.at({"W-E/0/-1", "S-N/0/-1"}) == -1);
  CHECK(back == priorities_of(*map));
}

TEST_CASE("a road with every kind of geometry and profile comes back the same") {
  check_round_trip(*frozen(tests::rich_road()));
}

TEST_CASE("phases, hours, levels and the notice come back with a map") {
  MapBuilder builder = tests::crossing();
  builder.notice = "synthetic -- \"not\" <surveyed> & 한글";
  builder.roads[0].level = 2;
  builder.roads[0].bridge = true;
  builder.roads[0].road_class = RoadClass::kRamp;
  builder.roads[0].sections[0].lanes.back().limits = {{420, 540, 0x1f, 1, 0}, {480, 1200, 0x7f, 0, 30 / 3.6}};
  check_round_trip(*frozen(builder));
}

TEST_CASE("actuated programs, night hours and the plates of U-turns come back with a map") {
  RoadNetwork network;
  network.name = "arterials";
  for (const bool along_x : {true, false}) {
    Street street;
    street.id = street.name = std::string(1, along_x ? 'x' : 'y');
    street.road_class = RoadClass::kSecondary;
    street.lanes_forward = street.lanes_backward = 3;
    street.divided = true;
    for (const double at : {-300.0, 0.0, 300.0}) street.line.push_back(along_x ? sim::Vec2(at, 0) : sim::Vec2(0, at));
    network.streets.push_back(street);
  }
  sim::Issues issues;
  auto builder = build_lanes(std::move(network), issues);
  REQUIRE(builder.has_value());
  auto built = freeze(std::move(*builder), issues);
  REQUIRE(built.has_value());
  auto map = std::make_shared<Map>(*with_signal_control(*built, SignalControl::kActuated));
  CHECK(map->programs[0].passage_ms > 0);
  CHECK(map->programs[0].flash_from_minute != map->programs[0].flash_to_minute);
  TurnWhen plate = TurnWhen::kLeftArrow;
  int u_turns = 0;
  for (Lane& lane : map->lanes)
    if (lane.turn_when != TurnWhen::kLight) {
      lane.turn_when = plate;
      if (plate == TurnWhen::kAnyTime) lane.signal_group = kNone;
      plate = plate == TurnWhen::kLeftArrow ? TurnWhen::kAnyTime : TurnWhen::kLeftArrow;
      ++u_turns;
    }
  CHECK(u_turns == 4);
  check_same(*map, *read_back(written(*map)));
}

TEST_CASE("a road that meets another in its middle comes back there") {
  const auto road = [](const char* id, const char* link, double y, double heading, const char* lanes) {
    return std::string("<road id=\"") + id + "\" junction=\"-1\" length=\"100\"><link>" + link +
           "</link><planView><geometry s=\"0\" x=\"50\" y=\"" + std::to_string(y) + "\" hdg=\"" +
           std::to_string(heading) + "\" length=\"100\"><line/></geometry></planView><lanes><laneSection s=\"0\">" +
           "<center><lane id=\"0\" type=\"none\"/></center><right><lane id=\"-1\" type=\"driving\">" + lanes +
           "<width sOffset=\"0\" a=\"3\" b=\"0\" c=\"0\" d=\"0\"/></lane></right></laneSection></lanes></road>";
  };
  // Road 2 begins at s = 40 of road 1, in its direction.
  std::string main = road("1", "", 0, 0, "");
  main.replace(main.find("x=\"50\""), 6, "x=\"10\"");
  const auto map =
      read_back("<OpenDRIVE><header revMajor=\"1\" revMinor=\"8\"/>" + main +
                road("2", "<predecessor elementType=\"road\" elementId=\"1\" elementS=\"40\" elementDir=\"+\"/>", 0, 0,
                     "<link><predecessor id=\"-1\"/></link>") +
                "</OpenDRIVE>");
  REQUIRE(map->roads[0].sections.size() == 2);
  REQUIRE(map->links.size() == 4);  // on along road 1, and out of it into road 2, each seen from both ends
  const std::string again = written(*map);
  CHECK(again.find("elementS=\"40\"") != std::string::npos);
  check_same(*map, *read_back(again));
}

namespace {

std::string arm(const char* head, const char* link, const char* plan, const std::string& lanes) {
  return std::string("<road ") + head + "><link>" + link + "</link><planView><geometry s=\"0\" " + plan +
         "</geometry></planView><lanes><laneSection s=\"0\">" + lanes + "</laneSection></lanes></road>";
}
std::string lane_of_arm(const char* id, const char* link) {
  return std::string("<lane id=\"") + id + "\" type=\"driving\"><link>" + link +
         "</link><width sOffset=\"0\" a=\"3\" b=\"0\" c=\"0\" d=\"0\"/></lane>";
}

// A yard (road 9) beside road 1: road 2 leaves it at s = 80 to the right, road 3 joins it at s = 120, both in quarter
// circles of 20 m. `place` and `more`: attributes and children of the virtual junction 555.
std::string beside_the_road(const std::string& place, const std::string& more) {
  const char *center = "<center><lane id=\"0\" type=\"none\"/></center>", *quarter = "length=\"31.415926535897932\"";
  const std::string left = std::string("<left>") + lane_of_arm("1", "") + "</left>" + center,
                    right = "<right>" + lane_of_arm("-1", "") + "</right>";
  const std::string out = lane_of_arm("-1", "<predecessor id=\"-1\"/><successor id=\"-1\"/>"),
                    in = lane_of_arm("-1", "<predecessor id=\"1\"/><successor id=\"-1\"/>");
  const std::string bend = std::string("length=\"31.415926535897932\"><arc curvature=\"");
  return "<OpenDRIVE><header revMajor=\"1\" revMinor=\"8\"/>" +
         arm("id=\"1\" junction=\"-1\" length=\"200\"", "", "x=\"0\" y=\"0\" hdg=\"0\" length=\"200\"><line/>",
             left + right) +
         arm((std::string("id=\"2\" junction=\"555\" ") + quarter).c_str(),
             "<predecessor elementType=\"road\" elementId=\"1\" elementS=\"80\" elementDir=\"+\"/>"
             "<successor elementType=\"road\" elementId=\"9\" contactPoint=\"start\"/>",
             ("x=\"80\" y=\"0\" hdg=\"0\" " + bend + "-0.05\"/>").c_str(), center + ("<right>" + out + "</right>")) +
         arm((std::string("id=\"3\" junction=\"555\" ") + quarter).c_str(),
             "<predecessor elementType=\"road\" elementId=\"9\" contactPoint=\"start\"/>"
             "<successor elementType=\"road\" elementId=\"1\" elementS=\"120\" elementDir=\"+\"/>",
             ("x=\"100\" y=\"-20\" hdg=\"1.5707963267948966\" " + bend + "-0.05\"/>").c_str(),
             center + ("<right>" + in + "</right>")) +
         arm("id=\"9\" junction=\"-1\" length=\"50\"", "<predecessor elementType=\"junction\" elementId=\"555\"/>",
             "x=\"100\" y=\"-20\" hdg=\"-1.5707963267948966\" length=\"50\"><line/>", left + right) +
         "<junction id=\"555\" name=\"yard\" type=\"virtual\"" + place + ">" +
         "<connection id=\"0\" incomingRoad=\"1\" connectingRoad=\"2\" contactPoint=\"start\"><laneLink from=\"-1\" "
         "to=\"-1\"/></connection>"
         "<connection id=\"1\" incomingRoad=\"9\" connectingRoad=\"3\" contactPoint=\"start\"><laneLink from=\"1\" "
         "to=\"-1\"/></connection>" +
         more + "</junction></OpenDRIVE>";
}

int count_of(const std::string& text, const std::string& what) {
  int count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// The ways of the yard: by its junction, and nothing else beside the main road's own sections.
void check_yard(const Map& map) {
  REQUIRE(map.roads[0].sections.size() == 3);
  std::map<std::string, std::set<std::string>> ways;
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    if (!map.successors(row).empty()) ways[key(map, row)] = keys(map, map.successors(row));
  const std::map<std::string, std::set<std::string>> expected = {
      {"1/0/-1", {"1/1/-1", "2/0/-1"}}, {"1/1/-1", {"1/2/-1"}}, {"1/1/1", {"1/0/1"}},  {"1/2/1", {"1/1/1"}},
      {"2/0/-1", {"9/0/-1"}},           {"3/0/-1", {"1/2/-1"}}, {"9/0/1", {"3/0/-1"}},
  };
  CHECK(ways == expected);
  REQUIRE(map.junctions.size() == 1);
  CHECK(map.text_of(map.junctions[0].id) == "555");
  CHECK(map.lanes_of_junction(0).size() == 2);
}

}  // namespace

TEST_CASE("a virtual junction comes back beside its main road, with what stands in it") {
  const std::string kept =
      "<connection id=\"2\" type=\"virtual\" incomingRoad=\"1\" connectingRoad=\"1\" contactPoint=\"start\"/>"
      "<crossPath id=\"0\" crossingRoad=\"9\" roadAtStart=\"1\" roadAtEnd=\"1\"/>";
  const auto map = read_back(beside_the_road(R"( mainRoad="1" sStart="70" sEnd="130" orientation="+")", kept));
  check_yard(*map);
  const std::string again = written(*map);
  CAPTURE(again);
  CHECK(again.find(R"(type="virtual" mainRoad="1" sStart="70" sEnd="130" orientation="+")") != std::string::npos);
  CHECK(count_of(again, "<connection ") == 3);
  CHECK(count_of(again, R"(incomingRoad="1" connectingRoad="2" contactPoint="start")") == 1);
  CHECK(count_of(again, R"(incomingRoad="9" connectingRoad="3" contactPoint="start")") == 1);
  CHECK(count_of(again, R"(<connection id="2" type="virtual" )") == 1);
  CHECK(count_of(again, "<crossPath id=\"0\"") == 1);
  CHECK(count_of(again, "elementS=") == 2);
  CHECK(count_of(again, "type=\"direct\"") == 0);
  const auto back = read_back(again);
  check_yard(*back);
  check_same(*map, *back);
  CHECK(written(*back) == again);
}

TEST_CASE("a virtual junction without its place is written with the stretch that its roads meet") {
  const auto map = read_back(beside_the_road("", ""));
  const std::string again = written(*map);
  CHECK(again.find(R"(type="virtual" mainRoad="1" sStart="80" sEnd="120" orientation="+")") != std::string::npos);
  check_yard(*read_back(again));
  // As good as another file by the norm: what the rules find in it is what they find in the original.
  const auto rules = [](const std::string& text) {
    std::multiset<std::string> all;
    for (const sim::Issue& issue : opendrive::check_text(text, "yard.xodr"))
      if (issue.severity != sim::Severity::kInfo) all.insert(issue.rule);
    return all;
  };
  CHECK(rules(again) == rules(beside_the_road(R"( mainRoad="1" sStart="80" sEnd="120" orientation="+")", "")));
}

TEST_CASE("a junction of roads that cross and do not meet comes back as one") {
  std::string text = beside_the_road("", "");
  text.insert(text.rfind("</OpenDRIVE>"),
              R"(<junction id="7" name="track" type="crossing"><roadSection id="0" roadId="1" sStart="10" sEnd="20"/>)"
              R"(<roadSection id="1" roadId="9" sStart="30" sEnd="40"/></junction>)");
  const std::string again = written(*read_back(text));
  CHECK(again.find(R"(<junction id="7" name="track" type="crossing">)") != std::string::npos);
  CHECK(count_of(again, "<roadSection ") == 2);
  CHECK(written(*read_back(again)) == again);
}

TEST_CASE("maps of other tools come back the same") {
  const fs::path xodr = tests::shared_data() / "xodr";
  for (const char* file :
       {"carla/Town04_carla_admap.xodr", "carla/Town01_carla_admap.xodr",
        "misc/ingolstadt/models/road-network/opendrive/2021-04-22_HD21_529_Intersections_CityHall_Ingolstadt.xodr",
        "morai_kcity.xodr"}) {
    CAPTURE(file);
    if (const auto map = load(xodr / file)) check_round_trip(*map);
  }
}

namespace {

// Every file and folder of the data sets that may be a map; what is none is refused by the reader.
std::vector<std::string> all_maps() {
  std::vector<std::string> maps{"gwangju"};
  const fs::path data = tests::shared_data();
  if (!fs::exists(data)) return maps;
  for (const char* folder : {"ngii/kiapi_dm2019_epsg5179", "ngii/swdsld_oldmodel"}) maps.push_back(data / folder);
  for (const char* set : {"xodr", "lanelet2", "osm_korea", "city_scale"})
    for (const auto& entry : fs::recursive_directory_iterator(data / set)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".xodr") || name.find(".osm") != std::string::npos) maps.push_back(entry.path());
    }
  std::sort(maps.begin(), maps.end());
  return maps;
}

// What must come back of any map, whatever its defects: lanes to 1 cm, their links, programs, the notice.
void check_lanes_and_links(const Map& map) {
  sim::Issues issues;
  auto builder = opendrive::read_text(written(map), "written.xodr", issues);
  REQUIRE(builder.has_value());
  const auto back = freeze(std::move(*builder), issues);
  REQUIRE(back.has_value());
  const Difference d = compare(map, **back);
  CHECK(d.place_m < 0.01);
  CHECK(d.lanes == 0);
  CHECK(d.links == 0);
  CHECK(d.programs == 0);
  CHECK(d.limits == 0);
  CHECK(d.roads == 0);
  CHECK(map.notice == (*back)->notice);
}

}  // namespace

TEST_CASE("maps of every source come back the same; all of them with BITGOEUL_FULL=1") {
  const bool full = std::getenv("BITGOEUL_FULL") != nullptr;
  int maps = 0;
  for (const std::string& name : all_maps()) {
    const bool sample = name.ends_with("kiapi_dm2019_epsg5179") || name.ends_with("dgist_daegu.osm") ||
                        name.ends_with("mapping_example.osm");
    if (!full && !sample) continue;
    sim::Issues issues;
    const auto map = load_map(name, issues, {.use_cache = false, .cache_dir = {}});
    if (!map) continue;
    CAPTURE(name);
    check_lanes_and_links(**map);
    ++maps;
  }
  MESSAGE(maps, " maps written and read again");
}

namespace {

// How SUMO's importer sees a file: edges, junctions, connections, traffic lights; empty when it refuses the file.
std::vector<long> counted_by_netconvert(const fs::path& file, const fs::path& folder) {
  const fs::path types = fs::path(tests::source_dir()) / "assets" / "sumo" / "opendrive_types.xml";
  const fs::path net = folder / "net.xml";
  fs::remove(net);
  const std::string command = "netconvert -t '" + types.string() + "' --opendrive-files '" + file.string() + "' -o '" +
                              net.string() + "' > /dev/null 2>&1";
  if (std::system(command.c_str()) != 0) return {};
  std::ifstream in(net);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<long> counts;
  for (const std::string tag : {"<edge id=\"", "<junction id=\"", "<connection from=\"", "<tlLogic id=\""}) {
    long count = 0;
    for (std::size_t at = text.find(tag); at != std::string::npos; at = text.find(tag, at + 1))
      count += text[at + tag.size()] != ':';  // ":" begins the names of what lies inside junctions
    counts.push_back(count);
  }
  return counts;
}

}  // namespace

TEST_CASE("SUMO's netconvert makes the same network of a written map as of the original") {
  if (std::system("netconvert --version > /dev/null 2>&1") != 0) {
    MESSAGE("skipped: netconvert (package sumo) is not installed");
    return;
  }
  const fs::path folder = fs::temp_directory_path() / ("bitgoeul_netconvert_" + std::to_string(::getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  const fs::path xodr = tests::shared_data() / "xodr";
  for (const fs::path& file : {tests::test_map("t_junction.xodr"), xodr / "carla/Town04_carla_admap.xodr"}) {
    const auto map = load(file);
    if (!map) continue;
    CAPTURE(file.string());
    sim::Issues issues;
    REQUIRE(opendrive::write_file(*map, folder / "again.xodr", issues).has_value());
    const auto original = counted_by_netconvert(file, folder),
               again = counted_by_netconvert(folder / "again.xodr", folder);
    REQUIRE(again.size() == 4);
    CHECK(again[0] > 0);
    CHECK(again == original);
  }
  fs::remove_all(folder);
}

TEST_CASE("roads that fork without a junction between them meet in a direct junction") {
  // One lane of road 1 leads on to road 2, which also takes the lane of road 3; road 1 also leads to road 4.
  const auto text = [](const char* id, double y, const char* links, const char* lane_link) {
    return std::string("<road id=\"") + id + "\" junction=\"-1\" length=\"100\">" + links +
           "<planView><geometry s=\"0\" x=\"" + (id[0] == '1' || id[0] == '3' ? "0" : "100") + "\" y=\"" +
           std::to_string(y) + "\" hdg=\"0\" length=\"100\"><line/></geometry></planView><lanes><laneSection s=\"0\">" +
           "<center><lane id=\"0\" type=\"none\"/></center><right><lane id=\"-1\" type=\"driving\">" + lane_link +
           "<width sOffset=\"0\" a=\"3\" b=\"0\" c=\"0\" d=\"0\"/></lane></right></laneSection></lanes></road>";
  };
  const std::string to_fork = "<link><successor elementType=\"junction\" elementId=\"9\"/></link>";
  const std::string from_fork = "<link><predecessor elementType=\"junction\" elementId=\"9\"/></link>";
  const auto connection = [](const char* from, const char* to) {
    return std::string("<connection id=\"") + from + to + "\" incomingRoad=\"" + from + "\" linkedRoad=\"" + to +
           "\" contactPoint=\"start\"><laneLink from=\"-1\" to=\"-1\"/></connection>";
  };
  const std::string file = "<OpenDRIVE><header revMajor=\"1\" revMinor=\"8\"/>" + text("1", 0, to_fork.c_str(), "") +
                           text("2", 0, from_fork.c_str(), "") + text("3", 0.5, to_fork.c_str(), "") +
                           text("4", 0.5, from_fork.c_str(), "") + "<junction id=\"9\" name=\"\" type=\"direct\">" +
                           connection("1", "2") + connection("3", "2") + connection("1", "4") +
                           "</junction></OpenDRIVE>";
  const auto map = read_back(file);
  REQUIRE(map->links.size() == 6);  // three links, each seen from both ends
  const std::string again = written(*map);
  CHECK(again.find("type=\"direct\"") != std::string::npos);
  check_same(*map, *read_back(again));
}

TEST_CASE("children stand in the order of the norm's schema") {
  const auto map = load(tests::test_map("t_junction.xodr"));
  const std::string text = written(*map);
  const auto in_order = [&](std::initializer_list<const char*> names, std::size_t from) {
    for (const char* name : names) {
      const std::size_t at = text.find(std::string("<") + name, from);
      INFO(std::string(name));
      REQUIRE(at != std::string::npos);
      from = at;
    }
  };
  in_order({"OpenDRIVE", "header", "road ", "controller ", "junction "}, 0);
  in_order({"road ", "link", "type ", "planView", "geometry ", "lanes", "laneSection ", "center", "right"}, 0);
  in_order({"right", "lane ", "width ", "roadMark ", "speed "}, 0);
  in_order({"junction id", "connection ", "laneLink ", "controller "}, text.rfind("</controller>"));
}

TEST_CASE("the notice of a map stands in its file") {
  MapBuilder builder = tests::crossing();
  builder.notice = "synthetic -- \"not\" <surveyed> & 한글";
  const std::string text = written(*frozen(builder));
  CHECK(text.find("<userData code=\"notice\" value=\"synthetic -- &quot;not&quot; &lt;surveyed&gt; &amp; 한글\"/>") !=
        std::string::npos);
}

TEST_CASE("text that XML cannot hold is replaced, numbers read back to the same bits") {
  opendrive::XmlWriter xml;
  xml.begin("a");
  xml.attribute("text", std::string_view("\x01<&>\"\xff\n\t한", 11));
  for (const double value : {0.1, -0.0, 1e-300, 126.85260000000001, 1.0 / 3.0}) {
    xml.begin("n");
    xml.attribute("v", value);
    xml.end();
  }
  xml.end();
  sim::Issues issues;
  auto document = XmlDocument::load_text(xml.text(), "text.xml", issues);
  REQUIRE(document.has_value());
  const XmlElement root = document->root();
  CHECK(root.attribute("text") == "?<&>\"?\n\t한");
  XmlElement n = root.child("n");
  for (const double value : {0.1, 0.0, 1e-300, 126.85260000000001, 1.0 / 3.0}) {
    double read = -1;
    CHECK(n.required("v", read));
    CHECK(read == value);
    n = n.next("n");
  }
}

TEST_CASE("a file that cannot be written leaves nothing behind") {
  const fs::path folder = fs::temp_directory_path() / ("bitgoeul_opendrive_write_" + std::to_string(::getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder / "taken.xodr" / "inside");
  sim::Issues issues;
  const auto map = frozen(tests::crossing());
  CHECK(!opendrive::write_file(*map, folder / "taken.xodr", issues).has_value());
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 1);
  REQUIRE(opendrive::write_file(*map, folder / "deep" / "map.xodr", issues).has_value());
  CHECK(std::distance(fs::directory_iterator(folder / "deep"), {}) == 1);
  std::ifstream in(folder / "deep" / "map.xodr", std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == written(*map));
  fs::remove_all(folder);
}
