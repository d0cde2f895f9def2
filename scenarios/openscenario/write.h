// Writes what fleet.h makes of the model (vehicles, routes, background traffic, an end in time) as an OpenSCENARIO XML
// 1.3 file, elements in the order of the schema. parse_text(write(s)) gives s again. Thread rule: pure.
#pragma once

#include <filesystem>
#include <string>

#include "scenarios/openscenario/model.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::openscenario {

std::string write(const Scenario& scenario);

}  // namespace bitgoeul::scenarios::openscenario
