// Demand: where background vehicles drive and when, held at a number or by flows; and the YAML that says so.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "scenarios/traffic_demand.h"
#include "tests/scenes/make.h"
#include "tests/scenes/network.h"
#include "tests/scenes/scenes.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using vehicles::DemandPlan;
using vehicles::TripSums;

namespace {

int present(scenarios::Simulation& s) {
  const auto now = s.snapshot();
  int n = 0;
  for (std::size_t row = s.setup().entities.size(); row < now->entities.alive.size(); ++row)
    n += now->entities.alive[row];
  return n;
}

std::int64_t balance(const TripSums& t) { return t.underway + t.begun - t.arrived - t.strayed; }

// Two streets that cross and end at the edge of the map, four gates.
std::shared_ptr<const maps::Map> open_crossing() {
  scenes::Network n;
  n.name = "open_crossing";
  n.nodes = {{0, 0, 16, true}, {400, 0}, {0, 400}, {-400, 0}, {0, -400}};
  n.blocks = {{1, 0, 2}, {2, 0, 1}, {3, 0, 2}, {4, 0, 1}};
  return scenes::freeze_or_die(scenes::build(n));
}

scenarios::SimulationSetup flows(double trips_per_day) {
  scenarios::SimulationSetup setup;
  setup.map = open_crossing();
  setup.catalogue = vehicles::builtin_catalogue();
  setup.dt_ns = 100'000'000;
  setup.seed = 3;
  setup.time_of_day_s = 7 * 3600;
  setup.traffic.count = 300;
  DemandPlan& plan = setup.traffic.demand.emplace();
  plan.outside = 1;
  plan.trips_per_day = trips_per_day;
  plan.hours.fill(0);
  plan.hours[7] = 0.3;
  plan.hours[8] = 0.7;
  return setup;
}

}  // namespace

TEST_CASE("demand, held: the number stays, and every trip that has begun has arrived or is underway") {
  auto setup = scenes::small_city_with_demand(150, 0);
  setup.dt_ns = 100'000'000;
  auto s = scenes::make(std::move(setup));
  REQUIRE(s->demand() != nullptr);
  CHECK(s->totals().trips.underway == present(*s));
  int least = 1000;
  for (int i = 0; i < 18000; ++i) {
    s->step();
    if (i % 50 != 0) continue;
    const int n = present(*s);
    least = std::min(least, n);
    REQUIRE(balance(s->totals().trips) == n);
    REQUIRE(n <= 150);
  }
  CHECK(least >= 145);  // one that has arrived is replaced as soon as there is room
  const TripSums t = s->totals().trips;
  CHECK(t.arrived > 1000);
  CHECK(t.strayed == 0);  // this map has no edge
  CHECK(t.waiting == 0);
  CHECK(s->totals().collisions == 0);
}

// The ends of trips are drawn one by one: who comes from homes ends where jobs are and the other way round, and never
// where it began. Counts of n draws of probability p lie within 4 sqrt(n p (1 - p)), and 3 % for trips that had to be
// drawn again because their place was taken.
TEST_CASE("demand: trips end in districts as their weights say") {
  auto setup = scenes::small_city_with_demand(150, 0);
  setup.dt_ns = 100'000'000;
  const DemandPlan plan = *setup.traffic.demand;
  auto s = scenes::make(std::move(setup));
  for (int i = 0; i < 35000; ++i) s->step();  // within the hour from 8 o'clock
  const auto& ends = s->demand()->ends();
  double n = 0, all = 0;
  std::vector<double> wanted(4, 0.0);
  const double m = plan.from_homes[8];
  for (int from = 0; from < 4; ++from)
    for (int to = 0; to < 4; ++to)
      if (from != to)
        wanted[to] += m * plan.places[from].homes * plan.places[to].jobs / (6.0 * 7.0) +
                      (1 - m) * plan.places[from].jobs * plan.places[to].homes / (7.0 * 6.0);
  for (int zone = 0; zone < 4; ++zone) n += static_cast<double>(ends.arrived[zone]), all += wanted[zone];
  REQUIRE(n > 2000);
  for (int zone = 0; zone < 4; ++zone) {
    const double p = wanted[zone] / all;
    CAPTURE(zone);
    CHECK(std::fabs(static_cast<double>(ends.arrived[zone]) - n * p) < 4 * std::sqrt(n * p * (1 - p)) + 0.03 * n);
  }
}

// Trips begin as a Poisson process: the count of an hour lies within 4 sqrt(mean).
TEST_CASE("demand by flows: every hour has its share of the day's trips, through the gates of the map") {
  auto s = scenes::make(flows(2000));
  CHECK(s->demand()->by_flows());
  CHECK(s->demand()->zones().size() == 4);
  const std::int64_t first = s->totals().trips.underway;
  std::int64_t before = 0;
  for (const double share : {0.3, 0.7, 0.0}) {
    for (int i = 0; i < 36000; ++i) s->step();
    const TripSums t = s->totals().trips;
    const double mean = 2000 * share, come = static_cast<double>(t.begun + t.waiting - before);
    CAPTURE(share);
    CHECK(std::fabs(come - mean) <= 4 * std::sqrt(mean));
    CHECK(balance(t) == present(*s));
    before = t.begun + t.waiting;
  }
  const TripSums t = s->totals().trips;
  CHECK(present(*s) == 0);  // no trips begin from 9 o'clock on: all have left
  CHECK(t.arrived + t.strayed == first + t.begun);
  CHECK(t.strayed <= t.begun / 20);  // who is in the wrong lane before the crossing leaves by another gate
  CHECK(s->totals().collisions == 0);
}

TEST_CASE("demand by flows: what finds no room waits, and no more come than there may be") {
  auto setup = flows(200'000);
  setup.traffic.count = 60;
  auto s = scenes::make(std::move(setup));
  for (int i = 0; i < 3000; ++i) {
    s->step();
    REQUIRE(present(*s) <= 60);
  }
  CHECK(s->totals().trips.waiting > 1000);
}

TEST_CASE("demand: saved in the middle and restored with more threads it goes on with the same bits") {
  for (const bool by_flows : {false, true}) {
    const auto setup = [&] { return by_flows ? flows(5000) : scenes::small_city_with_demand(); };
    auto a = scenes::make(setup(), 1), b = scenes::make(setup(), 2);
    for (int i = 0; i < 1000; ++i) a->step();
    REQUIRE(b->restore(a->save()).has_value());
    for (int i = 0; i < 1500; ++i) {
      a->step();
      b->step();
      REQUIRE(a->state_hash() == b->state_hash());
    }
    CHECK(a->totals().trips.begun == b->totals().trips.begun);
  }
}

namespace {

sim::Result<DemandPlan> read(const std::string& text) {
  sim::Issues issues;
  return scenarios::read_demand(text, "demand.yaml", *open_crossing(), issues);
}

const std::string kPlaces =
    "places:\n"
    "  - {name: a, district: west, kind: residential, weight: 1, x_m: -200, y_m: 0}\n"
    "  - {name: b, district: west, weight: 3, x_m: -100, y_m: 0}\n"
    "  - {name: c, district: east, weight: 2, x_m: 200, y_m: 0}\n"
    "districts:\n"
    "  west: {homes: 80, jobs: 10}\n"
    "  east: {homes: 20, jobs: 90}\n";

}  // namespace

TEST_CASE("demand file: a district's trips go to its places by weight, those to jobs not to where people only live") {
  const auto plan = read(kPlaces + "hours: [0,0,0,0,0,0,0,1,3,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]\nfrom_homes: 0.7\n");
  REQUIRE(plan.has_value());
  REQUIRE(plan->places.size() == 3);
  CHECK(plan->places[0].homes == doctest::Approx(20));
  CHECK(plan->places[0].jobs == doctest::Approx(0));
  CHECK(plan->places[1].homes == doctest::Approx(60));
  CHECK(plan->places[1].jobs == doctest::Approx(10));
  CHECK(plan->places[2].homes == doctest::Approx(20));
  CHECK(plan->places[2].jobs == doctest::Approx(90));
  CHECK(plan->hours[8] == doctest::Approx(0.75));
  CHECK(plan->from_homes[3] == doctest::Approx(0.7));
}

TEST_CASE("demand file: what is wrong is said with line and key") {
  const auto wrong = [](const std::string& text, int line, const std::string& where, const std::string& what) {
    const auto plan = read(text);
    REQUIRE(!plan.has_value());
    CAPTURE(sim::to_string(plan.error()));
    CHECK(plan.error().file == "demand.yaml");
    CHECK(plan.error().line == line);
    CHECK(plan.error().where == where);
    CHECK(plan.error().what.find(what) != std::string::npos);
  };
  wrong("outside: 2\n", 1, "outside", "not a number from 0 to 1");
  wrong("outside: 1\nspeed: 3\n", 2, "speed", "is not known here");
  wrong("outside: 1\nhours: [1, 2]\n", 2, "hours", "24 numbers");
  wrong("outside: 1\nhours: 0\n", 1, "hours", "no trips at any hour");
  wrong("outside: 0.5\n", 1, "places", "is missing");
  wrong("places: [{name: a, x_m: 0}]\n", 1, "places.a", "says not where it is");
  wrong("places: [{name: a, longitude: 126, latitude: 35}]\n", 1, "places.a", "no geo reference");
  wrong(kPlaces + "  north: {homes: 1, jobs: 1}\n", 6, "districts.north", "has no place");
  wrong("places: [{name: a, x_m: 0, y_m: 0}]\ndistricts: {west: {homes: 1}}\n", 2, "districts.west", "has no place");
  wrong("a: [1\n", 2, "", "is no YAML");
}

TEST_CASE("demand file: of Gwangju, whole and as the text that a log keeps, it is the same plan") {
  const auto map = open_crossing();
  const std::string file = bitgoeul::tests::source_dir() + "/assets/gwangju/demand.yaml";
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK(text.find("광산구") != std::string::npos);
  sim::Issues issues;
  const auto plan = scenarios::read_demand(text, file, *map, issues);
  REQUIRE(!plan.has_value());  // this map lies nowhere on Earth
  CHECK(plan.error().what.find("geo reference") != std::string::npos);
}
