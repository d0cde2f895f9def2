// Egos on a banked ring: the vehicle leans and climbs with the road under its wheels; weather changes how it brakes.
#include <doctest/doctest.h>

#include <cmath>

#include "maps/lane_geometry.h"
#include "scenarios/simulation.h"
#include "sim/math.h"
#include "tests/scenes/network.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;

namespace {

constexpr double kLean = 0.06, kRadius = 150;

scenarios::SimulationSetup banked_ring() {
  scenarios::SimulationSetup setup;
  setup.map = scenes::ring_map(kRadius, -kLean);  // up to the right, the outside
  setup.catalogue = vehicles::builtin_catalogue();
  scenarios::EntitySetup ego;
  ego.name = "ego";
  ego.type = *vehicles::find_type(setup.catalogue, "sedan");
  ego.lane = 0;
  ego.s = 20;
  ego.speed_mps = 12;
  setup.entities = {ego};
  return setup;
}

}  // namespace

TEST_CASE("banked ring: an ego leans with the road, stays on it and in its lane") {
  auto made = scenarios::Simulation::make(banked_ring());
  REQUIRE(made.has_value());
  double worst_t = 0;
  for (int i = 0; i < 6000; ++i) {
    (*made)->step();
    if (i % 100 != 0 || i < 500) continue;
    const auto snapshot = (*made)->snapshot();
    const sim::Entities& e = snapshot->entities;
    CHECK(e.roll_rad[0] == doctest::Approx(-kLean).epsilon(0.25));  // and a little on its springs
    CHECK(std::fabs(e.z[0]) < 0.05);                                // the ring is level along its lane
    worst_t = std::max(worst_t, std::fabs(sim::hypot(e.x[0], e.y[0]) - kRadius));
  }
  CHECK(worst_t < 0.3);
}

TEST_CASE("weather set between two steps is state: saved, restored, and it lengthens braking") {
  auto a = scenarios::Simulation::make(banked_ring());
  auto b = scenarios::Simulation::make(banked_ring());
  REQUIRE((a.has_value() && b.has_value()));
  for (int i = 0; i < 50; ++i) (*a)->step(), (*b)->step();
  CHECK((*a)->state_hash() == (*b)->state_hash());
  (*a)->set_weather(0.3, 20);
  (*a)->step();
  (*b)->step();
  CHECK((*a)->state_hash() != (*b)->state_hash());
  REQUIRE((*b)->restore((*a)->save()).has_value());
  for (int i = 0; i < 300; ++i) {
    (*a)->step();
    (*b)->step();
    REQUIRE((*a)->state_hash() == (*b)->state_hash());
  }
}
