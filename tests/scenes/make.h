// A simulation of a setup, or the end of the test with what is wrong with it. Read by tests of whole simulations.
#pragma once

#include <doctest/doctest.h>

#include <memory>

#include "scenarios/simulation.h"

namespace bitgoeul::scenes {

inline std::unique_ptr<scenarios::Simulation> make(scenarios::SimulationSetup setup, int threads = 1) {
  setup.threads = threads;
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : sim::to_string(made.error())));
  return std::move(*made);
}

}  // namespace bitgoeul::scenes
