#include <algorithm>
#include <array>
#include <cmath>

#include "maps/picture/scene.h"
#include "maps/turn_arrows.h"

namespace bitgoeul::maps::picture {

namespace {

using sim::Vec2;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

// Local frame of a mark on the road: u ahead, v to the left.
struct Frame {
  double x = 0, y = 0, sine = 0, cosine = 1;
  Vec2 operator()(double u, double v) const { return {x + u * cosine - v * sine, y + u * sine + v * cosine}; }
};

Frame frame_at(const Map& map, Row lane, double s) {
  const auto points = map.lane_points(lane);
  std::size_t i = 1;
  while (i + 1 < points.size() && points[i].s < s) ++i;
  const LanePoint &a = points[i - 1], &b = points[i];
  const double f = b.s > a.s ? std::clamp((s - a.s) / (b.s - a.s), 0.0, 1.0) : 0.0;
  Frame frame{a.x + f * (b.x - a.x), a.y + f * (b.y - a.y), 0, 1};
  sim::sincos(a.heading + f * (b.heading - a.heading), frame.sine, frame.cosine);
  return frame;
}

// Corners in any order of turning: all pieces of a path must turn the same way to add up.
void piece(Scene& scene, const Frame& frame, std::initializer_list<Vec2> corners) {
  std::vector<Vec2> polygon;
  double area = 0;
  for (const Vec2& c : corners) polygon.push_back(c);
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Vec2 &p = polygon[i], &q = polygon[(i + 1) % polygon.size()];
    area += p.x() * q.y() - p.y() * q.x();
  }
  if (area < 0) std::reverse(polygon.begin(), polygon.end());
  for (Vec2& p : polygon) p = frame(p.x(), p.y());
  scene.canvas.polygon(polygon);
}

// Turn arrow, 5 m long; `side` +1 bends to the left, -1 to the right.
void bent_arrow(Scene& scene, const Frame& frame, double side) {
  piece(scene, frame, {{0, -0.1}, {2.0, -0.1}, {2.0, 0.1}, {0, 0.1}});
  piece(scene, frame, {{1.7, -0.1 * side}, {2.95, 0.55 * side}, {2.75, 0.7 * side}, {1.5, 0.1 * side}});
  piece(scene, frame, {{2.25, 0.95 * side}, {3.5, 0.35 * side}, {3.55, 1.25 * side}});
}

void arrow_for(Scene& scene, const Frame& frame, Turn turn) {
  switch (turn) {
    case Turn::kLeft:
      return bent_arrow(scene, frame, 1);
    case Turn::kRight:
      return bent_arrow(scene, frame, -1);
    case Turn::kUTurn:
      piece(scene, frame, {{0, -0.1}, {2.6, -0.1}, {2.6, 0.1}, {0, 0.1}});
      piece(scene, frame, {{2.45, 0}, {2.6, 0}, {3.1, 0.3}, {3.1, 0.6}, {2.95, 0.55}, {2.95, 0.35}});
      piece(scene, frame, {{3.1, 0.35}, {3.1, 0.6}, {2.6, 0.95}, {2.45, 0.85}});
      return piece(scene, frame, {{2.9, 0.6}, {2.9, 1.2}, {1.6, 0.9}});
    default:
      piece(scene, frame, {{0, -0.1}, {3.3, -0.1}, {3.3, 0.1}, {0, 0.1}});
      return piece(scene, frame, {{3.0, -0.55}, {5.0, 0}, {3.0, 0.55}});
  }
}

}  // namespace

void draw_arrows(Scene& scene, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    const Row row = scene.lanes[i];
    for (const double before : kArrowsBeforeM) {
      const auto arrow = turn_arrow(scene.map, row, before);
      if (!arrow) continue;
      const Frame frame = frame_at(scene.map, row, arrow->s);
      for (const Turn turn : {Turn::kStraight, Turn::kLeft, Turn::kRight, Turn::kUTurn})
        if (arrow->turns >> static_cast<unsigned>(turn) & 1u) arrow_for(scene, frame, turn);
    }
  }
  scene.canvas.fill(kPaint);
}

void draw_stop_lines(Scene& scene, int level) {
  for (const StopLine& line : scene.map.stop_lines) {
    if (line.lane < 0 || at(line.lane) >= scene.map.lanes.size() || scene.lane_level[at(line.lane)] != level) continue;
    const Vec2 ends[2] = {{line.x0, line.y0}, {line.x1, line.y1}};
    scene.canvas.line(ends);
  }
  scene.canvas.stroke(kPaint, std::max(0.5 / scene.canvas.metres_per_px(), 1.2), {}, false);
}

namespace {

std::vector<Vec2> outline_of(const Map& map, const Object& object) {
  std::vector<Vec2> corners;
  for (Row i = object.outline.begin; i + 2 < object.outline.end; i += 3)
    corners.emplace_back(map.outline_points[at(i)], map.outline_points[at(i + 1)]);
  if (corners.size() >= 3) return corners;
  Frame frame{object.x, object.y, 0, 1};
  sim::sincos(object.heading, frame.sine, frame.cosine);
  const double l = std::max(object.length, 0.3) / 2, w = std::max(object.width, 0.3) / 2;
  return {frame(-l, -w), frame(l, -w), frame(l, w), frame(-l, w)};
}

// Zebra: bars of 0.45 m every 0.9 m along the longer side of the outline's box, as long as its shorter side.
void zebra(Scene& scene, const std::vector<Vec2>& outline) {
  Vec2 along(1, 0);
  double longest = 0;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Vec2 edge = outline[(i + 1) % outline.size()] - outline[i];
    if (edge.norm() > longest) longest = edge.norm(), along = edge / edge.norm();
  }
  const Vec2 across(-along.y(), along.x());
  double u0 = 1e18, u1 = -1e18, v0 = 1e18, v1 = -1e18;
  for (const Vec2& p : outline) {
    u0 = std::min(u0, p.dot(along)), u1 = std::max(u1, p.dot(along));
    v0 = std::min(v0, p.dot(across)), v1 = std::max(v1, p.dot(across));
  }
  if (!(u1 - u0 < 500)) return;
  for (double u = u0 + 0.2; u + 0.45 <= u1; u += 0.9) {
    const std::array<Vec2, 4> bar = {along * u + across * v0, along * (u + 0.45) + across * v0,
                                     along * (u + 0.45) + across * v1, along * u + across * v1};
    scene.canvas.polygon(bar);
  }
}

bool lies_here(const Scene& scene, const Object& object, ObjectKind kind, int level) {
  return object.kind == kind && object_level(scene, object) == level && inside(scene.canvas, object.x, object.y, 60);
}

}  // namespace

void draw_crosswalks(Scene& scene, int level) {
  // Fresh asphalt first: lane lines and the median end at a crosswalk.
  for (const Object& object : scene.map.objects)
    if (lies_here(scene, object, ObjectKind::kCrosswalk, level)) scene.canvas.polygon(outline_of(scene.map, object));
  scene.canvas.fill(surface_color(LaneType::kDriving, false));
  for (const Object& object : scene.map.objects)
    if (lies_here(scene, object, ObjectKind::kCrosswalk, level)) zebra(scene, outline_of(scene.map, object));
  scene.canvas.fill(rgb(0xf7f7f2, 0.92));
}

namespace {

void fill_objects(Scene& scene, ObjectKind kind, Color fill, Color rim) {
  for (const bool stroke : {false, true}) {
    for (const Object& object : scene.map.objects)
      if (object.kind == kind && inside(scene.canvas, object.x, object.y, 100))
        scene.canvas.polygon(outline_of(scene.map, object));
    if (stroke)
      scene.canvas.stroke(rim, 0.8);
    else
      scene.canvas.fill(fill);
  }
}

void dot_objects(Scene& scene, ObjectKind kind, double radius_m, Color color) {
  const double radius = std::max(1.0, radius_m / scene.canvas.metres_per_px());
  for (const Object& object : scene.map.objects)
    if (object.kind == kind && inside(scene.canvas, object.x, object.y, 5))
      scene.canvas.disc(object.x, object.y, radius);
  scene.canvas.fill(color);
}

}  // namespace

void draw_islands(Scene& scene, int level) {
  for (const bool rim : {false, true}) {
    for (const Object& object : scene.map.objects)
      if (lies_here(scene, object, ObjectKind::kTrafficIsland, level))
        scene.canvas.polygon(outline_of(scene.map, object));
    rim ? scene.canvas.stroke(rgb(0x8d9280), 0.8) : scene.canvas.fill(rgb(0xc6cbb6));
  }
}

void draw_ground_objects(Scene& scene) {
  fill_objects(scene, ObjectKind::kBuilding, rgb(0xd9cfc2), rgb(0xb7a994));
  if (!scene.detail.plan) return;
  fill_objects(scene, ObjectKind::kParkingSpace, rgb(0x7f868c), rgb(0xf0f0ec));
  fill_objects(scene, ObjectKind::kBarrier, rgb(0x9b8f80), rgb(0x6f6559));
  fill_objects(scene, ObjectKind::kObstacle, rgb(0xa89c8a), rgb(0x7b705f));
  dot_objects(scene, ObjectKind::kTree, 1.4, rgb(0x7fae6b, 0.8));
  if (scene.detail.signs) dot_objects(scene, ObjectKind::kPole, 0.25, rgb(0x3f4448));
}

namespace {

// Korean heads lie flat: red, amber, green from left to right.
void draw_head(Scene& scene, const Signal& signal, bool pedestrian) {
  const Vec2 p = scene.canvas.to_px(signal.x, signal.y);
  const double r = std::clamp(0.35 / scene.canvas.metres_per_px(), 2.0, 4.5), w = (pedestrian ? 2 : 3) * 2.4 * r;
  scene.canvas.box_px(p.x() - w / 2 - 0.6, p.y() - 1.35 * r - 0.6, w + 1.2, 2.7 * r + 1.2, r);
  scene.canvas.fill(rgb(0xffffff, 0.85));
  scene.canvas.box_px(p.x() - w / 2, p.y() - 1.35 * r, w, 2.7 * r, r);
  scene.canvas.fill(rgb(0x1d2023));
  const Color lamps[3] = {rgb(0xff4b3e), rgb(0xffc22e), rgb(0x35d07f)};
  for (int i = 0; i < 3; ++i) {
    if (pedestrian && i == 1) continue;
    const double x = p.x() + (pedestrian ? (i - 1) * 1.2 : (i - 1) * 2.3) * r;
    scene.canvas.box_px(x - 0.85 * r, p.y() - 0.85 * r, 1.7 * r, 1.7 * r, 0.85 * r);
    scene.canvas.fill(lamps[i]);
  }
}

}  // namespace

void draw_signals(Scene& scene) {
  const double mpp = scene.canvas.metres_per_px();
  for (const Signal& s : scene.map.signals)
    if (!s.dynamic && scene.detail.signs && inside(scene.canvas, s.x, s.y, 2)) scene.canvas.disc(s.x, s.y, 2.6);
  scene.canvas.fill(rgb(0x2f6fd0));
  for (const Signal& s : scene.map.signals) {
    if (!s.dynamic || !inside(scene.canvas, s.x, s.y, 2)) continue;
    const bool pedestrian =
        s.group >= 0 && at(s.group) < scene.map.signal_groups.size() && scene.map.signal_groups[at(s.group)].pedestrian;
    if (mpp <= 0.18) {
      draw_head(scene, s, pedestrian);
      continue;
    }
    scene.canvas.disc(s.x, s.y, 2.8);
    scene.canvas.fill(rgb(0xffffff, 0.9));
    scene.canvas.disc(s.x, s.y, 2.0);
    scene.canvas.fill(pedestrian ? rgb(0x2fae6a) : rgb(0xe23b2e));
  }
}

}  // namespace bitgoeul::maps::picture
