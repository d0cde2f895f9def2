// Arithmetic on packs: a few doubles side by side, one per vehicle, so that one kernel steps several vehicles at once.
// Everything is a template over V = double or a vector of doubles (GCC's and Clang's vector extension); every operation
// is elementwise and exact by IEEE 754, so that the bits do not depend on the width (a test compares them). The
// transcendental functions here are polynomials with a stated error, good enough for a tyre curve and cheap enough to
// be called 1600 times per vehicle and second. Thread rule: pure.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

namespace bitgoeul::vehicles {

template <class V>
inline constexpr std::size_t kWidth = sizeof(V) / sizeof(double);

template <class V>
[[gnu::always_inline]] inline V load(const double* from) {
  V value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}
template <class V>
[[gnu::always_inline]] inline void store(double* to, V value) {
  std::memcpy(to, &value, sizeof(value));
}

template <class V>
[[gnu::always_inline]] inline V root(V x) {
  if constexpr (kWidth<V> == 1) {
    return std::sqrt(x);
  } else {
    V out;
    for (std::size_t k = 0; k < kWidth<V>; ++k) out[k] = std::sqrt(x[k]);
    return out;
  }
}

// a < b ? x : y, per element.
template <class V>
[[gnu::always_inline]] inline V less(V a, V b, V x, V y) {
  return a < b ? x : y;
}
template <class V>
[[gnu::always_inline]] inline V lower(V a, V b) {
  return a < b ? a : b;
}
template <class V>
[[gnu::always_inline]] inline V upper(V a, V b) {
  return a < b ? b : a;
}
template <class V>
[[gnu::always_inline]] inline V clip(V x, V low, V high) {
  return lower(upper(x, low), high);
}
template <class V>
[[gnu::always_inline]] inline V magnitude(V x) {
  return upper(x, -x);
}
template <class V>
[[gnu::always_inline]] inline V every(double value) {
  return V{} + value;
}

// atan x for x >= 0, error below 3e-8 rad (Abramowitz and Stegun, 4.4.49).
template <class V>
[[gnu::always_inline]] inline V arc_tangent(V x) {
  const V one = every<V>(1.0);
  const V turned = one / upper(x, one);
  const V u = less(x, one, x, turned);
  const V q = u * u;
  const V high = 0.1065626393 + q * (-0.0752896400 + q * (0.0429096138 + q * (-0.0161657367 + q * 0.0028662257)));
  const V p = u * (1.0 + q * (-0.3333314528 + q * (0.1999355085 + q * (-0.1420889944 + q * high))));
  return less(x, one, p, 1.5707963267948966 - p);
}

// sin x for x in [0, pi], error below 6e-8 and relative to x near 0: the Taylor series, folded at pi / 2.
template <class V>
[[gnu::always_inline]] inline V sine_to_pi(V x) {
  const V y = lower(x, 3.141592653589793 - x);
  const V q = y * y;
  const V high = 1.0 / 362880 - q * (1.0 / 39916800);
  return y * (1.0 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q * high))));
}

}  // namespace bitgoeul::vehicles
