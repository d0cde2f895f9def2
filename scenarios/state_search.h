// Which value of the state differs: between two simulations, or between one and what a log says of another
// (replay/state_log.h: digests and the hash). From digests a value is found when it is the only one of its block of 256
// rows that differs and differs by a few units in the last place, by one bit, or from zero; what is found is proved by
// the hash of the whole state. Used by verify and diff. Thread rule: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replay/state_log.h"
#include "scenarios/simulation.h"
#include "sim/hash.h"

namespace bitgoeul::scenarios {

struct StateDifference {
  std::string column;                // `vehicles.s`, the first that differs
  std::string entity;                // its name, `row 7`, or as close as it can be told: `rows 256 to 511`, `some rows`
  std::string a, b;                  // all digits; `unknown` where the log does not tell
  std::vector<std::string> columns;  // all that differ
};

std::optional<StateDifference> compare_states(const Simulation& a, const Simulation& b);
// a: what the log says; b: the simulation. Nothing when the digests are equal or of another layout.
std::optional<StateDifference> find_in_digests(const replay::StateDigests& a, sim::Hash128 hash, const Simulation& b);

}  // namespace bitgoeul::scenarios
