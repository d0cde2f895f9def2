// Patterns for names and paths. Read by whoever chooses vehicles or files by pattern. Thread rule: pure.
#pragma once

#include <string_view>

namespace bitgoeul::sim {

// Shell-like match of a whole path: * and ? within a component, ** over several.
bool glob_match(std::string_view pattern, std::string_view path);

}  // namespace bitgoeul::sim
