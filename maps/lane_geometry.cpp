#include "maps/lane_geometry.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps {
namespace {

// The segment [row, row + 1] of the lane that holds s, walking from the hint.
Row segment_at(const Map& map, const Lane& lane, double s, Row hint) {
  const Row first = lane.points.begin, last = lane.points.end - 2;
  if (hint < first || hint > last) {
    const auto points = std::span(map.points).subspan(first, lane.points.size());
    const auto after =
        std::upper_bound(points.begin(), points.end(), s, [](double at, const LanePoint& p) { return at < p.s; });
    return std::clamp(first + static_cast<Row>(after - points.begin()) - 1, first, last);
  }
  while (hint < last && map.points[hint + 1].s <= s) ++hint;
  while (hint > first && map.points[hint].s > s) --hint;
  return hint;
}

struct Foot {
  double u = 0;         // along the segment, not clamped, 0..1 inside
  double s = 0, t = 0;  // t across the segment's direction
  double distance = 0;
};

Foot foot_on(const LanePoint& a, const LanePoint& b, double x, double y) {
  const double dx = b.x - a.x, dy = b.y - a.y, px = x - a.x, py = y - a.y;
  const double square = dx * dx + dy * dy;
  Foot foot;
  if (square > 0.0) {
    foot.u = (px * dx + py * dy) / square;
    foot.t = (dx * py - dy * px) / std::sqrt(square);
  }
  const double u = std::clamp(foot.u, 0.0, 1.0);
  foot.s = a.s + u * (b.s - a.s);
  foot.distance = sim::hypot(px - u * dx, py - u * dy);
  return foot;
}

}  // namespace

LanePose lane_pose(const Map& map, Row lane_row, double s, double t, Row& hint) {
  const Lane& lane = map.lanes[lane_row];
  s = std::clamp(s, 0.0, lane.length);
  hint = segment_at(map, lane, s, hint);
  const LanePoint &a = map.points[hint], &b = map.points[hint + 1];
  const double ds = b.s - a.s, u = ds > 0.0 ? std::clamp((s - a.s) / ds, 0.0, 1.0) : 0.0;
  const auto mix = [u](double from, double to) { return from + u * (to - from); };
  LanePose pose;
  pose.heading = mix(a.heading, b.heading);
  pose.x = mix(a.x, b.x);
  pose.y = mix(a.y, b.y);
  pose.z = mix(a.z, b.z);
  if (t != 0.0) {
    double sine, cosine;
    sim::sincos(pose.heading, sine, cosine);
    pose.x -= t * sine;
    pose.y += t * cosine;
  }
  pose.curvature = mix(a.curvature, b.curvature);
  pose.pitch = b.z == a.z ? 0.0 : -sim::atan2(b.z - a.z, ds);
  pose.width = mix(a.width, b.width);
  pose.speed_cap_mps = mix(a.speed_cap_mps, b.speed_cap_mps);
  return pose;
}

LaneProjection project_to_lane(const Map& map, Row lane_row, double x, double y, Row& hint) {
  const Lane& lane = map.lanes[lane_row];
  const Row first = lane.points.begin, last = lane.points.end - 2;
  const auto at = [&](Row row) { return foot_on(map.points[row], map.points[row + 1], x, y); };
  Foot best;
  if (hint < first || hint > last) {
    hint = first;
    best = at(first);
    for (Row row = first + 1; row <= last; ++row) {
      const Foot foot = at(row);
      if (foot.distance < best.distance) best = foot, hint = row;
    }
  } else {
    // Walk the way the foot lies; turning back means that the foot is the corner between two segments.
    best = at(hint);
    const bool forward = best.u > 1.0;
    while (forward ? best.u > 1.0 && hint < last : best.u < 0.0 && hint > first) {
      hint += forward ? 1 : -1;
      best = at(hint);
    }
  }
  return {best.s, best.t, best.distance};
}

}  // namespace bitgoeul::maps
