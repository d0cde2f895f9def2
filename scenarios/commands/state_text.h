// A value of the state that differs, for people and as JSON. Used by verify and diff. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/state_search.h"

namespace bitgoeul::scenarios::commands {

std::string state_text(const StateDifference& d);
// {"entity", "column", a's key, b's key, "columns": all that differ}
std::string state_json(const StateDifference& d, std::string_view a, std::string_view b);

}  // namespace bitgoeul::scenarios::commands
