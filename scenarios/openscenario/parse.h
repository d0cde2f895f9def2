// Reads an OpenSCENARIO XML file into the model. Whatever the engine does not run is an error Issue with file, line and
// column: a scenario is run as it stands or not at all. All defects of a file are found in one pass. Called by the
// commands run, check, verify and by tests. Thread rule: pure, one thread per call.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/openscenario/model.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::openscenario {

using ParameterValues = std::vector<std::pair<std::string, std::string>>;  // --param K=V, in order

// Fails only when there is no XML to read; every other defect stands in `issues` (has_errors(issues): do not run it).
sim::Result<Scenario> parse_file(const std::filesystem::path& file, const ParameterValues& parameters,
                                 sim::Issues& issues);
sim::Result<Scenario> parse_text(std::string_view text, const std::string& file_name, const ParameterValues& parameters,
                                 sim::Issues& issues);

}  // namespace bitgoeul::scenarios::openscenario
