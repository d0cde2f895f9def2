// U-turn plates: with the left arrow, while people have green, while the approach has red, at any time.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/map_builder.h"
#include "maps/road_network/lane_builder.h"
#include "scenarios/simulation.h"
#include "vehicles/vehicle_table.h"

using namespace bitgoeul;
using maps::Row;
using maps::TurnWhen;
using sim::SignalState;

namespace {

// Two divided roads of three lanes per direction: U-turns out of pockets.
std::shared_ptr<maps::Map> arterials() {
  maps::RoadNetwork network;
  network.name = "arterials";
  for (const bool along_x : {true, false}) {
    maps::Street street;
    street.id = street.name = std::string(1, along_x ? 'x' : 'y');
    street.road_class = maps::RoadClass::kSecondary;
    street.lanes_forward = street.lanes_backward = 3;
    street.divided = true;
    for (const double at : {-400.0, 0.0, 400.0}) street.line.push_back(along_x ? sim::Vec2(at, 0) : sim::Vec2(0, at));
    network.streets.push_back(street);
  }
  sim::Issues issues;
  auto builder = maps::build_lanes(std::move(network), issues);
  REQUIRE(builder.has_value());
  auto map = maps::freeze(std::move(*builder), issues);
  REQUIRE(map.has_value());
  return std::make_shared<maps::Map>(**map);
}

Row u_turn_of(const maps::Map& map) {
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    if (map.lanes[lane].turn == maps::Turn::kUTurn && map.lanes[lane].signal_group != sim::kNone) return lane;
  return sim::kNone;
}

Row beside(const maps::Map& map, Row u_turn, maps::Turn turn) {
  const auto road_before = [&](Row lane) { return map.lanes[map.predecessors(lane)[0]].road; };
  for (const Row lane : map.lanes_of_junction(map.lanes[u_turn].junction))
    if (map.lanes[lane].turn == turn && road_before(lane) == road_before(u_turn)) return lane;
  return sim::kNone;
}

struct Turned {
  bool passed = false;
  double time_s = 0;
  SignalState light = SignalState::kOff;  // of the group of the plate, when the front was over the line
  std::int64_t red_lights = 0, collisions = 0;
};

Turned drive(std::shared_ptr<const maps::Map> map, Row turn, Row group, double time_of_day_s) {
  scenarios::SimulationSetup setup;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.map = map;
  setup.time_of_day_s = time_of_day_s;
  const Row before = map->predecessors(turn)[0];
  scenarios::EntitySetup entity;
  entity.name = "car";
  entity.role = sim::Role::kTraffic;
  entity.type = *vehicles::find_type(setup.catalogue, "sedan");
  entity.lane = before;
  entity.s = map->lanes[before].stop_s - 25;
  entity.speed_mps = 5;
  entity.route = {before, turn, map->successors(turn)[0]};
  entity.route_end_s = map->lanes[entity.route.back()].length;
  setup.entities.push_back(entity);
  const auto line = maps::lane_pose(*map, before, map->lanes[before].stop_s);
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  scenarios::Simulation& s = **made;
  Turned out;
  while (s.time_s() < 300 && !out.passed) {
    s.step();
    for (const sim::Event& event : s.events()) out.red_lights += event.kind == sim::EventKind::kRedLight;
    const auto now = s.snapshot();
    const sim::Entities& e = now->entities;
    if (!e.alive[0]) break;
    const double front = e.center_x_m[0] + 0.5 * e.length_m[0];
    const double past = front + (e.x[0] - line.x) * sim::cos(line.heading) + (e.y[0] - line.y) * sim::sin(line.heading);
    out.passed = past > 0;
    out.time_s = s.time_s();
    if (group != sim::kNone) out.light = now->signals.state[static_cast<std::size_t>(group)];
  }
  out.collisions = s.totals().collisions;
  return out;
}

}  // namespace

TEST_CASE("U-turns: the lane builder lets them turn with the left arrow of their approach") {
  const auto map = arterials();
  const Row turn = u_turn_of(*map);
  REQUIRE(turn != sim::kNone);
  CHECK(map->lanes[turn].turn_when == TurnWhen::kLeftArrow);
  const Row left = beside(*map, turn, maps::Turn::kLeft);
  REQUIRE(left != sim::kNone);
  CHECK(map->lanes[turn].signal_group == map->lanes[left].signal_group);
  for (int i = 0; i < 6; ++i) {
    const Turned t = drive(map, turn, map->lanes[turn].signal_group, 8 * 3600 + 23 * i);
    CHECK(t.passed);
    CHECK((t.light == SignalState::kGreen || t.light == SignalState::kYellow));
    CHECK(t.red_lights == 0);
  }
}

TEST_CASE("U-turns: a plate for red turns while the approach is held, and only then") {
  const auto map = arterials();
  const Row turn = u_turn_of(*map), ahead = beside(*map, turn, maps::Turn::kStraight);
  map->lanes[turn].turn_when = TurnWhen::kRed;
  map->lanes[turn].signal_group = map->lanes[ahead].signal_group;
  for (int i = 0; i < 6; ++i) {
    const Turned t = drive(map, turn, map->lanes[ahead].signal_group, 8 * 3600 + 23 * i);
    CHECK(t.passed);
    CHECK(t.light == SignalState::kRed);
    CHECK(t.red_lights == 0);
  }
}

TEST_CASE("U-turns: a plate for people's green turns with that light alone") {
  const auto map = arterials();
  const Row turn = u_turn_of(*map), junction = map->lanes[turn].junction;
  // A light for people in the last phase.
  const Row walk = static_cast<Row>(map->signal_groups.size());
  map->signal_groups.push_back({junction, 1});
  const maps::SignalProgram program = map->programs[map->junctions[junction].program];
  const Row last = program.phases.end - 1;
  const maps::Range groups = map->signal_phases[last].groups;
  const Row begin = static_cast<Row>(map->phase_groups.size());
  for (Row g = groups.begin; g < groups.end; ++g) map->phase_groups.push_back(Row(map->phase_groups[g]));
  map->phase_groups.push_back(walk);
  map->signal_phases[last].groups = {begin, static_cast<Row>(map->phase_groups.size())};
  map->lanes[turn].turn_when = TurnWhen::kPedestrianGreen;
  map->lanes[turn].signal_group = walk;
  for (int i = 0; i < 6; ++i) {
    const Turned t = drive(map, turn, walk, 8 * 3600 + 23 * i);
    CHECK(t.passed);
    CHECK((t.light == SignalState::kGreen || t.light == SignalState::kYellow));
  }
}

TEST_CASE("U-turns: without a plate they turn as soon as the way is clear, whatever the lights show") {
  const auto map = arterials();
  const Row turn = u_turn_of(*map);
  map->lanes[turn].turn_when = TurnWhen::kAnyTime;
  map->lanes[turn].signal_group = sim::kNone;
  for (int i = 0; i < 6; ++i) {
    const Turned t = drive(map, turn, sim::kNone, 8 * 3600 + 23 * i);
    CHECK(t.passed);
    CHECK(t.time_s < 15);
    CHECK(t.red_lights == 0);
    CHECK(t.collisions == 0);
  }
}

TEST_CASE("U-turns: what a light means to each plate") {
  using maps::light_for;
  for (const SignalState now : {SignalState::kOff, SignalState::kRed, SignalState::kYellow, SignalState::kGreen,
                                SignalState::kFlashingRed, SignalState::kFlashingYellow}) {
    for (const TurnWhen when : {TurnWhen::kLight, TurnWhen::kLeftArrow, TurnWhen::kPedestrianGreen})
      CHECK(light_for(when, now) == now);
    CHECK(light_for(TurnWhen::kAnyTime, now) == SignalState::kOff);
  }
  CHECK(light_for(TurnWhen::kRed, SignalState::kRed) == SignalState::kGreen);
  CHECK(light_for(TurnWhen::kRed, SignalState::kYellow) == SignalState::kRed);
  CHECK(light_for(TurnWhen::kRed, SignalState::kGreen) == SignalState::kRed);
  CHECK(light_for(TurnWhen::kRed, SignalState::kFlashingYellow) == SignalState::kFlashingYellow);
}
