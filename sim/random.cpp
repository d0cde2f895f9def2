#include "sim/random.h"

#include <cmath>

#include "sim/math.h"

namespace bitgoeul::sim {
namespace {

// Multipliers and Weyl constants of Philox 4x32 (Salmon et al. 2011, table 2 and section 3.3).
constexpr std::uint32_t kMultiplier0 = 0xD2511F53u, kMultiplier1 = 0xCD9E8D57u;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;

std::array<std::uint32_t, 4> words(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream) {
  const auto bits = static_cast<std::uint64_t>(step);
  return philox4x32_10({entity, static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32),
                        static_cast<std::uint32_t>(stream)},
                       {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

std::uint64_t join(std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32 | low; }

double to_unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

}  // namespace

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t p1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

std::uint64_t random_bits(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream) {
  const auto w = words(seed, entity, step, stream);
  return join(w[0], w[1]);
}

double uniform(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream) {
  return to_unit(random_bits(seed, entity, step, stream));
}

std::uint32_t uniform_index(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream,
                            std::uint32_t n) {
  const auto w = words(seed, entity, step, stream);
  return static_cast<std::uint32_t>(std::uint64_t{w[1]} * n >> 32);
}

double normal(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream) {
  const auto w = words(seed, entity, step, stream);
  const double radius_bits = to_unit(join(w[0], w[1])) + 0x1p-53;  // in (0, 1], so that the logarithm is finite
  return std::sqrt(-2.0 * log(radius_bits)) * cos(2.0 * kPi * to_unit(join(w[2], w[3])));
}

}  // namespace bitgoeul::sim
