// Every function of sim/math.h against MPFR at 160 bits, its special values, and one hash over all results that every
// compiler, optimisation level and CPU has to reproduce.
#include "sim/math.h"

#include <doctest/doctest.h>
#include <mpfr.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/hash.h"
#include "sim/random.h"

using namespace bitgoeul;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();
constexpr double kMost = std::numeric_limits<double>::max();
constexpr std::uint32_t kInputs = 100'000;

// Input i of a function: kinds of distributions take turns, so that each one gets its share of the inputs.
double input(std::uint32_t i, std::int64_t axis, double limit) {
  const double u = sim::uniform(2026, i, axis, sim::Stream::kTest);
  const std::uint64_t bits = sim::random_bits(7, i, axis, sim::Stream::kTest);
  const double sign = bits & 1 ? -1.0 : 1.0;
  switch (i % 6) {
    case 0:
      return sign * u * 4.0;  // angles
    case 1:
      return sign * u * limit;  // whole domain
    case 2:
      return sign * std::ldexp(1.0 + u, static_cast<int>(bits >> 8 & 63) - 40);  // scales around one
    case 3:
      return sign * (1.0 + (u - 0.5) * std::ldexp(1.0, -static_cast<int>(bits >> 8 & 31)));  // about one
    case 4:
      return std::bit_cast<double>(bits);  // any bits at all
    default:
      return static_cast<double>(static_cast<int>(bits >> 8 & 4095) - 2048) * (sim::kPi / 4);  // near multiples
  }
}

struct Reference {
  mpfr_t value;
  Reference() { mpfr_init2(value, 160); }
  ~Reference() { mpfr_clear(value); }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
};

// |result - exact| in units of the last place of the double nearest to exact; infinity when one is NaN or an infinity
// and the other is not.
double ulps(double result, const Reference& exact, mpfr_t scratch) {
  const double nearest = mpfr_get_d(exact.value, MPFR_RNDN);
  if (std::isnan(nearest) || std::isnan(result)) return std::isnan(nearest) == std::isnan(result) ? 0.0 : kInf;
  if (std::isinf(nearest) || std::isinf(result)) {
    if (nearest == result) return 0.0;
    return std::fabs(nearest) < kMost && std::fabs(result) < kMost ? kInf : 0.5;  // either side of the overflow limit
  }
  const double size =
      std::fabs(nearest) < std::numeric_limits<double>::min() ? std::numeric_limits<double>::min() : nearest;
  mpfr_sub_d(scratch, exact.value, result, MPFR_RNDN);
  mpfr_mul_2si(scratch, scratch, 52 - std::ilogb(size), MPFR_RNDN);
  return std::fabs(mpfr_get_d(scratch, MPFR_RNDN));
}

using Unary = double (*)(double);
using Binary = double (*)(double, double);
using MpfrUnary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using MpfrBinary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

double sine_of_pair(double x) {
  double s, c;
  sim::sincos(x, s, c);
  return s;
}
double cosine_of_pair(double x) {
  double s, c;
  sim::sincos(x, s, c);
  return c;
}

struct UnaryCase {
  const char* name;
  Unary ours;
  MpfrUnary theirs;
  double limit;
};
struct BinaryCase {
  const char* name;
  Binary ours;
  MpfrBinary theirs;
  double limit_x, limit_y;
};

const UnaryCase kUnary[] = {
    {"sin", sim::sin, mpfr_sin, 1e9},
    {"cos", sim::cos, mpfr_cos, 1e9},
    {"sincos.sine", sine_of_pair, mpfr_sin, 2e3},
    {"sincos.cosine", cosine_of_pair, mpfr_cos, 2e3},
    {"tan", sim::tan, mpfr_tan, 1e9},
    {"asin", sim::asin, mpfr_asin, 1.0},
    {"acos", sim::acos, mpfr_acos, 1.0},
    {"atan", sim::atan, mpfr_atan, 100.0},
    {"exp", sim::exp, mpfr_exp, 750.0},
    {"log", sim::log, mpfr_log, 1e6},
    {"tanh", sim::tanh, mpfr_tanh, 25.0},
};
const BinaryCase kBinary[] = {
    {"atan2", sim::atan2, mpfr_atan2, 1e4, 1e4},
    {"pow", sim::pow, mpfr_pow, 1e3, 100.0},
    {"hypot", sim::hypot, mpfr_hypot, 1e6, 1e6},
};

// hypot promises nothing where the squares leave the range of normal numbers.
bool promised(const BinaryCase& c, double x, double y) {
  if (std::string(c.name) != "hypot") return true;
  const double m = std::fmax(std::fabs(x), std::fabs(y));
  return m > 0x1p-450 && m < 0x1p500;
}

const std::vector<double> kAwkward = {
    0.0, -0.0, kLeast, -kLeast, 0x1p-1022, 0x0.fffffffffffffp-1022, -0x1p-1022, 0x1p-600, 0x1p-60, 0x1p-28, 0x1p-27,
    0x1p-26, 0.25, 0.5, -0.5, 0x1.fffffffffffffp-1, 1.0, -1.0, 0x1.0000000000001p0, 1.5, 2.0, -2.0, 3.0, -3.0, 10.0,
    22.0, 22.5, sim::kPi, -sim::kPi, sim::kPi / 2, sim::kPi / 4, 3 * sim::kPi / 4, 1023.9, 1024.0, 1024.1, 1e5, 1e9,
    1e15, 1e22, 0x1p53, 0x1p70, 709.78271289338397, 709.78271289338409, -708.4, -740.0, -745.13321910194122, -746.0,
    1e100, 0x1p400, 0x1p-400, 0x1p511,
    // the double closest to a multiple of pi/2 of all (Muller, Elementary Functions, 11.3.2), and its neighbours in
    // kind
    0x1.6ac5b262ca1ffp+849, 0x1.6a09e667f3bcdp+1000, kMost, -kMost};

}  // namespace

TEST_CASE("functions of one argument stay below one unit in the last place of MPFR") {
  mpfr_t x, scratch;
  mpfr_init2(x, 53);
  mpfr_init2(scratch, 160);
  Reference exact;
  for (const auto& f : kUnary) {
    double worst = 0.0, worst_x = 0.0;
    const auto check = [&](double value) {
      mpfr_set_d(x, value, MPFR_RNDN);
      f.theirs(exact.value, x, MPFR_RNDN);
      const double error = ulps(f.ours(value), exact, scratch);
      if (error > worst) worst = error, worst_x = value;
    };
    for (double value : kAwkward) check(value);
    for (std::uint32_t i = 0; i < kInputs; ++i) check(input(i, 0, f.limit));
    MESSAGE(std::string(f.name) << ": at most " << worst << " ulp, at " << worst_x);
    CHECK_MESSAGE(worst < 1.0, std::string(f.name));
  }
  mpfr_clear(x);
  mpfr_clear(scratch);
}

TEST_CASE("functions of two arguments stay below one unit in the last place of MPFR") {
  mpfr_t x, y, scratch;
  mpfr_init2(x, 53);
  mpfr_init2(y, 53);
  mpfr_init2(scratch, 160);
  Reference exact;
  for (const auto& f : kBinary) {
    double worst = 0.0, worst_x = 0.0, worst_y = 0.0;
    const auto check = [&](double a, double b) {
      if (!promised(f, a, b)) return;
      mpfr_set_d(x, a, MPFR_RNDN);
      mpfr_set_d(y, b, MPFR_RNDN);
      f.theirs(exact.value, x, y, MPFR_RNDN);
      const double error = ulps(f.ours(a, b), exact, scratch);
      if (error > worst) worst = error, worst_x = a, worst_y = b;
    };
    for (double a : kAwkward)
      for (double b : kAwkward) check(a, b);
    for (std::uint32_t i = 0; i < kInputs; ++i) check(input(i, 0, f.limit_x), input(i + i / 6, 1, f.limit_y));
    MESSAGE(std::string(f.name) << ": at most " << worst << " ulp, at " << worst_x << ", " << worst_y);
    CHECK_MESSAGE(worst < 1.0, std::string(f.name));
  }
  mpfr_clear(x);
  mpfr_clear(y);
  mpfr_clear(scratch);
}

TEST_CASE("special values are those of IEEE 754 and C17 annex F") {
  const auto same = [](double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  };
  for (Unary f : {sim::sin, sim::tan, sim::asin, sim::atan, sim::tanh}) {
    CHECK(same(f(0.0), 0.0));
    CHECK(same(f(-0.0), -0.0));
    CHECK(same(f(kLeast), kLeast));
    CHECK(std::isnan(f(kNan)));
  }
  for (Unary f : {sim::sin, sim::cos, sim::tan}) CHECK(std::isnan(f(kInf)));
  for (Unary f : {sim::asin, sim::acos}) CHECK((std::isnan(f(0x1.0000000000001p0)) && std::isnan(f(-kInf))));
  CHECK(sim::cos(0.0) == 1.0);
  CHECK(sim::acos(1.0) == 0.0);
  CHECK(sim::acos(-1.0) == sim::kPi);
  CHECK(sim::atan(kInf) == sim::kPi / 2);
  CHECK(sim::atan(-kInf) == -sim::kPi / 2);
  CHECK((sim::exp(0.0) == 1.0 && sim::exp(-kInf) == 0.0 && sim::exp(kInf) == kInf && std::isnan(sim::exp(kNan))));
  CHECK((sim::log(1.0) == 0.0 && sim::log(0.0) == -kInf && sim::log(kInf) == kInf && std::isnan(sim::log(-1.0))));
  CHECK(std::isnan(sim::log(kNan)));
  CHECK((sim::tanh(kInf) == 1.0 && sim::tanh(-kInf) == -1.0));
  CHECK(same(sim::atan2(0.0, 1.0), 0.0));
  CHECK(same(sim::atan2(-0.0, 1.0), -0.0));
  CHECK(sim::atan2(0.0, -1.0) == sim::kPi);
  CHECK(sim::atan2(-0.0, -1.0) == -sim::kPi);
  CHECK(sim::atan2(0.0, -0.0) == sim::kPi);
  CHECK(same(sim::atan2(-0.0, 0.0), -0.0));
  CHECK(sim::atan2(kInf, -kInf) == 3 * sim::kPi / 4);
  CHECK(sim::atan2(-1.0, kInf) == 0.0);
  CHECK(std::isnan(sim::atan2(kNan, 1.0)));
  CHECK(std::isnan(sim::atan2(1.0, kNan)));
  CHECK((sim::pow(kNan, 0.0) == 1.0 && sim::pow(1.0, kNan) == 1.0 && std::isnan(sim::pow(2.0, kNan))));
  CHECK((sim::pow(-8.0, 3.0) == -512.0 && sim::pow(-2.0, -2.0) == 0.25 && std::isnan(sim::pow(-8.0, 1.0 / 3.0))));
  CHECK((sim::pow(-1.0, kInf) == 1.0 && sim::pow(0.5, kInf) == 0.0 && sim::pow(0.5, -kInf) == kInf));
  CHECK((same(sim::pow(-0.0, 3.0), -0.0) && sim::pow(-0.0, -3.0) == -kInf && sim::pow(0.0, -2.0) == kInf));
  CHECK((sim::pow(-kInf, 3.0) == -kInf && sim::pow(kInf, -1.0) == 0.0 && sim::pow(10.0, 400.0) == kInf));
  CHECK((sim::hypot(3.0, -4.0) == 5.0 && sim::hypot(kInf, 1.0) == kInf));
}

TEST_CASE("an angle is wrapped into (-pi, pi] and differs by whole turns") {
  CHECK(sim::wrap_angle(sim::kPi) == sim::kPi);
  CHECK(sim::wrap_angle(-sim::kPi) == sim::kPi);
  CHECK(sim::wrap_angle(0.5) == 0.5);
  CHECK(sim::wrap_angle(3 * sim::kPi) == sim::kPi);
  for (double a : {3.2, -3.2, 6.2, -6.3, 9.4, -9.4, 9.5}) CHECK(sim::wrap_angle(a) == std::remainder(a, 2 * sim::kPi));
  CHECK(std::isnan(sim::wrap_angle(kInf)));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const double a = input(i, 3, 1e4);
    if (!(std::fabs(a) < 1e6)) continue;
    const double w = sim::wrap_angle(a), turns = (a - w) / (2 * sim::kPi);
    CHECK(w > -sim::kPi);
    CHECK(w <= sim::kPi);
    CHECK(std::fabs(turns - std::round(turns)) < 1e-9);
  }
}

TEST_CASE("snapping gives the double nearest to a multiple of 0.1 mm") {
  CHECK(sim::snap(1.23456) == 1.2346);
  CHECK(sim::snap(-1.23456) == -1.2346);
  CHECK(sim::snap(0.00005) == 0.0001);
  CHECK(sim::snap(-0.00005) == -0.0001);
  CHECK(sim::snap(235714.28571428) == 235714.2857);
  for (double x : {0.1, -7.7777, 123456.789}) CHECK(sim::snap(sim::snap(x) + 1e-9) == sim::snap(x));
}

TEST_CASE("100,000 results per function hash to the same value in every build") {
  std::string digests;
  std::vector<double> results(kInputs);
  const auto add = [&](const char* name) {
    for (double& r : results)
      if (r != r) r = kNan;  // the sign and payload of a NaN are not promised
    const auto hash = sim::hash_bytes(results.data(), results.size() * sizeof(double));
    digests += std::string(name) + ' ' + sim::to_hex(hash) + '\n';
  };
  for (const auto& f : kUnary) {
    for (std::uint32_t i = 0; i < kInputs; ++i) results[i] = f.ours(input(i, 0, f.limit));
    add(f.name);
  }
  for (const auto& f : kBinary) {
    for (std::uint32_t i = 0; i < kInputs; ++i)
      results[i] = f.ours(input(i, 0, f.limit_x), input(i + i / 6, 1, f.limit_y));
    add(f.name);
  }
  INFO(digests);
  CHECK(sim::to_hex(sim::hash_text(digests)) == "b68c5c44877a5ca9ba6bcbb82bee2733");
}
