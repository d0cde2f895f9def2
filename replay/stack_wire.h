// The Observe message as bytes, straight from the observations: what the generated classes of stack.proto would write,
// without a message object in between, because it is made for every vehicle twenty times a second. Reading is left to
// the generated classes. Used by ObserveCodec. Thread rule: pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/stack.h"

namespace bitgoeul::replay {

// Replaces `out`, whose memory is used again.
void write_observe(std::uint64_t seq, std::span<const sim::Observation> observations, std::string& out);

// An object's or vehicle's id with its generation, as messages hold it.
inline std::uint64_t number_of(sim::Id id) { return std::uint64_t{id.generation} << 32 | id.index; }

}  // namespace bitgoeul::replay
