#include "sim/check.h"

#include <cstdio>
#include <cstdlib>

namespace bitgoeul::sim {

void check_failed(const char* expression, const char* file, int line, const char* reason) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s: %s\n", file, line, expression, reason);
  std::fflush(stderr);
  std::abort();
}

}  // namespace bitgoeul::sim
