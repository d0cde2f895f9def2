#include "viewer/road_mesh.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::viewer {

namespace {

using maps::Lane;
using maps::LanePoint;
using maps::LaneType;
using maps::Map;
using maps::Row;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

bool raised(LaneType type) {
  return type == LaneType::kSidewalk || type == LaneType::kWalking || type == LaneType::kMedian ||
         type == LaneType::kCurb;
}

constexpr double kKerb = 0.15;

struct Surface {
  Color color;
  Material material = Material::kAsphalt;
};

Surface surface_of(const Map& map, const Lane& lane) {
  switch (lane.type) {
    case LaneType::kSidewalk:
    case LaneType::kWalking:
      return {rgb(0xaaa59b), Material::kMatte};
    case LaneType::kMedian:
      return {rgb(0x6f8a4e), Material::kLeaf};
    case LaneType::kCurb:
      return {rgb(0xb9b5ad), Material::kMatte};
    case LaneType::kBiking:
      return {rgb(0x8f4f41), Material::kAsphalt};
    case LaneType::kBus:
    case LaneType::kTaxi:
      return {rgb(0x74483c), Material::kAsphalt};
    case LaneType::kShoulder:
    case LaneType::kBorder:
    case LaneType::kStop:
      return {rgb(0x5b5d60), Material::kAsphalt};
    case LaneType::kParking:
      return {rgb(0x62656a), Material::kAsphalt};
    case LaneType::kTram:
    case LaneType::kRail:
      return {rgb(0x6d675e), Material::kMatte};
    default:
      break;
  }
  if (is_school_zone(map, lane)) return {rgb(0x84483e), Material::kAsphalt};
  return {rgb(0x4a4c50), Material::kAsphalt};
}

// The strip between two positions across the lane, lifted at each side.
struct Band {
  double left = 0.5, right = -0.5;       // parts of the width
  double left_out = 0, right_out = 0;    // metres beyond
  double left_lift = 0, right_lift = 0;  // metres above the lane
};

Vec3 place(const LanePoint& p, double part, double out, double lift) {
  const double d = part * p.width + out;
  return {p.x - std::sin(p.heading) * d, p.y + std::cos(p.heading) * d, p.z + lift};
}

void add_band(Mesh& mesh, const Map& map, std::span<const Row> points, const Band& band, Surface surface,
              const Vec2& origin) {
  const Vec3 o(origin.x(), origin.y(), 0);
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const LanePoint& p = map.points[at(points[i])];
    const Vec3 left = place(p, band.left, band.left_out, band.left_lift) - o;
    const Vec3 right = place(p, band.right, band.right_out, band.right_lift) - o;
    const Vec3 ahead(std::cos(p.heading), std::sin(p.heading), 0);
    const Vec3 n = ahead.cross((left - right).squaredNorm() > 1e-8 ? left - right : Vec3(0, 0, 1)).normalized();
    const std::uint32_t l = mesh.add(left, n, surface.color, surface.material, p.s, band.left * p.width);
    mesh.add(right, n, surface.color, surface.material, p.s, band.right * p.width);
    if (i > 0) mesh.index.insert(mesh.index.end(), {before, before + 1, l + 1, before, l + 1, l});
    before = l;
  }
}

struct Sides {
  bool left = false, right = false;  // the lane is the last one on that side
};

// Nothing to drive or walk on lies beyond.
Sides open_sides(const Map& map, const Lane& lane) {
  if (lane.section < 0) return {};
  const maps::Range all = map.sections[at(lane.section)].lanes;
  const auto solid = [&](Row row) { return map.lanes[at(row)].type != LaneType::kNone; };
  Row leftmost = all.begin, rightmost = all.end - 1;
  while (leftmost < rightmost && !solid(leftmost)) ++leftmost;
  while (rightmost > leftmost && !solid(rightmost)) --rightmost;
  const bool along = lane.direction > 0;  // the lane runs with the road: its left is the road's left
  const bool road_left = map.lanes[at(leftmost)].odr_id == lane.odr_id;
  const bool road_right = map.lanes[at(rightmost)].odr_id == lane.odr_id;
  return {(along ? road_left : road_right) && lane.left == maps::kNone && lane.opposite == maps::kNone,
          (along ? road_right : road_left) && lane.right == maps::kNone};
}

void add_bridge_side(Mesh& mesh, const Map& map, std::span<const Row> points, bool left, const Vec2& o) {
  const double p = left ? 0.5 : -0.5, sign = left ? 1 : -1;
  const Surface wall{rgb(0xb3b2ac), Material::kMatte};
  const auto face = [&](double out0, double lift0, double out1, double lift1) {
    left ? add_band(mesh, map, points, {p, p, sign * out1, sign * out0, lift1, lift0}, wall, o)
         : add_band(mesh, map, points, {p, p, sign * out0, sign * out1, lift0, lift1}, wall, o);
  };
  face(0, 0, 0.02, 0.95);       // inner face
  face(0.02, 0.95, 0.3, 0.95);  // top
  face(0.3, 0.95, 0.31, -1.1);  // outer face
}

void add_tunnel_side(Mesh& mesh, const Map& map, std::span<const Row> points, bool left, const Vec2& o) {
  const double p = left ? 0.5 : -0.5, sign = left ? 1 : -1;
  const Surface wall{rgb(0x8d8f8c), Material::kMatte};
  left ? add_band(mesh, map, points, {p, p, sign * 0.4, sign * 0.38, kTunnelM, 0}, wall, o)
       : add_band(mesh, map, points, {p, p, sign * 0.38, sign * 0.4, 0, kTunnelM}, wall, o);
}

void add_embankment(Mesh& mesh, const Map& map, std::span<const Row> points, bool left, double lift, const Vec2& o) {
  const double p = left ? 0.5 : -0.5, sign = left ? 1 : -1;
  const Surface bank{rgb(0x84886c), Material::kGround};
  left ? add_band(mesh, map, points, {p, p, sign * 2.2, 0, -1.4, lift}, bank, o)
       : add_band(mesh, map, points, {p, p, 0, sign * 2.2, lift, -1.4}, bank, o);
}

void add_pillars(Mesh& mesh, const Map& map, const Terrain& terrain, const Lane& lane, std::span<const Row> points,
                 const Vec2& o) {
  constexpr double kEvery = 36;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const LanePoint &a = map.points[at(points[i])], &b = map.points[at(points[i + 1])];
    const double k = std::ceil(a.s / kEvery) * kEvery;
    if (k >= b.s || k <= 6 || k >= lane.length - 6) continue;
    const double f = (k - a.s) / (b.s - a.s), x = a.x + f * (b.x - a.x), y = a.y + f * (b.y - a.y);
    const double top = a.z + f * (b.z - a.z) - 0.9, foot = terrain.ground(x, y, 16);
    // Not into a road below: there the deck spans.
    if (top - foot < 3 || terrain.ground(x, y, 0) < terrain.land(x, y) - 30) continue;
    add_column(mesh, {x - o.x(), y - o.y(), foot - 1}, top - foot + 1, 0.8, 0.8, 8, rgb(0xa9a8a2), Material::kMatte);
  }
}

// What rises or hangs beside and below the surface; only near by.
void add_flanks(Mesh& mesh, const Map& map, const Terrain& terrain, const Lane& lane, std::span<const Row> points,
                double lift, const Vec2& o) {
  const maps::Road& road = map.roads[at(lane.road)];
  const Sides open = open_sides(map, lane);
  const bool bridge = road.bridge || lane.level > 0;
  if (bridge) {
    add_band(mesh, map, points, {-0.5, 0.5, 0, 0, -0.95, -0.95}, {rgb(0x8f8f8a), Material::kMatte}, o);
    if (lane.odr_id == -1 && lane.junction == maps::kNone) add_pillars(mesh, map, terrain, lane, points, o);
  }
  if (road.tunnel)
    add_band(mesh, map, points, {-0.5, 0.5, 0, 0, kTunnelM, kTunnelM}, {rgb(0x73757a), Material::kMatte}, o);
  for (const bool left : {true, false}) {
    if (!(left ? open.left : open.right)) continue;
    if (lane.junction != maps::kNone) continue;  // crossed by other movements
    if (road.tunnel)
      add_tunnel_side(mesh, map, points, left, o);
    else if (bridge)
      add_bridge_side(mesh, map, points, left, o);
    else
      add_embankment(mesh, map, points, left, lift, o);
  }
}

void add_kerbs(Mesh& mesh, const Map& map, std::span<const Row> points, double lift, const Vec2& o) {
  const Surface stone{rgb(0xc6c3bb), Material::kMatte};
  add_band(mesh, map, points, {0.5, 0.5, 0, -0.01, 0, lift}, stone, o);
  add_band(mesh, map, points, {-0.5, -0.5, 0.01, 0, lift, 0}, stone, o);
  // A light stone along each edge of the top.
  add_band(mesh, map, points, {0.5, 0.5, 0, -0.16, lift + 0.005, lift + 0.005}, stone, o);
  add_band(mesh, map, points, {-0.5, -0.5, 0.16, 0, lift + 0.005, lift + 0.005}, stone, o);
}

bool seen_from_afar(const Map& map, const Lane& lane) {
  if (!maps::drivable(lane.type)) return false;
  const maps::RoadClass c = map.roads[at(lane.road)].road_class;
  return lane.junction == maps::kNone || c != maps::RoadClass::kService;
}

}  // namespace

bool inside(const TileKey& key, double x, double y) {
  const Vec2 low = key.low();
  return x >= low.x() && y >= low.y() && x < low.x() + key.size() && y < low.y() + key.size();
}

bool is_school_zone(const Map& map, const Lane& lane) {
  for (const maps::TimedLimit& limit : Map::rows(map.timed_limits, lane.limits))
    if (limit.speed_limit_mps > 0 && limit.speed_limit_mps < 8.4) return true;
  return false;
}

Vec3 across_lane(const LanePoint& p, double part, double lift) { return place(p, part, 0, lift); }

std::vector<Row> kept_points(const Map& map, const LaneRun& run, int level) {
  constexpr double kBend[] = {0, 0.06, 0.2}, kStride[] = {0, 80, 300};
  std::vector<Row> kept{run.first};
  for (Row p = run.first + 1; p < run.last; ++p) {
    const LanePoint &last = map.points[at(kept.back())], &here = map.points[at(p)], &next = map.points[at(p + 1)];
    if (level == 0 || std::abs(next.heading - last.heading) > kBend[level] || next.s - last.s > kStride[level] ||
        std::abs(here.width - last.width) > 0.8)
      kept.push_back(p);
  }
  kept.push_back(run.last);
  return kept;
}

void add_road_surfaces(Mesh& mesh, const Map& map, const Terrain& terrain, std::span<const LaneRun> runs,
                       const TileKey& key) {
  const Vec2 o = key.center();
  for (const LaneRun& run : runs) {
    const Lane& lane = map.lanes[at(run.lane)];
    if (lane.type == LaneType::kNone || (key.level == 2 && !seen_from_afar(map, lane))) continue;
    const std::vector<Row> points = kept_points(map, run, key.level);
    const double lift = raised(lane.type) && lane.heights.empty() ? kKerb : lane.level > 0 ? 0.01 : 0;
    const double wider = key.level == 2 ? 0.8 : 0;  // thin lines flicker from afar
    add_band(mesh, map, points, {0.5, -0.5, wider, -wider, lift, lift}, surface_of(map, lane), o);
    if (key.level > 0) continue;
    if (lift >= kKerb) add_kerbs(mesh, map, points, lift, o);
    add_flanks(mesh, map, terrain, lane, points, lift, o);
  }
}

namespace {

// Convex hull by the monotone chain (Andrew 1979), counter-clockwise.
std::vector<Vec3> hull(std::vector<Vec3> points) {
  std::sort(points.begin(), points.end(), [](const Vec3& a, const Vec3& b) {
    return a.x() != b.x() ? a.x() < b.x() : a.y() != b.y() ? a.y() < b.y() : a.z() < b.z();
  });
  std::vector<Vec3> h;
  const auto right_turn = [&h](const Vec3& c) {
    const Vec3 &a = h[h.size() - 2], &b = h.back();
    return (b.x() - a.x()) * (c.y() - a.y()) - (b.y() - a.y()) * (c.x() - a.x()) <= 0;
  };
  for (const bool back : {false, true}) {
    const std::size_t start = h.size();
    for (const Vec3& p : points) {
      while (h.size() >= start + 2 && right_turn(p)) h.pop_back();
      h.push_back(p);
    }
    h.pop_back();
    if (!back) std::reverse(points.begin(), points.end());
  }
  return h;
}

}  // namespace

void add_junction_floors(Mesh& mesh, const Map& map, const TileKey& key) {
  const Vec3 o(key.center().x(), key.center().y(), 0), up(0, 0, 1);
  for (const maps::Junction& junction : map.junctions) {
    if (!inside(key, junction.x, junction.y) || junction.radius > 60) continue;
    std::vector<Vec3> ends;
    for (const Row row : Map::rows(map.junction_lanes, junction.lanes)) {
      const Lane& lane = map.lanes[at(row)];
      if (!maps::drivable(lane.type) || lane.points.size() < 2) continue;
      for (const Row p : {lane.points.begin, lane.points.end - 1})
        for (const double side : {0.5, -0.5}) ends.push_back(across_lane(map.points[at(p)], side, -0.02) - o);
    }
    if (ends.size() < 3) continue;
    const std::vector<Vec3> rim = hull(std::move(ends));
    if (rim.size() < 3) continue;
    Vec3 middle(0, 0, 0);
    for (const Vec3& p : rim) middle += p / static_cast<double>(rim.size());
    const Color asphalt = rgb(0x4a4c50);
    const std::uint32_t c = mesh.add(middle, up, asphalt, Material::kAsphalt, middle.x(), middle.y());
    for (std::size_t i = 0; i < rim.size(); ++i) {
      mesh.add(rim[i], up, asphalt, Material::kAsphalt, rim[i].x(), rim[i].y());
      const auto a = static_cast<std::uint32_t>(i), b = static_cast<std::uint32_t>((i + 1) % rim.size());
      mesh.index.insert(mesh.index.end(), {c, c + 1 + a, c + 1 + b});
    }
  }
}

}  // namespace bitgoeul::viewer
