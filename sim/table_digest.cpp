#include "sim/table_digest.h"

#include <array>

namespace bitgoeul::sim {
namespace {

// What TableSet keeps for its next hash is nobody else's to change; here it is only read. (An explicit instantiation
// may name a private member: C++20, 13.9.3.)
struct Kept {
  template <auto Columns>
  struct Open {
    friend const auto& columns_of(const Kept&, const TableSet& state) { return state.*Columns; }
  };
};
const auto& columns_of(const Kept&, const TableSet& state);
template struct Kept::Open<&TableSet::columns_>;

constexpr std::uint64_t kMagic = 0x3145544154534742u;  // "BGSTATE1", as in table.cpp

Hash128 hash_numbers(std::uint64_t a, std::uint64_t b) {
  const std::array<std::uint64_t, 2> words{a, b};
  return hash_bytes(words.data(), sizeof(words));
}

}  // namespace

void digests(const TableSet& state, std::vector<ColumnDigest>& out) {
  const auto& columns = columns_of(Kept{}, state);
  out.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::uint32_t sum = 0, weighted = 0, weight = 0;
    for (const Hash128& block : columns[c].blocks) {
      const auto part = static_cast<std::uint32_t>(block.low);
      sum += part;
      weighted += part * ++weight;
    }
    out[c] = {sum, weighted};
  }
}

// As TableSet::hash folds (a test holds them against each other).
Hash128 hash_with(const TableSet& state, std::span<const OtherBlock> others) {
  const auto& columns = columns_of(Kept{}, state);
  Hash128 sum = hash_numbers(kMagic, columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::vector<Hash128> blocks = columns[c].blocks;
    for (const OtherBlock& other : others)
      if (other.column == c && other.block < blocks.size()) blocks[other.block] = other.hash;
    const Hash128 all = blocks.empty() ? Hash128{} : hash_bytes(blocks.data(), blocks.size() * sizeof(Hash128));
    sum = combine(combine(sum, columns[c].name_hash), combine(hash_numbers(columns[c].hashed_rows, 0), all));
  }
  return sum;
}

}  // namespace bitgoeul::sim
