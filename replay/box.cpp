#include "replay/box.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/hash.h"

namespace bitgoeul::replay {
namespace {

struct Polygon {  // of at most eight corners: two rectangles cut
  std::array<sim::Vec2, 16> at;
  std::size_t size = 0;
  void add(const sim::Vec2& p) {
    if (size < at.size()) at[size++] = p;
  }
};

// Counter-clockwise, about the middle between two boxes so that large coordinates cost no digits.
Polygon corners(const Box& box, double x0, double y0) {
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  const double l = box.length_m / 2, w = box.width_m / 2;
  Polygon out;
  for (const auto& [u, v] : {std::pair{l, w}, std::pair{-l, w}, std::pair{-l, -w}, std::pair{l, -w}})
    out.add({box.x - x0 + c * u - s * v, box.y - y0 + s * u + c * v});
  return out;
}

double side(const sim::Vec2& a, const sim::Vec2& b, const sim::Vec2& p) {
  return (b.x() - a.x()) * (p.y() - a.y()) - (b.y() - a.y()) * (p.x() - a.x());
}

// What of the polygon lies to the left of a -> b (Sutherland, Hodgman 1974).
Polygon cut(const Polygon& polygon, const sim::Vec2& a, const sim::Vec2& b) {
  Polygon out;
  for (std::size_t i = 0; i < polygon.size; ++i) {
    const sim::Vec2 &p = polygon.at[i], &q = polygon.at[(i + 1) % polygon.size];
    const double dp = side(a, b, p), dq = side(a, b, q);
    if (dp >= 0) out.add(p);
    if ((dp > 0 && dq < 0) || (dp < 0 && dq > 0)) out.add(p + (q - p) * (dp / (dp - dq)));
  }
  return out;
}

double area(const Polygon& polygon) {
  double twice = 0;
  for (std::size_t i = 0; i < polygon.size; ++i) {
    const sim::Vec2 &p = polygon.at[i], &q = polygon.at[(i + 1) % polygon.size];
    twice += p.x() * q.y() - p.y() * q.x();
  }
  return std::max(0.0, twice / 2);
}

}  // namespace

double distance_m(const Box& a, const Box& b) { return sim::hypot(a.x - b.x, a.y - b.y); }

double bev_iou(const Box& a, const Box& b) {
  const double area_a = a.length_m * a.width_m, area_b = b.length_m * b.width_m;
  if (!(area_a > 0) || !(area_b > 0)) return 0;
  if (distance_m(a, b) > (sim::hypot(a.length_m, a.width_m) + sim::hypot(b.length_m, b.width_m)) / 2) return 0;
  const double x0 = (a.x + b.x) / 2, y0 = (a.y + b.y) / 2;
  Polygon both = corners(a, x0, y0);
  const Polygon edges = corners(b, x0, y0);
  for (std::size_t i = 0; i < 4 && both.size > 0; ++i) both = cut(both, edges.at[i], edges.at[(i + 1) % 4]);
  const double common = area(both);
  return std::clamp(common / (area_a + area_b - common), 0.0, 1.0);
}

double aligned_iou(const Box& a, const Box& b) {
  const double common =
      std::min(a.length_m, b.length_m) * std::min(a.width_m, b.width_m) * std::min(a.height_m, b.height_m);
  const double all = a.length_m * a.width_m * a.height_m + b.length_m * b.width_m * b.height_m - common;
  return all > 0 ? common / all : 0;
}

bool covers(const Box& box, double x, double y, double margin_m) {
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  const double dx = x - box.x, dy = y - box.y;
  return std::abs(c * dx + s * dy) <= box.length_m / 2 + margin_m &&
         std::abs(c * dy - s * dx) <= box.width_m / 2 + margin_m;
}

Box box_of(const Object& object) {
  Box box;
  if (!object.id.empty()) box.id = sim::hash_text(object.id).low | 1u;
  box.object_class = object.object_class;
  box.x = object.center.x();
  box.y = object.center.y();
  box.z = object.center.z();
  box.yaw_rad = object.yaw_rad;
  box.length_m = object.length_m;
  box.width_m = object.width_m;
  box.height_m = object.height_m;
  box.has_velocity = object.velocity_mps.has_value();
  if (object.velocity_mps) {
    box.vx_mps = object.velocity_mps->x();
    box.vy_mps = object.velocity_mps->y();
  }
  box.confidence = object.confidence;
  box.image = object.image;
  return box;
}

}  // namespace bitgoeul::replay
