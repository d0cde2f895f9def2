// Where the data sets lie that tests read when they are there: beside the checkout, or where BITGOEUL_SHARED says.
// Used by tests/maps only.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "tests/support/folders.h"

namespace bitgoeul::tests {

inline std::filesystem::path shared_data() {
  const char* chosen = std::getenv("BITGOEUL_SHARED");
  const std::filesystem::path root = chosen != nullptr ? chosen : bitgoeul::tests::source_dir() + "/../shared";
  return root / "data";
}

inline std::filesystem::path test_map(const char* name) {
  return std::filesystem::path(bitgoeul::tests::source_dir()) / "tests" / "maps" / "data" / name;
}

}  // namespace bitgoeul::tests
