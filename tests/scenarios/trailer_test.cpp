// A tractor with a semi-trailer on a ring: where the trailer runs, that it takes part, and that it comes off.
#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/simulation.h"
#include "sim/math.h"
#include "tests/scenes/make.h"
#include "tests/scenes/network.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;
using scenarios::EntitySetup;
using scenarios::Simulation;
using scenes::make;

namespace {

constexpr double kCoupler = 7.7;

scenarios::SimulationSetup truck_on_ring(double radius_m, double speed_mps, double limit_mps = 0) {
  scenarios::SimulationSetup setup;
  setup.map = scenes::ring_map(radius_m, 0, limit_mps);
  setup.catalogue = vehicles::builtin_catalogue();
  EntitySetup tractor, trailer;
  tractor.name = "tractor";
  tractor.type = *vehicles::find_type(setup.catalogue, "tractor");
  tractor.lane = 0;
  tractor.s = 30;
  tractor.speed_mps = speed_mps;
  trailer.name = "trailer";
  trailer.role = sim::Role::kActor;
  trailer.type = *vehicles::find_type(setup.catalogue, "semitrailer");
  trailer.towed_by = 0;
  setup.entities = {tractor, trailer};
  return setup;
}

double radius(const sim::Entities& e, std::size_t row) { return sim::hypot(e.x[row], e.y[row]); }

}  // namespace

TEST_CASE("semi-trailer: in a steady circle its axle runs inside by the tractrix, and nothing collides") {
  auto s = make(truck_on_ring(40, 4, 5));
  for (int i = 0; i < 9000; ++i) s->step();
  const auto snapshot = s->snapshot();
  const sim::Entities& e = snapshot->entities;
  const double hitch_x = e.x[0] + 0.6 * sim::cos(e.yaw_rad[0]), hitch_y = e.y[0] + 0.6 * sim::sin(e.yaw_rad[0]);
  const double hitch = sim::hypot(hitch_x, hitch_y);
  CHECK(radius(e, 1) == doctest::Approx(std::sqrt(hitch * hitch - kCoupler * kCoupler)).epsilon(0.005));
  CHECK(sim::hypot(e.x[1] - hitch_x, e.y[1] - hitch_y) == doctest::Approx(kCoupler).epsilon(0.01));
  CHECK(e.speed_mps[1] > 3);
  CHECK(s->totals().collisions == 0);
}

TEST_CASE("semi-trailer: the tractor pulls its mass: it accelerates slower with it than without") {
  auto with = make(truck_on_ring(200, 0));
  auto setup = truck_on_ring(200, 0);
  setup.entities.pop_back();
  auto alone = make(setup);
  for (int i = 0; i < 800; ++i) with->step(), alone->step();
  const double pulled = with->snapshot()->entities.speed_mps[0], free = alone->snapshot()->entities.speed_mps[0];
  CHECK(pulled > 1.0);
  CHECK(pulled < 0.9 * free);
}

TEST_CASE("semi-trailer: let go it brakes and stands, and can be hung on again only where the hitch is") {
  auto s = make(truck_on_ring(200, 8));
  for (int i = 0; i < 200; ++i) s->step();
  CHECK_FALSE(s->connect_trailer(1, 0).has_value());  // hangs on it already
  REQUIRE(s->disconnect_trailer(1).has_value());
  CHECK_FALSE(s->disconnect_trailer(1).has_value());
  CHECK(s->connect_trailer(1, 0).has_value());  // still there
  REQUIRE(s->disconnect_trailer(1).has_value());
  for (int i = 0; i < 600; ++i) s->step();
  const auto snapshot = s->snapshot();
  CHECK(std::fabs(snapshot->entities.speed_mps[1]) < 1e-3);
  CHECK(snapshot->entities.speed_mps[0] > 3);
  const auto far = s->connect_trailer(1, 0);
  REQUIRE_FALSE(far.has_value());
  CHECK(sim::to_string(far.error()).find("farther than 1 m") != std::string::npos);
}

TEST_CASE("semi-trailer: threads, saving and restoring change no bit; vehicles behind keep clear of it") {
  auto setup = truck_on_ring(60, 6);
  setup.traffic.count = 14;
  auto a = make(setup), b = make(setup, 3);
  for (int i = 0; i < 1500; ++i) {
    a->step();
    b->step();
    if (i == 700) REQUIRE(b->restore(a->save()).has_value());
    if (i % 50 == 0) REQUIRE(a->state_hash() == b->state_hash());
  }
  CHECK(a->totals().collisions == 0);
}

TEST_CASE("semi-trailer: a setup that cannot be hung together is refused with the reason") {
  auto setup = truck_on_ring(60, 6);
  setup.entities[0].type = *vehicles::find_type(setup.catalogue, "sedan");
  auto made = Simulation::make(setup);
  REQUIRE_FALSE(made.has_value());
  CHECK(sim::to_string(made.error()).find("without a hitch") != std::string::npos);
}
