// Deadline: until when something outside may keep us waiting. Wall time only ends a wait; it never reaches a result.
// Thread rule: pure values.
#pragma once

#include <chrono>

namespace bitgoeul::scenarios::stack {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline in_seconds(double seconds) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}
inline bool is_over(Deadline deadline) { return std::chrono::steady_clock::now() >= deadline; }

}  // namespace bitgoeul::scenarios::stack
