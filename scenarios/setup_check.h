// Checks a SimulationSetup before a world is made of it: rows in range, routes that can be driven, starts that do not
// overlap. Errors name the entity and say what to do. Thread rule: pure.
#pragma once

#include "scenarios/simulation.h"

namespace bitgoeul::scenarios {

sim::Result<void> check_setup(const SimulationSetup& setup);

}  // namespace bitgoeul::scenarios
