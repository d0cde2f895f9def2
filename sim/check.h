// CHECK: we are wrong. Always on, in every build: prints expression, place, step and reason to stderr, then aborts.
// Never for bad input (that is a Result or an Issue) and never for a simulated crash (that is an Event).
#pragma once

namespace bitgoeul::sim {

[[noreturn]] void check_failed(const char* expression, const char* file, int line, const char* reason);

}  // namespace bitgoeul::sim

#define CHECK(condition, reason)                                             \
  do {                                                                       \
    if (!(condition)) [[unlikely]]                                           \
      ::bitgoeul::sim::check_failed(#condition, __FILE__, __LINE__, reason); \
  } while (false)
