#include "replay/codec.h"

namespace bitgoeul::replay {

void put_field_start(std::string& out, int field, std::size_t size) {
  constexpr std::uint64_t kLengthDelimited = 2;
  char bytes[2 * kMostVarint];
  char* end = put_varint(bytes, (static_cast<std::uint64_t>(field) << 3) | kLengthDelimited);
  end = put_varint(end, size);
  out.append(bytes, end);
}

std::string bytes_of(sim::Hash128 hash) {
  std::string bytes;
  for (const std::uint64_t half : {hash.high, hash.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(half >> shift));
  }
  return bytes;
}

bool hash_from_bytes(std::string_view bytes, sim::Hash128& out) {
  if (bytes.size() != 16) return false;
  out = {};
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint64_t& half = i < 8 ? out.high : out.low;
    half = (half << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return true;
}

}  // namespace bitgoeul::replay
