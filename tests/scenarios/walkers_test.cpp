// People at crosswalks: they wait for their light or for a gap, drivers stop for them (Road Traffic Act of Korea,
// article 27: for who crosses, or is about to), nobody is touched, and all of it is state.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "maps/lane_geometry.h"
#include "scenarios/simulation.h"
#include "sim/math.h"
#include "tests/scenarios/run_of.h"
#include "tests/scenes/scenes.h"
#include "vehicles/crossings.h"
#include "vehicles/vehicle_type.h"

using namespace bitgoeul;
using maps::Row;
using tests::run_of;
using tests::walks;

TEST_CASE("crossings: from kerb to kerb, square to the lanes, with the lanes under them") {
  const auto map = scenes::street();
  const vehicles::Crossings crossings(*map);
  REQUIRE(crossings.all.size() == 12);
  for (const vehicles::Crossing& c : crossings.all) {
    CHECK(c.length_m == doctest::Approx(2 * scenes::kLaneWidthM).epsilon(1e-6));
    CHECK(c.half_width_m == doctest::Approx(1.5).epsilon(1e-6));
    REQUIRE(c.crossed.size() == 2);
    for (Row i = c.crossed.begin; i < c.crossed.end; ++i) {
      const vehicles::Crossed& lane =
          crossings.crossed[static_cast<std::size_t>(crossings.by_crossing[static_cast<std::size_t>(i)])];
      CHECK(lane.s_end - lane.s_begin == doctest::Approx(3.0).epsilon(0.2));
      CHECK(lane.far_m - lane.near_m == doctest::Approx(scenes::kLaneWidthM).epsilon(0.01));
    }
  }
  // No lights: nothing rules them. With lights: those at the junction are ruled, those amid a street are not.
  CHECK(std::all_of(crossings.all.begin(), crossings.all.end(), [](const auto& c) { return c.groups.empty(); }));
  const auto lit = scenes::street(1, 50 / 3.6, true);
  const vehicles::Crossings with(*lit);
  CHECK(std::count_if(with.all.begin(), with.all.end(), [](const auto& c) { return !c.groups.empty(); }) == 4);
}

TEST_CASE("walkers: on a street without traffic they cross at their own speed and others come") {
  scenarios::SimulationSetup setup;
  setup.map = scenes::street();
  setup.traffic.pedestrians = 10;
  const auto s = run_of(std::move(setup));
  std::size_t most = 0;
  std::map<std::pair<Row, std::uint32_t>, std::array<double, 2>> first;  // per person: time, y of the first step
  int crossed = 0;
  for (int tick = 0; tick < 900; ++tick) {
    for (int i = 0; i < 10; ++i) s->step();
    const auto now = s->snapshot();
    const sim::Entities& e = now->entities;
    std::size_t there = 0;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (!walks(e, row)) continue;
      ++there;
      CHECK(e.speed_mps[row] >= 0);
      CHECK(e.speed_mps[row] <= 1.55 + 1e-6);
    }
    most = std::max(most, there);
    for (const sim::Event& event : now->events) crossed += event.kind == sim::EventKind::kRemove;
  }
  CHECK(most == 10);
  // 6.5 m and the kerbs at 0.8 to 1.55 m/s, 1.6 to 2.1 s at the kerb and 1 s between two: 7 to 14 s each.
  CHECK(crossed >= 90 * 10 / 14 - 10);
  CHECK(crossed <= 90 * 10 / 7);
}

TEST_CASE("walkers: a car stops before the crosswalk for who is about to cross, and goes on when its lane is free") {
  // As many as to have somebody at each crosswalk nearly always.
  scenarios::SimulationSetup setup;
  setup.map = scenes::street();
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.pedestrians = 60;
  const vehicles::Crossings crossings(*setup.map);
  scenarios::EntitySetup car;
  car.name = "car";
  car.type = *vehicles::find_type(setup.catalogue, "sedan");
  for (Row lane = 0; lane < static_cast<Row>(setup.map->lanes.size()); ++lane)
    if (setup.map->lanes[lane].length > scenes::kStreetM - 1 && setup.map->lanes[lane].odr_id == -1 &&
        setup.map->text_of(setup.map->roads[setup.map->lanes[lane].road].id) == "0")
      car.lane = lane;
  REQUIRE(car.lane != sim::kNone);
  car.s = 20;
  car.speed_mps = 12;
  setup.entities.push_back(car);
  const auto map = setup.map;
  const auto s = run_of(std::move(setup));
  bool stood = false;
  double x_of_stop = 0;
  for (int tick = 0; tick < 900; ++tick) {
    for (int i = 0; i < 10; ++i) s->step();
    const auto now = s->snapshot();
    const sim::Entities& e = now->entities;
    if (!e.alive[0]) break;
    // Lane -1 drives east: the crosswalk in the middle begins at x = 16 + 184 - 1.5.
    const double front = e.x[0] + e.center_x_m[0] + 0.5 * e.length_m[0];
    if (e.speed_mps[0] < 0.05 && front > 100 && front < 200) stood = true, x_of_stop = front;
    // Whoever is on the lane's half of the crosswalk has the car outside of it.
    for (std::size_t row = 1; row < e.alive.size(); ++row)
      if (walks(e, row) && e.speed_mps[row] > 0 && std::fabs(e.x[row] - 200) < 1.5 && e.y[row] < 0.3 &&
          e.y[row] > -scenes::kLaneWidthM)
        CHECK((front < 198.5 || e.x[0] + e.center_x_m[0] - 0.5 * e.length_m[0] > 201.5));
  }
  CHECK(stood);
  CHECK(x_of_stop < 198.5 - 0.5);
  CHECK(x_of_stop > 198.5 - 4);
  CHECK(s->totals().collisions == 0);
}

TEST_CASE("walkers: at lights they walk while everything that would drive over them is red") {
  scenarios::SimulationSetup setup;
  setup.map = scenes::street(1, 50 / 3.6, true);
  setup.traffic.pedestrians = 40;
  const auto map = setup.map;
  const vehicles::Crossings crossings(*map);
  const auto s = run_of(std::move(setup));
  int seen = 0;
  for (int tick = 0; tick < 1200; ++tick) {
    for (int i = 0; i < 10; ++i) s->step();
    const auto now = s->snapshot();
    const sim::Entities& e = now->entities;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (!walks(e, row) || e.speed_mps[row] == 0) continue;
      for (const vehicles::Crossing& c : crossings.all) {
        const double x = 0.5 * (c.from[0] + c.to[0]), y = 0.5 * (c.from[1] + c.to[1]);
        if (c.groups.empty() || sim::hypot(e.x[row] - x, e.y[row] - y) > 3.0) continue;  // on the road itself
        ++seen;
        for (Row i = c.groups.begin; i < c.groups.end; ++i)
          CHECK(now->signals.state[static_cast<std::size_t>(crossings.groups[static_cast<std::size_t>(i)])] ==
                sim::SignalState::kRed);
      }
    }
  }
  CHECK(seen > 200);
}

TEST_CASE("walkers: nobody is touched in a city on foot; same bits for any threads and from a saved step") {
  const auto one = run_of(scenes::small_city(3, 80, 8, 80));
  auto two_setup = scenes::small_city(3, 80, 8, 80);
  two_setup.threads = 3;
  const auto two = run_of(std::move(two_setup));
  std::int64_t walked = 0;
  for (int step = 0; step < 6005; ++step) {
    one->step(), two->step();
    if (step % 500 == 0) REQUIRE(one->state_hash() == two->state_hash());
  }
  REQUIRE(one->state_hash() == two->state_hash());
  CHECK(one->state_hash() == one->state_hash_in_full());
  CHECK(one->totals().collisions == 0);
  for (const sim::Event& event : one->snapshot()->events) walked += event.kind == sim::EventKind::kRemove;
  CHECK(walked > 100);
  // A fresh world that is given the saved step, between two ticks, goes on alike.
  const auto again = run_of(scenes::small_city(3, 80, 8, 80));
  REQUIRE(again->restore(one->save()).has_value());
  CHECK(again->state_hash() == one->state_hash());
  for (int step = 0; step < 500; ++step) one->step(), again->step();
  CHECK(again->state_hash() == one->state_hash());
}
