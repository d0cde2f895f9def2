// Reask: gives a stack the observations of a run log again, without the simulation, and compares what it answers now
// with what it answered then, bit for bit. Used by `stack replay`, by `verify --stacks` and by tests. Blame: two logs
// of the same run that differ: whether the stacks or the engine differed first. Thread rule: one thread.
#pragma once

#include <optional>
#include <string>

#include "replay/run_log.h"
#include "sim/stack.h"

namespace bitgoeul::scenarios::stack {

struct ActDifference {
  std::int64_t step = 0;  // of the observation
  std::string vehicle;
  std::string recorded, again;
  bool own_state = false;  // only the hash of the stack's own state differs
};

struct Reasked {
  std::int64_t observations = 0, acts = 0;  // compared
  std::optional<ActDifference> first;
};

// `index`: of the log's stacks. Errors: no such stack, no observations recorded, the stack failed.
sim::Result<Reasked> reask(const replay::RunLog& log, std::uint32_t index, sim::Stack& stack);

struct Blame {
  enum class Who { kNobody, kStack, kEngine } who = Who::kNobody;
  std::int64_t step = 0;
  std::string what;
};
// The stack: the first difference is an act, in a step before which every state was the same.
sim::Result<Blame> blame(const replay::RunLog& a, const replay::RunLog& b);

bool same_bits(const sim::Act& a, const sim::Act& b);  // but for stack_hash
std::string text_of(const sim::Act& act);

}  // namespace bitgoeul::scenarios::stack
