// Stop-and-go waves on a ring road, by the whole step: where linear theory says, and as fast as they are on real roads.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "scenarios/simulation.h"
#include "sim/math.h"
#include "tests/scenes/make.h"
#include "tests/scenes/scenes.h"
#include "vehicles/drivers/idm.h"

using namespace bitgoeul;

namespace {

constexpr double kRadiusM = 200;
// The IDM's parameters of city traffic (Treiber, Kesting: Traffic Flow Dynamics, 2013, table 11.2; desired speed: the
// ring's limit), of which some densities are unstable.
const vehicles::IdmDriver kCity{50 / 3.6, 1.0, 1.0, 1.5, 2.0};

// A column of the drivers, to make them all alike: a scene draws them.
void set_all(scenarios::Simulation& s, std::string_view name, double value) {
  for (const auto& [table, columns] : s.state().view())
    for (const sim::ColumnView& column : columns) {
      if (table != "vehicles" || column.name != name) continue;
      REQUIRE(column.value_size == sizeof(float));
      auto* values = reinterpret_cast<float*>(const_cast<std::byte*>(column.data));
      std::fill(values, values + column.rows, static_cast<float>(value));
    }
}

void make_alike(scenarios::Simulation& s) {
  set_all(s, "speed_factor", 1.0);
  set_all(s, "headway_s", kCity.headway_s);
  set_all(s, "acceleration_mps2", kCity.acceleration_mps2);
  set_all(s, "deceleration_mps2", kCity.deceleration_mps2);
  set_all(s, "gap_m", kCity.gap_m);
}

// String instability, dv_e/ds > (da/dv_l - da/dv) / 2 (Treiber, Kesting, 2013, 15.4.1), at a gap; 1/s above it.
double instability(double gap) {
  const vehicles::IdmDriver& d = kCity;
  double low = 0, high = d.speed_mps;
  for (int i = 0; i < 60; ++i) {
    const double v = 0.5 * (low + high), q = v / d.speed_mps;
    ((d.gap_m + v * d.headway_s) / std::sqrt(1 - q * q * q * q) < gap ? low : high) = v;
  }
  const double v = low, h = 1e-5;
  const double by_s = (idm(d, v, gap + h, v) - idm(d, v, gap - h, v)) / (2 * h);
  const double by_v = (idm(d, v + h, gap, v) - idm(d, v - h, gap, v)) / (2 * h);
  const double by_leader = (idm(d, v, gap, v + h) - idm(d, v, gap, v - h)) / (2 * h);
  return -by_s / (by_v + by_leader) - 0.5 * (by_leader - by_v);
}

struct Seen {
  double spread_mps = 0, least_mps = 1e9;  // of the speeds, at the end
  double wave_kmh = 0;                     // of the strongest wave, along the ring; negative: backwards
};

// Half an hour; the speed field's strongest Fourier mode about the ring's centre is followed over the last 10 minutes.
Seen drive(scenarios::Simulation& s, int cars) {
  constexpr int kModes = 8, kSeconds = 1800, kLast = 600;
  std::vector<double> phases[kModes];
  double strength[kModes] = {};
  Seen seen;
  for (int second = 0; second < kSeconds; ++second) {
    for (int i = 0; i < 10; ++i) s.step();
    if (second < kSeconds - kLast) continue;
    const auto now = s.snapshot();
    const sim::Entities& e = now->entities;
    double mean = 0, square = 0;
    seen.least_mps = 1e9;
    for (int i = 0; i < cars; ++i) mean += e.speed_mps[i] / cars;
    double re[kModes] = {}, im[kModes] = {};
    for (int i = 0; i < cars; ++i) {
      const double off = e.speed_mps[i] - mean, angle = sim::atan2(e.y[i], e.x[i]);
      square += off * off / cars;
      seen.least_mps = std::min<double>(seen.least_mps, e.speed_mps[i]);
      for (int m = 0; m < kModes; ++m)
        re[m] += off * sim::cos((m + 1) * angle), im[m] -= off * sim::sin((m + 1) * angle);
    }
    seen.spread_mps = std::sqrt(square);
    for (int m = 0; m < kModes; ++m)
      strength[m] += std::hypot(re[m], im[m]), phases[m].push_back(sim::atan2(im[m], re[m]));
  }
  const auto strongest = std::max_element(strength, strength + kModes) - strength;
  double turned = 0;
  const std::vector<double>& phase = phases[strongest];
  for (std::size_t i = 1; i < phase.size(); ++i) {
    const double step = phase[i] - phase[i - 1];
    turned += step - 2 * sim::kPi * std::round(step / (2 * sim::kPi));
  }
  seen.wave_kmh = -3.6 * turned / static_cast<double>(phase.size() - 1) / static_cast<double>(strongest + 1) * kRadiusM;
  return seen;
}

std::unique_ptr<scenarios::Simulation> ring(int cars) {
  auto setup = scenes::ring_road(kRadiusM, cars);
  setup.dt_ns = 100'000'000;
  setup.entities[0].s += 0.5;  // the push from which a wave may grow
  return scenes::make(std::move(setup));
}

double gap(const scenarios::Simulation& s, int cars) {
  return 2 * s.setup().map->lanes[0].length / cars - s.setup().catalogue[s.setup().entities[0].type].length_m;
}

}  // namespace

TEST_CASE("waves: at unstable densities of a ring they grow to stop and go and run back at about 15 km/h") {
  for (const int cars : {100, 110}) {
    auto s = ring(cars);
    make_alike(*s);
    REQUIRE(instability(gap(*s, cars)) > 0.1);
    const Seen seen = drive(*s, cars);
    CAPTURE(cars);
    CHECK(seen.spread_mps > 2);
    CHECK(seen.least_mps < 0.5);
    // Observed on roads all over the world: 15 km/h, give or take 5 (Treiber, Kesting, 2013, 18.2).
    CHECK(seen.wave_kmh < -10);
    CHECK(seen.wave_kmh > -20);
    CHECK(s->totals().collisions == 0);
  }
}

TEST_CASE("waves: at stable densities the same push fades") {
  for (const int cars : {20, 40, 60}) {
    auto s = ring(cars);
    make_alike(*s);
    REQUIRE(instability(gap(*s, cars)) < -0.1);
    CAPTURE(cars);
    CHECK(drive(*s, cars).spread_mps < 0.05);
  }
}

// The city's own drivers accelerate faster, so that the mean of them is stable at every density.
TEST_CASE("waves: none among the drivers of background traffic") {
  for (const int cars : {60, 100}) {
    auto s = ring(cars);
    CAPTURE(cars);
    CHECK(drive(*s, cars).spread_mps < 0.2);
  }
}
