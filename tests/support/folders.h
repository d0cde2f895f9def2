// Where a test finds the repository and the build. Read by every test program and by the benchmarks.
// Functions and not macros, so that the compiled tests of two checkouts are the same to a compiler cache.
#pragma once

#include <string>

namespace bitgoeul::tests {

std::string source_dir();  // the repository's root
std::string binary_dir();  // the build folder in use

}  // namespace bitgoeul::tests
