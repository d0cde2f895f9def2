// Only + - * / sqrt and integer operations, each rounded once, so every IEEE 754 machine computes the same bits.
// A value that needs more than 53 bits is the unevaluated sum of two doubles. Methods: error-free sums and products
// after Dekker (Numer. Math. 18, 1971) and Knuth (TAOCP 2, 4.2.2); reduction after Cody and Waite (Software Manual for
// the Elementary Functions, 1980) and Payne and Hanek (SIGNUM 18, 1983); breakpoint tables after Tang (TOMS 15-18,
// 1989-92). Polynomials: minimax with double coefficients (fpminimax of Sollya); the relative error of each stands
// beside it.
#include "sim/math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/math_tables.h"

namespace bitgoeul::sim {
namespace {

using tables::Pair;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kRound = 0x1.8p52;  // adding and subtracting it rounds to an integer, which stands in the low bits

std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
double from_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }
double power_of_two(int exponent) { return from_bits(static_cast<std::uint64_t>(exponent + 1023) << 52); }

// The leading 26 bits of x; x - leading(x) is exact.
double leading(double x) { return from_bits(bits_of(x) & 0xFFFFFFFFF8000000u); }

// a + b exactly.
Pair two_sum(double a, double b) {
  const double s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

// a + b exactly when |a| >= |b| or a = 0.
Pair fast_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}

// a * b with an error below 2^-105 of it.
Pair two_product(double a, double b) {
  const double p = a * b, ah = leading(a), al = a - ah, bh = leading(b), bl = b - bh;
  return {p, ((ah * bh - p) + (ah * bl + al * bh)) + al * bl};
}

// n / d for n = n.high + n.low and d alike, nearly correctly rounded.
double quotient(Pair n, Pair d) {
  const double q = n.high / d.high;
  const Pair p = two_product(q, d.high);
  return q + (((n.high - p.high) - p.low) + (n.low - q * d.low)) / d.high;
}

// ---- sine, cosine, tangent
// ---------------------------------------------------------------------------------------------

// x = n * pi/2 + high + low, |high| <= pi/4; n counts modulo 4.
struct Reduced {
  double high, low;
  unsigned n;
};

// 192 bits, most significant word first.
struct Fraction {
  std::uint64_t word[3];
};

__extension__ typedef unsigned __int128 Wide;

// x * 2/pi modulo 4 for x = m * 2^e, as a fraction of 4: only the bits of 2/pi from weight 2^(1-e) on matter.
Fraction times_two_over_pi(std::uint64_t m, int e) {
  const unsigned first = static_cast<unsigned>(e + 62), shift = first % 64;
  const std::uint64_t* word = tables::kTwoOverPiBits + first / 64;
  std::uint64_t w[3];
  for (int i = 0; i < 3; ++i) w[i] = shift == 0 ? word[i] : word[i] << shift | word[i + 1] >> (64 - shift);
  const Wide low = Wide{m} * w[2];
  const Wide middle = Wide{m} * w[1] + static_cast<std::uint64_t>(low >> 64);
  const std::uint64_t high = m * w[0] + static_cast<std::uint64_t>(middle >> 64);
  return {{high, static_cast<std::uint64_t>(middle), static_cast<std::uint64_t>(low)}};
}

void shift_left(Fraction& f, int count) {
  for (; count >= 64; count -= 64) f = {{f.word[1], f.word[2], 0}};
  if (count == 0) return;
  f = {{f.word[0] << count | f.word[1] >> (64 - count), f.word[1] << count | f.word[2] >> (64 - count),
        f.word[2] << count}};
}

void negate(Fraction& f) {
  for (auto& w : f.word) w = ~w;
  if (++f.word[2] == 0 && ++f.word[1] == 0) ++f.word[0];
}

// Payne and Hanek's reduction: any finite |x| > 1024.
Reduced reduce_large(double x) {
  const std::uint64_t bits = bits_of(x);
  const int e = static_cast<int>(bits >> 52 & 0x7FF) - 1075;
  Fraction f = times_two_over_pi((bits & 0xFFFFFFFFFFFFFu) | 0x10000000000000u, e);
  unsigned n = static_cast<unsigned>(f.word[0] >> 62);
  shift_left(f, 2);
  const bool above_half = f.word[0] >> 63;
  if (above_half) {
    negate(f);
    ++n;
  }
  int zeros = 0;
  while (zeros < 128 && !(f.word[0] >> 63)) shift_left(f, 1), ++zeros;
  const double high = static_cast<double>(f.word[0] >> 11) * power_of_two(-53 - zeros);
  const double low = static_cast<double>(f.word[0] << 53 | f.word[1] >> 11) * power_of_two(-117 - zeros);
  const Pair p = two_product(high, tables::kPio2High);
  const Pair r = fast_two_sum(p.high, p.low + (high * tables::kPio2Low + low * tables::kPio2High));
  const bool negative = bits >> 63;
  if (negative) n = 0u - n;
  return above_half != negative ? Reduced{-r.high, -r.low, n} : Reduced{r.high, r.low, n};
}

// Cody and Waite's reduction: n * first and n * second are exact for |n| <= 1024.
inline Reduced reduce(double x) {
  if (!(std::fabs(x) <= 1024.0)) [[unlikely]]
    return std::fabs(x) < kInfinity ? reduce_large(x) : Reduced{kNaN, 0, 0};
  const double shifted = x * tables::kTwoOverPi + kRound;
  const double n = shifted - kRound;
  const double a = x - n * tables::kPio2First, w = n * tables::kPio2Second, r = a - w;
  return {r, ((a - r) - w) - n * tables::kPio2Third, static_cast<unsigned>(bits_of(shifted))};
}

// sin(high + low) for |high| <= pi/4 as a sum of two; relative error of the polynomial 2^-61.
inline Pair sine_parts(double high, double low) {
  const double z = high * high, z2 = z * z;
  const double p = (-0x1.5555555555555p-3 + z * 0x1.111111111101ep-7) +
                   z2 * ((-0x1.a01a019fe8883p-13 + z * 0x1.71de3a103df1cp-19) +
                         z2 * ((-0x1.ae63f80e708f7p-26 + z * 0x1.60e5d9e88da9fp-33) + z2 * -0x1.8d5ac17f9a12fp-41));
  return {high, high * (z * p) + (low - 0.5 * z * low)};
}

// cos(high + low) likewise, 2^-61; `square_error` is what z = fl(high^2) lacks.
inline Pair cosine_parts(double high, double low, double square_error) {
  const double z = high * high, z2 = z * z, half = 0.5 * z;
  const double q = (0x1.5555555555555p-5 + z * -0x1.6c16c16c168cbp-10) +
                   z2 * ((0x1.a01a019f386d6p-16 + z * -0x1.27e4fa03161a7p-22) +
                         z2 * (0x1.1eeb57f5def62p-29 + z * -0x1.90739324dc0adp-37));
  const double w = 1.0 - half;
  return {w, ((1.0 - w) - half) + (z2 * q - (high * low + 0.5 * square_error))};
}

inline double sum(Pair p) { return p.high + p.low; }

// ---- arc functions
// -----------------------------------------------------------------------------------------------------

// atan((a.high + a.low) / (b.high + b.low)) for 0 <= a <= b, b normal and far from overflow: the nearest i/16 = c, then
// atan(a/b) = atan(c) + atan((a - c b) / (b + c a)), numerator, denominator and quotient each in two parts.
inline Pair arc(Pair a, Pair b) {
  const int i = static_cast<int>(a.high / b.high * 16.0 + 0.5);
  const double c = i * 0x1p-4;
  const double bh = leading(b.high), ah = leading(a.high);
  const Pair num = two_sum(a.high - c * bh, -(c * (b.high - bh)));
  const double num_low = num.low + (a.low - c * b.low);
  const Pair d1 = fast_two_sum(b.high, c * ah);
  const Pair den = fast_two_sum(d1.high, c * (a.high - ah));
  const double den_low = (d1.low + den.low) + (b.low + c * a.low);
  const double inverse = 1.0 / den.high, dh = leading(den.high);
  const double th = leading(num.high * inverse);
  const double rest = ((num.high - th * dh) - th * (den.high - dh)) + (num_low - th * den_low);
  const double tl = rest * inverse, t = th + tl, z = t * t, z2 = z * z;
  const double p = (-0x1.5555555555555p-2 + z * 0x1.9999999997797p-3) +
                   z2 * ((-0x1.24924906ca6acp-3 + z * 0x1.c71b304aae91p-4) + z2 * -0x1.71c84a82c26acp-4);  // 2^-69
  const Pair s = fast_two_sum(tables::kAtan[i].high, th);
  return {s.high, s.low + (tl + (tables::kAtan[i].low + t * z * p))};
}

// The angle of (x, y) from the angle v of the first octant: v, pi/2 - v, pi - v or pi/2 + v, without its sign.
inline double unfold(Pair v, bool steep, bool left) {
  static constexpr Pair kBase[2][2] = {{{0.0, 0.0}, {2 * tables::kPio2High, 2 * tables::kPio2Low}},
                                       {{tables::kPio2High, tables::kPio2Low}, {tables::kPio2High, tables::kPio2Low}}};
  const Pair base = kBase[steep][left];
  const double sign = steep == left ? 1.0 : -1.0;
  const Pair s = fast_two_sum(base.high, sign * v.high);
  return s.high + (s.low + (base.low + sign * v.low));
}

// Zeros, infinities, NaN, very small and very unequal arguments of atan2.
double atan2_special(double y, double x) {
  if (x != x || y != y) return kNaN;
  double ax = std::fabs(x), ay = std::fabs(y);
  if (ax == kInfinity || ay == kInfinity) {
    ax = ax == kInfinity ? 1.0 : 0.0;
    ay = ay == kInfinity ? 1.0 : 0.0;
  }
  const bool steep = ay > ax, left = std::signbit(x);
  double a = steep ? ax : ay, b = steep ? ay : ax;
  if (a == 0.0) return std::copysign(unfold({0.0, 0.0}, steep, left), y);
  if (a < b * 0x1p-64) return !steep && !left ? y / x : std::copysign(unfold({0.0, 0.0}, steep, left), y);
  const double scale = b > 1.0 ? 0x1p-600 : 0x1p600;
  if (!(b > 0x1p-400 && b < 0x1p400)) a *= scale, b *= scale;
  return std::copysign(unfold(arc({a, 0.0}, {b, 0.0}), steep, left), y);
}

// sqrt(1 - x^2) as a sum of two, for |x| <= 1.
Pair other_leg(double x) {
  const Pair square = two_product(x, x), s = fast_two_sum(1.0, -square.high);
  if (s.high == 0.0) return {0.0, 0.0};
  const double root = std::sqrt(s.high);
  const Pair p = two_product(root, root);
  return {root, (((s.high - p.high) - p.low) + (s.low - square.low)) / (2.0 * root)};
}

// ---- exponential and logarithm
// -----------------------------------------------------------------------------------------

// exp(high + low) = 2^k * table * (1 + r + r_low + c), |r| < ln 2 / 64.
struct Exponential {
  int k;
  Pair table;
  double r, r_low, c;
};

inline Exponential exponential(double high, double low) {
  const double shifted = high * tables::k32OverLn2 + kRound, n = shifted - kRound;
  const int count = static_cast<int>(n);
  const double exact = high - n * tables::kLn2Over32High, w = n * tables::kLn2Over32Low - low, r = exact - w;
  const double z = r * r;
  const double p = (0.5 + r * 0x1.555555554dc66p-3) +
                   z * ((0x1.555555554e87ep-5 + r * 0x1.11114fc45e3cbp-7) + z * 0x1.6c170f2bb1c99p-10);  // 2^-62
  return {count >> 5, tables::kExp2[count & 31], r, (exact - r) - w, z * p};
}

// 2^k * value for a value near 1; one more rounding when the result is subnormal.
inline double scale(double value, int k) {
  if (k >= -1021 && k <= 1022) [[likely]]
    return value * power_of_two(k);
  return k > 0 ? value * 0x1p1022 * power_of_two(k - 1022) : value * power_of_two(k + 1000) * 0x1p-1000;
}

inline double exp_of_sum(double high, double low) {
  if (high > 709.8) return kInfinity;
  if (high < -746.0) return 0.0;
  const Exponential e = exponential(high, low);
  return scale(e.table.high + (e.table.low + e.table.high * (e.r + e.c)), e.k);
}

// log(x) for positive, finite, normal x times 2^(-offset): x = 2^k m, m in [0.6875, 1.375), c = reciprocal of m's
// interval has 8 bits, so that z = m c - 1 is exact; log x = k ln 2 - log c + log1p(z). Relative error about 2^-66.
inline Pair log_parts(double x, int offset) {
  const std::uint64_t start = bits_of(0.6875), bits = bits_of(x) - start;
  const tables::Logarithm& entry = tables::kLogarithms[bits >> 45 & 127];
  const double k = static_cast<double>(static_cast<int>(static_cast<std::int64_t>(bits) >> 52) - offset);
  const double m = from_bits((bits & 0xFFFFFFFFFFFFFu) + start), mh = leading(m);
  const double z = (mh * entry.reciprocal - 1.0) + (m - mh) * entry.reciprocal;
  // z^2 / 2 in two parts: zh is a multiple of 2^-33, its square exact
  const double zh = (z + 0x1.8p19) - 0x1.8p19, zl = z - zh, z2 = z * z;
  const double p =
      (0x1.5555555555555p-2 + z * -0x1.000000000008cp-2) +
      z2 * ((0x1.99999999a855p-3 + z * -0x1.5555553d6094p-3) +
            z2 * ((0x1.24924406bbacep-3 + z * -0x1.00083103addb2p-3) + z2 * 0x1.c8277999d5e94p-4));  // 2^-70
  const double rest = z * z2 * p - 0.5 * (z + zh) * zl;
  const Pair s1 = two_sum(k * tables::kLn2High + entry.high, z), s2 = two_sum(s1.high, -0.5 * zh * zh);
  return fast_two_sum(s2.high, (s1.low + s2.low) + ((k * tables::kLn2Low + entry.low) + rest));
}

inline Pair log_parts(double x) { return x < 0x1p-1022 ? log_parts(x * 0x1p54, 54) : log_parts(x, 0); }

enum class Parity { kFraction, kEven, kOdd };

Parity parity(double y) {
  if (std::fabs(y) >= 0x1p53) return Parity::kEven;
  if (std::trunc(y) != y) return Parity::kFraction;
  return static_cast<std::int64_t>(y) % 2 == 0 ? Parity::kEven : Parity::kOdd;
}

// Where |x| or y is 0, infinite or NaN (C17 annex F.10.4.4).
double pow_special(double x, double y, double sign) {
  if (x != x || y != y) return kNaN;
  const double ax = std::fabs(x);
  if (std::fabs(y) == kInfinity) return ax == 1.0 ? 1.0 : (ax > 1.0) == (y > 0.0) ? kInfinity : 0.0;
  return sign * ((ax == 0.0) == (y < 0.0) ? kInfinity : 0.0);
}

}  // namespace

void sincos(double x, double& sine, double& cosine) {
  const Reduced r = reduce(x);
  const double s = sum(sine_parts(r.high, r.low)), c = sum(cosine_parts(r.high, r.low, 0.0));
  const double a = r.n & 1 ? c : s, b = r.n & 1 ? s : c;
  const std::uint64_t sine_sign = std::uint64_t{r.n & 2} << 62, cosine_sign = std::uint64_t{(r.n + 1) & 2} << 62;
  sine = std::fabs(x) < 0x1p-27 ? x : from_bits(bits_of(a) ^ sine_sign);
  cosine = from_bits(bits_of(b) ^ cosine_sign);
}

double sin(double x) {
  double s, c;
  sincos(x, s, c);
  return s;
}

double cos(double x) {
  double s, c;
  sincos(x, s, c);
  return c;
}

double tan(double x) {
  if (std::fabs(x) < 0x1p-27) return x;
  const Reduced r = reduce(x);
  const Pair sine = sine_parts(r.high, r.low);
  const Pair cosine = cosine_parts(r.high, r.low, two_product(r.high, r.high).low);
  const Pair s = fast_two_sum(sine.high, sine.low), c = fast_two_sum(cosine.high, cosine.low);
  return r.n & 1 ? -quotient(c, s) : quotient(s, c);
}

double atan2(double y, double x) {
  const double ax = std::fabs(x), ay = std::fabs(y);
  const bool steep = ay > ax, left = x < 0.0;
  const double a = steep ? ax : ay, b = steep ? ay : ax;
  if (!(b > 0x1p-400 && b < 0x1p400 && a >= b * 0x1p-64)) [[unlikely]]
    return atan2_special(y, x);
  return std::copysign(unfold(arc({a, 0.0}, {b, 0.0}), steep, left), y);
}

double atan(double x) { return atan2(x, 1.0); }

double asin(double x) {
  const double ax = std::fabs(x);
  if (ax < 0x1p-27) return x;
  if (!(ax <= 1.0)) return kNaN;
  const Pair leg = other_leg(ax);
  const bool steep = ax > leg.high;
  return std::copysign(unfold(steep ? arc(leg, {ax, 0.0}) : arc({ax, 0.0}, leg), steep, false), x);
}

double acos(double x) {
  const double ax = std::fabs(x);
  if (!(ax <= 1.0)) return kNaN;
  const Pair leg = other_leg(ax);
  const bool steep = leg.high > ax;
  return unfold(steep ? arc({ax, 0.0}, leg) : arc(leg, {ax, 0.0}), steep, x < 0.0);
}

double exp(double x) { return x == x ? exp_of_sum(x, 0.0) : kNaN; }

double log(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -kInfinity : kNaN;
  return x == kInfinity ? kInfinity : sum(log_parts(x));
}

double pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  const double ax = std::fabs(x);
  double sign = 1.0;
  if (std::signbit(x) && x == x) {
    const Parity kind = parity(y);
    if (kind == Parity::kFraction && ax > 0.0 && ax < kInfinity && y == y) return kNaN;
    if (kind == Parity::kOdd) sign = -1.0;
  }
  if (!(ax > 0.0 && ax < kInfinity && std::fabs(y) < kInfinity)) return pow_special(x, y, sign);
  if (ax == 1.0) return sign;
  if (std::fabs(y) > 0x1p70) return (ax > 1.0) == (y > 0.0) ? sign * kInfinity : sign * 0.0;
  const Pair l = log_parts(ax), p = two_product(y, l.high);
  return sign * exp_of_sum(p.high, p.low + y * l.low);
}

double hypot(double x, double y) {
  const Pair a = two_product(x, x), b = two_product(y, y), s = two_sum(a.high, b.high);
  const double root = std::sqrt(s.high);
  const Pair p = two_product(root, root);
  const double rest = ((s.high - p.high) - p.low) + (s.low + (a.low + b.low));
  return std::fabs(rest) > 0.0 ? root + rest / (2.0 * root) : root;  // 0, infinity and NaN have no rest
}

// (e^2x - 1) / (e^2x + 1) with e^2x - 1 in two parts.
double tanh(double x) {
  const double ax = std::fabs(x);
  if (ax < 0x1p-28 || x != x) return x;
  if (ax > 22.0) return std::copysign(1.0, x);
  const Exponential e = exponential(2.0 * ax, 0.0);
  const double two_k = power_of_two(e.k);
  const Pair a = two_sum(two_k * e.table.high, -1.0), b = two_product(two_k * e.table.high, e.r);
  const Pair s = two_sum(a.high, b.high);
  const double low = two_k * (e.table.low + e.table.low * e.r + e.table.high * (e.r_low + e.c));
  const Pair em1 = fast_two_sum(s.high, s.low + ((a.low + b.low) + low));
  const Pair ep1 = two_sum(em1.high, 2.0);
  return std::copysign(quotient(em1, {ep1.high, ep1.low + em1.low}), x);
}

double wrap_angle(double angle_rad) {
  if (angle_rad > -kPi && angle_rad <= kPi) return angle_rad;
  // x - 2 pi is exact for pi <= x <= 4 pi (Sterbenz), as remainder() is for any x by IEEE 754: the same value, sooner
  const double turn = std::copysign(2.0 * kPi, angle_rad);
  const double r = std::fabs(angle_rad) <= 3.0 * kPi ? angle_rad - turn : std::remainder(angle_rad, turn);
  return r <= -kPi ? kPi : r;
}

double snap(double metres) { return std::round(metres * 1e4) / 1e4; }

}  // namespace bitgoeul::sim
