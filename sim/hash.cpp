#include "sim/hash.h"

#include <xxhash.h>

#include <array>
#include <bit>

namespace bitgoeul::sim {
namespace {

static_assert(std::endian::native == std::endian::little, "hashes and saved states are over little-endian values");

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Hash128 hash_bytes(const void* data, std::size_t size, std::uint64_t seed) {
  const XXH128_hash_t h = XXH3_128bits_withSeed(data, size, seed);
  return Hash128{h.high64, h.low64};
}

Hash128 combine(Hash128 a, Hash128 b) {
  const std::array<std::uint64_t, 4> words{a.high, a.low, b.high, b.low};
  return hash_bytes(words.data(), sizeof(words));
}

std::string to_hex(Hash128 hash) {
  std::string text(32, '0');
  for (std::size_t i = 0; i < 32; ++i) {
    const std::uint64_t half = i < 16 ? hash.high : hash.low;
    text[i] = "0123456789abcdef"[half >> (60 - 4 * (i % 16)) & 15];
  }
  return text;
}

std::optional<Hash128> hash_from_hex(std::string_view hex) {
  if (hex.size() != 32) return std::nullopt;
  Hash128 hash;
  for (std::size_t i = 0; i < 32; ++i) {
    const int digit = hex_digit(hex[i]);
    if (digit < 0) return std::nullopt;
    std::uint64_t& half = i < 16 ? hash.high : hash.low;
    half = half << 4 | static_cast<std::uint64_t>(digit);
  }
  return hash;
}

}  // namespace bitgoeul::sim
