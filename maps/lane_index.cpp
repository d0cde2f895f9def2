#include "maps/lane_index.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitgoeul::maps {
namespace {

std::int32_t cell_of(double v) {
  return static_cast<std::int32_t>(std::floor(std::clamp(v / kIndexCellM, -1.0e9, 1.0e9)));
}

struct Entry {
  std::int32_t cx, cy;
  LaneSegment segment;
};

// Cells that the segment's corridor (as wide as the lane) may touch.
void add_segment(const Map& map, Row lane, Row point, std::vector<Entry>& entries) {
  const LanePoint &a = map.points[point], &b = map.points[point + 1];
  const double half = 0.5 * std::max(a.width, b.width);
  const std::int32_t x0 = cell_of(std::min(a.x, b.x) - half), x1 = cell_of(std::max(a.x, b.x) + half);
  const std::int32_t y0 = cell_of(std::min(a.y, b.y) - half), y1 = cell_of(std::max(a.y, b.y) + half);
  for (std::int32_t cy = y0; cy <= y1; ++cy)
    for (std::int32_t cx = x0; cx <= x1; ++cx) entries.push_back({cx, cy, {lane, point}});
}

// Calls f(segment) for each entry of the cells that touch the square about (x, y); a segment may come several times.
template <class F>
void each_segment(const Map& map, double x, double y, double radius, F&& f) {
  const std::int32_t x0 = cell_of(x - radius), x1 = cell_of(x + radius), y0 = cell_of(y - radius),
                     y1 = cell_of(y + radius);
  const auto before = [](const LaneCell& c, std::pair<std::int32_t, std::int32_t> key) {
    return std::pair(c.cy, c.cx) < key;
  };
  auto cell = std::lower_bound(map.cells.begin(), map.cells.end(), std::pair(y0, x0), before);
  while (cell != map.cells.end() && cell->cy <= y1) {
    if (cell->cx < x0) {
      cell = std::lower_bound(cell, map.cells.end(), std::pair(cell->cy, x0), before);
    } else if (cell->cx > x1) {
      cell = std::lower_bound(cell, map.cells.end(), std::pair(cell->cy + 1, x0), before);
    } else {
      for (const LaneSegment& segment : Map::rows(map.cell_segments, cell->segments)) f(segment);
      ++cell;
    }
  }
}

struct Candidate {
  LaneMatch match;  // distance is to the foot
  double area = 0;  // distance to the lane's area
  bool wrong_way = false;
  double dz = 0;
};

Candidate candidate(const Map& map, const LaneSegment& segment, double x, double y, const LaneQuery& query) {
  const LanePoint &a = map.points[segment.point], &b = map.points[segment.point + 1];
  const double dx = b.x - a.x, dy = b.y - a.y, px = x - a.x, py = y - a.y;
  const double length = sim::hypot(dx, dy);
  const double along = length > 0.0 ? (px * dx + py * dy) / length : 0.0,
               across = length > 0.0 ? (dx * py - dy * px) / length : 0.0;
  const double foot = std::clamp(along, 0.0, length), u = length > 0.0 ? foot / length : 0.0;
  const double half = 0.5 * (a.width + u * (b.width - a.width));
  Candidate c;
  c.match = {segment.lane, a.s + u * (b.s - a.s), across, sim::hypot(along - foot, across)};
  c.area = sim::hypot(along - foot, std::max(0.0, std::abs(across) - half));
  if (query.use_heading)
    c.wrong_way = std::abs(sim::wrap_angle(a.heading + u * (b.heading - a.heading) - query.heading)) > 0.5 * sim::kPi;
  // Heights within 2 m count as the same level, so that a rough z still finds the lane below.
  if (query.use_z) c.dz = std::max(0.0, std::abs(a.z + u * (b.z - a.z) - query.z) - 2.0);
  return c;
}

bool better(const Candidate& a, const Candidate& b) {
  if (a.dz != b.dz) return a.dz < b.dz;
  if (a.wrong_way != b.wrong_way) return b.wrong_way;
  if (a.area != b.area) return a.area < b.area;
  const double ta = std::abs(a.match.t), tb = std::abs(b.match.t);
  if (ta != tb) return ta < tb;
  if (a.match.lane != b.match.lane) return a.match.lane < b.match.lane;
  return a.match.s < b.match.s;
}

std::optional<Candidate> best_within(const Map& map, double x, double y, double radius, const LaneQuery& query) {
  std::optional<Candidate> best;
  each_segment(map, x, y, radius, [&](const LaneSegment& segment) {
    if (query.drivable_only && !drivable(map.lanes[segment.lane].type)) return;
    const Candidate c = candidate(map, segment, x, y, query);
    if (c.area <= radius && (!best || better(c, *best))) best = c;
  });
  return best;
}

}  // namespace

std::optional<LaneMatch> nearest_lane(const Map& map, double x, double y, const LaneQuery& query) {
  if (!std::isfinite(x) || !std::isfinite(y) || !(query.max_distance_m >= 0.0)) return std::nullopt;
  // A preference (heading, height) may choose a farther lane, so only a plain query may stop at a smaller circle.
  const bool plain = !query.use_heading && !query.use_z;
  for (double radius = plain ? std::min(8.0, query.max_distance_m) : query.max_distance_m;; radius *= 4.0) {
    radius = std::min(radius, query.max_distance_m);
    const auto best = best_within(map, x, y, radius, query);
    if (best) return best->match;
    if (radius >= query.max_distance_m) return std::nullopt;
  }
}

void lanes_near(const Map& map, double x, double y, double radius_m, std::vector<LaneMatch>& out) {
  out.clear();
  each_segment(map, x, y, radius_m, [&](const LaneSegment& segment) {
    const LaneMatch match = candidate(map, segment, x, y, {}).match;
    if (match.distance <= radius_m) out.push_back(match);
  });
  std::sort(out.begin(), out.end(), [](const LaneMatch& a, const LaneMatch& b) {
    if (a.lane != b.lane) return a.lane < b.lane;
    return a.distance != b.distance ? a.distance < b.distance : a.s < b.s;
  });
  out.erase(
      std::unique(out.begin(), out.end(), [](const LaneMatch& a, const LaneMatch& b) { return a.lane == b.lane; }),
      out.end());
}

void build_lane_index(Map& map) {
  std::vector<Entry> entries;
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    for (Row point = map.lanes[lane].points.begin; point + 1 < map.lanes[lane].points.end; ++point)
      add_segment(map, lane, point, entries);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return std::pair(a.cy, a.cx) < std::pair(b.cy, b.cx); });
  map.cells.clear();
  map.cell_segments.clear();
  map.cell_segments.reserve(entries.size());
  for (const Entry& entry : entries) {
    const Row row = static_cast<Row>(map.cell_segments.size());
    if (map.cells.empty() || map.cells.back().cx != entry.cx || map.cells.back().cy != entry.cy)
      map.cells.push_back({entry.cx, entry.cy, {row, row}});
    map.cell_segments.push_back(entry.segment);
    map.cells.back().segments.end = row + 1;
  }
}

}  // namespace bitgoeul::maps
