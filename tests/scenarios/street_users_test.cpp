// Who else is on a street: people who cross beside crosswalks, cyclists, buses at their stops, and who is struck.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "scenarios/simulation.h"
#include "sim/math.h"
#include "tests/scenarios/run_of.h"
#include "tests/scenes/scenes.h"
#include "vehicles/crossings.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/riders.h"

using namespace bitgoeul;
using maps::Row;
using tests::run_of;
using tests::walks;

namespace {

scenarios::SimulationSetup city(double jaywalking, double cyclists, double buses, int threads = 1) {
  auto setup = scenes::small_city(3, 100, 8, 60);
  setup.traffic.jaywalking = jaywalking, setup.traffic.cyclists = cyclists, setup.traffic.buses = buses;
  setup.threads = threads;
  return setup;
}

// What is in the world by kind, added up over the ticks.
struct Seen {
  std::set<std::size_t> cyclists, buses;
  std::int64_t beside = 0;  // people who walk on a road away from crosswalks
};

void look(const scenarios::Simulation& s, const sim::Entities& e, const vehicles::Crossings& crossings, Seen& seen) {
  for (std::size_t row = 0; row < e.alive.size(); ++row) {
    if (!e.alive[row]) continue;
    const std::string_view kind = s.kind_of(static_cast<Row>(row));
    if (kind == "cyclist") seen.cyclists.insert(row);
    if (s.setup().catalogue[e.type[row]].name == vehicles::kVillageBus) seen.buses.insert(row);
    if (kind != "pedestrian" || e.speed_mps[row] == 0) continue;
    const auto on = [&](const vehicles::Crossing& c) {
      const double x = 0.5 * (c.from[0] + c.to[0]), y = 0.5 * (c.from[1] + c.to[1]);
      return sim::hypot(e.x[row] - x, e.y[row] - y) < 0.5 * c.length_m + 3.0;
    };
    seen.beside += std::none_of(crossings.all.begin(), crossings.all.end(), on);
  }
}

}  // namespace

TEST_CASE("crossings beside crosswalks: on quiet streets only, away from junctions and crosswalks") {
  const auto map = scenes::street();
  const vehicles::Crossings crossings(*map, true);
  CHECK(crossings.crosswalks == 12);
  REQUIRE(crossings.all.size() == 12 + 4 * 6);  // 30, 90 ... 330 m along each of four streets
  for (std::size_t i = crossings.crosswalks; i < crossings.all.size(); ++i) {
    const vehicles::Crossing& c = crossings.all[i];
    CHECK(c.length_m == doctest::Approx(2 * scenes::kLaneWidthM).epsilon(1e-6));
    CHECK(c.groups.empty());
    REQUIRE(c.crossed.size() == 2);
    for (Row j = c.crossed.begin; j < c.crossed.end; ++j) {
      const auto& lane =
          crossings.crossed[static_cast<std::size_t>(crossings.by_crossing[static_cast<std::size_t>(j)])];
      CHECK(lane.s_begin > 28);
      CHECK(lane.s_end < scenes::kStreetM - 28);
      CHECK(std::fabs(0.5 * (lane.s_begin + lane.s_end) - 0.5 * scenes::kStreetM) > 15);
    }
  }
  // Six lanes are too many, and 60 km/h too fast.
  CHECK(vehicles::Crossings(*scenes::street(3), true).all.size() == 12);
  CHECK(vehicles::Crossings(*scenes::street(1, 60 / 3.6), true).all.size() == 12);
  CHECK(vehicles::Crossings(*scenes::street(2), true).all.size() == 12 + 4 * 6);
}

// Highway Capacity Manual 2010, chapter 19: critical headway = length over walking speed + 3 s. Drivers who come drive
// no faster than 50 km/h here, and whoever comes sooner than that is waited for.
TEST_CASE("who crosses beside a crosswalk waits for a gap in which nobody has to brake") {
  scenarios::SimulationSetup setup;
  setup.map = scenes::street();
  setup.traffic.count = 40;
  setup.traffic.pedestrians = 40;
  setup.traffic.jaywalking = 1;
  const auto map = setup.map;
  const auto s = run_of(std::move(setup));
  std::map<std::size_t, double> before;
  int started = 0;
  for (int tick = 0; tick < 3000; ++tick) {
    for (int i = 0; i < 10; ++i) s->step();
    const auto now = s->snapshot();
    const sim::Entities& e = now->entities;
    std::map<std::size_t, double> speed;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (!walks(e, row)) continue;
      speed[row] = e.speed_mps[row];
      const auto was = before.find(row);
      if (was == before.end() || was->second > 0 || e.speed_mps[row] == 0) continue;
      // The kerb it comes from is the edge of the lane that it crosses first.
      const auto nearest = maps::nearest_lane(*map, e.x[row], e.y[row]);
      REQUIRE(nearest.has_value());
      ++started;
      const double needed_s = scenes::kLaneWidthM / e.speed_mps[row] + 3.0;
      for (std::size_t other = 0; other < e.alive.size(); ++other) {
        if (!e.alive[other] || walks(e, other) || e.speed_mps[other] < 3) continue;
        const auto at = maps::nearest_lane(*map, e.x[other], e.y[other]);
        if (!at || at->lane != nearest->lane || at->s > nearest->s) continue;
        CHECK((nearest->s - at->s) / e.speed_mps[other] > needed_s - 0.5);  // half a second since it looked
      }
    }
    before = speed;
  }
  CHECK(started > 20);
  CHECK(s->totals().collisions == 0);
}

TEST_CASE("street users: nobody is touched, same bits for any threads and from a saved step") {
  const auto one = run_of(city(0.5, 0.15, 0.1)), two = run_of(city(0.5, 0.15, 0.1, 3));
  const vehicles::Crossings crossings(*one->setup().map);
  Seen seen;
  for (int step = 0; step < 12005; ++step) {
    one->step(), two->step();
    if (step % 500 != 0) continue;
    REQUIRE(one->state_hash() == two->state_hash());
    look(*one, one->snapshot()->entities, crossings, seen);
  }
  REQUIRE(one->state_hash() == two->state_hash());
  CHECK(one->state_hash() == one->state_hash_in_full());
  CHECK(one->totals().collisions == 0);
  CHECK(one->totals().longest_standstill_s < 200);
  CHECK(seen.beside > 0);
  CHECK(seen.cyclists.size() > 5);
  CHECK(seen.buses.size() > 3);
  const auto again = run_of(city(0.5, 0.15, 0.1));
  REQUIRE(again->restore(one->save()).has_value());
  CHECK(again->state_hash() == one->state_hash());
  for (int step = 0; step < 500; ++step) one->step(), again->step();
  CHECK(again->state_hash() == one->state_hash());
}

TEST_CASE("cyclists: at the edge of the lane at the kerb, at a cyclist's speed; fast roads have none") {
  for (const double limit : {50 / 3.6, 80 / 3.6}) {
    scenarios::SimulationSetup setup;
    setup.map = scenes::street(2, limit);
    setup.traffic.count = 60;
    setup.traffic.cyclists = 0.3;
    const auto map = setup.map;
    const auto s = run_of(std::move(setup));
    int there = 0, at_edge = 0;
    for (int tick = 0; tick < 600; ++tick) {
      for (int i = 0; i < 10; ++i) s->step();
      const auto now = s->snapshot();
      const sim::Entities& e = now->entities;
      for (std::size_t row = 0; row < e.alive.size(); ++row) {
        if (!e.alive[row] || s->kind_of(static_cast<Row>(row)) != "cyclist") continue;
        CHECK(e.speed_mps[row] <= 18 / 3.6 + 1e-6);
        const auto at = maps::nearest_lane(*map, e.x[row], e.y[row]);
        REQUIRE(at.has_value());
        // In the middle of a street; its own outer side is 0.3 m from the edge.
        if (map->lanes[at->lane].junction != sim::kNone || at->s < 50 || at->s > scenes::kStreetM - 50) continue;
        ++there;
        at_edge += std::fabs(at->t + 0.5 * scenes::kLaneWidthM - 0.5 * e.width_m[row] - 0.3) < 0.02 &&
                   map->lanes[at->lane].right == sim::kNone;
      }
    }
    if (limit > 60 / 3.6) CHECK(there == 0);
    if (limit < 60 / 3.6) CHECK(there > 100);
    CHECK(at_edge >= 0.9 * there);
    CHECK(s->totals().collisions == 0);
  }
}

namespace {

// Mean speed of the cars of a street with and without cyclists among them, m/s, over the last three of five minutes.
double mean_car_mps(int lanes, double cyclists) {
  scenarios::SimulationSetup setup;
  setup.map = scenes::street(lanes);
  setup.traffic.count = 40 * lanes;
  setup.traffic.cyclists = cyclists;
  const auto s = run_of(std::move(setup));
  double sum = 0;
  int n = 0;
  for (int tick = 0; tick < 3000; ++tick) {
    for (int i = 0; i < 10; ++i) s->step();
    if (tick < 1200 || tick % 10 != 0) continue;
    const auto now = s->snapshot();
    const sim::Entities& e = now->entities;
    for (std::size_t row = 0; row < e.alive.size(); ++row)
      if (e.alive[row] && s->kind_of(static_cast<Row>(row)) == "traffic") sum += e.speed_mps[row], ++n;
  }
  CHECK(s->totals().collisions == 0);
  return sum / n;
}

}  // namespace

TEST_CASE("cyclists make no jam: where there are two lanes, cars pass them") {
  const double free_mps = mean_car_mps(2, 0), mps = mean_car_mps(2, 0.05);
  CHECK(mps > 0.8 * free_mps);
}

// On a ring of one lane nobody passes: in the steady state all drive as fast as the cyclist, who has nobody before him
// (0.88 to 1 of 5 m/s), and the flow is density times that.
TEST_CASE("cyclists make no jam: where there is one lane, cars follow them at their speed") {
  auto setup = scenes::ring_road(100.0, 20);
  setup.entities[0].type = vehicles::add_cyclist_type(setup.catalogue);
  const auto s = run_of(std::move(setup));
  for (int step = 0; step < 30000; ++step) s->step();
  const auto now = s->snapshot();
  const sim::Entities& e = now->entities;
  CHECK(e.speed_mps[0] > 0.88 * 5.0 - 0.05);
  CHECK(e.speed_mps[0] < 5.0 + 0.01);
  for (std::size_t row = 1; row < 20; ++row) CHECK(e.speed_mps[row] == doctest::Approx(e.speed_mps[0]).epsilon(0.02));
  CHECK(s->totals().collisions == 0);
}

TEST_CASE("buses stand at their stops for 10 to 30 s, at the kerb") {
  scenarios::SimulationSetup setup;
  setup.map = scenes::street(2);
  setup.traffic.count = 12;
  setup.traffic.buses = 0.7;
  const auto map = setup.map;
  const auto s = run_of(std::move(setup));
  std::map<std::size_t, int> standing;  // ticks at a stop so far
  std::vector<double> stood_s;
  for (int tick = 0; tick < 6000; ++tick) {
    for (int i = 0; i < 10; ++i) s->step();
    const auto now = s->snapshot();
    const sim::Entities& e = now->entities;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      const bool waits = e.alive[row] && e.speed_mps[row] < 0.3 &&
                         s->describe(static_cast<Row>(row)).find("wait: bus stop") != std::string::npos;
      if (waits) {
        CHECK(s->setup().catalogue[e.type[row]].name == vehicles::kVillageBus);
        if (++standing[row] == 1) {
          const double c = sim::cos(e.yaw_rad[row]), n = sim::sin(e.yaw_rad[row]);
          const auto at = maps::nearest_lane(*map, e.x[row] + e.center_x_m[row] * c, e.y[row] + e.center_x_m[row] * n);
          REQUIRE(at.has_value());
          CHECK(map->lanes[at->lane].right == sim::kNone);
          CHECK(std::fabs(at->s + 0.5 * e.length_m[row] - 35.0) < 2.5);  // by rule 35 m behind the junction
        }
      } else if (standing.contains(row)) {
        stood_s.push_back(0.1 * standing[row]);
        standing.erase(row);
      }
    }
  }
  REQUIRE(stood_s.size() > 10);
  CHECK(*std::min_element(stood_s.begin(), stood_s.end()) > 9.5);
  CHECK(*std::max_element(stood_s.begin(), stood_s.end()) < 33);
  CHECK(s->totals().collisions == 0);
}

// Searle (SAE 831622, 930659): who is hit at v slides from v^2 / (2 mu g) to (1 + mu^2) times that; what is hit and
// what hits it go on together.
TEST_CASE("who is struck is thrown by the speed of the vehicle, which loses the momentum") {
  struct Held : sim::Stack {
    bool go = false;
    bool start(const sim::StackInit&) override { return true; }
    bool ask(std::span<const sim::Observation>) override { return true; }
    bool answer(std::span<sim::Act> acts) override {
      for (sim::Act& act : acts) act.kind = sim::ActKind::kControl, act.acceleration_mps2 = go ? 3.0 : -3.0;
      return true;
    }
  } held;
  scenarios::SimulationSetup setup;
  setup.map = scenes::street();
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.pedestrians = 60;
  scenarios::EntitySetup car;
  car.name = "car", car.type = *vehicles::find_type(setup.catalogue, "sedan"), car.stack = 0;
  for (Row lane = 0; lane < static_cast<Row>(setup.map->lanes.size()); ++lane)
    if (setup.map->lanes[lane].length > scenes::kStreetM - 1 && setup.map->lanes[lane].odr_id == -1 &&
        setup.map->text_of(setup.map->roads[setup.map->lanes[lane].road].id) == "0")
      car.lane = lane;
  REQUIRE(car.lane != sim::kNone);
  car.s = 175.7;  // its front 3 m before the crosswalk in the middle
  setup.entities.push_back(car);
  setup.stacks.push_back({"held", &held, 1, 0, 0, 100.0});
  const double mass_kg = vehicles::dynamics_of(setup.catalogue[car.type]).mass_kg;
  const auto s = run_of(std::move(setup));
  double hit_mps = 0, before_mps = 0, x0 = 0, y0 = 0;
  std::size_t who = 0;
  for (int step = 0; step < 30000 && who == 0; ++step) {
    {
      const auto now = s->snapshot();
      const sim::Entities& e = now->entities;
      before_mps = e.speed_mps[0];
      for (std::size_t row = 1; row < e.alive.size(); ++row)  // somebody steps before the car
        held.go |= walks(e, row) && e.speed_mps[row] > 0 && std::fabs(e.x[row] - 199) < 0.6 && e.y[row] < -3.2 &&
                   e.y[row] > -3.75 && std::fabs(e.yaw_rad[row] - 0.5 * sim::kPi) < 0.1;
    }
    s->step();
    for (const sim::Event& event : s->events())
      if (event.kind == sim::EventKind::kCollisionBegin) {
        who = event.entity.index == 0 ? event.other.index : event.entity.index;
        hit_mps = event.value;
      }
  }
  REQUIRE(who > 0);
  CHECK(hit_mps > 3.5);
  const auto hit = s->snapshot();
  const double thrown = hit->entities.speed_mps[who];
  x0 = hit->entities.x[who], y0 = hit->entities.y[who];
  CHECK(s->kind_of(static_cast<Row>(who)) == "pedestrian");
  const double walker_kg =
      std::map<std::string, double>{{"walker_adult", 75},
                                    {"walker_elderly", 65},
                                    {"walker_child", 27}}[s->setup().catalogue[hit->entities.type[who]].name];
  CHECK(thrown == doctest::Approx(before_mps * mass_kg / (mass_kg + walker_kg)).epsilon(0.02));
  CHECK(hit->entities.speed_mps[0] == doctest::Approx(thrown).epsilon(0.02));
  held.go = false;
  for (int i = 0; i < 1000; ++i) s->step();
  const auto lies = s->snapshot();
  CHECK(lies->entities.speed_mps[who] == 0);
  const double slid = sim::hypot(lies->entities.x[who] - x0, lies->entities.y[who] - y0),
               least = thrown * thrown / (2 * 0.66 * 9.81);
  CHECK(slid == doctest::Approx(least).epsilon(0.01));
  CHECK(slid <= least * (1 + 0.66 * 0.66));
}
