#include "vehicles/crossings.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "maps/lane_index.h"
#include "sim/math.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kShortestM = 2.0, kLongestM = 80.0, kNarrowestM = 0.8;
constexpr double kSampleM = 0.25;
constexpr double kAtEndM = 15.0;  // a crosswalk this near to a lane's end belongs to the junction there
// Beside crosswalks.
constexpr double kMostMps = 50.0 / 3.6, kEveryM = 60.0, kFromEndM = 30.0, kFromCrosswalkM = 15.0;
constexpr double kBesideHalfWidthM = 1.0;
constexpr Row kMostLanes = 4;

// The crosswalk as a rectangle: middle, unit vector of walking, half sizes.
struct Zebra {
  double x = 0, y = 0, ux = 1, uy = 0, half_length = 0, half_width = 0;
  double along(double px, double py) const { return (px - x) * ux + (py - y) * uy; }
  double aside(double px, double py) const { return (py - y) * ux - (px - x) * uy; }
};

std::vector<std::array<double, 3>> corners_of(const maps::Map& map, const maps::Object& object) {
  std::vector<std::array<double, 3>> out;
  for (Row i = object.outline.begin; i + 2 < object.outline.end; i += 3)
    out.push_back({map.outline_points[i], map.outline_points[i + 1], map.outline_points[i + 2]});
  if (out.size() >= 3) return out;
  out.clear();
  double sine, cosine;
  sim::sincos(object.heading, sine, cosine);
  for (const auto& [u, v] : {std::pair(0.5, 0.5), std::pair(-0.5, 0.5), std::pair(-0.5, -0.5), std::pair(0.5, -0.5)}) {
    const double a = u * object.length, b = v * object.width;
    out.push_back({object.x + a * cosine - b * sine, object.y + a * sine + b * cosine, object.z});
  }
  return out;
}

// People walk square to the lanes.
Zebra zebra_of(const std::vector<std::array<double, 3>>& corners, double x, double y, double lane_heading) {
  Zebra z{x, y, 0, 0, 0, 0};
  sim::sincos(lane_heading + 0.5 * sim::kPi, z.uy, z.ux);
  double along[2] = {1e9, -1e9}, aside[2] = {1e9, -1e9};
  for (const auto& c : corners) {
    const double a = z.along(c[0], c[1]), b = z.aside(c[0], c[1]);
    along[0] = std::min(along[0], a), along[1] = std::max(along[1], a);
    aside[0] = std::min(aside[0], b), aside[1] = std::max(aside[1], b);
  }
  const double ma = 0.5 * (along[0] + along[1]), mb = 0.5 * (aside[0] + aside[1]);
  z.x += ma * z.ux - mb * z.uy;
  z.y += ma * z.uy + mb * z.ux;
  z.half_length = 0.5 * (along[1] - along[0]);
  z.half_width = 0.5 * (aside[1] - aside[0]);
  return z;
}

// Mean height of the corners at that end (-1: from, +1: to).
double height_at(const std::vector<std::array<double, 3>>& corners, const Zebra& z, int end) {
  double sum = 0, all = 0;
  int n = 0;
  for (const auto& c : corners) {
    all += c[2];
    if (z.along(c[0], c[1]) * end > 0) sum += c[2], ++n;
  }
  return n > 0 ? sum / n : all / static_cast<double>(corners.size());
}

std::optional<Crossed> crossed_by(const maps::Map& map, Row lane, double s, const Zebra& z) {
  const double reach = sim::hypot(z.half_length, z.half_width) + 2.0, length = map.lanes[lane].length;
  const double from = std::max(0.0, s - reach), to = std::min(length, s + reach);
  Crossed out{kNone, lane, 1e9, -1e9, 0, 0};
  Row hint = kNone;
  for (double at = from; at <= to; at += kSampleM) {
    const maps::LanePose p = maps::lane_pose(map, lane, at, 0.0, hint);
    if (std::fabs(z.aside(p.x, p.y)) > z.half_width || std::fabs(z.along(p.x, p.y)) > z.half_length + 0.5) continue;
    out.s_begin = std::min(out.s_begin, at);
    out.s_end = std::max(out.s_end, at);
  }
  if (out.s_end - out.s_begin < 0.5 * z.half_width) return std::nullopt;
  const maps::LanePose p = maps::lane_pose(map, lane, 0.5 * (out.s_begin + out.s_end), 0.0, hint);
  double sine, cosine;
  sim::sincos(p.heading, sine, cosine);
  if (std::fabs(z.ux * cosine + z.uy * sine) > 0.6) return std::nullopt;  // runs along, not under
  const double middle = z.along(p.x, p.y) + z.half_length;
  out.near_m = std::max(0.0, middle - 0.5 * p.width);
  out.far_m = middle + 0.5 * p.width;
  return out;
}

// Turns that share their light with who drives straight on yield to whoever walks there at the same time; a left turn
// with a light of its own does not.
bool yields(const maps::Map& map, Row lane) {
  const maps::Lane& turn = map.lanes[lane];
  if (turn.turn == maps::Turn::kRight) return true;
  if (turn.turn != maps::Turn::kLeft || turn.junction == kNone) return false;
  const auto lanes = map.lanes_of_junction(turn.junction);
  return std::any_of(lanes.begin(), lanes.end(), [&](Row other) {
    return map.lanes[other].signal_group == turn.signal_group && map.lanes[other].turn == maps::Turn::kStraight;
  });
}

void note_groups(const maps::Map& map, const Crossed& c, std::vector<Row>& groups) {
  const auto note = [&](Row lane) {
    if (const Row group = map.lanes[lane].signal_group; group != kNone) groups.push_back(group);
  };
  if (map.lanes[c.lane].length - c.s_end < kAtEndM)
    for (const Row next : map.successors(c.lane)) note(next);
  if (c.s_begin < kAtEndM)
    for (const Row before : map.predecessors(c.lane))
      if (!yields(map, before)) note(before);
}

// The lanes that the object's rectangle crosses; kNone as the crossing yet.
std::vector<Crossed> lanes_under(const maps::Map& map, const maps::Object& object, const Zebra& z,
                                 const std::vector<maps::LaneMatch>& near) {
  std::vector<Crossed> out;
  const bool levels = object.road != kNone;
  for (const maps::LaneMatch& match : near) {
    const maps::Lane& lane = map.lanes[match.lane];
    if (!maps::drivable(lane.type) || (levels && lane.level != map.roads[object.road].level)) continue;
    if (const auto c = crossed_by(map, match.lane, match.s, z)) out.push_back(*c);
  }
  return out;
}

Crossing crossing_of(const Zebra& z, double height_from, double height_to) {
  Crossing c;
  c.from = {z.x - z.half_length * z.ux, z.y - z.half_length * z.uy, height_from};
  c.to = {z.x + z.half_length * z.ux, z.y + z.half_length * z.uy, height_to};
  c.length_m = 2 * z.half_length, c.half_width_m = z.half_width;
  c.heading = sim::atan2(z.uy, z.ux);
  return c;
}

bool quiet_class(maps::RoadClass road_class) {
  using maps::RoadClass;
  return road_class != RoadClass::kMotorway && road_class != RoadClass::kTrunk && road_class != RoadClass::kRamp &&
         road_class != RoadClass::kConnection;
}

// First and last lane of a street that people cross beside crosswalks: lanes to drive on and nothing between them.
// kNone: not this one.
std::pair<Row, Row> open_street(const maps::Map& map, const maps::LaneSection& section) {
  const maps::Road& road = map.roads[section.road];
  if (road.junction != kNone || road.bridge || road.tunnel || !quiet_class(road.road_class)) return {kNone, kNone};
  Row left = kNone, right = kNone;
  for (Row lane = section.lanes.begin; lane < section.lanes.end; ++lane) {
    const maps::Lane& l = map.lanes[lane];
    if (!maps::drivable(l.type)) continue;
    const double limit = l.speed_limit_mps > 0 ? l.speed_limit_mps : kMostMps;
    if (limit > kMostMps + 0.01 || (left != kNone && lane != right + 1)) return {kNone, kNone};
    if (left == kNone) left = lane;
    right = lane;
  }
  return right - left + 1 > kMostLanes ? std::pair(kNone, kNone) : std::pair(left, right);
}

// Place on `lane` beside s on `other` of the same section.
double s_beside(const maps::Map& map, Row other, double s, Row lane) {
  const maps::Lane &a = map.lanes[other], &b = map.lanes[lane];
  const double share = s / a.length;
  return b.length * (a.direction == b.direction ? share : 1.0 - share);
}

// From edge to edge of the street, at s of its last lane, with the heights there.
std::pair<Zebra, std::array<double, 2>> street_at(const maps::Map& map, Row left, Row right, double s) {
  const maps::LanePose own = maps::lane_pose(map, right, s);
  Zebra z{own.x, own.y, 0, 0, 0, kBesideHalfWidthM};
  sim::sincos(own.heading + 0.5 * sim::kPi, z.uy, z.ux);
  double low = 1e9, high = -1e9;
  std::array<double, 2> heights{own.z, own.z};
  for (const Row lane : {left, right}) {
    const maps::LanePose p = maps::lane_pose(map, lane, s_beside(map, right, s, lane));
    const double middle = z.along(p.x, p.y);
    if (middle - 0.5 * p.width < low) low = middle - 0.5 * p.width, heights[0] = p.z;
    if (middle + 0.5 * p.width > high) high = middle + 0.5 * p.width, heights[1] = p.z;
  }
  z.half_length = 0.5 * (high - low);
  z.x += 0.5 * (high + low) * z.ux;
  z.y += 0.5 * (high + low) * z.uy;
  return {z, heights};
}

}  // namespace

bool has_crosswalks(const maps::Map& map) {
  return std::any_of(map.objects.begin(), map.objects.end(),
                     [](const maps::Object& o) { return o.kind == maps::ObjectKind::kCrosswalk; });
}

Crossings::Crossings(const maps::Map& map, bool beside) {
  add_crosswalks(map);
  crosswalks = all.size();
  if (beside) add_beside(map);
  index();
}

void Crossings::add_crosswalks(const maps::Map& map) {
  std::vector<maps::LaneMatch> near;
  for (Row row = 0; row < static_cast<Row>(map.objects.size()); ++row) {
    const maps::Object& object = map.objects[row];
    if (object.kind != maps::ObjectKind::kCrosswalk) continue;
    const auto corners = corners_of(map, object);
    double x = 0, y = 0;
    for (const auto& c : corners) x += c[0], y += c[1];
    x /= static_cast<double>(corners.size()), y /= static_cast<double>(corners.size());
    maps::LaneQuery query;
    query.max_distance_m = 20.0;
    const auto nearest = maps::nearest_lane(map, x, y, query);
    if (!nearest) continue;
    const Zebra z = zebra_of(corners, x, y, maps::lane_pose(map, nearest->lane, nearest->s).heading);
    if (2 * z.half_length < kShortestM || 2 * z.half_length > kLongestM || 2 * z.half_width < kNarrowestM) continue;
    maps::lanes_near(map, z.x, z.y, z.half_length + 2.0, near);
    std::vector<Crossed> under = lanes_under(map, object, z, near);
    if (under.empty()) continue;
    Crossing c = crossing_of(z, height_at(corners, z, -1), height_at(corners, z, +1));
    c.object = row;
    std::vector<Row> lights;
    for (Crossed& lane : under) lane.crossing = static_cast<Row>(all.size()), note_groups(map, lane, lights);
    std::sort(lights.begin(), lights.end());
    lights.erase(std::unique(lights.begin(), lights.end()), lights.end());
    c.groups.begin = static_cast<Row>(groups.size());
    groups.insert(groups.end(), lights.begin(), lights.end());
    c.groups.end = static_cast<Row>(groups.size());
    crossed.insert(crossed.end(), under.begin(), under.end());
    all.push_back(c);
  }
}

void Crossings::add_beside(const maps::Map& map) {
  std::vector<std::vector<Crossed>> marked(map.lanes.size());
  for (const Crossed& c : crossed) marked[static_cast<std::size_t>(c.lane)].push_back(c);
  for (const maps::LaneSection& section : map.sections) {
    const auto [left, right] = open_street(map, section);
    if (left == kNone) continue;
    const double length = map.lanes[right].length;
    for (double s = kFromEndM; s + kFromEndM <= length; s += kEveryM) {
      const auto [z, heights] = street_at(map, left, right, s);
      std::vector<Crossed> under;
      for (Row lane = left; lane <= right; ++lane)
        if (auto c = crossed_by(map, lane, s_beside(map, right, s, lane), z)) under.push_back(*c);
      const auto kept_off = [&](const Crossed& c) {
        const auto& others = marked[static_cast<std::size_t>(c.lane)];
        return std::any_of(others.begin(), others.end(), [&](const Crossed& other) {
          return c.s_begin < other.s_end + kFromCrosswalkM && c.s_end > other.s_begin - kFromCrosswalkM;
        });
      };
      if (static_cast<Row>(under.size()) != right - left + 1 || std::any_of(under.begin(), under.end(), kept_off))
        continue;
      for (Crossed& lane : under) lane.crossing = static_cast<Row>(all.size());
      crossed.insert(crossed.end(), under.begin(), under.end());
      all.push_back(crossing_of(z, heights[0], heights[1]));
    }
  }
}

// What crosses a lane, and what lies under a crossing, side by side and in order.
void Crossings::index() {
  std::sort(crossed.begin(), crossed.end(), [](const Crossed& a, const Crossed& b) {
    if (a.lane != b.lane) return a.lane < b.lane;
    return a.s_begin != b.s_begin ? a.s_begin < b.s_begin : a.crossing < b.crossing;
  });
  by_crossing.resize(crossed.size());
  for (std::size_t i = 0; i < crossed.size(); ++i) by_crossing[i] = static_cast<Row>(i);
  std::sort(by_crossing.begin(), by_crossing.end(), [&](Row a, Row b) {
    const Crossed &p = crossed[static_cast<std::size_t>(a)], &q = crossed[static_cast<std::size_t>(b)];
    if (p.crossing != q.crossing) return p.crossing < q.crossing;
    return p.near_m != q.near_m ? p.near_m < q.near_m : a < b;
  });
  for (Row i = 0; i < static_cast<Row>(by_crossing.size()); ++i) {
    maps::Range& range = all[static_cast<std::size_t>(
                                 crossed[static_cast<std::size_t>(by_crossing[static_cast<std::size_t>(i)])].crossing)]
                             .crossed;
    if (range.end == 0) range.begin = i;
    range.end = i + 1;
  }
}

void Crossings::mark(RoadRules& rules) const {
  for (Row i = 0; i < static_cast<Row>(crossed.size()); ++i) {
    LaneRule& rule = rules.lanes[crossed[static_cast<std::size_t>(i)].lane];
    if (rule.crossed_count == 0) rule.crossed_begin = i;
    if (rule.crossed_count < 255) ++rule.crossed_count;
  }
}

}  // namespace bitgoeul::vehicles
