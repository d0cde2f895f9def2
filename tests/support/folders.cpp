#include "tests/support/folders.h"

namespace bitgoeul::tests {

std::string source_dir() { return BITGOEUL_SOURCE_DIR; }
std::string binary_dir() { return BITGOEUL_BINARY_DIR; }

}  // namespace bitgoeul::tests
