#include "sim/hash.h"

#include <doctest/doctest.h>

#include <vector>

using namespace bitgoeul::sim;

namespace {

// The buffer of xxHash's own self-test (cli/xsum_sanity_check.c).
std::vector<unsigned char> published_buffer(std::size_t size) {
  std::vector<unsigned char> buffer(size);
  std::uint64_t generator = 2654435761u;
  for (auto& byte : buffer) {
    byte = static_cast<unsigned char>(generator >> 56);
    generator *= 11400714785074694797u;
  }
  return buffer;
}

struct Published {
  std::size_t size;
  std::uint64_t seed, low, high;
};

}  // namespace

TEST_CASE("XXH3-128 gives the published values") {
  constexpr std::uint64_t kSeed = 2654435761u;
  const Published kPublished[] = {
      {0, 0, 0x6001C324468D497Fu, 0x99AA06D3014798D8u},      {0, kSeed, 0x5444F7869C671AB0u, 0x92220AE55E14AB50u},
      {1, 0, 0xC44BDFF4074EECDBu, 0xA6CD5E9392000F6Au},      {12, 0, 0x061A192713F69AD9u, 0x6E3EFD8FC7802B18u},
      {81, kSeed, 0x703FBB3D7A5F755Cu, 0x2724EC7ADC750FB6u}, {222, 0, 0xF1AEBD597CEC6B3Au, 0x337E09641B948717u},
      {512, 0, 0x617E49599013CB6Bu, 0x18D2D110DCC9BCA1u},    {2048, kSeed, 0x230D43F30206260Bu, 0x7FB03F7E7186C3EAu},
      {2367, 0, 0xCB37AEB9E5D361EDu, 0xE89C0F6FF369B427u}};
  for (const auto& p : kPublished) {
    const auto buffer = published_buffer(p.size);
    CHECK(hash_bytes(buffer.data(), buffer.size(), p.seed) == Hash128{p.high, p.low});
  }
}

TEST_CASE("combining is ordered, hex goes there and back") {
  const Hash128 a = hash_text("a"), b = hash_text("b");
  CHECK(combine(a, b) != combine(b, a));
  CHECK(combine(a, b) == combine(a, b));
  CHECK(to_hex(Hash128{0x0123456789abcdefu, 0xfu}) == "0123456789abcdef000000000000000f");
  CHECK(hash_from_hex(to_hex(a)) == a);
  CHECK(hash_from_hex("0123456789ABCDEF000000000000000F") == Hash128{0x0123456789abcdefu, 0xfu});
  CHECK(!hash_from_hex("0123"));
  CHECK(!hash_from_hex("g123456789abcdef000000000000000f"));
}
