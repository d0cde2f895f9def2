#include "vehicles/road_surface.h"

#include <algorithm>

#include "maps/lane_curve.h"
#include "maps/reference_line.h"
#include "maps/road_position.h"
#include "maps/road_shape.h"
#include "maps/xml.h"

namespace bitgoeul::vehicles {
namespace {

using maps::Map;
using maps::Row;

constexpr double kBeyondM = 3.0;  // a wheel of one that changes lane
constexpr double kLeastFriction = 0.05, kMostFriction = 1.5;

// One lane section at one s: heights over the reference line.
struct Section {
  const Map& map;
  const maps::Road& road;
  double s_begin;
  struct Strip {
    maps::LaneCurve curve;
    const maps::Lane& lane;
  };
  std::vector<Strip> strips;

  Section(const Map& m, Row row) : map(m), road(m.roads[m.sections[row].road]), s_begin(m.sections[row].s) {
    for (Row lane = m.sections[row].lanes.begin; lane < m.sections[row].lanes.end; ++lane)
      strips.push_back({maps::LaneCurve(m, lane), m.lanes[lane]});
  }

  double lane_height(const maps::Lane& lane, double s, double share) const {
    const auto heights = Map::rows(map.lane_heights, lane.heights);
    const auto after = std::upper_bound(heights.begin(), heights.end(), s - s_begin,
                                        [](double at, const maps::LaneHeight& h) { return at < h.s; });
    if (after == heights.begin()) return 0;
    return (after - 1)->inner + std::clamp(share, 0.0, 1.0) * ((after - 1)->outer - (after - 1)->inner);
  }

  double height(double s, double t) const {
    double extra = 0, tilted = t;
    for (const Strip& strip : strips) {
      double inner, outer;
      strip.curve.edges_t(s, inner, outer);
      if ((t - inner) * (outer - inner) < 0 || inner == outer) continue;  // nearer to the reference line
      if (strip.lane.flat != 0 && std::abs(inner) < std::abs(tilted)) tilted = inner;
      const double share = (t - inner) / (outer - inner);
      if (share <= 1.0) extra = lane_height(strip.lane, s, share);
    }
    double sine, cosine;
    sim::sincos(maps::evaluate(Map::rows(map.polys, road.superelevation), s), sine, cosine);
    return tilted * sine + maps::shape_height(Map::rows(map.shapes, road.shape), s, tilted) * cosine + extra;
  }

  double tilt_cosine(double s) const { return sim::cos(maps::evaluate(Map::rows(map.polys, road.superelevation), s)); }
};

bool level_across(const Map& map, Row section) {
  const maps::Road& road = map.roads[map.sections[section].road];
  for (const maps::Poly3& p : Map::rows(map.polys, road.superelevation))
    if (p.a != 0 || p.b != 0 || p.c != 0 || p.d != 0) return false;
  if (!road.shape.empty()) return false;
  for (Row lane = map.sections[section].lanes.begin; lane < map.sections[section].lanes.end; ++lane)
    if (!map.lanes[lane].heights.empty()) return false;
  return true;
}

}  // namespace

double RoadSurface::Across::at(double t) const {
  const double side = t < 0 ? -t : t, near = t < 0 ? right : left, far = t < 0 ? right_far : left_far;
  return side <= edge ? near * side / edge : near + (far - near) * (side - edge) / kBeyondM;
}

RoadSurface::RoadSurface(const Map& map) : first_(map.lanes.size(), 0), banked_(map.lanes.size(), 0) {
  for (Row section = 0; section < static_cast<Row>(map.sections.size()); ++section)
    if (!level_across(map, section)) sample(map, section);
  for (const maps::Extra& extra : map.extras)
    if (extra.kind == maps::OwnerKind::kLane && map.text_of(extra.element) == "material") read_material(map, extra);
}

void RoadSurface::sample(const Map& map, Row row) {
  const Section section(map, row);
  for (const Section::Strip& strip : section.strips) {
    const maps::Lane& lane = strip.lane;
    if (!maps::drivable(lane.type)) continue;
    const auto lane_row = static_cast<Row>(&lane - map.lanes.data());
    banked_[lane_row] = 1;
    first_[lane_row] = static_cast<std::int32_t>(across_.size()) - lane.points.begin;
    for (const maps::LanePoint& point : map.lane_points(lane_row)) {
      const double s = maps::to_road_lane(map, lane_row, point.s, 0.0).s;
      const double stretch = lane.direction / section.tilt_cosine(s);  // t along the tilted road per metre to the left
      const double t = strip.curve.at(s).t, edge = std::max(0.5 * point.width, 0.5);
      const double middle = section.height(s, t);
      const auto over = [&](double left) { return static_cast<float>(section.height(s, t + left * stretch) - middle); };
      // A step at the edge of the lane (a kerb) belongs to the neighbour.
      const double inside = edge - 1e-6;
      across_.push_back(
          {static_cast<float>(edge), over(-edge - kBeyondM), over(-inside), over(inside), over(edge + kBeyondM)});
    }
  }
}

// <material sOffset="m from the section's start" friction="...">
void RoadSurface::read_material(const Map& map, const maps::Extra& extra) {
  sim::Issues issues;
  const auto document = maps::XmlDocument::load_text(map.text_of(extra.text), map.source, issues);
  if (!document) return;
  double offset = 0, friction = 0;
  document->root().optional("sOffset", offset);
  document->root().optional("friction", friction);
  if (friction <= 0) return;
  if (grip_.empty()) grip_.resize(map.lanes.size());
  const maps::Lane& lane = map.lanes[extra.owner];
  const double scale = lane.length / std::max(lane.s_end - lane.s_begin, 1e-9);
  grip_[extra.owner].push_back({offset * scale, std::clamp(friction, kLeastFriction, kMostFriction)});
}

double RoadSurface::rise(Row lane, Row point, double u, double t) const {
  if (banked_.empty() || !banked_[lane]) return 0;
  const std::size_t at = static_cast<std::size_t>(first_[lane] + point);
  return (1 - u) * across_[at].at(t) + u * across_[at + 1].at(t);
}

double RoadSurface::friction(const Map& map, Row lane, double s) const {
  double factor = 1;
  if (grip_.empty()) return factor;
  const double at = map.lanes[lane].direction > 0 ? s : map.lanes[lane].length - s;
  for (const Grip& grip : grip_[lane])
    if (grip.from_m <= at) factor = grip.friction;
  return factor;
}

}  // namespace bitgoeul::vehicles
