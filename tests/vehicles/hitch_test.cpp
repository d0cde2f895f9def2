#include "vehicles/hitch.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/math.h"

using namespace bitgoeul;
using namespace bitgoeul::vehicles;

namespace {

constexpr double kDt = 0.01, kLength = 8.0, kMass = 20e3;  // kingpin to axle

// A semi-trailer whose kingpin is led along a path; the centre of gravity half way.
struct Semi {
  HitchBody body{0, 0, 0, 0, 0, 1 / kMass, 1 / (kMass * 9.0)};
  double yaw = 0, hitch_x = 0, hitch_y = 0;
  bool tyres = true;

  void place() {
    body.x = hitch_x - 0.5 * kLength * sim::cos(yaw);
    body.y = hitch_y - 0.5 * kLength * sim::sin(yaw);
  }
  double axle_x() const { return hitch_x - kLength * sim::cos(yaw); }
  double axle_y() const { return hitch_y - kLength * sim::sin(yaw); }
  void step(HitchBody* tow, double friction_n = 1e9) {
    place();
    TrailerAxle axle;
    axle.x = axle_x(), axle.y = axle_y();
    axle.left_x = -sim::sin(yaw), axle.left_y = sim::cos(yaw);
    axle.rolling_mps = body.vx_mps * axle.left_y - body.vy_mps * axle.left_x;
    axle.stiffness_n = tyres ? 5e7 : 0;  // stiff: no slip worth speaking of
    axle.most_n = friction_n;
    hold_hitch(tow, body, hitch_x, hitch_y, axle, kDt);
  }
  void turn() { yaw += body.yaw_rate_radps * kDt; }
};

double energy(const HitchBody& b) {
  return 0.5 * (b.vx_mps * b.vx_mps + b.vy_mps * b.vy_mps) / b.per_mass +
         0.5 * b.yaw_rate_radps * b.yaw_rate_radps / b.per_inertia;
}

// Pulls the kingpin straight along x at `speed`, from an angle; returns the angle after `time_s`.
double angle_after(double speed_mps, double angle, double time_s) {
  Semi semi;
  semi.yaw = angle;
  HitchBody tow;
  tow.vx_mps = speed_mps;
  for (int i = 0; i < static_cast<int>(time_s / kDt); ++i) {
    tow.x = semi.hitch_x = speed_mps * kDt * i;
    semi.step(&tow);
    semi.turn();
  }
  return semi.yaw;
}

}  // namespace

TEST_CASE("hitch: led around a circle the axle runs on the smaller one of the tractrix, R_t^2 = R_1^2 - L^2") {
  for (const double radius : {10.0, 15.0, 30.0}) {
    Semi semi;
    HitchBody tow;
    const double speed = 3.0, rate = speed / radius;
    for (int i = 0; i < 6000; ++i) {
      const double at = rate * kDt * i;
      tow.x = semi.hitch_x = radius * sim::sin(at);
      tow.y = semi.hitch_y = radius * (1 - sim::cos(at));
      tow.vx_mps = speed * sim::cos(at), tow.vy_mps = speed * sim::sin(at);
      semi.step(&tow);
      semi.turn();
    }
    semi.place();
    const double axle = sim::hypot(semi.axle_x(), semi.axle_y() - radius);
    CHECK(axle == doctest::Approx(std::sqrt(radius * radius - kLength * kLength)).epsilon(0.01));
  }
}

TEST_CASE("hitch: pulled straight the angle decays as exp(-v t / L), pushed back it grows as exp(v t / L)") {
  const double time = 4.0, speed = 2.0, small = 0.02;
  CHECK(angle_after(speed, small, time) == doctest::Approx(small * std::exp(-speed * time / kLength)).epsilon(0.02));
  CHECK(angle_after(-speed, small, time) == doctest::Approx(small * std::exp(speed * time / kLength)).epsilon(0.02));
  CHECK(angle_after(-speed, -small, time) < -small);
}

TEST_CASE("hitch: coupling at different speeds keeps momentum and angular momentum") {
  HitchBody tow{3, 1, 6, 0.5, 0.1, 1 / 7500.0, 1 / 20000.0};
  Semi semi;
  semi.tyres = false;
  semi.yaw = 0.3;
  semi.hitch_x = 1.5, semi.hitch_y = 0.8;
  semi.body.vx_mps = 2;
  semi.place();
  const auto momentum = [&] {
    const HitchBody& b = semi.body;
    return std::array{tow.vx_mps / tow.per_mass + b.vx_mps / b.per_mass,
                      tow.vy_mps / tow.per_mass + b.vy_mps / b.per_mass,
                      tow.yaw_rate_radps / tow.per_inertia + (tow.x * tow.vy_mps - tow.y * tow.vx_mps) / tow.per_mass +
                          b.yaw_rate_radps / b.per_inertia + (b.x * b.vy_mps - b.y * b.vx_mps) / b.per_mass};
  };
  const auto before = momentum();
  const double was = energy(tow) + energy(semi.body);
  semi.step(&tow);
  const auto after = momentum();
  for (std::size_t i = 0; i < 3; ++i) CHECK(after[i] == doctest::Approx(before[i]).epsilon(1e-9));
  CHECK(energy(tow) + energy(semi.body) < was);
  // They move together where they are coupled.
  const HitchBody& b = semi.body;
  CHECK(tow.vx_mps - tow.yaw_rate_radps * (semi.hitch_y - tow.y) ==
        doctest::Approx(b.vx_mps - b.yaw_rate_radps * (semi.hitch_y - b.y)).epsilon(1e-9));
}

TEST_CASE("hitch: free roll straight ahead loses nothing; in a swing energy never grows") {
  HitchBody tow{0, 0, 12, 0, 0, 1 / 7500.0, 1 / 20000.0};
  Semi semi;
  semi.body.vx_mps = 12;
  const double was = energy(tow) + energy(semi.body);
  for (int i = 0; i < 1000; ++i) {
    semi.hitch_x = tow.x - 1;
    semi.step(&tow);
    semi.turn();
    tow.x += tow.vx_mps * kDt;
  }
  CHECK(energy(tow) + energy(semi.body) == doctest::Approx(was).epsilon(1e-12));
  Semi swing;
  swing.yaw = 0.2;
  HitchBody wall;
  wall.vx_mps = 12;
  double last = 1e300;
  for (int i = 0; i < 600; ++i) {
    swing.hitch_x = wall.x = 12 * kDt * i;
    swing.step(&wall);
    swing.turn();
    // Against the vehicle that pulls steadily: what swings is the angle.
    const double size = std::fabs(swing.yaw);
    CHECK(size <= last + 1e-12);
    last = size;
  }
  CHECK(last < 0.001);
}

TEST_CASE("hitch: an axle on ice slides out of its track") {
  Semi grip, ice;
  HitchBody tow;
  for (int i = 0; i < 400; ++i) {
    const double at = 0.5 * kDt * i;  // 15 m radius at 7.5 m/s: 3.75 m/s2
    for (Semi* semi : {&grip, &ice}) {
      tow.x = semi->hitch_x = 15 * sim::sin(at);
      tow.y = semi->hitch_y = 15 * (1 - sim::cos(at));
      tow.vx_mps = 7.5 * sim::cos(at), tow.vy_mps = 7.5 * sim::sin(at);
      semi->step(&tow, semi == &ice ? 0.05 * 10e3 * 9.81 : 0.8 * 10e3 * 9.81);
      semi->turn();
    }
  }
  CHECK(sim::hypot(grip.axle_x(), grip.axle_y() - 15) < 15);
  CHECK(sim::hypot(ice.axle_x(), ice.axle_y() - 15) > 15);  // swings out
}
