#include <algorithm>
#include <cmath>

#include "maps/turn_arrows.h"
#include "sim/polygon.h"
#include "viewer/road_mesh.h"

namespace bitgoeul::viewer {

namespace {

using maps::Lane;
using maps::LanePoint;
using maps::Map;
using maps::MarkColor;
using maps::MarkType;
using maps::Row;
using maps::Turn;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

constexpr double kLift = 0.015;

Color paint_color(MarkColor color) {
  switch (color) {
    case MarkColor::kYellow:
      return rgb(0xe8b23a);
    case MarkColor::kBlue:
      return rgb(0x3f7fd0);
    case MarkColor::kRed:
      return rgb(0xc8493c);
    case MarkColor::kGreen:
      return rgb(0x3fa35f);
    case MarkColor::kOrange:
      return rgb(0xe0853a);
    default:
      return rgb(0xe9e9e4);
  }
}

// Painted part of a line along lane s: all of it, or dashes.
struct Dash {
  double on = 0, off = 0;
  bool solid() const { return on <= 0; }
};

// Lines end at the stop line, and begin after the crosswalk by which the lane leaves a junction: metres along the lane.
struct Stretch {
  double from = 0, to = 1e9;
};

struct Stroke {
  double part = 0.5, shift = 0, width = 0.15;
  Stretch stretch;
  Dash dash;
  Color color;
};

Vec3 on_line(const LanePoint& a, const LanePoint& b, double s, double part, double d) {
  const double f = b.s > a.s ? (s - a.s) / (b.s - a.s) : 0;
  const auto offset = [part, d](const LanePoint& p) {
    const double t = part * p.width + d;
    return Vec3(p.x - std::sin(p.heading) * t, p.y + std::cos(p.heading) * t, p.z + kLift);
  };
  return offset(a) * (1 - f) + offset(b) * f;
}

void add_piece(Mesh& mesh, const LanePoint& a, const LanePoint& b, double s0, double s1, const Stroke& k,
               const Vec3& o) {
  const double h = k.width / 2;
  mesh.quad(on_line(a, b, s0, k.part, k.shift - h) - o, on_line(a, b, s1, k.part, k.shift - h) - o,
            on_line(a, b, s1, k.part, k.shift + h) - o, on_line(a, b, s0, k.part, k.shift + h) - o, k.color,
            Material::kPaint);
}

void add_stroke(Mesh& mesh, const Map& map, const LaneRun& run, const Stroke& k, const Vec3& o) {
  const double cycle = k.dash.on + k.dash.off;
  for (Row p = run.first; p < run.last; ++p) {
    const LanePoint &a = map.points[at(p)], &b = map.points[at(p + 1)];
    if (a.width < 0.3 && b.width < 0.3) continue;
    const double from = std::max(a.s, k.stretch.from), to = std::min(b.s, k.stretch.to);
    if (k.dash.solid()) {
      if (to > from + 0.01) add_piece(mesh, a, b, from, to, k, o);
      continue;
    }
    for (double d = std::floor(a.s / cycle) * cycle; d < to; d += cycle) {
      const double s0 = std::max(d, from), s1 = std::min(d + k.dash.on, to);
      if (s1 > s0 + 0.01) add_piece(mesh, a, b, s0, s1, k, o);
    }
  }
}

// Double lines are drawn as two strokes; the first of the pair lies to the left.
void add_mark(Mesh& mesh, const Map& map, const LaneRun& run, const Stretch& stretch, double part, MarkType type,
              MarkColor color, const Vec3& o) {
  const Lane& lane = map.lanes[at(run.lane)];
  const maps::RoadClass c = map.roads[at(lane.road)].road_class;
  const bool fast = c == maps::RoadClass::kMotorway || c == maps::RoadClass::kTrunk;
  const Dash dashes = fast ? Dash{10, 10} : Dash{3, 5};  // Korean practice: out of town, in town
  Stroke k{part, 0, 0.15, stretch, {}, paint_color(color)};
  const auto stroke = [&](double shift, Dash dash) {
    k.shift = shift, k.dash = dash;
    add_stroke(mesh, map, run, k, o);
  };
  switch (type) {
    case MarkType::kSolid:
    case MarkType::kEdge:
      return stroke(0, {});
    case MarkType::kBroken:
      return stroke(0, dashes);
    case MarkType::kBottsDots:
      return stroke(0, {0.15, 1.0});
    case MarkType::kSolidSolid:
      return stroke(0.13, {}), stroke(-0.13, {});
    case MarkType::kSolidBroken:
      return stroke(0.13, {}), stroke(-0.13, dashes);
    case MarkType::kBrokenSolid:
      return stroke(0.13, dashes), stroke(-0.13, {});
    case MarkType::kBrokenBroken:
      return stroke(0.13, dashes), stroke(-0.13, dashes);
    default:
      return;
  }
}

using Crosswalks = std::vector<const maps::Object*>;

bool covers(const Map& map, const maps::Object& crosswalk, double x, double y) {
  const Row first = crosswalk.outline.begin;
  const auto corners = static_cast<std::size_t>((crosswalk.outline.end - first) / 3);
  if (corners >= 3)
    return sim::inside_polygon(
        corners,
        [&](std::size_t i) {
          const std::size_t p = at(first) + 3 * i;
          return std::pair(map.outline_points[p], map.outline_points[p + 1]);
        },
        x, y);
  const double dx = x - crosswalk.x, dy = y - crosswalk.y, c = std::cos(crosswalk.heading),
               n = std::sin(crosswalk.heading);
  return std::abs(dx * c + dy * n) < crosswalk.length / 2 && std::abs(dy * c - dx * n) < crosswalk.width / 2;
}

Stretch painted(const Map& map, Row row, const Crosswalks& crosswalks) {
  constexpr double kReach = 15, kStep = 0.5;
  const Lane& lane = map.lanes[at(row)];
  Stretch out;
  if (!maps::drivable(lane.type)) return out;
  const auto joins = [&map](std::span<const Row> lanes) {
    return std::any_of(lanes.begin(), lanes.end(), [&map](Row l) { return map.lanes[at(l)].junction != maps::kNone; });
  };
  if (lane.stop_s > 0 && lane.stop_s < lane.length && joins(map.successors(row))) out.to = lane.stop_s;
  if (crosswalks.empty() || !joins(map.predecessors(row))) return out;
  const auto points = map.lane_points(row);
  std::size_t i = 1;
  for (double s = 0; s < std::min(kReach, lane.length); s += kStep) {
    while (i + 1 < points.size() && points[i].s < s) ++i;
    const Vec3 p = on_line(points[i - 1], points[i], s, 0, 0);
    if (std::any_of(crosswalks.begin(), crosswalks.end(),
                    [&](const maps::Object* c) { return covers(map, *c, p.x(), p.y()); }))
      out.from = s + kStep;
  }
  return out;
}

// Each boundary once: every lane its outer edge, the lanes beside the middle also their inner one.
void add_marks(Mesh& mesh, const Map& map, const LaneRun& run, const Crosswalks& crosswalks, const Vec3& o) {
  const Lane& lane = map.lanes[at(run.lane)];
  if (lane.junction != maps::kNone) return;  // the paint of crossing movements would lie across each other
  const bool outer_is_right = (lane.odr_id < 0) == (lane.direction > 0);
  const Stretch stretch = painted(map, run.lane, crosswalks);
  const auto mark = [&](bool right) {
    right ? add_mark(mesh, map, run, stretch, -0.5, lane.right_mark, lane.right_color, o)
          : add_mark(mesh, map, run, stretch, 0.5, lane.left_mark, lane.left_color, o);
  };
  mark(outer_is_right);
  if (!maps::drivable(lane.type)) return;  // nothing is painted along the middle of a median
  // Lanes that are roads of their own: the line between two of them is the left one's right edge.
  if (lane.left != maps::kNone && map.lanes[at(lane.left)].road != lane.road) return;
  const auto siblings = Map::rows(map.lanes, map.sections[at(lane.section)].lanes);
  const bool has_right = std::any_of(siblings.begin(), siblings.end(), [](const Lane& l) { return l.odr_id == -1; });
  if (lane.odr_id == -1 || (lane.odr_id == 1 && !has_right)) mark(!outer_is_right);
}

// u ahead, v to the left of a place on the lane.
struct Frame {
  Vec3 origin;
  Vec3 ahead, left;
  Vec3 operator()(double u, double v) const { return origin + ahead * u + left * v; }
};

Frame frame_at(const Map& map, Row lane, double s, const Vec3& o) {
  const auto points = map.lane_points(lane);
  std::size_t i = 1;
  while (i + 1 < points.size() && points[i].s < s) ++i;
  const LanePoint &a = points[i - 1], &b = points[i];
  const Vec3 p = on_line(a, b, std::clamp(s, a.s, b.s), 0, 0);
  const double h = a.heading, rise = b.s > a.s ? (b.z - a.z) / (b.s - a.s) : 0;
  return {p - o, Vec3(std::cos(h), std::sin(h), rise), Vec3(-std::sin(h), std::cos(h), 0)};
}

void add_corners(Mesh& mesh, const Frame& f, std::initializer_list<Vec2> corners, double side) {
  std::vector<Vec3> p;
  for (const Vec2& c : corners) p.push_back(f(c.x(), c.y() * side));
  const Color white = paint_color(MarkColor::kWhite);
  for (std::size_t i = 1; i + 1 < p.size(); ++i)
    side > 0 ? mesh.triangle(p[0], p[i], p[i + 1], white, Material::kPaint)
             : mesh.triangle(p[0], p[i + 1], p[i], white, Material::kPaint);
}

// Korean road arrows: 5 m long, the shaft 0.15 m wide.
void add_arrow(Mesh& mesh, const Frame& f, Turn turn) {
  const double side = turn == Turn::kRight ? -1 : 1;
  switch (turn) {
    case Turn::kLeft:
    case Turn::kRight:
      add_corners(mesh, f, {{0, -0.08}, {2.2, -0.08}, {2.2, 0.08}, {0, 0.08}}, 1);
      add_corners(mesh, f, {{1.9, -0.08}, {3.1, 0.55}, {2.9, 0.72}, {1.7, 0.08}}, side);
      return add_corners(mesh, f, {{2.35, 1.0}, {3.5, 0.3}, {3.75, 1.3}}, side);
    case Turn::kUTurn:
      add_corners(mesh, f, {{0, -0.08}, {2.9, -0.08}, {2.9, 0.08}, {0, 0.08}}, 1);
      add_corners(mesh, f, {{2.75, 0.08}, {2.9, 0.08}, {2.9, 0.9}, {2.75, 0.9}}, 1);
      add_corners(mesh, f, {{2.1, 0.75}, {2.9, 0.75}, {2.9, 0.9}, {2.1, 0.9}}, 1);
      return add_corners(mesh, f, {{0.9, 0.82}, {2.1, 0.4}, {2.1, 1.25}}, 1);
    default:
      add_corners(mesh, f, {{0, -0.08}, {3.4, -0.08}, {3.4, 0.08}, {0, 0.08}}, 1);
      return add_corners(mesh, f, {{3.2, -0.45}, {5.0, 0}, {3.2, 0.45}}, 1);
  }
}

void add_arrows(Mesh& mesh, const Map& map, const LaneRun& run, const Vec3& o) {
  for (const double before : maps::kArrowsBeforeM) {
    const auto arrow = maps::turn_arrow(map, run.lane, before);
    if (!arrow) continue;
    const double s = arrow->s;
    if (s < map.points[at(run.first)].s || s >= map.points[at(run.last)].s) continue;
    const Frame f = frame_at(map, run.lane, s, o);
    for (const Turn turn : {Turn::kStraight, Turn::kLeft, Turn::kRight, Turn::kUTurn})
      if (arrow->turns >> static_cast<unsigned>(turn) & 1u) add_arrow(mesh, f, turn);
  }
}

void add_stop_lines(Mesh& mesh, const Map& map, const TileKey& key, const Vec3& o) {
  for (const maps::StopLine& line : map.stop_lines) {
    if (!inside(key, line.x0, line.y0)) continue;
    const Vec3 a(line.x0, line.y0, line.z + kLift), b(line.x1, line.y1, line.z + kLift);
    const double length = (b - a).norm();
    if (!(length > 0.2 && length < 60)) continue;
    const Vec3 d = (b - a) / length, n(-d.y() * 0.22, d.x() * 0.22, 0);
    mesh.quad(a - n - o, b - n - o, b + n - o, a + n - o, paint_color(MarkColor::kWhite), Material::kPaint);
  }
}

// Zebra bars of 0.45 m every 0.9 m along the longer side of the outline's box.
void add_crosswalk(Mesh& mesh, const Map& map, const maps::Object& object, const Vec3& o) {
  std::vector<Vec3> corners;
  for (Row i = object.outline.begin; i + 2 < object.outline.end; i += 3)
    corners.emplace_back(map.outline_points[at(i)], map.outline_points[at(i + 1)], map.outline_points[at(i + 2)]);
  Vec2 along(std::cos(object.heading), std::sin(object.heading));
  if (object.width > object.length) along = Vec2(-along.y(), along.x());
  double longest = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec3 edge = corners[(i + 1) % corners.size()] - corners[i];
    if (edge.norm() > longest) longest = edge.norm(), along = Vec2(edge.x(), edge.y()).normalized();
  }
  const Vec2 across(-along.y(), along.x()), mid(object.x, object.y);
  double u0 = -std::max(object.length, object.width) / 2, u1 = -u0, v0 = -std::min(object.length, object.width) / 2,
         v1 = -v0;
  if (corners.size() >= 3) {
    u0 = v0 = 1e9, u1 = v1 = -1e9;
    for (const Vec3& c : corners) {
      const Vec2 d = Vec2(c.x(), c.y()) - mid;
      u0 = std::min(u0, d.dot(along)), u1 = std::max(u1, d.dot(along));
      v0 = std::min(v0, d.dot(across)), v1 = std::max(v1, d.dot(across));
    }
  }
  if (!(u1 - u0 < 300 && v1 - v0 < 60)) return;
  const auto p = [&](double u, double v) -> Vec3 {
    const Vec2 q = mid + along * u + across * v;
    return Vec3(q.x(), q.y(), object.z + kLift + 0.01) - o;
  };
  for (double u = u0 + 0.2; u + 0.45 <= u1; u += 0.9)
    mesh.quad(p(u, v0), p(u + 0.45, v0), p(u + 0.45, v1), p(u, v1), paint_color(MarkColor::kWhite), Material::kPaint);
}

}  // namespace

void add_road_paint(Mesh& mesh, const Map& map, std::span<const LaneRun> runs, const TileKey& key) {
  const Vec3 o(key.center().x(), key.center().y(), 0);
  constexpr double kAround = 60;  // metres beyond the tile whose crosswalks may cross its lanes
  Crosswalks crosswalks;
  for (const maps::Object& object : map.objects)
    if (key.level == 0 && object.kind == maps::ObjectKind::kCrosswalk &&
        std::max(std::abs(object.x - o.x()), std::abs(object.y - o.y())) < key.size() / 2 + kAround)
      crosswalks.push_back(&object);
  for (const LaneRun& run : runs) {
    add_marks(mesh, map, run, crosswalks, o);
    if (key.level == 0) add_arrows(mesh, map, run, o);
  }
  add_stop_lines(mesh, map, key, o);
  if (key.level > 0) return;
  for (const maps::Object* object : crosswalks)
    if (inside(key, object->x, object->y)) add_crosswalk(mesh, map, *object, o);
}

}  // namespace bitgoeul::viewer
