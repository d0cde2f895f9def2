#include <algorithm>
#include <cmath>
#include <limits>

#include "maps/detail/overlap.h"
#include "maps/lane_geometry.h"

namespace bitgoeul::maps::detail {
namespace {

using Bar = Corridor::Bar;

// The corners of a body that follows a bend with its middle sweep beyond its width; counts in bends under 8 m radius.
double sweep(double curvature) { return std::min(kSweepM, 5.0 * std::max(0.0, std::abs(curvature) - 0.125)); }

// Narrow lanes side by side must not count as crossing: there the body keeps to its lane. Under 2.1 m from centre to
// centre no two cars pass each other.
double half_width(double lane_width) {
  return std::clamp(0.5 * lane_width - 0.05, kCarHalfWidthM, kBodyHalfWidthM + kBodyMarginM);
}

GeoBox box_of(const Bar* begin, const Bar* end) {
  const double far = std::numeric_limits<double>::max();
  GeoBox box{far, far, -far, -far};
  for (const Bar* bar = begin; bar < end; ++bar) {
    box.min_x = std::min({box.min_x, bar->left_x, bar->right_x}),
    box.max_x = std::max({box.max_x, bar->left_x, bar->right_x});
    box.min_y = std::min({box.min_y, bar->left_y, bar->right_y}),
    box.max_y = std::max({box.max_y, bar->left_y, bar->right_y});
  }
  return box;
}

struct Quad {
  double x[4], y[4];
};

Quad quad_of(const Bar& a, const Bar& b) {
  return {{a.left_x, a.right_x, b.right_x, b.left_x}, {a.left_y, a.right_y, b.right_y, b.left_y}};
}

// Whether the normal of one of p's edges separates the two (separating axis theorem for convex polygons).
bool separated_by(const Quad& p, const Quad& q) {
  for (int i = 0; i < 4; ++i) {
    const int k = (i + 1) & 3;
    const double nx = p.y[k] - p.y[i], ny = p.x[i] - p.x[k];
    double p0 = 1e300, p1 = -1e300, q0 = 1e300, q1 = -1e300;
    for (int j = 0; j < 4; ++j) {
      const double dp = nx * p.x[j] + ny * p.y[j], dq = nx * q.x[j] + ny * q.y[j];
      p0 = std::min(p0, dp), p1 = std::max(p1, dp);
      q0 = std::min(q0, dq), q1 = std::max(q1, dq);
    }
    if (p1 <= q0 || q1 <= p0) return true;
  }
  return false;
}

bool quads_overlap(const Bar* a, const Bar* b) {
  if (std::abs(0.5 * (a[0].z + a[1].z) - 0.5 * (b[0].z + b[1].z)) > kClearHeightM) return false;
  const Quad p = quad_of(a[0], a[1]), q = quad_of(b[0], b[1]);
  return !separated_by(p, q) && !separated_by(q, p);
}

void widen(Overlap& hull, const Bar* a, const Bar* b) {
  hull.a_begin = std::min(hull.a_begin, a[0].s), hull.a_end = std::max(hull.a_end, a[1].s);
  hull.b_begin = std::min(hull.b_begin, b[0].s), hull.b_end = std::max(hull.b_end, b[1].s);
}

std::size_t chunk_end(const Corridor& c, std::size_t chunk) {
  return std::min((chunk + 1) * Corridor::kChunk, c.bars.size() - 1);
}

void overlap_chunks(const Corridor& a, std::size_t ca, const Corridor& b, std::size_t cb, Overlap& hull) {
  for (std::size_t i = ca * Corridor::kChunk; i < chunk_end(a, ca); ++i) {
    const GeoBox box = box_of(&a.bars[i], &a.bars[i] + 2);
    if (!touch(box, b.chunks[cb])) continue;
    for (std::size_t j = cb * Corridor::kChunk; j < chunk_end(b, cb); ++j)
      if (touch(box, box_of(&b.bars[j], &b.bars[j] + 2)) && quads_overlap(&a.bars[i], &b.bars[j]))
        widen(hull, &a.bars[i], &b.bars[j]);
  }
}

}  // namespace

Corridor make_corridor(const Map& map, Row row) {
  const Lane& lane = map.lanes[row];
  Corridor corridor;
  Row hint = kNone;
  const int quads = static_cast<int>(std::clamp(std::ceil(lane.length / kQuadLengthM), 1.0, 1.0e6));
  corridor.bars.reserve(static_cast<std::size_t>(quads) + 1);
  for (int i = 0; i <= quads; ++i) {
    const double s = i == quads ? lane.length : lane.length * i / quads;
    const LanePose pose = lane_pose(map, row, s, 0.0, hint);
    double sine, cosine;
    sim::sincos(pose.heading, sine, cosine);
    const double half = half_width(pose.width) + sweep(pose.curvature);
    corridor.bars.push_back(
        {s, pose.z, pose.x - sine * half, pose.y + cosine * half, pose.x + sine * half, pose.y - cosine * half});
  }
  const Bar* bars = corridor.bars.data();
  for (std::size_t first = 0; first + 1 < corridor.bars.size(); first += Corridor::kChunk)
    corridor.chunks.push_back(
        box_of(bars + first, bars + std::min(first + Corridor::kChunk, corridor.bars.size() - 1) + 1));
  corridor.box = box_of(bars, bars + corridor.bars.size());
  return corridor;
}

std::optional<Overlap> overlap(const Corridor& a, const Corridor& b) {
  if (!touch(a.box, b.box)) return std::nullopt;
  const double far = std::numeric_limits<double>::max();
  Overlap hull{far, -far, far, -far};
  for (std::size_t ca = 0; ca < a.chunks.size(); ++ca) {
    if (!touch(a.chunks[ca], b.box)) continue;
    for (std::size_t cb = 0; cb < b.chunks.size(); ++cb)
      if (touch(a.chunks[ca], b.chunks[cb])) overlap_chunks(a, ca, b, cb, hull);
  }
  if (hull.a_begin > hull.a_end) return std::nullopt;
  return hull;
}

}  // namespace bitgoeul::maps::detail
