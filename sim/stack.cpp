#include "sim/stack.h"

namespace bitgoeul::sim {

std::string_view to_string(StackFaultKind kind) {
  switch (kind) {
    case StackFaultKind::kCrash:
      return "STACK_CRASH";
    case StackFaultKind::kTimeout:
      return "STACK_TIMEOUT";
    case StackFaultKind::kProtocol:
      return "STACK_PROTOCOL";
  }
  return "STACK_CRASH";
}

}  // namespace bitgoeul::sim
