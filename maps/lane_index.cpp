#include "maps/lane_index.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>

#include "sim/prefetch.h"

namespace bitgoeul::maps {
namespace {

std::int32_t cell_of(double v) {
  return static_cast<std::int32_t>(std::floor(std::clamp(v / kIndexCellM, -1.0e9, 1.0e9)));
}

struct Entry {
  std::int32_t cx, cy;
  LaneSegment segment;
};

// From lo to hi in 256ths of the cell, ends included; a little more than that, so that rounding never cuts off.
struct Steps {
  std::uint8_t first, last;
  bool touches(std::uint8_t lo, std::uint8_t hi) const { return lo <= last && hi >= first; }
};
Steps steps_in(std::int32_t cell, double lo, double hi) {
  constexpr double kSlackM = 1e-3;
  const auto step = [cell](double v) {
    return static_cast<std::uint8_t>(std::clamp(256.0 * (v / kIndexCellM - cell), 0.0, 255.0));
  };
  return {step(lo - kSlackM), step(hi + kSlackM)};
}

// Cells that the segment's corridor (as wide as the lane) may touch.
void add_segment(const Map& map, Row lane, Row point, std::vector<Entry>& entries) {
  const LanePoint &a = map.points[point], &b = map.points[point + 1];
  const double half = 0.5 * std::max(a.width, b.width);
  const double left = std::min(a.x, b.x) - half, right = std::max(a.x, b.x) + half;
  const double bottom = std::min(a.y, b.y) - half, top = std::max(a.y, b.y) + half;
  for (std::int32_t cy = cell_of(bottom); cy <= cell_of(top); ++cy) {
    const Steps y = steps_in(cy, bottom, top);
    for (std::int32_t cx = cell_of(left); cx <= cell_of(right); ++cx) {
      const Steps x = steps_in(cx, left, right);
      entries.push_back({cx, cy, {lane, point, x.first, x.last, y.first, y.last}});
    }
  }
}

bool on_drivable(const Map& map, const LaneSegment& segment) { return drivable(map.lanes[segment.lane].type); }

// The first cell that is not before (cy, cx). Where it lies, nobody knows, so both halves of the next step are asked
// for while this one is compared: the way through memory is what a search costs.
const LaneCell* first_cell(const Map& map, std::int32_t cy, std::int32_t cx) {
  const LaneCell* begin = map.cells.data();
  std::size_t size = map.cells.size();
  while (size > 1) {
    const std::size_t half = size / 2;
    sim::prefetch(begin + half / 2);
    sim::prefetch(begin + half + half / 2);
    const LaneCell& middle = begin[half - 1];
    const bool before = middle.cy != cy ? middle.cy < cy : middle.cx < cx;
    begin += before ? half : 0;
    size -= half;
  }
  return begin + (size == 1 && std::pair(begin->cy, begin->cx) < std::pair(cy, cx) ? 1 : 0);
}

// Calls f(segment) for each segment of the cell whose box touches the square about (x, y).
template <class F>
void each_in_cell(const Map& map, const LaneCell& cell, double x, double y, double radius, bool drivable_only, F&& f) {
  const Steps across = steps_in(cell.cx, x - radius, x + radius), up = steps_in(cell.cy, y - radius, y + radius);
  const auto segments =
      Map::rows(map.cell_segments, {cell.drivable.begin, drivable_only ? cell.drivable.end : cell.others.end});
  // Points of a city lie far apart in memory: those of several segments are asked for before the first is looked at.
  constexpr std::size_t kTogether = 32;
  std::array<const LaneSegment*, kTogether> found;
  std::size_t count = 0;
  const auto look = [&] {
    for (std::size_t i = 0; i < count; ++i) f(*found[i]);
    count = 0;
  };
  for (const LaneSegment& segment : segments) {
    if (!across.touches(segment.x0, segment.x1) || !up.touches(segment.y0, segment.y1)) continue;
    sim::prefetch(&map.points[segment.point]);
    sim::prefetch(&map.points[segment.point + 1]);
    found[count++] = &segment;
    if (count == kTogether) look();
  }
  look();
}

// The same over the cells that touch the square; a segment may come several times.
template <class F>
void each_segment(const Map& map, double x, double y, double radius, bool drivable_only, F&& f) {
  const std::int32_t x0 = cell_of(x - radius), x1 = cell_of(x + radius), y0 = cell_of(y - radius),
                     y1 = cell_of(y + radius);
  const LaneCell* const end = map.cells.data() + map.cells.size();
  const LaneCell* cell = first_cell(map, y0, x0);
  while (cell != end && cell->cy <= y1) {
    if (cell->cx < x0) {
      cell = first_cell(map, cell->cy, x0);
    } else if (cell->cx > x1) {
      if (cell->cy == y1) return;
      cell = first_cell(map, cell->cy + 1, x0);
    } else {
      each_in_cell(map, *cell, x, y, radius, drivable_only, f);
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

// Whether the point surely lies farther than that from the segment's corridor: from the box about it, or from the
// segment itself with half the lane's width. Cheap, so that few segments need a closer look; the slack is far above
// what rounding does to that look.
bool farther_than(const Map& map, const LaneSegment& segment, double x, double y, double distance) {
  constexpr double kSlack = 1.0 + 1e-9, kSlackM2 = 1e-9;
  const LanePoint &a = map.points[segment.point], &b = map.points[segment.point + 1];
  const double reach = distance + 0.5 * std::max(a.width, b.width);
  if (x < std::min(a.x, b.x) - reach || x > std::max(a.x, b.x) + reach || y < std::min(a.y, b.y) - reach ||
      y > std::max(a.y, b.y) + reach)
    return true;
  const double dx = b.x - a.x, dy = b.y - a.y, px = x - a.x, py = y - a.y;
  const double length2 = dx * dx + dy * dy, along = px * dx + py * dy;
  const double most2 = reach * reach * kSlack + kSlackM2;
  if (along <= 0.0) return px * px + py * py > most2;
  const double qx = x - b.x, qy = y - b.y, across = dx * py - dy * px;
  return along >= length2 ? qx * qx + qy * qy > most2 : across * across > most2 * length2;
}

// Nothing beats it but a lane that is nearer: no preference speaks for a farther one.
bool only_nearer_beats(const Candidate& best) { return best.dz == 0 && !best.wrong_way; }

std::optional<Candidate> best_within(const Map& map, double x, double y, double radius, const LaneQuery& query) {
  std::optional<Candidate> best;
  double limit = radius;
  each_segment(map, x, y, radius, query.drivable_only, [&](const LaneSegment& segment) {
    if (farther_than(map, segment, x, y, limit)) return;
    const Candidate c = candidate(map, segment, x, y, query);
    if (c.area > radius || (best && !better(c, *best))) return;
    best = c;
    if (only_nearer_beats(c)) limit = c.area;
  });
  return best;
}

}  // namespace

std::optional<LaneMatch> nearest_lane(const Map& map, double x, double y, const LaneQuery& query) {
  if (!std::isfinite(x) || !std::isfinite(y) || !(query.max_distance_m >= 0.0)) return std::nullopt;
  // A preference (heading, height) may choose a farther lane, so only a plain query may stop at a smaller circle.
  const bool plain = !query.use_heading && !query.use_z;
  // 0: the lanes that the point lies on all stand in its own cell.
  for (double radius = plain ? 0.0 : query.max_distance_m;; radius = std::max(5.0, 4.0 * radius)) {
    radius = std::min(radius, query.max_distance_m);
    const auto best = best_within(map, x, y, radius, query);
    if (best) return best->match;
    if (radius >= query.max_distance_m) return std::nullopt;
  }
}

void lanes_near(const Map& map, double x, double y, double radius_m, std::vector<LaneMatch>& out) {
  out.clear();
  each_segment(map, x, y, radius_m, false, [&](const LaneSegment& segment) {
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
  const auto key = [&](const Entry& e) { return std::tuple(e.cy, e.cx, !on_drivable(map, e.segment)); };
  std::stable_sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  map.cells.clear();
  map.cell_segments.clear();
  map.cell_segments.reserve(entries.size());
  for (const Entry& entry : entries) {
    const Row row = static_cast<Row>(map.cell_segments.size());
    if (map.cells.empty() || map.cells.back().cx != entry.cx || map.cells.back().cy != entry.cy)
      map.cells.push_back({entry.cx, entry.cy, {row, row}, {row, row}});
    LaneCell& cell = map.cells.back();
    map.cell_segments.push_back(entry.segment);
    cell.others.end = row + 1;
    if (on_drivable(map, entry.segment)) cell.drivable.end = cell.others.begin = row + 1;
  }
}

}  // namespace bitgoeul::maps
