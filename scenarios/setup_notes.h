// What a scenario asks for that has no effect, or less than its author may think, in this engine: a list of warnings of
// rule `unsupported`, one per kind and name, made before the run starts for run, check and batch. What has no meaning
// at all without it is an error of whoever reads it. Thread rule: pure.
#pragma once

#include "scenarios/openscenario/model.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

inline constexpr const char* kUnsupportedRule = "unsupported";

void note_what_has_no_effect(const openscenario::Scenario& scenario, sim::Issues& issues);
// CustomCommandActions: the engine starts no program that a file names. The first one, to refuse the file with; nothing
// when there is none.
const openscenario::CustomCommandAction* first_custom_command(const openscenario::Scenario& scenario);

}  // namespace bitgoeul::scenarios
