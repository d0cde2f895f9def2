// Digests of a state's columns, from the hashes of blocks of rows that TableSet keeps, at almost no cost: a log of them
// names the value in which two runs part (replay/state_log.h, scenarios/state_search.h). Valid until the state's next
// hash. Thread rule: reads only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/table.h"

namespace bitgoeul::sim {

// Sums over the hashes h of a column's blocks of kHashRows rows b = 0, 1, ..., modulo 2^32: of h and of (b + 1) h.
// Where one block differs between two states, the quotient of the two differences says which.
struct ColumnDigest {
  std::uint32_t sum = 0, weighted = 0;
  bool operator==(const ColumnDigest&) const = default;
};

// Of every column in the order of view(), as of the last hash.
void digests(const TableSet& state, std::vector<ColumnDigest>& out);

// A block of rows of a column (by number in view()) as if it had this hash.
struct OtherBlock {
  std::size_t column = 0, block = 0;
  Hash128 hash;
};
// The last hash of the state, if these blocks were others.
Hash128 hash_with(const TableSet& state, std::span<const OtherBlock> others);

}  // namespace bitgoeul::sim
