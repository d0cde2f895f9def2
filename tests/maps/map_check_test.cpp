#include "maps/map_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "maps/lane_index.h"
#include "tests/maps/hand_map.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using tests::HandMap;

namespace {

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

std::string all(const sim::Issues& issues) {
  std::string text;
  for (const sim::Issue& issue : issues) text += sim::to_string(issue) + "\n";
  return text;
}

// The rules that found something.
std::set<std::string> rules_of(const sim::Issues& issues) {
  std::set<std::string> rules;
  for (const sim::Issue& issue : issues) rules.insert(issue.rule);
  return rules;
}

void shift_points(Map& map, Row lane, double dx, double dy, double dz, double turn) {
  for (Row p = map.lanes[at(lane)].points.begin; p < map.lanes[at(lane)].points.end; ++p) {
    LanePoint& point = map.points[at(p)];
    point.x += dx, point.y += dy, point.z += dz, point.heading += turn;
  }
}

// The crossing's lanes by row: 0 the movement east (20 m), 1 to 5 the rest of its loop (3 = bridge), 6 the movement
// north, 7 to 11 its loop.
constexpr Row kEast = 0, kEastOut = 1, kEastIn = 5, kNorthOut = 7, kNorthIn = 11;

// A straight road at `y` beside the crossing, closed into nothing: links to itself are left to the caller.
Row add_road(HandMap& m, const char* id, double x0, double x1, double y) {
  m.road(id);
  return m.lane(-1, HandMap::straight(x0, y, x1, y));
}

struct Planted {
  const char* rule;
  std::function<void(HandMap&)>
      plant;          // before finish(): m.links and m.conflicts may be changed, finish() called again
  const char* where;  // part of the finding's place
  const char* what;   // part of its text
};

double nan() { return std::numeric_limits<double>::quiet_NaN(); }

const Planted kPlanted[] = {
    {"bad_reference", [](HandMap& m) { m.map.lanes[2].signal_group = 9; }, "lanes row 2",
     "signal_group is row 9, but there are 2"},
    {"dangling_link", [](HandMap& m) { m.map.links[at(m.map.lanes[2].successors.begin)] = 99; }, "road e2 lane -1",
     "lane row 99"},
    {"duplicate_id", [](HandMap& m) { m.map.roads[at(1)].id = m.map.roads[at(2)].id; }, "road e2", "more than once"},
    {"bad_text", [](HandMap& m) { m.map.roads[0].name = m.text("\xb1\xa4\xc1\xd6"); }, "roads row 0", "UTF-8"},
    {"not_finite", [](HandMap& m) { m.map.points[at(m.map.lanes[8].points.begin) + 3].x = nan(); }, "road n2 lane -1",
     "point 3"},
    {"not_finite", [](HandMap& m) { m.map.lanes[8].speed_limit_mps = nan(); }, "road n2 lane -1", "limit"},
    {"point_order", [](HandMap& m) { m.map.points[at(m.map.lanes[8].points.begin) + 3].s = 0; }, "road n2 lane -1",
     "to 0.0000 m"},
    {"zero_length",
     [](HandMap& m) {
       const Row lane = add_road(m, "sliver", 10, 10.0005, 0);
       std::erase(m.links, std::pair<Row, Row>(kEast, kEastOut));
       m.link(kEast, lane), m.link(lane, kEastOut);
       m.finish();
     },
     "road sliver lane -1", "0.0005"},
    {"negative_width", [](HandMap& m) { m.map.points[at(m.map.lanes[7].points.begin) + 4].width = -0.1; },
     "road n1 lane -1 s 40.0", "-0.100"},
    {"lane_too_narrow",
     [](HandMap& m) {
       const Range points = m.map.lanes[kNorthOut].points;
       for (Row p = points.begin; p < points.end; ++p) m.map.points[at(p)].width = 1.5;
     },
     "road n1 lane -1", "1.50 m"},
    {"curve_too_tight", [](HandMap& m) { m.map.points[at(m.map.lanes[8].points.begin) + 3].curvature = 0.5; },
     "road n2 lane -1", "radius of 2.0 m"},
    {"grade_too_steep", [](HandMap& m) { m.map.points[at(m.map.lanes[7].points.begin) + 4].z = 3; },
     "road n1 lane -1 s 30.0", "30.0 %"},
    {"speed_limit_implausible", [](HandMap& m) { m.map.lanes[7].speed_limit_mps = 50; }, "road n1 lane -1",
     "180.0 km/h"},
    {"link_asymmetric",
     [](HandMap& m) {
       const Row extra = m.map.links[at(m.map.lanes[7].predecessors.begin)] = 4;
       CHECK(extra == 4);
     },
     "road n1 lane -1", "does not name it"},
    {"self_link", [](HandMap& m) { m.link(kNorthOut, kNorthOut), m.finish(); }, "road n1 lane -1",
     "100.00 m from its beginning"},
    {"gap", [](HandMap& m) { shift_points(m.map, kNorthOut, 0.02, 0, 0, 0); }, "road n0 lane -1 s 20.0",
     "0.020 m away"},
    {"kink", [](HandMap& m) { m.map.points[at(m.map.lanes[kNorthOut].points.begin)].heading += 0.1; },
     "road n0 lane -1 s 20.0", "5.7 degrees"},
    {"wrong_direction",
     [](HandMap& m) {
       // The bend is linked as it is driven, but its points run the other way.
       const Range points = m.map.lanes[8].points;
       std::vector<LanePoint> reversed(m.map.points.rbegin() + (static_cast<Row>(m.map.points.size()) - points.end),
                                       m.map.points.rbegin() + (static_cast<Row>(m.map.points.size()) - points.begin));
       for (LanePoint& p : reversed) p.s = m.map.lanes[8].length - p.s, p.heading += sim::kPi;
       std::copy(reversed.begin(), reversed.end(), m.map.points.begin() + points.begin);
     },
     "road n1 lane -1 s 100.0", "wrong ends"},
    {"wrong_direction", [](HandMap& m) { m.map.points[at(m.map.lanes[7].points.begin) + 5].heading += sim::kPi; },
     "road n1 lane -1 s 50.0", "180 degrees"},
    {"elevation_step", [](HandMap& m) { shift_points(m.map, kNorthOut, 0, 0, 0.06, 0); }, "road n0 lane -1",
     "0.060 m higher"},
    {"neighbour_asymmetric", [](HandMap& m) { m.map.lanes[7].left = 2; }, "road n1 lane -1", "names another lane"},
    {"unreachable_lane",
     [](HandMap& m) {  // a second way over the crossing; of its two lanes only one is led to
       m.road("twin");
       const Row through = m.lane(-1, HandMap::straight(0, -10, 0, 10)),
                 blind = m.lane(-2, HandMap::straight(0, -10, 0, 10));
       m.map.lanes[at(through)].junction = m.map.lanes[at(blind)].junction = 0;
       m.link(kNorthIn, through), m.link(through, kNorthOut), m.link(blind, kNorthOut), m.finish();
       m.map.lanes[at(blind)].reachable = 0;
     },
     "road twin lane -2", "no way leads to"},
    {"open_end",
     [](HandMap& m) {
       const Row lane = add_road(m, "country", 200, 300, 0);
       m.finish();
       m.map.lanes[at(lane)].reachable = 0;
     },
     "road country lane -1", "1 lanes (0.1 of"},
    {"dead_end_lane",
     [](HandMap& m) {  // a second lane beside the east exit that nothing follows; it can be left sideways
       Map& map = m.map;
       map.sections[at(map.lanes[kEastOut].section)].lanes = {kEastOut, kEastOut + 1};
       const Row lane = add_road(m, "e1b", 10, 60, -3.5);
       map.lanes[at(lane)].road = map.lanes[kEastOut].road, map.lanes[at(lane)].section = map.lanes[kEastOut].section;
       map.lanes[at(lane)].odr_id = -2;
       m.side_by_side(kEastOut, lane), m.finish();
     },
     "road e1 lane -2 s 50.0", "nothing follows"},
    {"overlap",
     [](HandMap& m) {  // 3 m beside the bridge, same height: 0.5 m of the two 3.5 m lanes overlap; a loop of its own in
                       // a junction
       const Row lane = add_road(m, "beside", -30, 30, 63);
       shift_points(m.map, lane, 0, 0, 6, 0);
       m.map.lanes[at(lane)].level = 1;
       m.finish();
     },
     "road e3 lane -1", "overlaps road beside lane -1 by 0.50 m"},
    {"junction_without_lanes", [](HandMap& m) { m.junction("empty", 500, 500, 5); }, "junction empty",
     "no connecting lane"},
    {"conflict_asymmetric", [](HandMap& m) { m.map.conflicts[0].s_end += 0.5; }, "road n0 lane -1", "not mirrored"},
    {"signal_without_lane", [](HandMap& m) { m.map.signals[1].group = kNone; }, "signal s1", "rules no movement"},
    {"signal_group_unused",
     [](HandMap& m) {
       m.map.signal_groups.push_back({0, 0});
     },
     "signal group 2 of junction j", "no lane"},
    {"stop_line_off_lane", [](HandMap& m) { m.map.stop_lines[0].y0 += 4, m.map.stop_lines[0].y1 += 4; },
     "road e5 lane -1 s 50.0", "2.25 m away"},
    {"stop_line_off_lane", [](HandMap& m) { m.map.lanes[kEastIn].stop_s = 60; }, "road e5 lane -1",
     "s 60.0 m of a lane of 50.0 m"},
    {"program_conflict",
     [](HandMap& m) {
       m.map.phase_groups = {0, 1, 1};
       m.map.signal_phases[0].groups = {0, 2}, m.map.signal_phases[1].groups = {2, 3};
     },
     "junction j", "road e0 lane -1 and road n0 lane -1 cross and are both green in phase 1"},
    {"crossing_without_crosswalk", [](HandMap& m) { m.map.signal_groups[1].pedestrian = 1; }, "junction j",
     "no crosswalk"},
    {"crosswalk_off_road",
     [](HandMap& m) {
       build_lane_index(m.map);
       Object crosswalk;
       crosswalk.id = m.text("c7"), crosswalk.kind = ObjectKind::kCrosswalk;
       crosswalk.x = 1000, crosswalk.length = 10, crosswalk.width = 4;
       m.map.objects.push_back(crosswalk);
     },
     "object c7", "16 m from every lane"},
    {"program_group_never_green",
     [](HandMap& m) {
       m.map.signal_phases[1].groups = {1, 1};
     },
     "signal group 1 of junction j", "1 lanes wait"},
};

}  // namespace

TEST_CASE("maps without fault have no finding") {
  CHECK_MESSAGE(check_map(tests::stadium().map).empty(), all(check_map(tests::stadium().map)));
  CHECK_MESSAGE(check_map(tests::crossing().map).empty(), all(check_map(tests::crossing().map)));
}

TEST_CASE("every rule finds the fault planted for it, and no other rule speaks") {
  for (const Planted& planted : kPlanted) {
    CAPTURE(planted.rule);
    HandMap m = tests::crossing();
    planted.plant(m);
    const sim::Issues issues = check_map(m.map);
    const std::string text = all(issues);
    CAPTURE(text);
    CHECK(rules_of(issues) == std::set<std::string>{planted.rule});
    CHECK(std::any_of(issues.begin(), issues.end(), [&](const sim::Issue& issue) {
      return issue.where.find(planted.where) != std::string::npos && issue.what.find(planted.what) != std::string::npos;
    }));
  }
}

TEST_CASE("every rule of the table has a planted fault and a summary; names are unique") {
  std::set<std::string_view> names;
  for (const CheckRule& rule : check_rules()) {
    CAPTURE(std::string(rule.name));
    CHECK(names.insert(rule.name).second);
    CHECK_FALSE(rule.summary.empty());
    CHECK(std::any_of(std::begin(kPlanted), std::end(kPlanted), [&](const Planted& p) { return rule.name == p.rule; }));
  }
  CHECK(names.size() == 32);
}

TEST_CASE("what is just allowed is not reported") {
  HandMap m = tests::crossing();
  shift_points(m.map, kNorthOut, 0.009, 0, 0.045, 0);
  m.map.points[at(m.map.lanes[kNorthOut].points.begin)].heading += 0.08;  // 4.6 degrees
  CHECK(check_map(m.map).empty());
}

TEST_CASE("ways of one road into one road that brush each other are no fault of the program, those that cross are") {
  for (const bool across : {false, true}) {
    HandMap m = tests::crossing();
    Map& map = m.map;
    map.phase_groups = {0, 1, 1};
    map.signal_phases[0].groups = {0, 2}, map.signal_phases[1].groups = {2, 3};
    CHECK(rules_of(check_map(map)).count("program_conflict") == 1);
    // The north loop comes from the east loop's road and goes on in it; its way in the junction beside or across.
    const Row north = map.lanes_of_junction(0)[1];
    map.lanes[at(map.predecessors(north)[0])].road = map.lanes[at(map.predecessors(kEast)[0])].road;
    map.lanes[at(map.successors(north)[0])].road = map.lanes[at(map.successors(kEast)[0])].road;
    auto points = Map::rows(map.points, map.lanes[at(north)].points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      LanePoint& p = map.points[at(map.lanes[at(north)].points.begin) + i];
      const double share = static_cast<double>(i) / static_cast<double>(points.size() - 1);
      p.x = -10 + 20 * share, p.y = across ? 4 - 8 * share : 3;
    }
    CHECK(rules_of(check_map(map)).count("program_conflict") == (across ? 1 : 0));
  }
}

TEST_CASE("a lane that closes on itself is no self link") {
  HandMap m;
  m.road("ring");
  const Row ring = m.lane(-1, HandMap::arc(0, 0, 50, 0, 2 * sim::kPi));
  m.link(ring, ring);
  m.finish();
  CHECK_MESSAGE(check_map(m.map).empty(), all(check_map(m.map)));
}

TEST_CASE("roads that cross at different heights or levels do not overlap") {
  for (const bool by_level : {true, false}) {
    HandMap m;
    for (int i = 0; i < 2; ++i) {
      m.road(i == 0 ? "below" : "above");
      const Row lane = m.lane(-1, i == 0 ? HandMap::straight(-50, 0, 50, 0) : HandMap::straight(0, -50, 0, 50));
      if (i == 1) by_level ? void(m.map.lanes[at(lane)].level = 1) : shift_points(m.map, lane, 0, 0, 5, 0);
    }
    m.finish();
    CHECK(check_map(m.map).empty());
    if (by_level)
      m.map.lanes[1].level = 0;
    else
      shift_points(m.map, 1, 0, 0, -4, 0);
    CHECK(rules_of(check_map(m.map)) == std::set<std::string>{"overlap"});
  }
}

TEST_CASE("lanes lie on each other where they fork and join, and nowhere else") {
  const auto overlaps = [](bool joining, bool again) {
    HandMap m;
    const auto lane = [&](const char* road, double x0, double y0, double x1, double y1) {
      m.road(road);
      return m.lane(-1, joining ? HandMap::straight(-x1, y1, -x0, y0) : HandMap::straight(x0, y0, x1, y1));
    };
    const auto link = [&](Row a, Row b) { joining ? m.link(b, a) : m.link(a, b); };
    const Row stem = lane("stem", -50, 0, 0, 0), on = lane("on", 0, 0, 100, 0), off = lane("off", 0, 0, 60, 9);
    link(stem, on), link(stem, off);
    if (again) link(off, lane("again", 60, 9, 100, 0));
    m.finish();
    std::string found;
    for (const sim::Issue& issue : check_map(m.map))
      if (issue.rule == "overlap") found += issue.where.substr(0, 8) + issue.what.substr(0, 19) + ";";
    return found;
  };
  for (const bool joining : {false, true}) {
    CHECK(overlaps(joining, false) == "");
    CHECK(overlaps(joining, true) == "road on overlaps road again;");
  }
}

TEST_CASE("random damage to a map never brings the check down") {
  const Map whole = tests::crossing().map;
  int noticed = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    Map map = whole;
    unsigned state = seed * 2654435761u;
    const auto next = [&] { return state = state * 1664525u + 1013904223u; };
    map.arrays([&]<class T>(std::string_view, Array<T>& rows) {
      if (rows.empty() || next() % 4 != 0) return;
      auto* bytes = reinterpret_cast<unsigned char*>(rows.data());
      for (int i = 0; i < 3; ++i)
        bytes[(next() >> 8) % (rows.size() * sizeof(T))] = static_cast<unsigned char>(next() >> 16);
    });
    noticed += !check_map(map).empty();
  }
  CHECK(noticed > 150);  // of 300; the rest hits numbers that no rule is about
}
