// Flashing at night: the clock of it, a full stop before flashing red, the larger street first, and a city that neither
// crashes nor locks up.
#include <doctest/doctest.h>

#include <algorithm>

#include "maps/lane_geometry.h"
#include "scenarios/simulation.h"
#include "tests/scenes/scenes.h"
#include "vehicles/signal_programs.h"
#include "vehicles/vehicle_table.h"

using namespace bitgoeul;
using maps::Row;
using sim::SignalState;

namespace {

// Every program flashes from 23:00 to 05:00: yellow to the streets along x.
void flash(maps::MapBuilder& builder) {
  for (maps::ProgramDraft& program : builder.programs) {
    program.flash_from_minute = 23 * 60;
    program.flash_to_minute = 5 * 60;
    program.flash_yellow = program.phases[0].signals;
  }
}

scenes::Network crossing_of() {
  scenes::Network n;
  n.name = "night";
  n.nodes = {{0, 0, 16, true}, {500, 0}, {0, 500}, {-500, 0}, {0, -500}};
  n.blocks = {{1, 0, 1}, {2, 0, 1}, {3, 0, 1}, {4, 0, 1}};
  return n;
}

std::shared_ptr<const maps::Map> crossing() {
  maps::MapBuilder builder = scenes::build(crossing_of());
  flash(builder);
  return scenes::freeze_or_die(std::move(builder));
}

Row straight_from(const maps::Map& map, const char* road) {
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    if (map.lanes[lane].turn == maps::Turn::kStraight && map.lanes[lane].signal_group != sim::kNone &&
        map.text_of(map.roads[map.lanes[map.predecessors(lane)[0]].road].id) == road)
      return lane;
  return sim::kNone;
}

struct Passage {
  bool passed = false, stood = false;
  double time_s = 0, slowest_mps = 1e9;  // of car 0, until its front is over its line
  double slowest_other_mps = 1e9;        // of all others, until then
  std::int64_t red_lights = 0, collisions = 0;
};

Passage drive(scenarios::SimulationSetup setup, Row through) {
  const auto map = setup.map;
  const Row before = map->predecessors(through)[0];
  const auto line = maps::lane_pose(*map, before, map->lanes[before].stop_s);
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  scenarios::Simulation& s = **made;
  Passage out;
  for (double after_s = 0; s.time_s() < 180 && after_s < 8; after_s += out.passed ? 0.01 : 0) {
    s.step();
    for (const sim::Event& event : s.events()) out.red_lights += event.kind == sim::EventKind::kRedLight;
    const auto now = s.snapshot();
    const sim::Entities& e = now->entities;
    if (out.passed) continue;
    const double front = e.center_x_m[0] + 0.5 * e.length_m[0];
    const double past = front + (e.x[0] - line.x) * sim::cos(line.heading) + (e.y[0] - line.y) * sim::sin(line.heading);
    out.stood = out.stood || (past > -2.5 && e.speed_mps[0] <= 0.1);
    out.slowest_mps = std::min(out.slowest_mps, e.speed_mps[0]);
    for (std::size_t row = 1; row < e.alive.size(); ++row)
      if (e.alive[row]) out.slowest_other_mps = std::min(out.slowest_other_mps, e.speed_mps[row]);
    out.passed = past > 0;
    out.time_s = s.time_s();
  }
  out.collisions = s.totals().collisions;
  return out;
}

scenarios::SimulationSetup at_night(std::shared_ptr<const maps::Map> map) {
  scenarios::SimulationSetup setup;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.map = std::move(map);
  setup.time_of_day_s = 0.5 * 3600;
  return setup;
}

}  // namespace

TEST_CASE("night: the hours of flashing by the clock, over midnight; then yellow for 3 s and red for 2 s") {
  const auto map = crossing();
  const Row program = map->junctions[map->lanes[straight_from(*map, "0")].junction].program;
  const Row main = map->lanes[straight_from(*map, "0")].signal_group,
            side = map->lanes[straight_from(*map, "1")].signal_group;
  const auto at = [&](Row group, double hours, double seconds = 0) {
    return vehicles::group_at(*map, program, group, std::llround((hours * 3600 + seconds) * 1000));
  };
  for (const double hours : {23.0, 23.5, 0.0, 2.0, 4.99, 23.0 + 24, 2.0 - 24}) {
    CHECK(at(main, hours).state == SignalState::kFlashingYellow);
    CHECK(at(side, hours).state == SignalState::kFlashingRed);
    CHECK(vehicles::ms_to_flash(map->programs[program], std::llround(hours * 3600'000)) == 0);
  }
  CHECK(at(main, 23).remaining_ms == 6 * 3600'000);
  CHECK(at(side, 2).remaining_ms == 3 * 3600'000);
  CHECK(at(main, 5).state == SignalState::kYellow);
  CHECK(at(main, 5).remaining_ms == 3000);
  CHECK(at(main, 5, 3).state == SignalState::kRed);
  CHECK(at(side, 5).state == SignalState::kRed);
  CHECK(at(side, 5).remaining_ms >= 5000);
  // By day the cycle, but no farther than to 23:00.
  for (const double hours : {5.1, 12.0, 22.9}) {
    CHECK(static_cast<int>(at(main, hours).state) <= static_cast<int>(SignalState::kGreen));
    CHECK(at(main, hours).remaining_ms <= 60'000);
  }
  for (double seconds = 0.5; seconds < 60; ++seconds) {
    CHECK(at(main, 23, -seconds).remaining_ms <= std::llround(seconds * 1000));
    CHECK(at(main, 5, 5 + seconds).state != SignalState::kFlashingYellow);
  }
}

TEST_CASE("night: flashing yellow is driven through, flashing red is stopped for") {
  const auto map = crossing();
  for (const bool main : {true, false}) {
    const Row through = straight_from(*map, main ? "0" : "1");
    scenarios::SimulationSetup setup = at_night(map);
    setup.entities.push_back(scenes::car_before(setup, through, 120, 11));
    const Passage p = drive(std::move(setup), through);
    CHECK(p.passed);
    CHECK(p.stood != main);
    if (main) CHECK(p.slowest_mps > 8);
    CHECK(p.red_lights == 0);
  }
}

TEST_CASE("night: who has flashing red waits for the stream with flashing yellow, which does not brake") {
  const auto map = crossing();
  const Row through = straight_from(*map, "1"), main = straight_from(*map, "0");
  scenarios::SimulationSetup setup = at_night(map);
  setup.entities.push_back(scenes::car_before(setup, through, 30, 8));
  for (int i = 0; i < 5; ++i) setup.entities.push_back(scenes::car_before(setup, main, 60 + 30 * i, 11));
  const Passage p = drive(std::move(setup), through);
  CHECK(p.passed);
  CHECK(p.stood);
  CHECK(p.time_s > 15);  // the last one's front is 180 m before its line
  CHECK(p.slowest_other_mps > 8);
  CHECK(p.collisions == 0);
}

TEST_CASE("night: a full city of flashing lights neither crashes nor locks up, also when they begin and end") {
  scenes::Network n;
  for (const double hour : {2.0, 22.99, 4.99}) {
    auto setup = scenes::small_city(4, 200, 20, 60);
    auto map = std::make_shared<maps::Map>(*setup.map);
    for (maps::SignalProgram& program : map->programs) {
      program.flash_from_minute = 23 * 60, program.flash_to_minute = 5 * 60;
      const auto phases = maps::Map::rows(map->signal_phases, program.phases);
      for (const maps::SignalPhase& phase : phases)
        for (const Row group : maps::Map::rows(map->phase_groups, phase.groups))
          map->signal_groups[group].flash =
              &phase == phases.data() ? SignalState::kFlashingYellow : SignalState::kFlashingRed;
    }
    setup.map = map;
    setup.time_of_day_s = hour * 3600;
    auto made = scenarios::Simulation::make(std::move(setup));
    REQUIRE(made.has_value());
    scenarios::Simulation& s = **made;
    std::int64_t red_lights = 0;
    for (int step = 0; step < 60000; ++step) {
      s.step();
      for (const sim::Event& event : s.events()) red_lights += event.kind == sim::EventKind::kRedLight;
    }
    CHECK(s.totals().collisions == 0);
    CHECK(s.totals().longest_standstill_s < 240);
    CHECK(red_lights == 0);
  }
}
