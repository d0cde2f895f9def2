#include "maps/reference_line.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace bitgoeul;
using namespace bitgoeul::maps;

namespace {

Geometry piece(GeometryKind kind, double length, std::initializer_list<double> p, int normalized = 0) {
  Geometry g{0, 0, 0, 0, length, {}, kind, normalized};
  std::size_t i = 0;
  for (const double value : p) g.p[i++] = value;
  return g;
}

// Composite Simpson with a million panels on std functions: independent of the code under test.
CurvePoint clothoid_by_simpson(double k0, double k1, double length, double ds) {
  const int n = 1000000;
  const double h = ds / n, rate = (k1 - k0) / length;
  double x = 0, y = 0;
  for (int i = 0; i <= n; ++i) {
    const double s = i * h, angle = s * (k0 + 0.5 * rate * s), w = i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2;
    x += w * std::cos(angle);
    y += w * std::sin(angle);
  }
  return {x * h / 3, y * h / 3, ds * (k0 + 0.5 * rate * ds), k0 + rate * ds};
}

}  // namespace

TEST_CASE("line: a point at ds along the heading") {
  Geometry g = piece(GeometryKind::kLine, 100, {});
  g.x = 3, g.y = -2, g.heading = 0.7;
  const CurvePoint p = evaluate(g, 40.0);
  CHECK(p.x == doctest::Approx(3 + 40 * std::cos(0.7)).epsilon(1e-14));
  CHECK(p.y == doctest::Approx(-2 + 40 * std::sin(0.7)).epsilon(1e-14));
  CHECK(p.heading == 0.7);
  CHECK(p.curvature == 0.0);
}

TEST_CASE("arc: quarter circles left and right, and arcs so flat that the formula changes") {
  const double quarter = 50 * std::acos(-1.0) / 2;
  CurvePoint p = evaluate(piece(GeometryKind::kArc, quarter, {0.02}), quarter);
  CHECK(p.x == doctest::Approx(50.0).epsilon(1e-13));
  CHECK(p.y == doctest::Approx(50.0).epsilon(1e-13));
  CHECK(p.heading == doctest::Approx(std::acos(-1.0) / 2).epsilon(1e-14));
  p = evaluate(piece(GeometryKind::kArc, quarter, {-0.02}), quarter);
  CHECK(p.y == doctest::Approx(-50.0).epsilon(1e-13));
  for (const double k : {1e-12, 1e-9, 0.99e-6, 1.01e-6, 1e-4}) {
    const long double angle = 100.0L * k;  // chord of a flat arc
    p = evaluate(piece(GeometryKind::kArc, 100, {k}), 100.0);
    CHECK(std::abs(p.x - static_cast<double>(std::sin(angle) / k)) < 1e-10);
    const long double half = std::sin(angle / 2);
    CHECK(std::abs(p.y - static_cast<double>(2 * half * half / k)) < 1e-10);
  }
}

TEST_CASE("spiral: published values of the Fresnel integrals") {
  // Abramowitz and Stegun, table 7.7: C(u) and S(u), integrals of cos and sin of pi t^2 / 2. A clothoid of curvature pi
  // s is that.
  const double pi = std::acos(-1.0);
  const double table[][3] = {{0.5, 0.4923442259, 0.0647324329},
                             {1.0, 0.7798934004, 0.4382591474},
                             {2.0, 0.4882534061, 0.3434156784},
                             {5.0, 0.5636311887, 0.4991913819}};
  for (const auto& row : table) {
    const CurvePoint p = evaluate(piece(GeometryKind::kSpiral, row[0], {0.0, pi * row[0]}), row[0]);
    CHECK(std::abs(p.x - row[1]) < 1e-10);
    CHECK(std::abs(p.y - row[2]) < 1e-10);
    CHECK(p.heading == doctest::Approx(pi * row[0] * row[0] / 2));
  }
}

TEST_CASE("spiral: against fine quadrature, for road-like and for wild ones") {
  const double cases[][3] = {{0, 0.01, 80},  {0.02, -0.03, 120},   {-0.1, -0.001, 40},
                             {0.0, 1.0, 60}, {0.001, 0.001, 3000}, {0.5, 0.0, 200}};
  for (const auto& c : cases)
    for (const double part : {0.37, 1.0}) {
      const CurvePoint p = evaluate(piece(GeometryKind::kSpiral, c[2], {c[0], c[1]}), c[2] * part);
      const CurvePoint q = clothoid_by_simpson(c[0], c[1], c[2], c[2] * part);
      INFO(c[0], " ", c[1], " ", c[2]);
      CHECK(std::abs(p.x - q.x) < 1e-9);
      CHECK(std::abs(p.y - q.y) < 1e-9);
      CHECK(p.heading == doctest::Approx(q.heading));
      CHECK(p.curvature == doctest::Approx(q.curvature));
    }
}

TEST_CASE("poly3: ds is arc length along the cubic") {
  const Geometry g = piece(GeometryKind::kPoly3, 60, {0.0, 0.1, 0.002, -0.00005});
  for (const double ds : {5.0, 30.0, 60.0}) {
    const CurvePoint p = evaluate(g, ds);  // start heading 0: u = x, v = y
    CHECK(p.y == doctest::Approx(p.x * (0.1 + p.x * (0.002 - 0.00005 * p.x))).epsilon(1e-12));
    double length = 0;  // by chords of the cubic
    const int n = 200000;
    for (int i = 0; i < n; ++i) {
      const double u = p.x * (i + 0.5) / n, slope = 0.1 + u * (0.004 - 0.00015 * u);
      length += std::sqrt(1 + slope * slope) * p.x / n;
    }
    CHECK(std::abs(length - ds) < 1e-8);
    CHECK(std::tan(p.heading) == doctest::Approx(0.1 + p.x * (0.004 - 0.00015 * p.x)));
  }
}

TEST_CASE("paramPoly3: position, tangent and curvature by the polynomials") {
  for (const int normalized : {0, 1}) {
    const double scale = normalized == 1 ? 1.0 : 1.0 / 50.0;  // the same curve with p in 0..1 or in 0..50
    Geometry g = piece(GeometryKind::kParamPoly3, 50,
                       {0, 49 * scale, -1 * scale * scale, 0.5 * scale * scale * scale, 0, 0, 8 * scale * scale,
                        -3 * scale * scale * scale},
                       normalized);
    g.x = 10, g.y = 20, g.heading = 0.3;
    const double ds = 20, t = ds / 50;
    const auto u = [](double p) { return p * (49 + p * (-1 + p * 0.5)); };
    const auto v = [](double p) { return p * p * (8 - 3 * p); };
    const CurvePoint p = evaluate(g, ds);
    CHECK(p.x == doctest::Approx(10 + u(t) * std::cos(0.3) - v(t) * std::sin(0.3)).epsilon(1e-12));
    CHECK(p.y == doctest::Approx(20 + u(t) * std::sin(0.3) + v(t) * std::cos(0.3)).epsilon(1e-12));
    // Tangent, curvature and stretch by differences along ds.
    const double h = 1e-4;
    const CurvePoint a = evaluate(g, ds - h), b = evaluate(g, ds + h);
    const double step = std::hypot(b.x - a.x, b.y - a.y);
    CHECK(p.heading == doctest::Approx(std::atan2(b.y - a.y, b.x - a.x)).epsilon(1e-7));
    CHECK(p.curvature == doctest::Approx((b.heading - a.heading) / step).epsilon(1e-6));
    CHECK(p.stretch == doctest::Approx(step / (2 * h)).epsilon(1e-6));
  }
}

TEST_CASE("a reference line picks its piece and clamps to its ends") {
  std::vector<Geometry> line = {piece(GeometryKind::kLine, 10, {}), piece(GeometryKind::kArc, 10, {0.1})};
  line[1].s = 10, line[1].x = 10;
  CHECK(evaluate(line, -5.0).x == 0.0);
  CHECK(evaluate(line, 4.0).x == doctest::Approx(4.0));
  CHECK(evaluate(line, 10.0).curvature == 0.1);
  CHECK(evaluate(line, 99.0).heading == doctest::Approx(1.0));
  CHECK(evaluate(std::vector<Geometry>{}, 1.0).x == 0.0);
}

TEST_CASE("polynomials: value and derivatives, zero before the first") {
  const std::vector<Poly3> polys = {{5, 1, 2, 3, 4}, {10, -1, 0, 0, 0}};
  CHECK(evaluate(polys, 4.9) == 0.0);
  CHECK(evaluate(polys, 7.0) == doctest::Approx(1 + 4 + 12 + 32));
  CHECK(evaluate_derivative(polys, 7.0) == doctest::Approx(2 + 12 + 48));
  CHECK(evaluate_second_derivative(polys, 7.0) == doctest::Approx(6 + 48));
  CHECK(evaluate(polys, 10.0) == -1.0);
}
