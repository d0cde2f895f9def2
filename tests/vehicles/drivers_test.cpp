#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "sim/random.h"
#include "vehicles/contacts.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/drivers/mobil.h"
#include "vehicles/drivers/path_follower.h"
#include "vehicles/dynamics/kinematic_bicycle.h"
#include "vehicles/signal_programs.h"

using namespace bitgoeul;
using namespace bitgoeul::vehicles;

namespace {

double draw(int round, int what, double low, double high) {
  return low + (high - low) * sim::uniform(5, static_cast<std::uint32_t>(what), round, sim::Stream::kTest);
}

}  // namespace

TEST_CASE("IDM: behind a leader at constant speed the gap becomes (s0 + vT) / sqrt(1 - (v/v0)^4)") {
  for (int round = 0; round < 50; ++round) {
    const IdmDriver d{draw(round, 0, 10, 35), draw(round, 1, 1.0, 2.0), draw(round, 2, 0.8, 2.5),
                      draw(round, 3, 1.5, 3), draw(round, 4, 1, 4)};
    const double leader = draw(round, 5, 0.2, 0.9) * d.speed_mps;
    double v = leader, gap = draw(round, 6, 20, 80);
    for (int step = 0; step < 200000; ++step) {
      const double driven = ballistic(v, idm(d, v, gap, leader), 0.01);
      gap += leader * 0.01 - driven;
    }
    const double q = leader / d.speed_mps;
    CHECK(gap == doctest::Approx((d.gap_m + leader * d.headway_s) / std::sqrt(1 - q * q * q * q)).epsilon(1e-3));
  }
}

TEST_CASE("IDM: towards a standing obstacle nobody touches it, also when the driver thinks only every tenth step") {
  for (int round = 0; round < 2000; ++round) {
    const IdmDriver d{draw(round, 0, 8, 36), draw(round, 1, 1.0, 2.0), draw(round, 2, 0.8, 2.5), draw(round, 3, 1.5, 3),
                      draw(round, 4, 1, 4)};
    double v = draw(round, 5, 0, d.speed_mps);
    // Far enough that a firm braking of 5 m/s2 suffices.
    double gap = d.gap_m + v * v / (2 * 5.0) + draw(round, 6, 2, 100), command = 0;
    for (int step = 0; step < 6000; ++step) {
      if (step % 10 == 0) command = idm(d, v, gap, 0);
      gap -= ballistic(v, command, 0.01);
      if (gap <= 0) break;
    }
    CHECK(gap > 0);
    CHECK(v < 0.2);
  }
}

namespace {

struct Wave {
  bool grows = false, should_grow = false;
  double margin = 0;  // of the criterion, 1/s; far from zero where linear theory decides
};

// 100 equal drivers on a ring at equilibrium, one of them pushed by 1 cm: does its wave grow? String stability of a
// car-following model a(s, v, v_leader): dv_e/ds <= (da/dv_l - da/dv) / 2 (Treiber, Kesting: Traffic Flow Dynamics,
// 2013, 15.4.1). Derivatives by central differences, dv_e/ds = -(da/ds) / (da/dv + da/dv_l).
Wave wave_of(const IdmDriver& d, double v_e) {
  const double q = v_e / d.speed_mps, gap = (d.gap_m + v_e * d.headway_s) / std::sqrt(1 - q * q * q * q), h = 1e-5;
  const double by_s = (idm(d, v_e, gap + h, v_e) - idm(d, v_e, gap - h, v_e)) / (2 * h);
  const double by_v = (idm(d, v_e + h, gap, v_e) - idm(d, v_e - h, gap, v_e)) / (2 * h);
  const double by_leader = (idm(d, v_e, gap, v_e + h) - idm(d, v_e, gap, v_e - h)) / (2 * h);
  Wave out;
  out.margin = -by_s / (by_v + by_leader) - 0.5 * (by_leader - by_v);
  out.should_grow = out.margin > 0;
  constexpr int kCars = 100;
  std::vector<double> s(kCars), v(kCars, v_e), a(kCars);
  for (int i = 0; i < kCars; ++i) s[i] = -i * gap;  // points: lengths are left out
  s[0] += 0.01;
  const double ring = kCars * gap;
  double early = 0, late = 0;
  for (int step = 0; step < 9000; ++step) {
    for (int i = 0; i < kCars; ++i) {
      const int leader = (i + kCars - 1) % kCars;
      a[i] = idm(d, v[i], s[leader] - s[i] + (i == 0 ? ring : 0.0), v[leader]);
    }
    double spread = 0;
    for (int i = 0; i < kCars; ++i)
      s[i] += ballistic(v[i], a[i], 0.1), spread = std::max(spread, std::fabs(v[i] - v_e));
    if (step > 500 && step <= 1500) early = std::max(early, spread);
    if (step > 8000) late = std::max(late, spread);
  }
  out.grows = late > early;
  return out;
}

}  // namespace

TEST_CASE("IDM: stop-and-go waves grow where linear theory says, and nowhere else") {
  int grow = 0, fade = 0;
  for (int round = 0; round < 40; ++round) {
    const IdmDriver d{draw(round, 0, 20, 35), draw(round, 1, 0.8, 2.0), draw(round, 2, 0.3, 2.5),
                      draw(round, 3, 1.5, 3), draw(round, 4, 1.5, 3)};
    const Wave wave = wave_of(d, draw(round, 5, 0.2, 0.7) * d.speed_mps);
    if (std::fabs(wave.margin) < 0.03) continue;  // the step of 0.1 s counts as delay
    CAPTURE(round);
    CAPTURE(wave.margin);
    CHECK(wave.grows == wave.should_grow);
    ++(wave.should_grow ? grow : fade);
  }
  CHECK(grow >= 5);
  CHECK(fade >= 5);
}

TEST_CASE("MOBIL: the incentive, computed by hand, and never into the way of one that would have to brake hard") {
  const Mobil m{0.3, 0.3, 3.0};
  // Wins 1.8; the new follower loses 0.9, the old one wins 0.5: 1.8 - 0.3 * 0.4 - 0.3.
  CHECK(mobil_gain(m, {-1.0, 0.8, 0.5, -0.4, -0.3, 0.2}) == doctest::Approx(1.38));
  // An egoist counts only itself.
  CHECK(mobil_gain({0.0, 0.3, 3.0}, {-1.0, 0.8, 0.5, -0.4, -0.3, 0.2}) == doctest::Approx(1.5));
  // Wins 0.5 and takes 1 from the new follower: 0.5 - 0.3 - 0.3.
  CHECK(mobil_gain(m, {0.1, 0.6, 0.0, -1.0, 0.0, 0.0}) == doctest::Approx(-0.1));
  CHECK(mobil_gain(m, {-2.0, 1.5, 0.0, -3.01, 0.0, 0.0}) < -1e9);
  CHECK(mobil_gain(m, {-2.0, 1.5, 0.0, -2.99, 0.0, 0.0}) > 0);
}

TEST_CASE("ballistic update: closed form of constant acceleration, and it stops instead of reversing") {
  double v = 10;
  CHECK(ballistic(v, 2, 0.5) == doctest::Approx(10 * 0.5 + 0.5 * 2 * 0.25));
  CHECK(v == doctest::Approx(11));
  v = 1;
  CHECK(ballistic(v, -4, 1.0) == doctest::Approx(1.0 / 8));  // v^2 / 2a
  CHECK(v == 0);
  CHECK(ballistic(v, -4, 1.0) == 0);
}

TEST_CASE("bicycle: a constant wheel angle drives the circle of radius wheelbase / tan(angle)") {
  for (const double angle : {0.05, 0.2, -0.35, 0.6}) {
    const double wheelbase = 2.8, radius = wheelbase / std::tan(angle);
    BicycleState b{0, 0, 0, 5, angle};
    const double lap_s = std::fabs(2 * sim::kPi * radius) / 5.0;
    const int steps = static_cast<int>(lap_s / 0.01);
    double worst = 0;
    for (int i = 0; i < steps; ++i) {
      advance(b, 0, angle, wheelbase, 0.61, 0.01);
      worst = std::max(worst, std::fabs(std::hypot(b.x, b.y - radius) - std::fabs(radius)));
    }
    CHECK(worst < 1e-3);
    CHECK(std::hypot(b.x, b.y) < 0.06);  // back at the start, up to the rest of a step
  }
}

TEST_CASE("bicycle: the wheels turn no faster than their rate and no farther than their stop") {
  BicycleState b{0, 0, 0, 1, 0};
  double before = 0;
  for (int i = 0; i < 200; ++i) {
    advance(b, 0, 2.0, 2.8, 0.61, 0.01);
    CHECK(b.steering_rad - before <= kSteeringRateRadps * 0.01 + 1e-12);
    before = b.steering_rad;
  }
  CHECK(b.steering_rad == doctest::Approx(0.61));
}

TEST_CASE("path follower: an offset from a straight line decays without overshoot of more than a tenth") {
  for (const double speed : {2.0, 8.0, 15.0, 30.0}) {
    BicycleState b{0, 1.0, 0, speed, 0};
    double lowest = 1.0;
    for (int i = 0; i < static_cast<int>(12000 / speed) + 1500; ++i) {
      const double curvature = follow_curvature(0, b.y, b.yaw_rad, speed);
      advance(b, 0, std::atan(2.8 * curvature), 2.8, 0.61, 0.01);
      lowest = std::min(lowest, b.y);
    }
    CHECK(std::fabs(b.y) < 0.01);
    CHECK(lowest > -0.1);
  }
}

TEST_CASE("lane change profile: from 1 to 0, slope and curvature zero at both ends") {
  CHECK(change_profile(0) == 1);
  CHECK(change_profile(1) == 0);
  CHECK(change_profile(0.5) == doctest::Approx(0.5));
  CHECK(change_slope(0) == 0);
  CHECK(change_slope(1) == 0);
  for (double p = 0.05; p < 1; p += 0.05)
    CHECK(change_slope(p) ==
          doctest::Approx((change_profile(p + 1e-6) - change_profile(p - 1e-6)) / 2e-6).epsilon(1e-4));
}

TEST_CASE("oriented boxes overlap as separating axes say") {
  const Box a{0, 0, 0, 2, 1};
  CHECK(overlap(a, {3.9, 0, 0, 2, 1}));
  CHECK_FALSE(overlap(a, {4.1, 0, 0, 2, 1}));
  CHECK_FALSE(overlap(a, {0, 2.1, 0, 2, 1}));
  // A square turned by 45 degrees: its corner reaches sqrt(2).
  const double pi4 = sim::kPi / 4;
  CHECK(overlap(a, {2 + 1.40, 0, pi4, 1, 1}));
  CHECK_FALSE(overlap(a, {2 + 1.42, 0, pi4, 1, 1}));
  // Corner against corner: the boxes about them overlap, the boxes do not.
  CHECK_FALSE(overlap(a, {2 + 0.8, 1 + 0.8, pi4, 1, 1}));
}

TEST_CASE("overlap agrees with points drawn inside both boxes") {
  for (int round = 0; round < 500; ++round) {
    const Box a{0, 0, draw(round, 0, -3, 3), draw(round, 1, 1, 4), draw(round, 2, 0.5, 1.5)};
    const Box b{draw(round, 3, -5, 5), draw(round, 4, -5, 5), draw(round, 5, -3, 3), draw(round, 6, 1, 4), 1};
    bool inside = false;
    for (double u = -1; u <= 1 && !inside; u += 0.02)
      for (double v = -1; v <= 1 && !inside; v += 0.02) {
        const double x = b.x + u * b.half_length * std::cos(b.yaw_rad) - v * b.half_width * std::sin(b.yaw_rad);
        const double y = b.y + u * b.half_length * std::sin(b.yaw_rad) + v * b.half_width * std::cos(b.yaw_rad);
        inside = std::fabs(x * std::cos(a.yaw_rad) + y * std::sin(a.yaw_rad)) < a.half_length &&
                 std::fabs(y * std::cos(a.yaw_rad) - x * std::sin(a.yaw_rad)) < a.half_width;
      }
    if (inside) CHECK(overlap(a, b));
    if (!overlap(a, b)) CHECK_FALSE(inside);
    CHECK(overlap(a, b) == overlap(b, a));
  }
}

namespace {

// Two groups, 30 s and 25 s of green, 3 s yellow, 2 s all red each: a cycle of 65 s, offset 10 s.
maps::Map two_phases() {
  maps::Map map;
  map.signal_groups = {{0, 0}, {0, 0}};
  map.phase_groups = {0, 1};
  map.signal_phases = {{30000, 3000, 2000, {0, 1}}, {25000, 3000, 2000, {1, 2}}};
  map.programs = {{0, 65000, 10000, {0, 2}}};
  map.junctions.resize(1);
  map.junctions[0].program = 0;
  return map;
}

}  // namespace

TEST_CASE("signal program: phases, yellow and all-red at their milliseconds") {
  using sim::SignalState;
  const maps::Map map = two_phases();
  struct Expected {
    std::int64_t t_ms;
    SignalState first, second;
    std::int64_t first_remaining_ms;
  };
  for (const Expected& e : {Expected{10000, SignalState::kGreen, SignalState::kRed, 30000},
                            {39999, SignalState::kGreen, SignalState::kRed, 1},
                            {40000, SignalState::kYellow, SignalState::kRed, 3000},
                            {43000, SignalState::kRed, SignalState::kRed, 32000},
                            {45000, SignalState::kRed, SignalState::kGreen, 30000},
                            {70000, SignalState::kRed, SignalState::kYellow, 5000},
                            {74999, SignalState::kRed, SignalState::kRed, 1},
                            {75000, SignalState::kGreen, SignalState::kRed, 30000},
                            {9999, SignalState::kRed, SignalState::kRed, 1}}) {
    CAPTURE(e.t_ms);
    CHECK(group_at(map, 0, 0, e.t_ms).state == e.first);
    CHECK(group_at(map, 0, 1, e.t_ms).state == e.second);
    CHECK(group_at(map, 0, 0, e.t_ms).remaining_ms == e.first_remaining_ms);
    CHECK(group_at(map, 0, 0, e.t_ms + 65000 * 1000).state == e.first);
  }
}

TEST_CASE("signals stage: every change comes at its step, never early, never late") {
  const maps::Map map = two_phases();
  sim::Signals signals;
  sim::resize_table(signals, 2);
  for (std::int64_t step = 0; step < 20000; ++step) {
    update_signals(map, signals, step, 10'000'000, 28800);
    for (const maps::Row group : {0, 1})
      REQUIRE(signals.state[group] == group_at(map, 0, group, 28800000 + step * 10).state);
  }
}

TEST_CASE("contacts of a vehicle that leaves the world end with it, others go on") {
  Contacts contacts(8);
  contacts.pairs.a = {0, 1, 2};
  contacts.pairs.b = {3, 2, 4};
  std::vector<std::pair<Row, Row>> ended;
  contacts.forget(2, [&](Row a, Row b) { ended.emplace_back(a, b); });
  CHECK(ended == std::vector<std::pair<Row, Row>>{{1, 2}, {2, 4}});
  CHECK(contacts.pairs.a == std::vector<Row>{0});
  CHECK(contacts.pairs.b == std::vector<Row>{3});
}
