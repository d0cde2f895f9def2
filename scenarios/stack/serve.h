// Serve: the stack's side of the protocol for an in-process stack: what `bitgoeul stack example` runs, and the
// conformance tests' other end. Thread rule: one thread.
#pragma once

#include "scenarios/stack/link.h"
#include "sim/result.h"
#include "sim/stack.h"

namespace bitgoeul::scenarios::stack {

struct ServeOptions {
  std::string name = "bitgoeul example", version = "1";
  std::string token;
  double patience_s = 600;  // for each message
};

// Until the run ends; the error says why it did not.
sim::Result<void> serve(Link& link, sim::Stack& stack, const ServeOptions& options);
// Connects to $BITGOEUL_STACK_SOCKET.
sim::Result<Link> connect_to_engine();

}  // namespace bitgoeul::scenarios::stack
