#include "maps/detail/polyline_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitgoeul::maps::detail {
namespace {

using sim::Vec2;

constexpr double kMinStepM = 0.3, kMaxStepM = 4.0, kFirstPieceM = 20.0;
constexpr double kStiffness = 1e-6;  // weight of the control polygon's third difference: holds pieces without vertices
constexpr int kRounds = 9;
constexpr double kStraightM = 1e-4;

double heading_of(const Vec2& d) { return sim::atan2(d.y(), d.x()); }
Vec2 unit(double heading) {
  double sine, cosine;
  sim::sincos(heading, sine, cosine);
  return {cosine, sine};
}

// Vertices with their parameter, the length along the polyline; long edges get vertices of their own (row -1).
struct Samples {
  std::vector<Vec2> p;
  std::vector<double> u;
  std::vector<std::ptrdiff_t> row;
};

std::vector<std::size_t> kept_rows(const std::vector<Vec2>& line) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (kept.empty() || (line[i] - line[kept.back()]).norm() >= kMinStepM) kept.push_back(i);
  if (kept.empty() || kept.back() + 1 == line.size()) return kept;
  if (kept.size() > 1) kept.pop_back();  // the end itself counts, not the vertex just before it
  kept.push_back(line.size() - 1);
  return kept;
}

Samples sample(const std::vector<Vec2>& line, const std::vector<std::size_t>& kept) {
  Samples out;
  for (std::size_t k = 0; k < kept.size(); ++k) {
    const Vec2& p = line[kept[k]];
    if (k > 0) {
      const Vec2 from = out.p.back();
      const double from_u = out.u.back(), length = (p - from).norm();
      const int parts = static_cast<int>(std::min(std::ceil(length / kMaxStepM), 1e5));
      for (int i = 1; i < parts; ++i) {
        const double f = static_cast<double>(i) / parts;
        out.p.push_back(from + f * (p - from));
        out.u.push_back(from_u + f * length);
        out.row.push_back(-1);
      }
      out.u.push_back(from_u + length);
    } else {
      out.u.push_back(0);
    }
    out.p.push_back(p);
    out.row.push_back(static_cast<std::ptrdiff_t>(kept[k]));
  }
  return out;
}

// A clamped cubic spline. Knots: `breaks` with both ends four times.
struct Spline {
  std::vector<double> breaks;
  std::vector<Vec2> control;  // breaks.size() + 2

  double knot(std::ptrdiff_t i) const {
    const auto last = static_cast<std::ptrdiff_t>(breaks.size()) - 1;
    return breaks[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i - 3, 0, last))];
  }
  std::size_t span_of(double u) const {
    const auto it = std::upper_bound(breaks.begin(), breaks.end(), u);
    const std::size_t i = it == breaks.begin() ? 0 : static_cast<std::size_t>(it - breaks.begin()) - 1;
    return std::min(i, breaks.size() - 2);
  }
  // The four basis functions that are not zero in the span (Piegl and Tiller, The NURBS Book, A2.2).
  std::array<double, 4> basis(std::size_t span, double u) const {
    const auto j = static_cast<std::ptrdiff_t>(span) + 3;
    std::array<double, 4> n{1, 0, 0, 0};
    std::array<double, 4> left{}, right{};
    for (int p = 1; p <= 3; ++p) {
      left[static_cast<std::size_t>(p)] = u - knot(j + 1 - p);
      right[static_cast<std::size_t>(p)] = knot(j + p) - u;
      double saved = 0;
      for (int r = 0; r < p; ++r) {
        const double a = right[static_cast<std::size_t>(r + 1)], b = left[static_cast<std::size_t>(p - r)];
        const double term = n[static_cast<std::size_t>(r)] / (a + b);
        n[static_cast<std::size_t>(r)] = saved + a * term;
        saved = b * term;
      }
      n[static_cast<std::size_t>(p)] = saved;
    }
    return n;
  }
  // The symmetric three-argument form of the span's cubic; its values at the span's ends are the Bezier points.
  Vec2 blossom(std::size_t span, const std::array<double, 3>& a) const {
    const auto j = static_cast<std::ptrdiff_t>(span) + 3;
    std::array<Vec2, 4> d;
    for (std::size_t i = 0; i < 4; ++i) d[i] = control[span + i];
    for (int r = 1; r <= 3; ++r)
      for (int i = 3; i >= r; --i) {
        const double k0 = knot(j - 3 + i), k1 = knot(j + 1 + i - r);
        const double f = (a[static_cast<std::size_t>(r - 1)] - k0) / (k1 - k0);
        d[static_cast<std::size_t>(i)] =
            (1 - f) * d[static_cast<std::size_t>(i - 1)] + f * d[static_cast<std::size_t>(i)];
      }
    return d[3];
  }
  Vec2 at(double u) const { return blossom(span_of(u), {u, u, u}); }
};

// Symmetric positive definite system of half band width 3, both coordinates at once (Cholesky, LDL^T).
struct BandSystem {
  explicit BandSystem(std::size_t n) : rows(n), right(n, Vec2::Zero()) {}
  std::vector<std::array<double, 4>> rows;  // [i][k]: entry (i, i - k)
  std::vector<Vec2> right;

  void add(std::size_t i, std::size_t k, double value) { rows[std::max(i, k)][i > k ? i - k : k - i] += value; }
  std::vector<Vec2> solve() {
    const std::size_t n = rows.size();
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = std::min<std::size_t>(3, i) + 1; k-- > 0;) {
        double sum = rows[i][k];
        const std::size_t j = i - k;
        for (std::size_t m = k + 1; m <= 3 && m <= i; ++m) sum -= rows[i][m] * rows[j][m - k] * rows[i - m][0];
        rows[i][k] = k == 0 ? sum : sum / rows[j][0];
      }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 1; k <= 3 && k <= i; ++k) right[i] -= rows[i][k] * right[i - k];
    for (std::size_t i = 0; i < n; ++i) right[i] /= rows[i][0];
    for (std::size_t i = n; i-- > 0;)
      for (std::size_t k = 1; k <= 3 && i + k < n; ++k) right[i] -= rows[i + k][k] * right[i + k];
    return right;
  }
};

// Least squares for the control points between the four that the ends fix.
void solve(Spline& spline, const Samples& samples, double start, double end) {
  const std::size_t n = spline.breaks.size() + 2;
  spline.control.assign(n, Vec2::Zero());
  spline.control[0] = samples.p.front();
  spline.control[n - 1] = samples.p.back();
  spline.control[1] = samples.p.front() + unit(start) * ((spline.breaks[1] - spline.breaks[0]) / 3.0);
  spline.control[n - 2] = samples.p.back() - unit(end) * ((spline.breaks.back() - *(spline.breaks.end() - 2)) / 3.0);
  if (n == 4) return;
  BandSystem system(n - 4);
  const auto free = [&](std::size_t i) { return i >= 2 && i + 2 < n; };
  const auto add_row = [&](std::size_t first, const std::array<double, 4>& c, const Vec2& value, double weight) {
    Vec2 rest = value;
    for (std::size_t i = 0; i < 4; ++i)
      if (!free(first + i)) rest -= c[i] * spline.control[first + i];
    for (std::size_t i = 0; i < 4; ++i) {
      if (!free(first + i)) continue;
      system.right[first + i - 2] += weight * c[i] * rest;
      for (std::size_t k = 0; k <= i; ++k)
        if (free(first + k)) system.add(first + i - 2, first + k - 2, weight * c[i] * c[k]);
    }
  };
  for (std::size_t i = 0; i < samples.p.size(); ++i) {
    const std::size_t span = spline.span_of(samples.u[i]);
    add_row(span, spline.basis(span, samples.u[i]), samples.p[i], 1.0);
  }
  for (std::size_t i = 0; i + 3 < n; ++i) add_row(i, {-1, 3, -3, 1}, Vec2::Zero(), kStiffness);
  const std::vector<Vec2> inner = system.solve();
  std::copy(inner.begin(), inner.end(), spline.control.begin() + 2);
}

std::vector<double> even_breaks(double length) {
  const int parts = std::max(1, static_cast<int>(std::ceil(length / kFirstPieceM)));
  std::vector<double> breaks;
  for (int i = 0; i <= parts; ++i) breaks.push_back(length * i / parts);
  return breaks;
}

// Halves the spans that hold a vertex which lies off; false when there is nothing left to halve.
bool refine(Spline& spline, const Samples& samples, const FitOptions& options, double& worst) {
  std::vector<std::uint8_t> split(spline.breaks.size() - 1, 0);
  worst = 0;
  for (std::size_t i = 0; i < samples.p.size(); ++i) {
    const double error = (spline.at(samples.u[i]) - samples.p[i]).norm();
    if (samples.row[i] >= 0) worst = std::max(worst, error);
    if (error > options.tolerance_m) split[spline.span_of(samples.u[i])] = 1;
  }
  std::vector<double> breaks;
  for (std::size_t i = 0; i < split.size(); ++i) {
    breaks.push_back(spline.breaks[i]);
    const double size = spline.breaks[i + 1] - spline.breaks[i];
    if (split[i] && size >= 2 * options.shortest_piece_m) breaks.push_back(spline.breaks[i] + 0.5 * size);
  }
  breaks.push_back(spline.breaks.back());
  const bool more = breaks.size() > spline.breaks.size();
  if (more) spline.breaks = std::move(breaks);
  return more;
}

constexpr double kNode[5] = {-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831, 0.9061798459386640};
constexpr double kWeight[5] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665,
                               0.2369268850561891};

double length_of(const Vec2& b, const Vec2& c, const Vec2& d) {
  constexpr int kPanels = 4;
  double sum = 0;
  for (int panel = 0; panel < kPanels; ++panel)
    for (int i = 0; i < 5; ++i) {
      const double p = (panel + 0.5 + 0.5 * kNode[i]) / kPanels;
      sum += kWeight[i] * (b + 2 * p * c + 3 * p * p * d).norm();
    }
  return 0.5 * sum / kPanels;
}

Geometry piece_of(const Spline& spline, std::size_t span, double s) {
  const double k0 = spline.breaks[span], k1 = spline.breaks[span + 1];
  const Vec2 q0 = spline.blossom(span, {k0, k0, k0}), q1 = spline.blossom(span, {k0, k0, k1}),
             q2 = spline.blossom(span, {k0, k1, k1}), q3 = spline.blossom(span, {k1, k1, k1});
  const Vec2 b = 3 * (q1 - q0), c = 3 * (q2 - 2 * q1 + q0), d = q3 - 3 * q2 + 3 * q1 - q0;
  Geometry g;
  g.s = s, g.x = q0.x(), g.y = q0.y();
  g.heading = heading_of(b);
  g.length = length_of(b, c, d);
  const Vec2 ahead = unit(g.heading), side(-ahead.y(), ahead.x()), chord = q3 - q0;
  const bool straight = std::abs((q1 - q0).dot(side)) < kStraightM && std::abs((q2 - q0).dot(side)) < kStraightM &&
                        std::abs(chord.dot(side)) < kStraightM && c.norm() < 0.02 * b.norm() &&
                        d.norm() < 0.02 * b.norm();
  if (straight) return g;
  g.kind = GeometryKind::kParamPoly3;
  g.normalized = 1;
  const double p[8] = {0, b.dot(ahead), c.dot(ahead), d.dot(ahead), 0, 0, c.dot(side), d.dot(side)};
  std::copy(p, p + 8, g.p);
  return g;
}

}  // namespace

double start_heading(const std::vector<Vec2>& line) {
  const std::vector<std::size_t> kept = kept_rows(line);
  if (kept.size() < 2) return 0;
  const Vec2 a = line[kept[0]], b = line[kept[1]];
  if (kept.size() == 2 || (b - a).norm() > 6.0) return heading_of(b - a);
  std::size_t last = 2;
  while (last + 1 < kept.size() && (line[kept[last]] - a).norm() < 3.0) ++last;
  const Vec2 c = line[kept[last]];
  std::size_t middle = 1;
  while (middle + 1 < last && (line[kept[middle]] - a).norm() < 0.5 * (c - a).norm()) ++middle;
  const Vec2 m = line[kept[middle]];
  const double u1 = (m - a).norm(), u2 = u1 + (c - m).norm();
  if (u1 < 1e-6 || u2 - u1 < 1e-6 || (m - a).dot(c - m) <= 0) return heading_of(b - a);
  // Derivative at 0 of the parabola through a, m, c.
  return heading_of((m - a) / u1 + ((m - a) / u1 - (c - m) / (u2 - u1)) * (u1 / u2));
}

double end_heading(const std::vector<Vec2>& line) {
  std::vector<Vec2> back(line.rbegin(), line.rend());
  return sim::wrap_angle(start_heading(back) + sim::kPi);
}

FittedLine fit_polyline(const std::vector<Vec2>& line, const FitOptions& options) {
  FittedLine out;
  out.kept = kept_rows(line);
  const Samples samples = sample(line, out.kept);
  if (samples.p.size() < 2 || samples.u.back() < 1e-3) return {};
  Spline spline{even_breaks(samples.u.back()), {}};
  const double start = options.start_heading.value_or(start_heading(line)),
               end = options.end_heading.value_or(end_heading(line));
  for (int round = 0; round < kRounds; ++round) {
    solve(spline, samples, start, end);
    if (round + 1 == kRounds || !refine(spline, samples, options, out.max_error_m)) break;
  }
  for (std::size_t span = 0; span + 1 < spline.breaks.size(); ++span) {
    out.plan_view.push_back(piece_of(spline, span, out.length));
    out.length += out.plan_view.back().length;
  }
  for (std::size_t i = 0; i < samples.p.size(); ++i) {
    if (samples.row[i] < 0) continue;
    const std::size_t span = spline.span_of(samples.u[i]);
    const double f = (samples.u[i] - spline.breaks[span]) / (spline.breaks[span + 1] - spline.breaks[span]);
    out.s.push_back(out.plan_view[span].s + f * out.plan_view[span].length);
  }
  return out;
}

}  // namespace bitgoeul::maps::detail
