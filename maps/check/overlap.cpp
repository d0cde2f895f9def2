#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>

#include "maps/check/rules.h"

namespace bitgoeul::maps::check {

namespace {

constexpr double kCell = 16.0;
constexpr double kHeadroom = 2.5;  // metres; with more than that between them one lane passes over the other
// Metres at a lane's ends that are left out: roads touch there, and end aslant where lanes are drawn one by one.
constexpr double kEnds = 2.0;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

struct Segment {
  std::int64_t cell = 0;
  Row lane = kNone, point = kNone;
  bool operator<(const Segment& o) const { return std::tie(cell, lane, point) < std::tie(o.cell, o.lane, o.point); }
};

std::int64_t cell_of(double x, double y) {
  const auto index = [](double v) { return static_cast<std::int64_t>(std::floor(std::clamp(v, -1e7, 1e7) / kCell)); };
  return index(y) * 4'000'000 + index(x);
}

bool takes_part(const Check& check, Row row) {
  return check.good(row) && check.is_drivable(row) && check.lane(row).junction == kNone &&
         check.lane(row).length > 2 * kEnds;
}

std::vector<Segment> all_segments(const Check& check) {
  std::vector<Segment> segments;
  for (Row row = 0; row < static_cast<Row>(check.map.lanes.size()); ++row) {
    if (!takes_part(check, row)) continue;
    const Range points = check.lane(row).points;
    for (Row p = points.begin; p + 1 < points.end; ++p) {
      const LanePoint &a = check.map.points[at(p)], &b = check.map.points[at(p + 1)];
      // Cells that the segment runs through, by steps of half a cell.
      const int steps = 1 + static_cast<int>(std::min(sim::hypot(b.x - a.x, b.y - a.y) / (kCell / 2), 1e5));
      std::int64_t before = -1;
      for (int i = 0; i <= steps; ++i) {
        const double f = static_cast<double>(i) / steps;
        const std::int64_t cell = cell_of(a.x + f * (b.x - a.x), a.y + f * (b.y - a.y));
        if (cell != before) segments.push_back({cell, row, p});
        before = cell;
      }
    }
  }
  std::sort(segments.begin(), segments.end());
  segments.erase(std::unique(segments.begin(), segments.end(),
                             [](const Segment& a, const Segment& b) {
                               return a.cell == b.cell && a.lane == b.lane && a.point == b.point;
                             }),
                 segments.end());
  return segments;
}

struct Place {
  double x = 0, y = 0, z = 0, s = 0, half_width = 0;
};

// How deep the place lies in the area of the other lane's segment; <= 0: not at all. Only feet inside the segment
// count.
double depth(const Check& check, const Place& place, const Segment& segment) {
  const LanePoint &a = check.map.points[at(segment.point)], &b = check.map.points[at(segment.point + 1)];
  const double dx = b.x - a.x, dy = b.y - a.y, squared = dx * dx + dy * dy;
  if (squared < 1e-12) return 0;
  const double f = ((place.x - a.x) * dx + (place.y - a.y) * dy) / squared;
  if (f < 0 || f > 1) return 0;
  const double s = a.s + f * (b.s - a.s);
  if (s < kEnds || s > check.lane(segment.lane).length - kEnds) return 0;
  if (std::abs(a.z + f * (b.z - a.z) - place.z) > kHeadroom) return 0;
  const double side = std::abs((place.x - a.x) * dy - (place.y - a.y) * dx) / std::sqrt(squared);
  return place.half_width + (a.width + f * (b.width - a.width)) / 2 - side;
}

struct Hit {
  Row lane = kNone, other = kNone;
  double s = 0, depth = 0;
};

// Compares one place of a lane with all lanes of other roads in the nine cells about it; later roads only, so that each
// pair is seen once.
void look_around(const Check& check, const std::vector<Segment>& segments, Row row, const Place& place,
                 std::vector<Hit>& hits) {
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx) {
      const std::int64_t cell = cell_of(place.x + dx * kCell, place.y + dy * kCell);
      auto it = std::lower_bound(segments.begin(), segments.end(), Segment{cell, 0, 0});
      for (; it != segments.end() && it->cell == cell; ++it) {
        const Lane &lane = check.lane(row), &other = check.lane(it->lane);
        if (other.road <= lane.road || other.level != lane.level) continue;
        if (lane.left == it->lane || lane.right == it->lane)
          continue;  // each drawn by itself: a few cm are their paint
        const double d = depth(check, place, *it);
        if (d > check.options.max_overlap_m) hits.push_back({row, it->lane, place.s, d});
      }
    }
}

void look_along(const Check& check, const std::vector<Segment>& segments, Row row, std::vector<Hit>& hits) {
  const auto points = check.map.lane_points(row);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const LanePoint &a = points[i], &b = points[i + 1];
    const int steps = 1 + static_cast<int>(std::min((b.s - a.s) / 2.0, 1e5));
    for (int k = 0; k < steps; ++k) {
      const double f = static_cast<double>(k) / steps;
      const Place place{a.x + f * (b.x - a.x), a.y + f * (b.y - a.y), a.z + f * (b.z - a.z), a.s + f * (b.s - a.s),
                        (a.width + f * (b.width - a.width)) / 2};
      if (place.s >= kEnds && place.s <= check.lane(row).length - kEnds) look_around(check, segments, row, place, hits);
    }
  }
}

bool share(std::span<const Row> a, std::span<const Row> b) {
  return std::any_of(a.begin(), a.end(), [&](Row row) { return std::find(b.begin(), b.end(), row) != b.end(); });
}

// Without the places next to an end where both lanes fork from one lane, or join one: there they lie on each other by
// nature, as roads of a direct junction do. The hits of a pair stand by ascending s.
std::span<const Hit> beyond_forks(const Check& check, std::span<const Hit> hits) {
  constexpr double kStep = 2.5;  // places are at most two metres apart
  const Map& map = check.map;
  const Row lane = hits[0].lane, other = hits[0].other;
  double s = kEnds;
  if (share(map.predecessors(lane), map.predecessors(other)))
    for (; !hits.empty() && hits.front().s <= s + kStep; hits = hits.subspan(1)) s = hits.front().s;
  s = check.lane(lane).length - kEnds;
  if (share(map.successors(lane), map.successors(other)))
    for (; !hits.empty() && hits.back().s >= s - kStep; hits = hits.first(hits.size() - 1)) s = hits.back().s;
  return hits;
}

void tell(Check& check, std::span<const Hit> hits) {
  const Hit& worst = *std::max_element(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.depth, b.s) < std::tie(b.depth, a.s);
  });
  check.find(check.lane_at(worst.lane, worst.s),
             fmt::format("overlaps {} by {} m, over {} m of its length", lane_name(check.map, worst.other),
                         number(worst.depth), number(hits.back().s - hits.front().s, 1)),
             "move one road, put it on another level, or join them in a junction");
}

}  // namespace

void overlap(Check& check) {
  const std::vector<Segment> segments = all_segments(check);
  std::vector<Hit> hits;
  for (Row row = 0; row < static_cast<Row>(check.map.lanes.size()); ++row) {
    if (!takes_part(check, row)) continue;
    hits.clear();
    look_along(check, segments, row, hits);
    std::sort(hits.begin(), hits.end(),
              [](const Hit& a, const Hit& b) { return std::tie(a.other, a.s) < std::tie(b.other, b.s); });
    for (std::size_t i = 0, end = 0; i < hits.size(); i = end) {
      while (end < hits.size() && hits[end].other == hits[i].other) ++end;
      const auto left = beyond_forks(check, std::span<const Hit>(hits).subspan(i, end - i));
      if (!left.empty()) tell(check, left);
    }
  }
}

}  // namespace bitgoeul::maps::check
