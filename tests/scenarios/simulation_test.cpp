// The whole step on the shared scenes: what must never happen, and what must not depend on threads, saving or luck.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "maps/map_builder.h"
#include "scenarios/simulation.h"
#include "sim/random.h"
#include "tests/scenes/make.h"
#include "tests/scenes/scenes.h"
#include "tests/support/allocation_guard.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/vehicle_table.h"

using namespace bitgoeul;
using scenarios::EntitySetup;
using scenarios::Simulation;
using scenarios::SimulationSetup;
using scenes::make;

namespace {

void run(Simulation& simulation, int steps) {
  for (int i = 0; i < steps; ++i) simulation.step();
}

std::string difference(const Simulation& a, const Simulation& b) {
  const auto d = sim::TableSet::first_difference(a.state(), b.state());
  return d ? d->table + "." + d->column + " row " + std::to_string(d->row) : "none";
}

}  // namespace

namespace {

template <class T>
const T* column(const Simulation& simulation, std::string_view table, std::string_view name) {
  for (const auto& [t, columns] : simulation.state().view())
    for (const sim::ColumnView& c : columns)
      if (t == table && c.name == name) {
        REQUIRE(c.value_size == sizeof(T));
        return reinterpret_cast<const T*>(c.data);
      }
  FAIL("no such column");
  return nullptr;
}

// Speed at which these drivers, different as they are, go around a ring: each keeps its own gap of the IDM's
// equilibrium (Treiber, Hennecke, Helbing 2000, eq. 4), and together with the bodies the gaps fill the ring. By
// bisection.
double equilibrium_speed(const Simulation& s, double ring_m, int n) {
  const auto *factor = column<float>(s, "vehicles", "speed_factor"),
             *headway = column<float>(s, "vehicles", "headway_s"), *gap = column<float>(s, "vehicles", "gap_m");
  const auto* length = column<double>(s, "entities", "length_m");
  const double limit = 50 / 3.6;
  double low = 0, high = limit;
  for (int i = 0; i < n; ++i) high = std::min(high, limit * factor[i]);
  for (int i = 0; i < 100; ++i) {
    const double v = 0.5 * (low + high);
    double filled = 0;
    for (int row = 0; row < n; ++row) {
      const double q = v / (limit * factor[row]);
      filled += length[row] + (gap[row] + v * headway[row]) / std::sqrt(1 - q * q * q * q);
    }
    (filled < ring_m ? low : high) = v;
  }
  return low;
}

}  // namespace

TEST_CASE("fundamental diagram: on a ring the flow at every density is that of the IDM's equilibrium") {
  double flows[5];
  int i = 0;
  for (const int n : {15, 25, 40, 60, 80}) {
    auto s = make(scenes::ring_road(100.0, n));
    run(*s, 60000);
    const double ring = s->setup().map->lanes[0].length + s->setup().map->lanes[1].length;
    double mean = 0;
    for (int k = 0; k < 100; ++k) {
      run(*s, 100);
      const auto snapshot = s->snapshot();
      for (int row = 0; row < n; ++row) mean += snapshot->entities.speed_mps[row] / n / 100;
    }
    const double theory = equilibrium_speed(*s, ring, n);
    CAPTURE(n);
    CHECK(mean == doctest::Approx(theory).epsilon(0.02));
    flows[i++] = 3600 * mean * n / ring;  // vehicles per hour
    CHECK(s->totals().collisions == 0);
  }
  CHECK(flows[0] < flows[1]);  // free: more vehicles, more flow
  CHECK(flows[3] > flows[4]);  // dense: more vehicles, less flow
}

namespace {

struct Body {
  maps::Row lane;
  double rear, front;
};

// Which vehicles stand in an area that another lane shares, on the lane that their centre is on.
int pairs_in_one_conflict(const Simulation& simulation) {
  const maps::Map& map = *simulation.setup().map;
  const auto* way = column<vehicles::Way>(simulation, "vehicles", "way");
  const auto* s = column<double>(simulation, "vehicles", "s");
  const auto* length = column<double>(simulation, "entities", "length_m");
  const auto* alive = column<std::uint8_t>(simulation, "entities", "alive");
  std::vector<std::vector<Body>> on(map.lanes.size());
  for (std::size_t row = 0; row < simulation.setup().entities.size() + simulation.setup().traffic.count; ++row)
    if (alive[row])
      on[way[row][vehicles::kBack]].push_back(
          {way[row][vehicles::kBack], s[row] - 0.5 * length[row], s[row] + 0.5 * length[row]});
  int pairs = 0;
  for (maps::Row lane = 0; lane < static_cast<maps::Row>(map.lanes.size()); ++lane)
    for (maps::Row c = map.lanes[lane].conflicts.begin; c < map.lanes[lane].conflicts.end; ++c) {
      const maps::Conflict& conflict = map.conflicts[c];
      if (conflict.kind == maps::ConflictKind::kDiverging || conflict.lane < lane) continue;
      for (const Body& a : on[lane])
        for (const Body& b : on[conflict.lane])
          pairs += a.front > conflict.s_begin && a.rear < conflict.s_end && b.front > conflict.other_begin &&
                   b.rear < conflict.other_end;
    }
  return pairs;
}

}  // namespace

TEST_CASE("crossings: two vehicles are never in one conflict area, with and without signals") {
  for (const bool signals : {true, false}) {
    auto s = make(scenes::crossing(signals, 70, 4));
    int worst = 0, used = 0;
    for (int i = 0; i < 30000; ++i) {
      s->step();
      if (i % 10 == 0) worst = std::max(worst, pairs_in_one_conflict(*s));
      if (i % 1000 == 0) {
        const auto* held = column<std::uint32_t>(*s, "vehicles", "held");
        for (int row = 0; row < 74; ++row) used += held[row] != 0;
      }
    }
    CHECK(worst == 0);
    CHECK(used > 50);  // somebody did cross
  }
}

TEST_CASE("rail: over the ends of lanes no distance is lost or won") {
  auto s = make(scenes::ring_road(60.0, 3));
  const double lap = s->setup().map->lanes[0].length + s->setup().map->lanes[1].length;
  const auto place = [&](int row) {
    const maps::Row lane = column<vehicles::Way>(*s, "vehicles", "way")[row][vehicles::kBack];
    return column<double>(*s, "vehicles", "s")[row] + (lane == 1 ? s->setup().map->lanes[0].length : 0.0);
  };
  const double start[] = {place(0), place(1), place(2)};
  run(*s, 20000);
  for (int row = 0; row < 3; ++row) {
    const double driven = column<double>(*s, "vehicles", "distance_m")[row];
    CHECK(driven > 2 * lap);
    CHECK(std::fabs(std::remainder(start[row] + driven - place(row), lap)) < 1e-6);
  }
}

TEST_CASE("a snapshot of any step shows where background vehicles are, also between their ticks") {
  auto s = make(scenes::small_city(2, 60, 6));
  run(*s, 500);
  auto before = s->snapshot();
  double worst = 0, driven = 0;
  int frozen = 0;
  for (int i = 0; i < 1500; ++i) {
    s->step();
    auto now = s->snapshot();
    for (std::size_t row = 6; row < now->entities.x.size(); ++row) {
      if (now->generation[row] != before->generation[row] || !now->entities.alive[row]) continue;
      const auto &a = before->entities, &b = now->entities;
      const double moved = std::hypot(b.x[row] - a.x[row], b.y[row] - a.y[row]);
      const double expected = 0.005 * (a.speed_mps[row] + b.speed_mps[row]);
      worst = std::max(worst, std::fabs(moved - expected));
      driven += moved;
      frozen += expected > 0.05 && moved == 0;
    }
    before = now;
  }
  CHECK(worst < 0.03);  // the pieces of a centre line meet within centimetres
  CHECK(frozen == 0);
  CHECK(driven > 1000);
}

TEST_CASE("scenes: no collision, no red light run over, nobody stands for five minutes") {
  for (const auto& name : scenes::names()) {
    CAPTURE(name);
    auto s = make(*scenes::by_name(name));
    int red = 0;
    for (int i = 0; i < 60000; ++i) {
      s->step();
      for (const auto& event : s->events()) red += event.kind == sim::EventKind::kRedLight;
    }
    CHECK(s->totals().collisions == 0);
    CHECK(red == 0);
    CHECK(s->totals().longest_standstill_s < 300);
    CHECK(s->totals().traffic_peak >= s->setup().traffic.count * 9 / 10);
  }
}

TEST_CASE("egos drive their routes: closed tours are completed and distance grows") {
  auto s = make(scenes::crossing(true, 20, 4));
  run(*s, 120000);
  CHECK(s->totals().routes_completed >= 4);
  CHECK(s->totals().ego_distance_m > 4 * 1200 * 3.0);  // 20 minutes at more than walking pace
}

TEST_CASE("the same bits for any number of threads, step by step") {
  auto one = make(scenes::small_city(2, 60, 6), 1);
  for (const int threads : {2, 3, 8}) {
    auto many = make(scenes::small_city(2, 60, 6), threads);
    auto again = make(scenes::small_city(2, 60, 6), 1);
    for (int i = 0; i < 1500; ++i) {
      many->step();
      again->step();
      if (i % 50 == 0)
        REQUIRE_MESSAGE(many->state_hash() == again->state_hash(), "step " << i << ": " << difference(*many, *again));
    }
  }
}

TEST_CASE("save and restore at any step with another number of threads continues with the same bits") {
  for (int round = 0; round < 6; ++round) {
    const auto at = 100 + sim::uniform_index(99, 1, round, sim::Stream::kTest, 3000);
    CAPTURE(at);
    auto a = make(scenes::small_city(2, 60, 8), 1);
    run(*a, static_cast<int>(at));
    const sim::Bytes saved = a->save();
    auto b = make(scenes::small_city(2, 60, 8), 1 + round % 4);
    run(*b, round * 37);
    REQUIRE(b->restore(saved).has_value());
    CHECK(a->state_hash() == b->state_hash());
    for (int i = 0; i < 800; ++i) {
      a->step();
      b->step();
      REQUIRE_MESSAGE(a->state_hash() == b->state_hash(), "after " << i << " steps: " << difference(*a, *b));
    }
  }
}

TEST_CASE("a step allocates nothing after warm-up") {
  auto s = make(scenes::small_city(2, 60, 6), 2);
  run(*s, 1500);
  s->state_hash();
  test::AllocationGuard guard;
  for (int i = 0; i < 500; ++i) {
    s->step();
    s->state_hash();
  }
  CHECK(guard.allocations() == 0);
}

TEST_CASE("an entity that has left an open road comes back under its name, in its own row, odometer running on") {
  maps::MapBuilder b;
  b.source = "open.xodr";
  maps::RoadDraft road;
  road.id = "1";
  road.length = 400;
  road.plan_view = {{0, 0, 0, 0, 400, {}, maps::GeometryKind::kLine, 0}};
  road.sections.resize(1);
  road.sections[0].lanes.resize(1);
  road.sections[0].lanes[0].id = -1;
  road.sections[0].lanes[0].type = maps::LaneType::kDriving;
  road.sections[0].lanes[0].widths = {{0, 3.5, 0, 0, 0}};
  b.roads = {road};
  sim::Issues issues;
  const auto map = maps::freeze(std::move(b), issues);
  REQUIRE(map.has_value());
  SimulationSetup setup;
  setup.map = *map;
  setup.catalogue = vehicles::builtin_catalogue();
  for (int i = 0; i < 3; ++i) {
    EntitySetup e;
    e.name = "car_" + std::to_string(i);
    e.lane = 0;
    e.s = 40.0 + 100.0 * i;
    e.speed_mps = 10;
    e.reenters = i != 1;
    setup.entities.push_back(e);
  }
  auto s = make(setup, 1), same = make(setup, 3);
  int left[3] = {}, entered[3] = {};
  for (int i = 0; i < 30000; ++i) {
    s->step();
    same->step();
    for (const sim::Event& event : s->events()) {
      if (event.kind == sim::EventKind::kRemove) ++left[event.entity.index];
      if (event.kind == sim::EventKind::kSpawn) ++entered[event.entity.index];
    }
    if (i == 20000) {  // a restored run goes on in the same way
      same = make(setup, 2);
      REQUIRE(same->restore(s->save()).has_value());
    }
  }
  CHECK(s->state_hash() == same->state_hash());
  CHECK(left[1] == 1);
  CHECK(entered[1] == 0);
  for (const int i : {0, 2}) {
    CHECK(left[i] > 2);
    CHECK(left[i] - entered[i] <= 1);
    CHECK(entered[i] - left[i] <= 0);
  }
  // Each passage is at most the road's length.
  CHECK(s->totals().ego_distance_m > 400.0 * (left[0] + left[2] - 4));
  CHECK(s->totals().ego_distance_m < 400.0 * (left[0] + left[1] + left[2] + 2));
}

TEST_CASE("a wrong setup is refused and names the entity") {
  const auto refused = [](auto&& spoil) {
    SimulationSetup setup = scenes::ring_road(50, 3);
    spoil(setup);
    auto made = Simulation::make(std::move(setup));
    return made ? std::string() : sim::to_string(made.error());
  };
  CHECK(refused([](SimulationSetup& s) { s.map = nullptr; }).find("no map") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.entities[1].lane = 77; }).find("car_1") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.entities[1].s = 1e9; }).find("car_1") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.entities[1].type = 999; }).find("car_1") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.entities[1].speed_mps = -1; }).find("car_1") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.entities[2] = s.entities[0]; }).find("inside") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.entities[2].route = {1, 1}; }).find("route") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.threads = 0; }).find("threads") != std::string::npos);
  CHECK(refused([](SimulationSetup& s) { s.traffic.count = -5; }).find("background") != std::string::npos);
}
