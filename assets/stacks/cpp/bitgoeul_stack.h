// The stack's side of Bitgoeul's lock-step protocol as one header and one source, for stacks in C++17. Copy both and
// stack.proto; needs protobuf only. The protocol: replay/schema/stack/README.md. SI units, radians, map frame.
//
//   bitgoeul_stack::run("my stack", [](const bitgoeul::stack::Init& init, const bitgoeul::stack::Ego& ego,
//                                      const bitgoeul::stack::EgoState& state, bitgoeul::stack::EgoAct& act) { ... });
#pragma once

#include <functional>
#include <string>

#include "stack.pb.h"

namespace bitgoeul_stack {

using Think = std::function<void(const bitgoeul::stack::Init&, const bitgoeul::stack::Ego&,
                                 const bitgoeul::stack::EgoState&, bitgoeul::stack::EgoAct&)>;

// Connects to the engine that has started this program, drives until the run ends. 0: it has ended well; else the
// reason is on stderr. `think` fills one act for one vehicle that is due.
int run(const std::string& name, const Think& think);

// The same on a connected socket, for stacks that the engine connects to (unix:PATH, tcp:127.0.0.1:PORT).
int drive(int socket, const std::string& name, const Think& think);

}  // namespace bitgoeul_stack
