#include "maps/reference_line.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps {
namespace {

// Gauss-Legendre, five points on [-1, 1] (Abramowitz and Stegun, table 25.4).
constexpr double kNode[5] = {-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831, 0.9061798459386640};
constexpr double kWeight[5] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665,
                               0.2369268850561891};
constexpr double kMaxPanels = 1.0e5;  // bounds the work for absurd input

// A point in the local frame of a piece: along (u) and left of (v) its start heading.
CurvePoint place(const Geometry& g, double u, double v, double heading, double curvature) {
  double sine, cosine;
  sim::sincos(g.heading, sine, cosine);
  return {g.x + u * cosine - v * sine, g.y + u * sine + v * cosine, g.heading + heading, curvature, 1.0};
}

CurvePoint arc(const Geometry& g, double ds) {
  const double k = g.p[0], turn = k * ds;
  double u = ds, v = 0.5 * k * ds * ds;
  if (std::abs(turn) > 1e-4) {
    // 1 - cos as 2 sin^2(half) keeps its digits for flat arcs.
    const double half = sim::sin(0.5 * turn);
    u = sim::sin(turn) / k;
    v = 2.0 * half * half / k;
  } else {
    u = ds * (1.0 - turn * turn / 6.0);
    v = 0.5 * k * ds * ds * (1.0 - turn * turn / 12.0);
  }
  return place(g, u, v, turn, k);
}

// Clothoid: integral of (cos, sin) of k0 s + k' s^2 / 2, by Gauss-Legendre panels that each turn by at most half a
// radian: the error of a panel of length h is below 1e-15 h.
CurvePoint spiral(const Geometry& g, double ds) {
  const double k0 = g.p[0], rate = g.length > 0.0 ? (g.p[1] - g.p[0]) / g.length : 0.0;
  const double turn = std::max(std::abs(k0), std::abs(k0 + rate * ds)) * std::abs(ds);
  const int panels = static_cast<int>(std::clamp(std::ceil(turn / 0.5), 1.0, kMaxPanels));
  const double h = ds / panels;
  double u = 0.0, v = 0.0;
  for (int i = 0; i < panels; ++i)
    for (int j = 0; j < 5; ++j) {
      const double s = (i + 0.5 + 0.5 * kNode[j]) * h;
      double sine, cosine;
      sim::sincos(s * (k0 + 0.5 * rate * s), sine, cosine);
      u += kWeight[j] * cosine;
      v += kWeight[j] * sine;
    }
  return place(g, 0.5 * h * u, 0.5 * h * v, ds * (k0 + 0.5 * rate * ds), k0 + rate * ds);
}

// Arc length of v = a + b u + c u^2 + d u^3 from 0 to u.
double poly3_length(const double* p, double u) {
  const int panels = static_cast<int>(std::clamp(std::ceil(std::abs(u) / 4.0), 1.0, 256.0));
  const double h = u / panels;
  double sum = 0.0;
  for (int i = 0; i < panels; ++i)
    for (int j = 0; j < 5; ++j) {
      const double at = (i + 0.5 + 0.5 * kNode[j]) * h;
      const double slope = p[1] + at * (2.0 * p[2] + at * 3.0 * p[3]);
      sum += kWeight[j] * std::sqrt(1.0 + slope * slope);
    }
  return 0.5 * h * sum;
}

// poly3: ds is arc length, the polynomial runs over the local axis u; Newton finds u (the integrand is >= 1, so it
// converges).
CurvePoint poly3(const Geometry& g, double ds) {
  const double* p = g.p;
  double u = ds, slope = 0.0;
  for (int i = 0; i < 40; ++i) {
    slope = p[1] + u * (2.0 * p[2] + u * 3.0 * p[3]);
    const double step = (poly3_length(p, u) - ds) / std::sqrt(1.0 + slope * slope);
    u = std::clamp(u - step, std::min(0.0, ds), std::max(0.0, ds));
    if (std::abs(step) < 1e-12) break;
  }
  slope = p[1] + u * (2.0 * p[2] + u * 3.0 * p[3]);
  const double v = p[0] + u * (p[1] + u * (p[2] + u * p[3]));
  const double q = 1.0 + slope * slope;
  return place(g, u, v, sim::atan(slope), (2.0 * p[2] + 6.0 * p[3] * u) / (q * std::sqrt(q)));
}

CurvePoint param_poly3(const Geometry& g, double ds) {
  const double* a = g.p;
  const double* b = g.p + 4;
  const double scale = g.normalized == 0 ? 1.0 : g.length > 0.0 ? 1.0 / g.length : 0.0;
  const double t = ds * scale;
  const double u = a[0] + t * (a[1] + t * (a[2] + t * a[3])), v = b[0] + t * (b[1] + t * (b[2] + t * b[3]));
  const double du = a[1] + t * (2.0 * a[2] + t * 3.0 * a[3]), dv = b[1] + t * (2.0 * b[2] + t * 3.0 * b[3]);
  const double ddu = 2.0 * a[2] + 6.0 * a[3] * t, ddv = 2.0 * b[2] + 6.0 * b[3] * t;
  const double speed = sim::hypot(du, dv);
  const bool still = speed < 1e-12;  // a cusp has no tangent: keep the start heading
  CurvePoint point =
      place(g, u, v, still ? 0.0 : sim::atan2(dv, du), still ? 0.0 : (du * ddv - dv * ddu) / (speed * speed * speed));
  point.stretch = speed * scale;
  return point;
}

template <class T>
const T* piece_at(std::span<const T> pieces, double s) {
  const auto after = std::upper_bound(pieces.begin(), pieces.end(), s, [](double at, const T& p) { return at < p.s; });
  return after == pieces.begin() ? nullptr : &*(after - 1);
}

}  // namespace

CurvePoint evaluate(const Geometry& geometry, double ds) {
  switch (geometry.kind) {
    case GeometryKind::kArc:
      return arc(geometry, ds);
    case GeometryKind::kSpiral:
      return spiral(geometry, ds);
    case GeometryKind::kPoly3:
      return poly3(geometry, ds);
    case GeometryKind::kParamPoly3:
      return param_poly3(geometry, ds);
    case GeometryKind::kLine:
      break;
  }
  return place(geometry, ds, 0.0, 0.0, 0.0);
}

CurvePoint evaluate(std::span<const Geometry> line, double s) {
  if (line.empty()) return {};
  const Geometry* piece = piece_at(line, s);
  if (piece == nullptr) piece = &line.front();
  return evaluate(*piece, std::clamp(s - piece->s, 0.0, piece->length));
}

double evaluate(std::span<const Poly3> polys, double s) {
  const Poly3* p = piece_at(polys, s);
  if (p == nullptr) return 0.0;
  const double ds = s - p->s;
  return p->a + ds * (p->b + ds * (p->c + ds * p->d));
}

double evaluate_derivative(std::span<const Poly3> polys, double s) {
  const Poly3* p = piece_at(polys, s);
  if (p == nullptr) return 0.0;
  const double ds = s - p->s;
  return p->b + ds * (2.0 * p->c + ds * 3.0 * p->d);
}

double evaluate_second_derivative(std::span<const Poly3> polys, double s) {
  const Poly3* p = piece_at(polys, s);
  return p == nullptr ? 0.0 : 2.0 * p->c + 6.0 * p->d * (s - p->s);
}

}  // namespace bitgoeul::maps
