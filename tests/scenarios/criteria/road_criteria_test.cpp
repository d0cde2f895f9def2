// Criteria of the road over snapshots made by hand: speed, school zone, lines, crosswalks, stop lines, right turns on
// red, and the braking that avoids a leader, against values worked out from the map.
#include <doctest/doctest.h>

#include <cmath>

#include "maps/lane_geometry.h"
#include "tests/scenarios/criteria/film.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios;
using tests::Film;

namespace {

// 300 m straight east with lanes -1 and -2 of 3.5 m, 50 km/h, a crosswalk across it at s = 100 (4 m wide).
std::shared_ptr<const maps::Map> street(const std::string& mark, bool school = false, bool bus = false) {
  const auto lane = [&](int id) {
    return "<lane id=\"" + std::to_string(id) +
           "\" type=\"driving\" level=\"false\"><width sOffset=\"0\" a=\"3.5\" b=\"0\" c=\"0\" d=\"0\"/><roadMark "
           "sOffset=\"0\" type=\"" +
           mark + "\" color=\"white\" width=\"0.15\" laneChange=\"" + (mark == "solid" ? "none" : "both") +
           "\"/></lane>";
  };
  const std::string text =
      "<?xml version=\"1.0\"?><OpenDRIVE><header revMajor=\"1\" revMinor=\"6\" name=\"street\"/><road id=\"1\" "
      "length=\"300\" junction=\"-1\"><type s=\"0\" type=\"town\"><speed max=\"50\" unit=\"km/h\"/></type><planView>"
      "<geometry s=\"0\" x=\"0\" y=\"0\" hdg=\"0\" length=\"300\"><line/></geometry></planView><lanes><laneSection "
      "s=\"0\"><center><lane id=\"0\" type=\"none\" level=\"false\"/></center><right>" +
      lane(-1) + lane(-2) +
      "</right></laneSection></lanes><objects><object id=\"w\" type=\"crosswalk\" s=\"100\" t=\"-3.5\" zOffset=\"0\" "
      "hdg=\"0\" length=\"4\" width=\"7\" height=\"0\" orientation=\"none\"/></objects></road></OpenDRIVE>";
  sim::Issues issues;
  auto read = maps::opendrive::read_text(text, "street.xodr", issues);
  REQUIRE(read.has_value());
  if (school)
    for (maps::LaneDraft& draft : read->roads[0].sections[0].lanes)
      if (draft.id == -1) {
        maps::TimedLimit limit;
        limit.from_minute = 8 * 60, limit.to_minute = 20 * 60;
        limit.speed_limit_mps = 30 / 3.6;
        draft.limits.push_back(limit);
      }
  if (bus)  // on weekdays from 7 to 9
    for (maps::LaneDraft& draft : read->roads[0].sections[0].lanes)
      if (draft.id == -2) {
        maps::TimedLimit limit;
        limit.from_minute = 7 * 60, limit.to_minute = 9 * 60, limit.weekdays = 0x1f, limit.bus_only = 1;
        draft.limits.push_back(limit);
      }
  auto map = maps::freeze(*std::move(read), issues);
  REQUIRE(map.has_value());
  return *map;
}

Criterion judged(const char* name, const std::shared_ptr<const maps::Map>& map, double y, double speed,
                 double time_of_day_s = 9 * 3600) {
  Film film({name}, {"other"}, map);
  film.setup.time_of_day_s = time_of_day_s;
  for (int i = 0; i < 3; ++i) {
    film.put(0, 150 + 0.1 * speed * i, y, 0, speed);
    film.show();
  }
  return film.verdict();
}

// A lane that leads to signals, and its movement to the right.
struct Approach {
  sim::Row lane = sim::kNone, right = sim::kNone;
};
Approach approach_of(const maps::Map& map) {
  for (sim::Row lane = 0; lane < static_cast<sim::Row>(map.lanes.size()); ++lane)
    for (const sim::Row next : map.successors(lane))
      if (map.lanes[next].signal_group != sim::kNone && map.lanes[next].turn == maps::Turn::kRight) return {lane, next};
  return {};
}

void put_on(Film& film, sim::Row lane, double s, double speed) {
  const maps::LanePose pose = maps::lane_pose(*film.setup.map, lane, s);
  film.put(0, pose.x, pose.y, pose.heading, speed);
}

}  // namespace

TEST_CASE("criteria: speed against the limit of the lane") {
  const auto map = street("broken");
  const Criterion below = judged("speed", map, -1.75, 13), above = judged("speed", map, -1.75, 20);
  CHECK(below.value == doctest::Approx(13 - 50 / 3.6));
  CHECK(below.verdict == Verdict::kPass);
  CHECK(above.value == doctest::Approx(20 - 50 / 3.6));
  CHECK(above.verdict == Verdict::kFail);
}

TEST_CASE("criteria: a school zone is a limit that depends on the time of day") {
  const auto map = street("broken", true);
  const Criterion day = judged("school_zone", map, -1.75, 10);
  CHECK(day.value == doctest::Approx(10 - 30 / 3.6));
  CHECK(day.verdict == Verdict::kFail);
  const Criterion night = judged("school_zone", map, -1.75, 10, 22 * 3600);
  CHECK(night.value == doctest::Approx(10 - 50 / 3.6));
  CHECK(night.verdict == Verdict::kPass);
  CHECK(judged("school_zone", map, -5.25, 10).verdict == Verdict::kInconclusive);  // the other lane is none
}

TEST_CASE("criteria: a bus lane is for buses while it is one") {
  const auto map = street("broken", false, true);
  const Criterion morning = judged("bus_lane", map, -5.25, 10, 8 * 3600);
  CHECK(morning.value == doctest::Approx(0.2));  // three frames, 0.1 s apart
  CHECK(morning.verdict == Verdict::kFail);
  CHECK(judged("bus_lane", map, -5.25, 10, 10 * 3600).verdict == Verdict::kPass);
  CHECK(judged("bus_lane", map, -1.75, 10, 8 * 3600).verdict == Verdict::kInconclusive);  // never on one
}

TEST_CASE("criteria: lines that may not be crossed, for as long as a wheel is over them") {
  // The middle 0.9 m left of the line between the lanes, the body 1.8 m wide: 0.5 m beyond, for two intervals of 0.1 s.
  CHECK(judged("lane_invasion", street("solid"), -3.5 - 0.4, 10).value == doctest::Approx(0.2));
  CHECK(judged("lane_invasion", street("solid"), -3.5 - 0.4, 10).verdict == Verdict::kFail);
  CHECK(judged("lane_invasion", street("broken"), -3.5 - 0.4, 10).value == 0);
  CHECK(judged("lane_invasion", street("solid"), -5.25, 10).value == 0);
}

TEST_CASE("criteria: crosswalks entered while somebody walks on them") {
  const auto enter = [](double person_x, double speed) {
    Film film({"crosswalk"}, {"person"}, street("broken"));
    for (int i = 0; i < 12; ++i) {
      film.put(0, 92 + 0.1 * speed * i, -1.75, 0, speed);  // its front is 3.65 m ahead
      film.put(1, person_x, -5, 1.57, 1);
      film.show();
    }
    return film.verdict();
  };
  CHECK(enter(100, 5).value == 1);
  CHECK(enter(100, 5).verdict == Verdict::kFail);
  CHECK(enter(100, 0).value == 0);  // waits before it
  CHECK(enter(100, 0).verdict == Verdict::kPass);
  CHECK(enter(110, 5).verdict == Verdict::kInconclusive);  // nobody walks there
}

TEST_CASE("criteria: standing beyond the line at red") {
  const auto map = scenes::crossing(true, 0, 0).map;
  const Approach at = approach_of(*map);
  REQUIRE(at.lane != sim::kNone);
  const auto stand = [&](double beyond_m, sim::SignalState shown) {
    Film film({"stop_line"}, {"other"}, map);
    for (auto& state : film.snapshot.signals.state) state = shown;
    put_on(film, at.lane, map->lanes[at.lane].stop_s + beyond_m - 3.65, 0);
    film.show();
    return film.verdict();
  };
  CHECK(stand(0.5, sim::SignalState::kRed).value == doctest::Approx(0.5).epsilon(0.01));
  CHECK(stand(0.5, sim::SignalState::kRed).verdict == Verdict::kFail);
  CHECK(stand(-1, sim::SignalState::kRed).verdict == Verdict::kPass);
  CHECK(stand(0.5, sim::SignalState::kGreen).verdict == Verdict::kInconclusive);
}

TEST_CASE("criteria: turning right on red asks for a stand before the line") {
  const auto map = scenes::crossing(true, 0, 0).map;
  const Approach at = approach_of(*map);
  const auto turn = [&](double least, sim::SignalState shown) {
    Film film({"right_on_red"}, {"other"}, map);
    for (auto& state : film.snapshot.signals.state) state = shown;
    const double line = map->lanes[at.lane].stop_s - 3.65;
    for (const double before : {20.0, 10.0, 6.0, 3.0, 1.0}) {
      put_on(film, at.lane, line - before, before > 2 ? 5 : least);
      film.show();
    }
    put_on(film, at.lane, std::min(line + 0.5, map->lanes[at.lane].length - 0.1), 3);
    film.show();
    for (const double s : {2.0, 4.0, 6.0}) {
      put_on(film, at.right, s, 3);
      film.show();
    }
    return film.verdict();
  };
  CHECK(turn(1.2, sim::SignalState::kRed).value == doctest::Approx(1.2));
  CHECK(turn(1.2, sim::SignalState::kRed).verdict == Verdict::kFail);
  CHECK(turn(0, sim::SignalState::kRed).verdict == Verdict::kPass);
  CHECK(turn(1.2, sim::SignalState::kGreen).verdict == Verdict::kInconclusive);
}

TEST_CASE("criteria: the braking that avoids the vehicle ahead is (closing speed)^2 / (2 gap)") {
  // Fronts and backs: 3.65 m ahead of the ego's reference point, 0.85 m behind the other's.
  const auto drac = [](double gap, double own, double other) {
    Film film({"drac"}, {"other"}, street("broken"));
    film.put(0, 50, -1.75, 0, own);
    film.put(1, 50 + 3.65 + gap + 0.85, -1.75, 0, other);
    film.show();
    return film.verdict();
  };
  CHECK(drac(20, 15, 5).value == doctest::Approx(100.0 / 40.0).epsilon(0.01));
  CHECK(drac(20, 15, 5).verdict == Verdict::kPass);
  CHECK(drac(10, 15, 5).value == doctest::Approx(5).epsilon(0.01));
  CHECK(drac(10, 15, 5).verdict == Verdict::kFail);
}

TEST_CASE("criteria: nothing evaluated is never a PASS") {
  CHECK(overall({}, false) == Verdict::kInconclusive);
  Criterion open{"x", Verdict::kInconclusive}, good{"y", Verdict::kPass}, bad{"z", Verdict::kFail};
  CHECK(overall({open}, false) == Verdict::kInconclusive);
  CHECK(overall({good, open}, false) == Verdict::kInconclusive);
  CHECK(overall({good, bad}, false) == Verdict::kFail);
  CHECK(overall({good}, false) == Verdict::kPass);
  CHECK(overall({good}, true) == Verdict::kInconclusive);  // interrupted
}
