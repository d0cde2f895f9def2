#include "maps/road_position.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "maps/lane_curve.h"
#include "maps/reference_line.h"

namespace bitgoeul::maps {
namespace {

std::span<const Geometry> line_of(const Map& map, Row road) {
  return Map::rows(map.geometries, map.roads[road].geometry);
}
std::span<const Poly3> polys_of(const Map& map, Range range) { return Map::rows(map.polys, range); }

double road_tilt(const Map& map, Row road, double s) {
  return evaluate(polys_of(map, map.roads[road].superelevation), s);
}

// Signed distance along the tangent from the foot at s to the point; zero at the foot.
double along(const Map& map, Row road, double s, double x, double y) {
  const CurvePoint p = evaluate(line_of(map, road), s);
  double sine, cosine;
  sim::sincos(p.heading, sine, cosine);
  return (x - p.x) * cosine + (y - p.y) * sine;
}

double distance(const Map& map, Row road, double s, double x, double y) {
  const CurvePoint p = evaluate(line_of(map, road), s);
  return sim::hypot(x - p.x, y - p.y);
}

// The best of samples dense enough that the foot lies next to it: every 5 m, and every 0.2 rad of turning.
void coarse_foot(const Map& map, Row road, double x, double y, double& before, double& after) {
  const double length = map.roads[road].length;
  double best = 1e300, best_s = 0.0, best_step = length;
  for (const Geometry& g : line_of(map, road)) {
    if (g.s >= length) break;
    const double turn =
        std::max(std::abs(evaluate(g, 0.0).curvature), std::abs(evaluate(g, g.length).curvature)) * g.length;
    const int n = static_cast<int>(std::clamp(std::ceil(std::max(g.length / 5.0, turn / 0.2)), 1.0, 10000.0));
    for (int i = 0; i <= n; ++i) {
      const double s = std::min(length, g.s + g.length * i / n), d = distance(map, road, s, x, y);
      if (d < best) best = d, best_s = s, best_step = g.length / n;
    }
  }
  // A neighbouring piece may be sampled in longer steps; 5 m is the longest.
  const double step = std::max(best_step, 5.0);
  before = std::max(0.0, best_s - step);
  after = std::min(length, best_s + step);
}

// Narrows [a, b] to the nearest point by golden section, then to the zero of along() by bisection.
double fine_foot(const Map& map, Row road, double x, double y, double a, double b) {
  constexpr double kGolden = 0.6180339887498949;
  double lo = a, hi = b, c = hi - kGolden * (hi - lo), d = lo + kGolden * (hi - lo);
  double dc = distance(map, road, c, x, y), dd = distance(map, road, d, x, y);
  while (hi - lo > 0.05) {
    if (dc < dd)
      hi = d, d = c, dd = dc, c = hi - kGolden * (hi - lo), dc = distance(map, road, c, x, y);
    else
      lo = c, c = d, dc = dd, d = lo + kGolden * (hi - lo), dd = distance(map, road, d, x, y);
  }
  lo = std::max(a, lo - 0.05);
  hi = std::min(b, hi + 0.05);
  if (along(map, road, lo, x, y) <= 0.0) return lo;
  if (along(map, road, hi, x, y) >= 0.0) return hi;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (lo + hi);
    (along(map, road, middle, x, y) > 0.0 ? lo : hi) = middle;
  }
  return 0.5 * (lo + hi);
}

std::string lane_name(const Map& map, const RoadLanePosition& p) {
  const std::string road = p.road >= 0 && p.road < static_cast<Row>(map.roads.size())
                               ? std::string(map.text_of(map.roads[p.road].id))
                               : std::string("?");
  return "road " + road + " lane " + std::to_string(p.lane_id) + " at s = " + std::to_string(p.s);
}

sim::Result<Row> find_lane(const Map& map, const RoadLanePosition& position) {
  const Row lane = lane_at(map, position.road, position.s, position.lane_id);
  if (lane == kNone)
    return sim::fail("the road has no such lane there", map.source, 0, lane_name(map, position),
                     "use a lane id that the lane section at that s has");
  return lane;
}

}  // namespace

std::optional<Row> find_road(const Map& map, std::string_view id) {
  for (Row road = 0; road < static_cast<Row>(map.roads.size()); ++road)
    if (map.text_of(map.roads[road].id) == id) return road;
  return std::nullopt;
}

Row lane_at(const Map& map, Row road, double s, std::int32_t lane_id) {
  if (road < 0 || road >= static_cast<Row>(map.roads.size())) return kNone;
  const Range sections = map.roads[road].sections;
  if (sections.empty() || !(s >= -1e-6) || s > map.roads[road].length + 1e-6) return kNone;
  Row section = sections.begin;
  while (section + 1 < sections.end && map.sections[section + 1].s <= s) ++section;
  const Range lanes = map.sections[section].lanes;
  for (Row lane = lanes.begin; lane < lanes.end; ++lane)
    if (map.lanes[lane].odr_id == lane_id) return lane;
  return kNone;
}

WorldPose to_world(const Map& map, const RoadPosition& position) {
  const Road& road = map.roads[position.road];
  const double s = std::clamp(position.s, 0.0, road.length);
  const CurvePoint ref = evaluate(line_of(map, position.road), s);
  double tilt_sine, tilt_cosine, sine, cosine;
  const double tilt = road_tilt(map, position.road, s);
  sim::sincos(tilt, tilt_sine, tilt_cosine);
  sim::sincos(ref.heading, sine, cosine);
  const double side = position.t * tilt_cosine - position.h * tilt_sine;
  WorldPose pose;
  pose.x = ref.x - side * sine;
  pose.y = ref.y + side * cosine;
  pose.z = evaluate(polys_of(map, road.elevation), s) + position.t * tilt_sine + position.h * tilt_cosine;
  pose.heading = ref.heading;
  pose.pitch = -sim::atan(evaluate_derivative(polys_of(map, road.elevation), s));
  pose.roll = tilt;
  return pose;
}

sim::Result<WorldPose> to_world(const Map& map, const RoadLanePosition& position) {
  const auto lane = find_lane(map, position);
  if (!lane) return tl::unexpected(lane.error());
  const LaneCurvePoint center = LaneCurve(map, *lane).at(position.s);
  WorldPose pose = to_world(map, RoadPosition{position.road, position.s, center.t + position.offset, 0.0});
  // Shape, lane height and flat lanes lift the lane off the road's plane.
  const Lane& row = map.lanes[*lane];
  if (!map.roads[row.road].shape.empty() || !row.heights.empty() || row.flat != 0) {
    const WorldPose plane = to_world(map, RoadPosition{position.road, position.s, center.t, 0.0});
    pose.x += center.x - plane.x, pose.y += center.y - plane.y, pose.z += center.z - plane.z;
  }
  pose.heading = center.heading;
  if (map.lanes[*lane].direction < 0) {
    pose.heading += sim::kPi;
    pose.pitch = -pose.pitch;
    pose.roll = -pose.roll;
  }
  pose.heading = sim::wrap_angle(pose.heading);
  return pose;
}

double lane_center_t(const Map& map, Row lane, double road_s) { return LaneCurve(map, lane).at(road_s).t; }

void lane_edges_t(const Map& map, Row lane, double road_s, double& left_t, double& right_t) {
  LaneCurve(map, lane).edges_t(road_s, left_t, right_t);
  if (left_t < right_t) std::swap(left_t, right_t);
}

std::optional<RoadPosition> to_road(const Map& map, Row road, double x, double y, double max_distance_m) {
  if (!std::isfinite(x) || !std::isfinite(y)) return std::nullopt;
  double before, after;
  coarse_foot(map, road, x, y, before, after);
  RoadPosition position;
  position.road = road;
  position.s = fine_foot(map, road, x, y, before, after);
  const CurvePoint foot = evaluate(line_of(map, road), position.s);
  if (sim::hypot(x - foot.x, y - foot.y) > max_distance_m) return std::nullopt;
  double sine, cosine;
  sim::sincos(foot.heading, sine, cosine);
  position.t = ((y - foot.y) * cosine - (x - foot.x) * sine) / sim::cos(road_tilt(map, road, position.s));
  return position;
}

RoadLanePosition to_road_lane(const Map& map, Row row, double lane_s, double t) {
  const Lane& lane = map.lanes[row];
  const LaneCurve curve(map, row);
  const bool forward = lane.direction > 0;
  const double wanted = std::clamp(forward ? lane_s : lane.length - lane_s, 0.0, lane.length);
  // The length grows with s, so a bracketed Newton iteration ends at its root.
  double lo = lane.s_begin, hi = lane.s_end, s = lo + (hi - lo) * (lane.length > 0.0 ? wanted / lane.length : 0.0);
  for (int i = 0; i < 60 && hi - lo > 1e-12; ++i) {
    const double error = curve.length(lane.s_begin, s) - wanted;
    (error > 0.0 ? hi : lo) = s;
    const double next = s - error / curve.at(s).rate;
    const double old = s;
    s = next > lo && next < hi ? next : 0.5 * (lo + hi);
    if (std::abs(s - old) < 1e-11) break;
  }
  return {lane.road, lane.odr_id, s, forward ? t : -t};
}

sim::Result<LaneS> to_lane(const Map& map, const RoadLanePosition& position) {
  const auto row = find_lane(map, position);
  if (!row) return tl::unexpected(row.error());
  const Lane& lane = map.lanes[*row];
  const double s = std::clamp(position.s, lane.s_begin, lane.s_end),
               along = LaneCurve(map, *row).length(lane.s_begin, s);
  const bool forward = lane.direction > 0;
  return LaneS{*row, std::clamp(forward ? along : lane.length - along, 0.0, lane.length),
               forward ? position.offset : -position.offset};
}

}  // namespace bitgoeul::maps
