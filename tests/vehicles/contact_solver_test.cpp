#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "sim/random.h"
#include "vehicles/contact_solver.h"

using namespace bitgoeul;
using namespace bitgoeul::vehicles;

namespace {

double draw(int round, int what, double low, double high) {
  return low + (high - low) * sim::uniform(23, static_cast<std::uint32_t>(what), round, sim::Stream::kTest);
}

ContactBody car(double mass, double x, double vx) {
  ContactBody body;
  body.mass_kg = mass;
  body.yaw_inertia_kgm2 = mass * 1.7;
  body.half_length = 2.3;
  body.half_width = 0.9;
  body.x = x;
  body.vx_mps = vx;
  return body;
}

struct Sums {
  double px = 0, py = 0, spin = 0, energy = 0;
};
Sums sums(const std::vector<ContactBody>& bodies) {
  Sums s;
  for (const ContactBody& b : bodies) {
    s.px += b.mass_kg * b.vx_mps;
    s.py += b.mass_kg * b.vy_mps;
    s.spin += b.yaw_inertia_kgm2 * b.yaw_rate_radps + b.mass_kg * (b.x * b.vy_mps - b.y * b.vx_mps);
    s.energy += 0.5 * b.mass_kg * (b.vx_mps * b.vx_mps + b.vy_mps * b.vy_mps) +
                0.5 * b.yaw_inertia_kgm2 * b.yaw_rate_radps * b.yaw_rate_radps;
  }
  return s;
}

}  // namespace

TEST_CASE("two cars in line: velocities after the impact are those of the closed form for any masses and restitution") {
  for (int round = 0; round < 60; ++round) {
    const double m1 = draw(round, 0, 900, 3000), m2 = draw(round, 1, 900, 20000), e = draw(round, 2, 0, 0.9);
    const double v1 = draw(round, 3, 5, 30), v2 = draw(round, 4, -20, 3);
    std::vector<ContactBody> bodies{car(m1, 0, v1), car(m2, 4.6 - 0.01, v2)};
    std::vector<ContactPair> pairs;
    solve_contacts(bodies, {e, 0.4}, 0.01, pairs);
    const double common = (m1 * v1 + m2 * v2) / (m1 + m2);
    CHECK(bodies[0].vx_mps == doctest::Approx(common - e * m2 / (m1 + m2) * (v1 - v2)).epsilon(1e-3).scale(10));
    CHECK(bodies[1].vx_mps == doctest::Approx(common + e * m1 / (m1 + m2) * (v1 - v2)).epsilon(1e-3).scale(10));
    CHECK(std::fabs(bodies[0].yaw_rate_radps) < 1e-6);
    REQUIRE(pairs.size() == 1);
    CHECK(pairs[0].a == 0);
    CHECK(pairs[0].b == 1);
    CHECK(pairs[0].x == doctest::Approx(2.3).epsilon(0.02));
  }
}

TEST_CASE("any impact of several bodies: momentum and angular momentum stay, energy does not grow") {
  for (int round = 0; round < 80; ++round) {
    std::vector<ContactBody> bodies;
    for (int i = 0; i < 2 + round % 5; ++i) {
      ContactBody b = car(draw(round, 10 * i, 800, 4000), 4.2 * i, draw(round, 10 * i + 1, -15, 15));
      b.y = draw(round, 10 * i + 2, -0.7, 0.7);
      b.vy_mps = draw(round, 10 * i + 3, -5, 5);
      b.yaw_rad = draw(round, 10 * i + 4, -0.3, 0.3);
      b.yaw_rate_radps = draw(round, 10 * i + 5, -1, 1);
      b.box_ahead_m = draw(round, 10 * i + 6, -0.2, 0.2);
      bodies.push_back(b);
    }
    const std::vector<ContactBody> before = bodies;
    std::vector<ContactPair> pairs;
    // Bullet applies friction at the surfaces of both bodies, so that it makes a couple of force times depth where they
    // have sunk into each other: angular momentum is exact without friction.
    const double friction = round % 2 ? 0.4 : 0.0;
    solve_contacts(bodies, {0.1, friction}, 0.01, pairs);
    std::vector<ContactBody> unmoved = bodies;  // angular momentum about the places of the impact
    for (std::size_t i = 0; i < bodies.size(); ++i) unmoved[i].x = before[i].x, unmoved[i].y = before[i].y;
    const Sums a = sums(before), b = sums(unmoved);
    CHECK(!pairs.empty());
    CHECK(b.px == doctest::Approx(a.px).epsilon(1e-9).scale(1e4));
    CHECK(b.py == doctest::Approx(a.py).epsilon(1e-9).scale(1e4));
    if (friction == 0) CHECK(b.spin == doctest::Approx(a.spin).epsilon(1e-9).scale(1e5));
    CHECK(b.energy <= a.energy * (1 + 1e-9));
  }
}

TEST_CASE("a car against a wall bounces by the restitution; the wall stays; what has sunk in is moved out") {
  ContactBody wall;
  wall.x = 10;
  wall.half_length = 0.5;
  wall.half_width = 20;
  std::vector<ContactBody> bodies{car(1500, 10 - 0.5 - 2.3 + 0.02, 10), wall};
  std::vector<ContactPair> pairs;
  solve_contacts(bodies, {0.2, 0.4}, 0.01, pairs);
  CHECK(bodies[0].vx_mps == doctest::Approx(-2.0).epsilon(1e-3));
  CHECK(bodies[1].vx_mps == 0);
  CHECK(bodies[1].x == 10);
  CHECK(bodies[0].x < 10 - 0.5 - 2.3 + 0.02);

  std::vector<ContactBody> apart{car(1500, 0, 10), car(1500, 6, 0)};
  solve_contacts(apart, {}, 0.01, pairs);
  CHECK(pairs.empty());
  CHECK(apart[0].vx_mps == 10);
}

TEST_CASE("a struck rear corner turns the car: yaw rate is the impulse times its lever over the inertia") {
  // Friction off, so the impulse is along x, at the overlap's middle (y from -0.9 to -0.9 + 0.6).
  std::vector<ContactBody> bodies{car(1500, 0, 12), car(1500, 4.59, 0)};
  bodies[0].y = -1.2;
  std::vector<ContactPair> pairs;
  solve_contacts(bodies, {0.0, 0.0}, 0.01, pairs);
  const double impulse = 1500 * bodies[1].vx_mps;
  CHECK(impulse > 0);
  CHECK(bodies[1].yaw_rate_radps > 0);  // pushed on its right rear: it turns left
  const double lever = bodies[1].yaw_rate_radps * bodies[1].yaw_inertia_kgm2 / impulse;
  CHECK(lever >= 0.3 - 0.05);
  CHECK(lever <= 0.9 + 0.05);
  CHECK(bodies[0].yaw_rate_radps > 0);
}

TEST_CASE("the same bodies in the same order give the same bits, whatever was solved before") {
  std::vector<std::vector<ContactBody>> results;
  for (int repeat = 0; repeat < 2; ++repeat) {
    std::vector<ContactBody> pile;
    for (int i = 0; i < 50; ++i) {
      pile.push_back(car(1000 + 37 * i, 4.55 * i, 20 - 0.3 * i));
      pile.back().y = 0.1 * (i % 3);
      pile.back().yaw_rad = 0.02 * (i % 5);
    }
    std::vector<ContactPair> pairs;
    for (int step = 0; step < 5; ++step) solve_contacts(pile, {}, 0.01, pairs);
    results.push_back(pile);
    std::vector<ContactBody> other{car(1500, 0, 3), car(1200, 4.5, -3)};
    solve_contacts(other, {}, 0.01, pairs);
  }
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(results[0][i].x == results[1][i].x);
    CHECK(results[0][i].vx_mps == results[1][i].vx_mps);
    CHECK(results[0][i].yaw_rate_radps == results[1][i].yaw_rate_radps);
  }
}
