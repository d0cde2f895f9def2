// Driving stacks as processes of their own: the same bits as in process, and a stack that rams is told as what it is.
#include <doctest/doctest.h>

#include "scenarios/simulation.h"
#include "scenarios/stack/drivers.h"
#include "tests/scenes/scenes.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace stack = scenarios::stack;

namespace {

struct Ended {
  sim::Hash128 hash;
  scenarios::Totals totals;
};

// Every ego of the scene is driven by it; `each`: by a process for each.
Ended drive(scenarios::SimulationSetup setup, const std::string& spec, int steps, bool each = false) {
  stack::DriverOptions options;
  const auto choice = stack::parse_choice("*=" + spec, each);
  REQUIRE(choice.has_value());
  options.choices.push_back(*choice);
  auto drivers = stack::Drivers::make(options, setup);
  REQUIRE_MESSAGE(drivers.has_value(), (drivers ? std::string() : drivers.error().what));
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  for (int i = 0; i < steps; ++i) (*made)->step();
  REQUIRE_MESSAGE(!(*made)->fault(), ((*made)->fault() ? (*made)->fault()->what : std::string()));
  drivers->finish({"PASS", {}});
  return {(*made)->state_hash(), (*made)->totals()};
}

std::string shipped(const std::string& name) {
  return "exec:" + tests::binary_dir() + "/bin/bitgoeul stack example " + name;
}

}  // namespace

TEST_CASE("the built-in stack as a process over the socket: the same bits as in process, for 1 and 200 vehicles") {
  for (const int egos : {1, 200}) {
    CAPTURE(egos);
    const auto scene = [&] { return scenes::small_city(7, 50, egos); };
    for (const char* name : {"planner", "trajectory_planner"}) {
      const Ended inside = drive(scene(), std::string("builtin:") + name, 500);
      CHECK(inside.totals.ego_distance_m > 0);
      CHECK(drive(scene(), shipped(name), 500).hash == inside.hash);
    }
  }
  // One process for each vehicle is the same again.
  const auto scene = [] { return scenes::small_city(4, 20, 12); };
  CHECK(drive(scene(), shipped("planner"), 500, true).hash == drive(scene(), "builtin:planner", 500).hash);
}
