// Writes what fleet.h and log_scenario.h make of the model (vehicles, routes, background traffic, stories by the clock
// with timed polylines, an end in time) as an OpenSCENARIO XML 1.3 file, elements in the order of the schema.
// parse_text(write(s)) gives s again. Thread rule: pure.
#pragma once

#include <filesystem>
#include <string>

#include "scenarios/openscenario/model.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::openscenario {

std::string write(const Scenario& scenario);

}  // namespace bitgoeul::scenarios::openscenario
