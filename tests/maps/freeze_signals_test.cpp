#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/maps/crossing.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using namespace bitgoeul::tests;

namespace {

SignalDraft light(const std::string& id, const std::string& road, double s, int orientation) {
  SignalDraft signal;
  signal.id = id, signal.road = road, signal.s = s, signal.t = -6, signal.z_offset = 4;
  signal.orientation = static_cast<std::int8_t>(orientation);
  signal.dynamic = true;
  signal.type = "1000001", signal.country = "OpenDRIVE";
  return signal;
}

// A head at the end of each arm, for those who drive into the crossing.
MapBuilder lit_crossing() {
  MapBuilder builder = crossing();
  builder.signals = {light("w", "W", 95, 1), light("s", "S", 95, 1), light("e", "E", 5, -1), light("n", "N", 5, -1)};
  return builder;
}

std::shared_ptr<const Map> frozen(MapBuilder builder, sim::Issues& issues) {
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

Row group_of(const Map& map, const std::string& road) { return map.lanes[lane_of(map, road, -1)].signal_group; }

std::vector<Row> green(const Map& map, Row phase) {
  const auto groups = Map::rows(map.phase_groups, map.signal_phases[phase].groups);
  return {groups.begin(), groups.end()};
}

}  // namespace

TEST_CASE("signals without a program: a group and a turn for each approach") {
  sim::Issues issues;
  const auto map = frozen(lit_crossing(), issues);
  CHECK(map->junctions[0].control == JunctionControl::kSignals);
  CHECK(map->signal_groups.size() == 4);
  for (const char* from : {"W", "S", "E", "N"}) {
    const std::string f = from;
    Row group = kNone;
    for (const char* to : {"W", "S", "E", "N"})
      if (f != to) {
        const Row here = group_of(*map, f + "-" + to);
        CHECK(here != kNone);
        CHECK((group == kNone || group == here));
        group = here;
      }
  }
  REQUIRE(map->programs.size() == 1);
  const SignalProgram& program = map->programs[0];
  CHECK(program.junction == 0);
  CHECK(program.phases.size() == 4);
  CHECK(program.cycle_ms == 4 * 25000);
  CHECK(program.offset_ms >= 0);
  CHECK(program.offset_ms < program.cycle_ms);
  std::vector<Row> all;
  for (Row phase = program.phases.begin; phase < program.phases.end; ++phase) {
    CHECK(map->signal_phases[phase].green_ms == 20000);
    CHECK(map->signal_phases[phase].yellow_ms == 3000);
    CHECK(map->signal_phases[phase].all_red_ms == 2000);
    REQUIRE(green(*map, phase).size() == 1);
    all.push_back(green(*map, phase)[0]);
  }
  std::sort(all.begin(), all.end());
  CHECK(all == std::vector<Row>{0, 1, 2, 3});
  CHECK(std::count_if(issues.begin(), issues.end(),
                      [](const sim::Issue& i) { return i.what.find("no program") != std::string::npos; }) == 1);
}

TEST_CASE("signals in the world: place, face and stop line") {
  sim::Issues issues;
  const auto map = frozen(lit_crossing(), issues);
  const Signal& west = map->signals[0];  // road "W" runs from (-110, 0) to (-10, 0)
  CHECK(west.x == doctest::Approx(-15.0));
  CHECK(west.y == doctest::Approx(-6.0));
  CHECK(west.z == doctest::Approx(4.0));
  CHECK(std::abs(west.heading) == doctest::Approx(sim::kPi));  // it looks at those who come
  CHECK(std::abs(map->signals[2].heading) < 1e-9);             // east arm: they drive west
  const Row lane = lane_of(*map, "W", -1);
  CHECK(map->lanes[lane].stop_s == doctest::Approx(95.0));
  REQUIRE(map->stop_lines.size() == 4);
  const auto line =
      std::find_if(map->stop_lines.begin(), map->stop_lines.end(), [&](const StopLine& l) { return l.lane == lane; });
  CHECK(line->x0 == doctest::Approx(-15.0));
  CHECK(line->y0 == doctest::Approx(0.0));
  CHECK(line->y1 == doctest::Approx(-3.5));
  // Driving out of the crossing needs no stop.
  CHECK(map->lanes[lane_of(*map, "W", 1)].stop_s == map->lanes[lane_of(*map, "W", 1)].length);
}

TEST_CASE("stop lines of one approach are one straight line, in a bend too") {
  // A bend of 30 m radius to the left about (0, 30), 60 m long; three lanes to its right.
  MapBuilder builder;
  RoadDraft road;
  road.id = "bend", road.length = 60;
  Geometry arc;
  arc.length = 60, arc.kind = GeometryKind::kArc, arc.p[0] = 1.0 / 30;
  road.plan_view = {arc};
  SectionDraft section;
  for (int id = -1; id >= -3; --id) {
    LaneDraft lane;
    lane.id = id, lane.type = LaneType::kDriving, lane.widths = {{0, 3.5, 0, 0, 0}}, lane.stop_distance_m = 6;
    section.lanes.push_back(lane);
  }
  road.sections = {section};
  builder.roads = {road};
  sim::Issues issues;
  const auto map = frozen(builder, issues);
  REQUIRE(map->stop_lines.size() == 3);
  const double angle = 54.0 / 30, sine = std::sin(angle), cosine = std::cos(angle);
  for (const StopLine& line : map->stop_lines) {
    const int lane = -map->lanes[line.lane].odr_id;
    const double inner = 30 + 3.5 * (lane - 1), outer = inner + 3.5;
    CHECK(map->lanes[line.lane].stop_s == doctest::Approx((inner + outer) / 2 * angle).epsilon(1e-6));
    CHECK(line.x0 == doctest::Approx(inner * sine).epsilon(1e-6));
    CHECK(line.y0 == doctest::Approx(30 - inner * cosine).epsilon(1e-6));
    CHECK(line.x1 == doctest::Approx(outer * sine).epsilon(1e-6));
    CHECK(line.y1 == doctest::Approx(30 - outer * cosine).epsilon(1e-6));
  }
}

TEST_CASE("stop distance of the draft wins; a signal far before the end does not count") {
  sim::Issues issues;
  MapBuilder builder = lit_crossing();
  for (RoadDraft& road : builder.roads)
    if (road.id == "W") road.sections[0].lanes[1].stop_distance_m = 2.5;
  builder.signals[1].s = 50;  // 50 m before the end of "S"
  const auto map = frozen(builder, issues);
  CHECK(map->lanes[lane_of(*map, "W", -1)].stop_s == doctest::Approx(97.5));
  CHECK(map->lanes[lane_of(*map, "S", -1)].stop_s == doctest::Approx(100.0));
  CHECK(group_of(*map, "S-N") != kNone);
}

TEST_CASE("controllers and programs: groups that are green together") {
  sim::Issues issues;
  MapBuilder builder = lit_crossing();
  builder.controllers = {{"c1", "", {"w", "e"}, 0}, {"c2", "", {"s", "n", "gone"}, 77}};
  auto map = frozen(builder, issues);
  CHECK(map->signal_groups.size() == 2);
  CHECK(group_of(*map, "W-E") == group_of(*map, "E-W"));
  CHECK(group_of(*map, "W-E") != group_of(*map, "S-N"));
  CHECK(map->programs[0].phases.size() == 2);
  CHECK(std::any_of(issues.begin(), issues.end(), [](const sim::Issue& i) { return i.line == 77; }));

  builder = lit_crossing();
  SignalDraft arrow = light("w-left", "W", 95, 1), walk = light("walk", "N", 3, -1);
  arrow.connecting_roads = {"W-N"};
  builder.signals[0].connecting_roads = {"W-E", "W-S"};
  walk.type = "1000002";
  builder.signals.push_back(arrow);
  builder.signals.push_back(walk);
  builder.programs = {{"J", 7.5, {{30, 3, 2, {"w", "e", "walk"}}, {10, 3, 1, {"w-left"}}, {25.5, 4, 2, {"s", "n"}}}}};
  issues.clear();
  map = frozen(builder, issues);
  CHECK(issues.empty());
  CHECK(map->signal_groups.size() == 4);  // through west and east, walk, left arrow, south and north
  CHECK(group_of(*map, "W-E") == group_of(*map, "E-W"));
  CHECK(group_of(*map, "W-N") != group_of(*map, "W-E"));
  CHECK(group_of(*map, "S-N") == group_of(*map, "N-E"));
  const SignalProgram& program = map->programs[0];
  CHECK(program.offset_ms == 7500);
  CHECK(program.cycle_ms == 35000 + 14000 + 31500);
  REQUIRE(program.phases.size() == 3);
  CHECK(map->signal_phases[program.phases.begin + 2].green_ms == 25500);
  const auto first = green(*map, program.phases.begin);
  REQUIRE(first.size() == 2);
  CHECK(std::count_if(first.begin(), first.end(), [&](Row g) { return map->signal_groups[g].pedestrian == 1; }) == 1);
  CHECK(green(*map, program.phases.begin + 1) == std::vector<Row>{group_of(*map, "W-N")});
  for (const SignalGroup& group : map->signal_groups) CHECK(group.junction == 0);
}

TEST_CASE("heads repeated over one movement are one group; references rule too") {
  sim::Issues issues;
  MapBuilder builder = lit_crossing();
  builder.signals.push_back(light("w2", "W", 97, 1));
  auto map = frozen(builder, issues);
  CHECK(map->signal_groups.size() == 4);
  CHECK(map->signals[0].group == map->signals[4].group);

  builder = crossing();
  builder.signals = {light("far", "E", 5, 1)};                   // stands beyond the crossing, rules nothing there ...
  builder.signal_references = {{"W", "far", 95, -6, 1, {}, 0}};  // ... but those who come from the west
  map = frozen(builder, issues);
  CHECK(group_of(*map, "W-N") == map->signals[0].group);
  CHECK(group_of(*map, "W-N") != kNone);
  CHECK(group_of(*map, "E-W") == kNone);

  // On the connecting road itself, as some exporters place them.
  builder = crossing();
  builder.signals = {light("inner", "S-W", 0, 1)};
  map = frozen(builder, issues);
  CHECK(group_of(*map, "S-W") != kNone);
  CHECK(group_of(*map, "S-N") == kNone);
}

TEST_CASE("validity picks lanes; a light in the middle of a road rules nothing") {
  sim::Issues issues;
  MapBuilder builder = lit_crossing();
  builder.signals[0].validity = {{-3, -2}};  // lanes that the arm has not
  const auto map = frozen(builder, issues);
  CHECK(group_of(*map, "W-E") == kNone);
  CHECK(map->signals[0].group == kNone);
  const auto idle = std::find_if(issues.begin(), issues.end(), [](const sim::Issue& i) {
    return i.what.find("rule no movement") != std::string::npos;
  });
  REQUIRE(idle != issues.end());
  CHECK(idle->severity == sim::Severity::kInfo);
  CHECK(idle->what.substr(0, 2) == "1 ");
}

TEST_CASE("programs with defects are left out or mended, and said so") {
  const auto complaint = [](MapBuilder builder, const char* part) {
    sim::Issues issues;
    const auto map = frozen(std::move(builder), issues);
    CHECK(std::any_of(issues.begin(), issues.end(), [&](const sim::Issue& i) {
      return i.severity == sim::Severity::kWarning && sim::to_string(i).find(part) != std::string::npos;
    }));
    return map;
  };
  MapBuilder builder = lit_crossing();
  builder.programs = {{"other", 0, {{20, 3, 2, {"w"}}}}};
  CHECK(complaint(builder, "not in the file")->programs.size() == 1);
  builder.programs = {{"J", 0, {{0, 0, 0, {"w"}}}}};
  CHECK(complaint(builder, "no cycle time")->programs[0].cycle_ms == 100000);
  builder.programs = {{"J", 0, {{20, 3, 2, {"w", "e", "ghost"}}, {20, 3, 2, {"s", "n"}}}}};
  CHECK(complaint(builder, "ghost")->programs[0].cycle_ms == 50000);
  builder.programs = {{"J", 0, {{20, 3, 2, {"w", "e"}}, {20, 3, 2, {"s"}}}}};
  const auto map = complaint(builder, "no phase of its junction's program makes it green");
  CHECK(group_of(*map, "N-S") == kNone);  // it would have waited for ever
  builder = lit_crossing();
  builder.signals[0].road = "nowhere";
  CHECK(complaint(builder, "road \"nowhere\"")->signals.size() == 3);
}

TEST_CASE("at signals, who has none gives way; a permitted left turn waits") {
  sim::Issues issues;
  MapBuilder builder = lit_crossing();
  builder.signals[1].connecting_roads = {"S-N", "S-W"};  // the right turn from the south is free
  const auto map = frozen(builder, issues);
  CHECK(conflict(*map, lane_of(*map, "S-E", -1), lane_of(*map, "W-E", -1))->priority == -1);
  CHECK(conflict(*map, lane_of(*map, "W-N", -1), lane_of(*map, "E-W", -1))->priority == -1);
}
