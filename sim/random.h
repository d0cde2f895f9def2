// Counter-based random numbers: a pure function of (seed, entity, step, stream); no generator objects, no hidden state.
// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11), key = seed,
// counter = (entity, step low, step high, stream). Streams are named constants so that two uses never share a number.
// Thread rule: pure, callable anywhere.
#pragma once

#include <array>
#include <cstdint>

namespace bitgoeul::sim {

enum class Stream : std::uint32_t {
  kTest = 0,
  kVehicleType = 1,
  kDriver = 2,
  kSpawn = 3,
  kTurn = 4,
  kDemand = 5,
  kPerception = 6,
  kSignalOffset = 7,
  kStackLatency = 8,
  kWalker = 9,
  kTrafficMix = 11,
  kBusStop = 12,
  kDistribution = 64,
};

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// 64 random bits.
std::uint64_t random_bits(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream);
// In [0, 1), 53 bits.
double uniform(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream);
// In [0, n), n > 0, unbiased enough for n < 2^32 (multiply-shift).
std::uint32_t uniform_index(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream,
                            std::uint32_t n);
// Standard normal (Box-Muller, 53 bits from each pair of words, with sim/math.h).
double normal(std::uint64_t seed, std::uint32_t entity, std::int64_t step, Stream stream);

}  // namespace bitgoeul::sim
