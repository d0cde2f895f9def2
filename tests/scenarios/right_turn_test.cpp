// Right turns on red: after a full stop, yielding to everybody, and never where the light is the right turn's own
// (Korean Enforcement Rule of the Road Traffic Act, table 2, in force since 2023-01-22).
#include <doctest/doctest.h>

#include <algorithm>

#include "maps/lane_geometry.h"
#include "scenarios/simulation.h"
#include "sim/math.h"
#include "tests/scenes/network.h"
#include "tests/scenes/scenes.h"
#include "vehicles/signal_programs.h"

using namespace bitgoeul;
using maps::Row;

namespace {

std::shared_ptr<const maps::Map> crossing() {
  scenes::Network n;
  n.name = "right_turn";
  n.nodes = {{0, 0, 16, true}, {400, 0}, {0, 400}, {-400, 0}, {0, -400}};
  n.blocks = {{1, 0, 1}, {2, 0, 1}, {3, 0, 1}, {4, 0, 1}};
  return scenes::freeze_or_die(scenes::build(n));
}

Row lane_of(const maps::Map& map, maps::Turn turn, Row exit = sim::kNone) {
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    if (map.lanes[lane].turn == turn && map.lanes[lane].signal_group != sim::kNone &&
        (exit == sim::kNone || map.successors(lane)[0] == exit))
      return lane;
  return sim::kNone;
}

// The clock at which the light of the lane has just turned red.
double red_from(const maps::Map& map, Row lane) {
  const Row group = map.lanes[lane].signal_group, program = map.junctions[map.lanes[lane].junction].program;
  std::int64_t t = 3600000;
  while (vehicles::group_at(map, program, group, t).state == sim::SignalState::kRed) t += 100;
  while (vehicles::group_at(map, program, group, t).state != sim::SignalState::kRed) t += 100;
  return static_cast<double>(t) * 1e-3;
}

scenarios::SimulationSetup setup_on(std::shared_ptr<const maps::Map> map, Row turn) {
  scenarios::SimulationSetup setup;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.time_of_day_s = red_from(*map, turn);
  setup.map = std::move(map);
  return setup;
}

struct Passage {
  bool passed = false, on_red = false, stood = false;
  int red_lights = 0, collisions = 0;
  double slowest_other_mps = 1e9;  // of all others, until then
};

// Drives until the front of car 0 is over its line, or two minutes.
Passage drive(scenarios::SimulationSetup setup, Row turn) {
  const auto map = setup.map;
  const Row before = map->predecessors(turn)[0];
  const auto line = maps::lane_pose(*map, before, map->lanes[before].stop_s);
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : sim::to_string(made.error())));
  scenarios::Simulation& s = **made;
  Passage out;
  double after_s = 0;
  while (s.time_s() < 120 && after_s < 8) {
    s.step();
    for (const sim::Event& event : s.events()) out.red_lights += event.kind == sim::EventKind::kRedLight;
    const auto now = s.snapshot();
    const sim::Entities& e = now->entities;
    for (std::size_t row = 1; row < e.alive.size(); ++row)
      if (e.alive[row]) out.slowest_other_mps = std::min(out.slowest_other_mps, e.speed_mps[row]);
    if (out.passed) {
      after_s += 0.01;
      continue;
    }
    const double front = e.center_x_m[0] + 0.5 * e.length_m[0];
    const double past = front + (e.x[0] - line.x) * sim::cos(line.heading) + (e.y[0] - line.y) * sim::sin(line.heading);
    out.stood = out.stood || (past > -2.5 && e.speed_mps[0] <= 0.1);
    out.passed = past > 0;
    out.on_red = now->signals.state[map->lanes[turn].signal_group] == sim::SignalState::kRed;
  }
  out.collisions = static_cast<int>(s.totals().collisions);
  return out;
}

}  // namespace

TEST_CASE("right turn on red: a full stop at the line, then on") {
  const auto map = crossing();
  const Row turn = lane_of(*map, maps::Turn::kRight);
  REQUIRE(turn != sim::kNone);
  scenarios::SimulationSetup setup = setup_on(map, turn);
  setup.entities.push_back(scenes::car_before(setup, turn, 60, 10));
  const Passage p = drive(std::move(setup), turn);
  CHECK(p.passed);
  CHECK(p.on_red);
  CHECK(p.stood);
  CHECK(p.red_lights == 0);
}

TEST_CASE("right turn on red: it waits until the stream that has green is through, and nobody brakes for it") {
  const auto map = crossing();
  const Row turn = lane_of(*map, maps::Turn::kRight);
  const Row other = lane_of(*map, maps::Turn::kStraight, map->successors(turn)[0]);
  REQUIRE(other != sim::kNone);
  scenarios::SimulationSetup setup = setup_on(map, turn);
  setup.entities.push_back(scenes::car_before(setup, turn, 5, 4));
  for (int i = 0; i < 6; ++i) setup.entities.push_back(scenes::car_before(setup, other, 60 + 27 * i, 11));
  const Passage p = drive(std::move(setup), turn);
  CHECK(p.passed);
  CHECK(p.stood);
  CHECK(p.slowest_other_mps > 8);
  CHECK(p.collisions == 0);
  CHECK(p.red_lights == 0);
}

TEST_CASE("right turn on red: not where the light is that of the right turn alone, nor to the left or straight on") {
  const auto map = crossing();
  for (const maps::Turn way : {maps::Turn::kLeft, maps::Turn::kStraight}) {
    const Row turn = lane_of(*map, way);
    scenarios::SimulationSetup setup = setup_on(map, turn);
    setup.entities.push_back(scenes::car_before(setup, turn, 60, 10));
    const Passage p = drive(std::move(setup), turn);
    CHECK(p.passed);
    CHECK_FALSE(p.on_red);
  }
  auto own = std::make_shared<maps::Map>(*map);
  const Row turn = lane_of(*map, maps::Turn::kRight);
  // A group that no phase serves: always red.
  own->lanes[turn].signal_group = static_cast<Row>(own->signal_groups.size());
  own->signal_groups.push_back({map->lanes[turn].junction, 0});
  scenarios::SimulationSetup setup = setup_on(map, turn);
  setup.map = own;
  setup.entities.push_back(scenes::car_before(setup, turn, 60, 10));
  const Passage p = drive(std::move(setup), turn);
  CHECK_FALSE(p.passed);
  CHECK(p.stood);
}
