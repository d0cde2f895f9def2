// A simulation of a setup that a test knows to be sound, and who walks in it. Thread rule: pure.
#pragma once

#include <doctest/doctest.h>

#include "scenarios/simulation.h"

namespace bitgoeul::tests {

inline std::unique_ptr<scenarios::Simulation> run_of(scenarios::SimulationSetup setup) {
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : sim::to_string(made.error())));
  return std::move(*made);
}

inline bool walks(const sim::Entities& e, std::size_t row) {
  return e.alive[row] && e.role[row] == sim::Role::kPedestrian;
}

}  // namespace bitgoeul::tests
