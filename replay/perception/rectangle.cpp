#include "replay/perception/rectangle.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitgoeul::replay {
namespace {

constexpr int kHeadings = 30;             // 3 degrees apart, then each degree about the best
constexpr std::size_t kMostPoints = 120;  // of a cluster, evenly taken, that decide its heading
constexpr double kCloseness_m = 0.05;

struct Extent {
  double u0 = 1e9, u1 = -1e9, v0 = 1e9, v1 = -1e9;
};

Extent extent_of(const std::vector<sim::Vec2>& points, std::size_t every, double s, double c) {
  Extent e;
  for (std::size_t i = 0; i < points.size(); i += every) {
    const double u = c * points[i].x() + s * points[i].y(), v = c * points[i].y() - s * points[i].x();
    e.u0 = std::min(e.u0, u);
    e.u1 = std::max(e.u1, u);
    e.v0 = std::min(e.v0, v);
    e.v1 = std::max(e.v1, v);
  }
  return e;
}

double off_side(const Extent& e, double u, double v) {
  return std::min(std::min(u - e.u0, e.u1 - u), std::min(v - e.v0, e.v1 - v));
}

double closeness(const std::vector<sim::Vec2>& points, std::size_t every, double s, double c) {
  const Extent e = extent_of(points, every, s, c);
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); i += every) {
    const double u = c * points[i].x() + s * points[i].y(), v = c * points[i].y() - s * points[i].x();
    sum += 1 / std::max(off_side(e, u, v), kCloseness_m);
  }
  return sum;
}

Rectangle rectangle_at(const std::vector<sim::Vec2>& points, double yaw) {
  double s = 0, c = 0;
  sim::sincos(yaw, s, c);
  const Extent e = extent_of(points, 1, s, c);
  Rectangle r;
  const double u = (e.u0 + e.u1) / 2, v = (e.v0 + e.v1) / 2;
  r.x = c * u - s * v;
  r.y = s * u + c * v;
  r.yaw_rad = yaw;
  r.length_m = e.u1 - e.u0;
  r.width_m = e.v1 - e.v0;
  for (const sim::Vec2& p : points) r.residual_m += off_side(e, c * p.x() + s * p.y(), c * p.y() - s * p.x());
  r.residual_m /= static_cast<double>(points.size());
  if (r.width_m > r.length_m) {
    std::swap(r.width_m, r.length_m);
    r.yaw_rad -= sim::kPi / 2;
  }
  if (r.yaw_rad <= -sim::kPi / 2) r.yaw_rad += sim::kPi;
  return r;
}

}  // namespace

Rectangle fit_axes(const std::vector<sim::Vec2>& points) {
  return points.empty() ? Rectangle{} : rectangle_at(points, 0);
}

Rectangle fit_corner(const std::vector<sim::Vec2>& points) {
  if (points.empty()) return {};
  const std::size_t every = (points.size() + kMostPoints - 1) / kMostPoints;
  double best = -1, heading = 0;
  const auto try_heading = [&](double yaw) {
    double s = 0, c = 0;
    sim::sincos(yaw, s, c);
    const double value = closeness(points, every, s, c);
    if (value <= best) return;
    best = value;
    heading = yaw;
  };
  constexpr double kStep = sim::kPi / 2 / kHeadings;
  for (int i = 0; i < kHeadings; ++i) try_heading(i * kStep);
  const double coarse = heading;
  for (const int third : {-2, -1, 1, 2}) try_heading(coarse + third * kStep / 3);
  return rectangle_at(points, heading);
}

}  // namespace bitgoeul::replay
