#include "viewer/furniture_mesh.h"

#include <algorithm>
#include <cmath>

#include "maps/road_position.h"
#include "sim/signals.h"
#include "viewer/road_mesh.h"

namespace bitgoeul::viewer {

namespace {

using maps::Map;
using maps::Row;
using maps::Signal;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

constexpr double kLampGap = 0.38, kLamp = 0.3;

bool for_walkers(const Map& map, const Signal& s) {
  return s.group != maps::kNone && map.signal_groups[at(s.group)].pedestrian != 0;
}

// Heads stand at least this high even where the map gives no height.
double head_z(const Map& map, const Signal& s) {
  const double floor = s.z - s.z_offset;
  return std::max(s.z, floor + (for_walkers(map, s) ? 2.4 : s.z_offset < 1 ? 5.2 : 2.2));
}

// Foot of the pole: at the edge of the road on the side that the head belongs to.
Vec3 pole_foot(const Map& map, const Signal& s) {
  if (s.road < 0) return {s.x, s.y, s.z - s.z_offset};
  const maps::Road& road = map.roads[at(s.road)];
  double edge = s.t;
  const double beside = s.orientation < 0 ? 1 : -1;  // right of those who see it
  for (Row row = road.sections.begin; row < road.sections.end; ++row) {
    const maps::LaneSection& section = map.sections[at(row)];
    if (s.s < section.s || s.s > section.s_end || section.lanes.empty()) continue;
    double left = 0, right = 0, unused = 0;
    maps::lane_edges_t(map, section.lanes.begin, s.s, left, unused);
    maps::lane_edges_t(map, section.lanes.end - 1, s.s, unused, right);
    edge = beside > 0 ? std::max(s.t, left - 0.6) : std::min(s.t, right + 0.6);
  }
  if (std::abs(edge - s.t) > 14) edge = s.t + std::copysign(14.0, edge - s.t);
  const maps::WorldPose pose = maps::to_world(map, maps::RoadPosition{s.road, s.s, edge, 0});
  return {pose.x, pose.y, pose.z};
}

void add_head(Mesh& mesh, const Vec3& p, double heading, int lamps, bool lying) {
  const Vec2 face(std::cos(heading), std::sin(heading));
  const double length = lamps * kLampGap + 0.1;
  const Footprint box = lying ? Footprint{{p.x(), p.y()}, length / 2, 0.14, Vec2(-face.y(), face.x())}
                              : Footprint{{p.x(), p.y()}, 0.2, 0.14, Vec2(-face.y(), face.x())};
  const double half = lying ? 0.22 : length / 2;
  add_box(mesh, box, p.z() - half, p.z() + half, {rgb(0x24282b), rgb(0x24282b)}, true);
}

void add_signal(Mesh& mesh, const Map& map, const Signal& s, const Vec2& o) {
  const Vec3 shift(o.x(), o.y(), 0), head = Vec3(s.x, s.y, head_z(map, s)) - shift, foot = pole_foot(map, s) - shift;
  const Color steel = rgb(0x7a8085);
  const double top = head.z() + (for_walkers(map, s) ? 0.5 : 0.7);
  add_column(mesh, foot - Vec3(0, 0, 0.3), top - foot.z() + 0.3, 0.13, 0.1, 6, steel, Material::kMatte);
  const Vec2 reach = Vec2(head.x(), head.y()) - Vec2(foot.x(), foot.y());
  if (reach.norm() > 0.4)
    add_box(mesh, {Vec2(foot.x(), foot.y()) + reach / 2, reach.norm() / 2, 0.06, reach.normalized()}, top - 0.2,
            top - 0.06, {steel, steel}, true);
  add_head(mesh, head, s.heading, for_walkers(map, s) ? 2 : 3, !for_walkers(map, s));
}

void add_sign(Mesh& mesh, const Map& map, const Signal& s, const Vec2& o) {
  const Vec3 p(s.x - o.x(), s.y - o.y(), s.z - s.z_offset);
  const double z = p.z() + std::max(s.z_offset, 2.2);
  add_column(mesh, p - Vec3(0, 0, 0.3), z - p.z() + 0.4, 0.04, 0.04, 5, rgb(0x8a8f93), Material::kMatte);
  const Vec2 face(std::cos(s.heading), std::sin(s.heading));
  const bool limit = s.value > 0;
  const Vec3 left(-face.y() * 0.32, face.x() * 0.32, 0), up(0, 0, 0.32);
  const auto plate = [&](double size, double out, Color c, int sides, double turn) {
    const Vec3 mid = Vec3(p.x() + face.x() * out, p.y() + face.y() * out, z);
    const auto corner = [&](int i) {
      const double a = turn + 2 * sim::kPi * i / sides;
      return Vec3(mid + left * (size * std::cos(a)) + up * (size * std::sin(a)));
    };
    for (int i = 0; i < sides; ++i) mesh.triangle(mid, corner(i + 1), corner(i), c, Material::kPaint);
  };
  const std::string_view type = map.text_of(s.type);
  const bool stop = type == "206" || type == "227",
             triangle = type == "205" || type == "228" || (!type.empty() && type[0] == '1' && !limit);
  if (stop) return plate(1.0, 0.06, rgb(0xc43a33), 8, sim::kPi / 8);
  if (triangle)
    return plate(1.1, 0.06, rgb(0xc43a33), 3, sim::kPi / 2), plate(0.75, 0.07, rgb(0xf2d34a), 3, sim::kPi / 2);
  plate(1.0, 0.06, limit ? rgb(0xc43a33) : rgb(0x2c62ab), 16, 0);
  plate(limit ? 0.78 : 0.7, 0.07, limit ? rgb(0xf4f3ee) : rgb(0xe6ebf2), 16, 0);
}

std::vector<Vec3> outline_of(const Map& map, const maps::Object& object) {
  std::vector<Vec3> corners;
  for (Row i = object.outline.begin; i + 2 < object.outline.end; i += 3)
    corners.emplace_back(map.outline_points[at(i)], map.outline_points[at(i + 1)], map.outline_points[at(i + 2)]);
  if (corners.size() >= 3) return corners;
  const Footprint box{{object.x, object.y},
                      std::max(object.length, 0.3) / 2,
                      std::max(object.width, 0.3) / 2,
                      {std::cos(object.heading), std::sin(object.heading)}};
  corners.clear();
  for (int i = 0; i < 4; ++i) corners.emplace_back(box.corner(i).x(), box.corner(i).y(), object.z);
  return corners;
}

void add_prism(Mesh& mesh, std::vector<Vec3> p, double height, Color wall, Color top, Material m) {
  double area = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const Vec3 &a = p[i], &b = p[(i + 1) % p.size()];
    area += a.x() * b.y() - a.y() * b.x();
  }
  if (area < 0) std::reverse(p.begin(), p.end());
  const Vec3 up(0, 0, height);
  for (std::size_t i = 0; i < p.size(); ++i) {
    const Vec3 &a = p[i], &b = p[(i + 1) % p.size()];
    mesh.quad(a, b, b + up, a + up, wall, m);
  }
  for (std::size_t i = 1; i + 1 < p.size(); ++i)
    mesh.triangle(p[0] + up, p[i] + up, p[i + 1] + up, top, Material::kMatte);
}

void add_object(Mesh& mesh, const Map& map, const maps::Object& object, const Vec2& o) {
  const Vec3 foot(object.x - o.x(), object.y - o.y(), object.z);
  const auto prism = [&](double height, Color wall, Color top, Material m = Material::kMatte) {
    std::vector<Vec3> outline = outline_of(map, object);
    for (Vec3& p : outline) p -= Vec3(o.x(), o.y(), 0);
    add_prism(mesh, std::move(outline), height, wall, top, m);
  };
  switch (object.kind) {
    case maps::ObjectKind::kBuilding:
      return prism(std::max(object.height, 3.0), rgb(0xc9bfae), rgb(0x97958f), Material::kFacade);
    case maps::ObjectKind::kTrafficIsland:
      return prism(0.15, rgb(0xc6c3bb), rgb(0x9fa58c));
    case maps::ObjectKind::kParkingSpace:
      return prism(0.012, rgb(0x62656a), rgb(0x70747a), Material::kAsphalt);
    case maps::ObjectKind::kBarrier:
      return prism(std::max(object.height, 0.7), rgb(0xb0b4b6), rgb(0xc2c5c7));
    case maps::ObjectKind::kObstacle:
      return prism(std::max(object.height, 0.8), rgb(0x9a8f7e), rgb(0xa79c8b));
    case maps::ObjectKind::kPole:
      return add_column(mesh, foot, std::max(object.height, 3.0), 0.1, 0.08, 6, rgb(0x7a8085), Material::kMatte);
    case maps::ObjectKind::kTree:
      add_column(mesh, foot, 2.5, 0.15, 0.1, 5, rgb(0x6b5340), Material::kMatte);
      return add_column(mesh, foot + Vec3(0, 0, 2), std::max(object.height, 5.0) - 2, 1.8, 0.2, 6, rgb(0x5a8540),
                        Material::kLeaf);
    case maps::ObjectKind::kRoadMark:
      return prism(0.012, rgb(0xe9e9e4), rgb(0xe9e9e4), Material::kPaint);
    default:
      return;
  }
}

}  // namespace

void add_signals(Mesh& mesh, const Map& map, const TileKey& key) {
  for (const Signal& s : map.signals) {
    if (!inside(key, s.x, s.y)) continue;
    s.dynamic ? add_signal(mesh, map, s, key.center()) : add_sign(mesh, map, s, key.center());
  }
}

void add_objects(Mesh& mesh, const Map& map, const TileKey& key) {
  for (const maps::Object& object : map.objects)
    if (inside(key, object.x, object.y)) add_object(mesh, map, object, key.center());
}

std::vector<SignalLamp> signal_lamps(const Map& map) {
  using sim::SignalState;
  const auto bit = [](SignalState s) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(s)); };
  const std::uint8_t red = bit(SignalState::kRed) | bit(SignalState::kFlashingRed);
  const std::uint8_t yellow = bit(SignalState::kYellow) | bit(SignalState::kFlashingYellow),
                     green = bit(SignalState::kGreen);
  std::vector<SignalLamp> lamps;
  for (const Signal& s : map.signals) {
    if (!s.dynamic) continue;
    const Vec2 face(std::cos(s.heading), std::sin(s.heading));
    const Vec3 p(s.x + face.x() * 0.16, s.y + face.y() * 0.16, head_z(map, s)), left(-face.y(), face.x(), 0);
    if (for_walkers(map, s)) {
      lamps.push_back(
          {p + Vec3(0, 0, kLampGap / 2), s.heading, s.group, rgb(0xff3b30), static_cast<std::uint8_t>(red | yellow)});
      lamps.push_back({p - Vec3(0, 0, kLampGap / 2), s.heading, s.group, rgb(0x2fe08a), green});
      continue;
    }
    // Korean heads lie: red, yellow, green from the driver's left, who looks against `face`.
    lamps.push_back({p - left * kLampGap, s.heading, s.group, rgb(0xff3b30), red});
    lamps.push_back({p, s.heading, s.group, rgb(0xffb81c), yellow});
    lamps.push_back({p + left * kLampGap, s.heading, s.group, rgb(0x2fe08a), green});
  }
  return lamps;
}

}  // namespace bitgoeul::viewer
