#include "maps/lane_curve.h"

#include <algorithm>
#include <cmath>

#include "maps/road_shape.h"

namespace bitgoeul::maps {
namespace {

constexpr double kMinRate = 0.01;  // a lane inside the centre of a tight arc would run backwards; keep it monotone

void add_breaks(std::vector<double>& breaks, std::span<const Poly3> polys, double shift, double from, double to) {
  for (const Poly3& p : polys)
    if (p.s + shift > from && p.s + shift < to) breaks.push_back(p.s + shift);
}

double mean_height(std::span<const LaneHeight> heights, double s) {
  const auto after =
      std::upper_bound(heights.begin(), heights.end(), s, [](double at, const LaneHeight& h) { return at < h.s; });
  return after == heights.begin() ? 0.0 : 0.5 * ((after - 1)->inner + (after - 1)->outer);
}

// The records that begin before a lane's end: its last point belongs to the last of them, even where the next one jumps
// there (tools do so where lanes are numbered anew and the lane offset takes up the difference).
std::span<const Poly3> before(std::span<const Poly3> polys, double s_end) {
  const auto end =
      std::lower_bound(polys.begin(), polys.end(), s_end - 1e-9, [](const Poly3& p, double s) { return p.s < s; });
  return polys.first(static_cast<std::size_t>(std::max<std::ptrdiff_t>(end - polys.begin(), polys.empty() ? 0 : 1)));
}

}  // namespace

LaneCurve::LaneCurve(const Map& map, Row row) {
  const Lane& lane = map.lanes[row];
  const LaneSection& section = map.sections[lane.section];
  const Road& road = map.roads[lane.road];
  line_ = Map::rows(map.geometries, road.geometry);
  elevation_ = before(Map::rows(map.polys, road.elevation), lane.s_end);
  superelevation_ = before(Map::rows(map.polys, road.superelevation), lane.s_end);
  offset_ = before(Map::rows(map.polys, road.lane_offset), lane.s_end);
  shape_ = Map::rows(map.shapes, road.shape);
  heights_ = Map::rows(map.lane_heights, lane.heights);
  section_s_ = section.s;
  side_ = lane.odr_id > 0 ? 1.0 : -1.0;
  // Rows run from left to right, so the lanes towards the reference line follow a left lane and precede a right one.
  const Row step = lane.odr_id > 0 ? 1 : -1;
  std::size_t flat_lanes = 0;
  bool flat = true;
  for (Row other = row; other >= section.lanes.begin && other < section.lanes.end; other += step) {
    if ((map.lanes[other].odr_id > 0) != (lane.odr_id > 0)) break;
    widths_.push_back(Map::rows(map.polys, map.lanes[other].widths));
    if (flat && map.lanes[other].flat != 0) ++flat_lanes;
    flat = flat && map.lanes[other].flat != 0;
  }
  std::reverse(widths_.begin(), widths_.end());
  first_flat_ = widths_.size() - flat_lanes;

  breaks_ = {lane.s_begin, lane.s_end};
  for (const Geometry& g : line_)
    if (g.s > lane.s_begin && g.s < lane.s_end) breaks_.push_back(g.s);
  for (const auto& polys : {elevation_, superelevation_, offset_})
    add_breaks(breaks_, polys, 0.0, lane.s_begin, lane.s_end);
  for (const auto& polys : widths_) add_breaks(breaks_, polys, section_s_, lane.s_begin, lane.s_end);
  for (const ShapePiece& p : shape_)
    if (p.s > lane.s_begin && p.s < lane.s_end) breaks_.push_back(p.s);
  for (const LaneHeight& h : heights_)
    if (h.s > 0.0 && section_s_ + h.s < lane.s_end) breaks_.push_back(section_s_ + h.s);
  std::sort(breaks_.begin(), breaks_.end());
  breaks_.erase(std::unique(breaks_.begin(), breaks_.end(), [](double a, double b) { return b - a < 1e-9; }),
                breaks_.end());
  if (breaks_.size() == 1) breaks_.push_back(lane.s_end);
  breaks_.back() = lane.s_end;
}

LaneCurve::Profile LaneCurve::profile(double s) const {
  Profile p;
  const double ds = s - section_s_;
  double slope = 0.0, bend = 0.0;
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    double w = evaluate(widths_[i], ds), w1 = evaluate_derivative(widths_[i], ds),
           w2 = evaluate_second_derivative(widths_[i], ds);
    if (w < 0.0) w = w1 = w2 = 0.0;
    const double part = i + 1 == widths_.size() ? 0.5 : 1.0;
    if (part < 1.0)
      p.width = w, p.center = p.inner;
    else
      p.inner += w;
    slope += part * w1;
    bend += part * w2;
    if (i >= first_flat_) p.flat += part * w, p.flat_slope += part * w1;
  }
  const double offset = evaluate(offset_, s);
  p.center = offset + side_ * (p.inner + 0.5 * p.width);
  p.inner = offset + side_ * p.inner;
  p.center_slope = evaluate_derivative(offset_, s) + side_ * slope;
  p.center_bend = evaluate_second_derivative(offset_, s) + side_ * bend;
  p.flat *= side_;
  p.flat_slope *= side_;
  return p;
}

CurvePoint LaneCurve::on_line(double s) const { return evaluate(line_, s); }

LaneCurvePoint LaneCurve::at(double s) const {
  const CurvePoint ref = on_line(s);
  const Profile p = profile(s);
  double sine, cosine, tilt_sine = 0.0, tilt_cosine = 1.0, tilt_rate = 0.0;
  sim::sincos(ref.heading, sine, cosine);
  if (!superelevation_.empty()) {
    sim::sincos(evaluate(superelevation_, s), tilt_sine, tilt_cosine);
    tilt_rate = evaluate_derivative(superelevation_, s);
  }
  const double tilted = p.center - p.flat, tilted_slope = p.center_slope - p.flat_slope;
  const double height = shape_height(shape_, s, tilted);
  const double side = tilted * tilt_cosine + p.flat - height * tilt_sine;  // horizontal
  const double side_slope = tilted_slope * tilt_cosine + p.flat_slope - tilted * tilt_sine * tilt_rate;
  const double along = std::max(kMinRate, ref.stretch * (1.0 - ref.curvature * side));
  const double square = along * along + side_slope * side_slope;

  LaneCurvePoint point;
  point.x = ref.x - sine * side;
  point.y = ref.y + cosine * side;
  point.z = evaluate(elevation_, s) + tilted * tilt_sine + height * tilt_cosine + mean_height(heights_, s - section_s_);
  point.heading = ref.heading + sim::atan2(side_slope, along);
  point.rate = std::sqrt(square);
  // d heading / ds of the offset curve, leaving out the small term of a changing reference curvature.
  const double along_slope = -ref.stretch * ref.curvature * side_slope;
  const double turn = ref.stretch * ref.curvature + (p.center_bend * along - side_slope * along_slope) / square;
  point.curvature = turn / point.rate;
  point.width = p.width;
  point.t = p.center;
  return point;
}

double LaneCurve::rate(double s) const { return at(s).rate; }

double LaneCurve::length(double from, double to) const {
  constexpr double kNode[3] = {-0.7745966692414834, 0.0, 0.7745966692414834};
  constexpr double kWeight[3] = {5.0 / 9.0, 8.0 / 9.0, 5.0 / 9.0};
  if (to < from) return -length(to, from);
  double sum = 0.0;
  const auto after = std::upper_bound(breaks_.begin(), breaks_.end(), from);
  const std::size_t first = after == breaks_.begin() ? 0 : static_cast<std::size_t>(after - breaks_.begin()) - 1;
  for (std::size_t i = first; i + 1 < breaks_.size() && breaks_[i] < to; ++i) {
    const double a = std::max(from, breaks_[i]), b = std::min(to, breaks_[i + 1]);
    if (b <= a) continue;
    const int panels = static_cast<int>(std::min(1000.0, std::ceil((b - a) / 10.0)));
    const double h = (b - a) / panels;
    for (int k = 0; k < panels; ++k)
      for (int j = 0; j < 3; ++j) sum += 0.5 * h * kWeight[j] * rate(a + (k + 0.5 + 0.5 * kNode[j]) * h);
  }
  return sum;
}

void LaneCurve::edges_t(double s, double& inner, double& outer) const {
  const Profile p = profile(s);
  inner = p.inner;
  outer = p.inner + side_ * p.width;
}

}  // namespace bitgoeul::maps
