#include "sim/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

using namespace bitgoeul::sim;

// File kat_vectors of Random123 1.14 (Salmon et al., SC11), lines "philox4x32 10".
TEST_CASE("Philox 4x32-10 gives the published known answers") {
  using Words = std::array<std::uint32_t, 4>;
  constexpr std::uint32_t kOnes = 0xffffffffu;
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
  CHECK(philox4x32_10({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}) ==
        Words{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
  CHECK(philox4x32_10({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}) ==
        Words{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});
}

TEST_CASE("seed, entity, step and stream each give other numbers") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed : {0ull, 1ull, 1ull << 32})
    for (std::uint32_t entity : {0u, 1u})
      for (std::int64_t step : {-1ll, 0ll, 1ll, 1ll << 32})
        for (Stream stream : {Stream::kTest, Stream::kDriver}) seen.insert(random_bits(seed, entity, step, stream));
  CHECK(seen.size() == 3 * 2 * 4 * 2);
}

// 10^5 draws: the mean of a uniform has a standard error of 0.0009, of a normal 0.0032; six of them are allowed.
TEST_CASE("uniform and normal numbers have the moments of their distributions") {
  constexpr int kDraws = 100'000;
  double sum = 0, square = 0, normal_sum = 0, normal_square = 0, least = 1, most = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = uniform(42, 7, i, Stream::kTest), g = normal(42, 7, i, Stream::kTest);
    sum += u, square += u * u, normal_sum += g, normal_square += g * g;
    least = std::fmin(least, u), most = std::fmax(most, u);
  }
  CHECK(std::fabs(sum / kDraws - 0.5) < 0.0055);
  CHECK(std::fabs(square / kDraws - 1.0 / 3) < 0.006);
  CHECK(std::fabs(normal_sum / kDraws) < 0.019);
  CHECK(std::fabs(normal_square / kDraws - 1.0) < 0.027);
  CHECK(least >= 0.0);
  CHECK(most < 1.0);
}

TEST_CASE("indices fill [0, n) evenly") {
  constexpr int kDraws = 60'000;
  std::array<int, 6> count{};
  for (int i = 0; i < kDraws; ++i) ++count.at(uniform_index(1, 2, i, Stream::kTurn, 6));
  for (int c : count) CHECK(std::abs(c - kDraws / 6) < 550);  // six standard deviations
  CHECK(uniform_index(1, 2, 3, Stream::kTurn, 1) == 0);
}
