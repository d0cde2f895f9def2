// 128-bit hash of bytes (XXH3-128). Made per column over blocks of fixed size and combined in order, so that the value
// does not depend on the number of threads. Thread rule: pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bitgoeul::sim {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

Hash128 hash_bytes(const void* data, std::size_t size, std::uint64_t seed = 0);
inline Hash128 hash_text(std::string_view text) { return hash_bytes(text.data(), text.size()); }
// Order matters: combine(a, b) != combine(b, a).
Hash128 combine(Hash128 a, Hash128 b);
// 32 lower-case hex digits, high half first.
std::string to_hex(Hash128 hash);
std::optional<Hash128> hash_from_hex(std::string_view hex);

}  // namespace bitgoeul::sim
