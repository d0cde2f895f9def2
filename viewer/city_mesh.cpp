#include "viewer/city_mesh.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "maps/lane_index.h"
#include "viewer/road_mesh.h"

namespace bitgoeul::viewer {

namespace {

using maps::Lane;
using maps::LanePoint;
using maps::Map;
using maps::RoadClass;
using maps::Row;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }
std::int64_t dm(double v) { return std::llround(v * 10); }
double lot(const Vec2& p, std::uint32_t stream) { return place_random(dm(p.x()), dm(p.y()), stream); }

// The lane whose outer side is the edge of its road on that side of the road.
bool outermost(const Map& map, const Lane& lane) {
  if (lane.section < 0 || lane.junction != maps::kNone) return false;
  const maps::Road& road = map.roads[at(lane.road)];
  if (road.bridge || road.tunnel || lane.level != 0) return false;
  const maps::Range all = map.sections[at(lane.section)].lanes;
  if (all.empty()) return false;
  const Lane &first = map.lanes[at(all.begin)], &last = map.lanes[at(all.end - 1)];
  if (lane.odr_id != first.odr_id && lane.odr_id != last.odr_id) return false;
  return lane.left == maps::kNone || lane.right == maps::kNone;
}

// Places along the outer edge every `step` metres of lane s: outward is the unit vector away from the road.
struct EdgePlace {
  Vec2 point{0, 0}, along{1, 0}, outward{0, 1};
  double z = 0, s = 0;
  RoadClass road_class = RoadClass::kUnknown;
};

template <class F>
void each_edge_place(const Map& map, const LaneRun& run, double step, F&& f) {
  const Lane& lane = map.lanes[at(run.lane)];
  if (!outermost(map, lane)) return;
  const bool right = (lane.odr_id < 0) == (lane.direction > 0);
  for (Row p = run.first; p < run.last; ++p) {
    const LanePoint &a = map.points[at(p)], &b = map.points[at(p + 1)];
    for (double s = std::ceil(a.s / step) * step; s < b.s; s += step) {
      const double k = (s - a.s) / std::max(b.s - a.s, 1e-6);
      EdgePlace e;
      const double h = a.heading + k * (b.heading - a.heading), w = a.width + k * (b.width - a.width);
      e.along = {std::cos(h), std::sin(h)};
      e.outward = right ? Vec2(e.along.y(), -e.along.x()) : Vec2(-e.along.y(), e.along.x());
      e.point = Vec2(a.x + k * (b.x - a.x), a.y + k * (b.y - a.y)) + e.outward * (w / 2);
      e.z = a.z + k * (b.z - a.z), e.s = s;
      e.road_class = map.roads[at(lane.road)].road_class;
      f(e);
    }
  }
}

bool major(RoadClass c) { return c == RoadClass::kPrimary || c == RoadClass::kSecondary || c == RoadClass::kTertiary; }
bool fast(RoadClass c) { return c == RoadClass::kMotorway || c == RoadClass::kTrunk || c == RoadClass::kRamp; }

struct Building {
  Footprint foot;
  double height = 6, z = 0;
  std::uint32_t rank = 0;
  Quarter quarter = Quarter::kHouses;
};

double lot_length(Quarter quarter) {
  return quarter == Quarter::kFlats ? 44 : quarter == Quarter::kIndustry ? 56 : quarter == Quarter::kBusiness ? 27 : 16;
}

struct Measure {
  double length, width, height, setback;
};

Measure measure(Quarter quarter, RoadClass c, const Vec2& p) {
  const double a = lot(p, 1), b = lot(p, 2), h = lot(p, 3);
  switch (quarter) {
    case Quarter::kFlats:  // slabs and towers
      return a < 0.6 ? Measure{38 + 20 * a, 12 + 3 * b, 36 + 36 * std::floor(h * 3) / 2, 12}
                     : Measure{22 + 4 * b, 20, 45 + 45 * h, 12};
    case Quarter::kBusiness:
      return {18 + 16 * a, 16 + 14 * b, (major(c) ? 15 : 9) + std::pow(h, 2.5) * (major(c) ? 60 : 18), 2.5};
    case Quarter::kIndustry:
      return {34 + 36 * a, 24 + 26 * b, 7 + 5 * h, 8};
    case Quarter::kCountry:
      return {9 + 6 * a, 7 + 4 * b, 3.5 + 3 * h, 6};
    default:
      return major(c) ? Measure{12 + 9 * a, 10 + 6 * b, 6.6 + 3.1 * std::floor(h * 5), 1.5}
                      : Measure{9 + 6 * a, 8 + 5 * b, 3.6 + 3 * std::floor(h * 3.5), 1.8};
  }
}

double share_built(Quarter quarter) {
  switch (quarter) {
    case Quarter::kCountry:
      return 0.12;
    case Quarter::kFlats:
      return 0.8;
    case Quarter::kIndustry:
      return 0.85;
    default:
      return 0.93;
  }
}

// Keeps clear of every lane, drivable or not.
bool clear_of_roads(const Map& map, const Footprint& foot, std::vector<maps::LaneMatch>& near) {
  const double reach = std::hypot(foot.half_length, foot.half_width);
  maps::lanes_near(map, foot.center.x(), foot.center.y(), reach + 8, near);
  for (const maps::LaneMatch& m : near) {
    const Lane& lane = map.lanes[at(m.lane)];
    const maps::LanePose pose = maps::lane_pose(map, m.lane, m.s);
    const Vec2 along(std::cos(pose.heading), std::sin(pose.heading));
    const Footprint piece{{pose.x, pose.y}, reach, pose.width / 2 + 0.4, along};
    if (lane.type != maps::LaneType::kNone && map.roads[at(lane.road)].tunnel == 0 && piece.overlaps(foot))
      return false;
  }
  return true;
}

// `back` rows stand behind the one along the street.
std::optional<Building> propose(const CityInput& in, EdgePlace e, int back) {
  if (fast(e.road_class)) return std::nullopt;
  const Quarter quarter = quarter_at(in.grid, e.point.x(), e.point.y());
  if (back > 0) {
    if (quarter == Quarter::kCountry) return std::nullopt;
    e.point += e.outward * (back * (lot_length(quarter) * 0.8 + 4)), e.road_class = RoadClass::kResidential;
  }
  if (lot(e.point, 4) > share_built(quarter) - 0.2 * back) return std::nullopt;
  const Measure m = measure(quarter, e.road_class, e.point);
  Building b;
  b.foot = {e.point + e.outward * (m.setback + m.width / 2), m.length / 2, m.width / 2, e.along};
  b.height = m.height, b.quarter = quarter;
  b.z = in.terrain.land(b.foot.center.x(), b.foot.center.y());
  b.z = std::min(std::max(b.z, e.z - 2), e.z + 2);
  // Those along a street stand before those behind another one.
  b.rank = static_cast<std::uint32_t>((lot(b.foot.center, 5) + 2 - back) * 1.4e9);
  return b;
}

// A short run with no point in the box; long ones are looked at place by place.
bool far_from(const Map& map, const LaneRun& run, const Vec2& low, const Vec2& high) {
  for (const Row p : {run.first, (run.first + run.last) / 2, run.last}) {
    const LanePoint& q = map.points[at(p)];
    if (q.x > low.x() && q.y > low.y() && q.x < high.x() && q.y < high.y()) return false;
  }
  return run.last - run.first < 3;
}

// Runs of the tile and of a rim around it: a building yields to a neighbour of higher rank whichever tile that is in.
std::vector<Building> proposals(const CityInput& in, const TileKey& key) {
  constexpr double kRim = 150;
  std::vector<Building> all;
  const Vec2 low = key.low() - Vec2(kRim, kRim), high = key.low() + Vec2(key.size() + kRim, key.size() + kRim);
  const int n = 1 << key.level;
  for (int y = key.y * n - 1; y <= (key.y + 1) * n; ++y)
    for (int x = key.x * n - 1; x <= (key.x + 1) * n; ++x)
      for (const LaneRun& run : in.grid.runs({0, x, y})) {
        if (far_from(in.map, run, low, high)) continue;
        const LanePoint& p = in.map.points[at(run.first)];
        const double step = lot_length(quarter_at(in.grid, p.x, p.y));
        each_edge_place(in.map, run, step, [&](const EdgePlace& e) {
          if (e.point.x() < low.x() || e.point.y() < low.y() || e.point.x() > high.x() || e.point.y() > high.y())
            return;
          for (int back = 0; back < 3; ++back)
            if (auto b = propose(in, e, back)) all.push_back(*b);
        });
      }
  return all;
}

// Those of the tile that no neighbour of higher rank touches and that keep clear of roads.
std::vector<Building> chosen(const CityInput& in, const TileKey& key) {
  const std::vector<Building> all = proposals(in, key);
  constexpr double kCell = 64;
  const int n = static_cast<int>(key.size() / kCell) + 6;
  std::vector<std::vector<std::uint32_t>> cells(static_cast<std::size_t>(n * n));
  const auto cell = [&](double v, double low) { return std::clamp(static_cast<int>((v - low) / kCell) + 3, 0, n - 1); };
  const Vec2 low = key.low();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Vec2& c = all[i].foot.center;
    cells[static_cast<std::size_t>(cell(c.y(), low.y()) * n + cell(c.x(), low.x()))].push_back(
        static_cast<std::uint32_t>(i));
  }
  std::vector<Building> kept;
  std::vector<maps::LaneMatch> near;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Building& b = all[i];
    if (!inside(key, b.foot.center.x(), b.foot.center.y())) continue;
    bool yields = false;
    const int cx = cell(b.foot.center.x(), low.x()), cy = cell(b.foot.center.y(), low.y());
    for (int y = std::max(cy - 2, 0); y <= std::min(cy + 2, n - 1) && !yields; ++y)
      for (int x = std::max(cx - 2, 0); x <= std::min(cx + 2, n - 1) && !yields; ++x)
        for (const std::uint32_t j : cells[static_cast<std::size_t>(y * n + x)])
          if (j != i && (all[j].rank > b.rank || (all[j].rank == b.rank && j > i)) && all[j].foot.overlaps(b.foot)) {
            yields = true;
            break;
          }
    if (!yields && clear_of_roads(in.map, b.foot, near)) kept.push_back(b);
  }
  return kept;
}

Color wall_color(Quarter quarter, const Vec2& p) {
  static constexpr std::uint32_t kHouse[] = {0xb5694f, 0xa9745a, 0xc9b79c, 0xd8cdb8, 0x9c8f80, 0xb98c6b},
                                 kFlat[] = {0xe6e2d8, 0xd9d4cb, 0xcfd4d6, 0xe3d7c4},
                                 kBusiness[] = {0x8fa1ad, 0xb7b9b8, 0xcabfae, 0x7f8b94, 0xa58f7d, 0xd5d3cc},
                                 kIndustry[] = {0xb8bec2, 0x8fa3b5, 0xc9c4b8, 0x9fb0a3};
  const double r = lot(p, 6);
  const auto pick = [r](const auto& list) { return rgb(list[static_cast<std::size_t>(r * std::size(list))]); };
  switch (quarter) {
    case Quarter::kFlats:
      return pick(kFlat);
    case Quarter::kBusiness:
      return pick(kBusiness);
    case Quarter::kIndustry:
      return pick(kIndustry);
    default:
      return pick(kHouse);
  }
}

Color roof_color(Quarter quarter, const Vec2& p) {
  if (quarter == Quarter::kIndustry) return lot(p, 7) < 0.5 ? rgb(0x6f8ea8) : rgb(0x8f9496);
  // Flat roofs of Korean towns wear green waterproofing.
  return lot(p, 7) < 0.42 ? rgb(0x5f8f6c) : rgb(0x9b9a94);
}

void add_gable(Mesh& mesh, const Footprint& f, double z, double rise, Color tiles, Color wall) {
  const auto p = [&](int i, double h) { return Vec3(f.corner(i).x(), f.corner(i).y(), h); };
  const Vec2 e0 = f.center - f.along * f.half_length, e1 = f.center + f.along * f.half_length;
  const Vec3 r0(e0.x(), e0.y(), z + rise), r1(e1.x(), e1.y(), z + rise);
  // corner 0, 3 at -along; 1, 2 at +along; 0, 1 at -across.
  mesh.quad(p(0, z), p(1, z), r1, r0, tiles, Material::kMatte);
  mesh.quad(p(2, z), p(3, z), r0, r1, tiles, Material::kMatte);
  mesh.triangle(p(3, z), p(0, z), r0, wall, Material::kMatte);
  mesh.triangle(p(1, z), p(2, z), r1, wall, Material::kMatte);
}

void add_building(Mesh& mesh, const Building& b, const TileKey& key) {
  Footprint f = b.foot;
  f.center -= key.center();
  const Vec2& p = b.foot.center;
  const Color wall = wall_color(b.quarter, p), roof = roof_color(b.quarter, p);
  const bool gable =
      b.quarter == Quarter::kCountry || (b.quarter == Quarter::kHouses && b.height < 5 && lot(p, 8) < 0.4);
  add_box(mesh, f, b.z - 3, b.z + b.height, {wall, roof, Material::kFacade, Material::kMatte});
  if (key.level > 0) return;
  if (gable) return add_gable(mesh, f, b.z + b.height, 1.8, lot(p, 9) < 0.5 ? rgb(0x555b66) : rgb(0x8e4b3c), wall);
  // A parapet's rim and the stair house (or lift house).
  if (b.quarter != Quarter::kIndustry) {
    const double s = lot(p, 10);
    const Footprint house{f.center + f.along * (f.half_length * (s - 0.5)), std::min(3.0, f.half_length * 0.4),
                          std::min(2.4, f.half_width * 0.5), f.along};
    add_box(mesh, house, b.z + b.height, b.z + b.height + 2.6, {mix(wall, rgb(0xffffff), 0.15), roof});
  }
  if (b.quarter == Quarter::kBusiness && lot(p, 11) < 0.6) {  // a sign along the front
    const double z = b.z + std::min(b.height - 1.0, 4.2);
    static constexpr std::uint32_t kSign[] = {0xd9483b, 0x2f6fb5, 0xe5b52f, 0x2f8f5b, 0xf0efe9, 0x7a4fa3};
    Footprint board = f;
    board.half_length *= 0.9, board.half_width += 0.12;
    add_box(mesh, board, z - 0.5, z + 0.5,
            {rgb(kSign[static_cast<std::size_t>(lot(p, 12) * 6)]), wall, Material::kGlow, Material::kMatte});
  }
}

void add_tree(Mesh& mesh, const Vec3& foot, double size, int level, const Vec2& p) {
  const Color leaf = mix(rgb(0x4f7d3a), rgb(0x7d9a48), lot(p, 22));
  if (level > 0)
    return add_column(mesh, foot + Vec3(0, 0, size * 0.2), size * 0.8, size * 0.32, 0, 4, leaf, Material::kLeaf);
  add_column(mesh, foot - Vec3(0, 0, 0.3), size * 0.4 + 0.3, 0.16, 0.1, 4, rgb(0x6b5340), Material::kMatte);
  // A crown of two cut cones, wider in the middle.
  const double r = size * 0.3;
  add_column(mesh, foot + Vec3(0, 0, size * 0.3), size * 0.28, r * 0.5, r, 6, mix(leaf, rgb(0x203018), 0.25),
             Material::kLeaf);
  add_column(mesh, foot + Vec3(0, 0, size * 0.58), size * 0.42, r, r * 0.15, 6, leaf, Material::kLeaf);
}

}  // namespace

Quarter quarter_at(const TileGrid& grid, double x, double y) {
  const double km = grid.lane_km(x, y);
  if (km < 1.6) return Quarter::kCountry;
  const double r =
      place_random(static_cast<std::int64_t>(std::floor(x / 320)), static_cast<std::int64_t>(std::floor(y / 320)), 3);
  if (km < 4.0)
    return r < 0.15 ? Quarter::kIndustry : r < 0.3 ? Quarter::kFlats : r < 0.6 ? Quarter::kCountry : Quarter::kHouses;
  return r < 0.30 ? Quarter::kFlats : r < 0.55 ? Quarter::kBusiness : r < 0.6 ? Quarter::kIndustry : Quarter::kHouses;
}

void add_buildings(Mesh& mesh, const CityInput& in, std::span<const LaneRun>, const TileKey& key) {
  for (const Building& b : chosen(in, key)) add_building(mesh, b, key);
}

void add_trees(Mesh& mesh, const CityInput& in, std::span<const LaneRun> runs, const TileKey& key) {
  const Vec2 o = key.center();
  for (const LaneRun& run : runs)
    each_edge_place(in.map, run, 12, [&](const EdgePlace& e) {
      if (!major(e.road_class) || lot(e.point, 20) > 0.85) return;
      const Vec2 p = e.point - e.outward * 0.9;  // at the rim of the pavement
      add_tree(mesh, {p.x() - o.x(), p.y() - o.y(), e.z + 0.1}, 5 + 3 * lot(e.point, 21), key.level, e.point);
    });
  // Woods and gardens: one try per square, thinned out in town.
  const double step = key.level == 0 ? 18 : 36;
  std::vector<maps::LaneMatch> near;
  for (double y = key.low().y() + step / 2; y < key.low().y() + key.size(); y += step)
    for (double x = key.low().x() + step / 2; x < key.low().x() + key.size(); x += step) {
      const double grove = place_random(std::llround(x / 96), std::llround(y / 96), 11);
      const double km = in.grid.lane_km(x, y);
      if (lot({x, y}, 23) > (km < 1.6 ? (grove > 0.5 ? 0.7 : 0.06) : 0.05)) continue;
      const Vec2 p(x + (lot({x, y}, 24) - 0.5) * step, y + (lot({x, y}, 25) - 0.5) * step);
      maps::lanes_near(in.map, p.x(), p.y(), 7, near);
      if (!near.empty()) continue;
      add_tree(mesh, {p.x() - o.x(), p.y() - o.y(), in.terrain.ground(p.x(), p.y(), 16)}, 6 + 5 * lot(p, 21), key.level,
               p);
    }
}

void add_street_lamps(Mesh& mesh, Mesh& pools, const CityInput& in, std::span<const LaneRun> runs, const TileKey& key) {
  const Vec2 o = key.center();
  for (const LaneRun& run : runs) {
    const Lane& lane = in.map.lanes[at(run.lane)];
    const RoadClass c = in.map.roads[at(lane.road)].road_class;
    const bool big = major(c) || fast(c);
    if (!big && lane.odr_id > 0) continue;  // small streets have them on one side
    each_edge_place(in.map, run, big ? 32 : 44, [&](const EdgePlace& e) {
      const double height = big ? 9 : 5.5, arm = big ? 2.4 : 1.0;
      const Vec2 foot = e.point - e.outward * 0.35 - o, head = foot - e.outward * arm;
      const double z = e.z;
      add_column(mesh, {foot.x(), foot.y(), z - 0.5}, height + 0.5, 0.09, 0.06, 5, rgb(0x5d6266), Material::kMatte);
      const Footprint bar{(foot + head) / 2, arm / 2, 0.05, -e.outward};
      add_box(mesh, bar, z + height - 0.1, z + height, {rgb(0x5d6266), rgb(0x5d6266)});
      const Footprint lamp{head, 0.45, 0.16, -e.outward};
      add_box(mesh, lamp, z + height - 0.16, z + height - 0.02,
              {rgb(0xffe2ae), rgb(0x5d6266), Material::kGlow, Material::kMatte}, true);
      const Vec2 spot = foot - e.outward * (arm + 1.0);
      add_disc(pools, {spot.x(), spot.y(), z + 0.19}, big ? 14 : 9, 14, big ? rgb(0x8a7448) : rgb(0x7a6236), rgb(0),
               Material::kGlow);
    });
  }
}

}  // namespace bitgoeul::viewer
