#include "replay/sensors/map_mesh.h"

namespace bitgoeul::replay {
namespace {

constexpr double kLeastHeight_m = 0.3;

std::uint32_t add_corner(Triangles& mesh, double x, double y, double z) {
  mesh.corners.push_back({x, y, z});
  return static_cast<std::uint32_t>(mesh.corners.size() - 1);
}

void add_quad(Triangles& mesh, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  for (const std::uint32_t row : {a, b, c, a, c, d}) mesh.rows.push_back(row);
}

// The surface between the lane's sides.
void add_lane(const maps::Map& map, maps::Row lane, Triangles& mesh) {
  std::uint32_t left = 0, right = 0;
  bool first = true;
  for (const maps::LanePoint& p : map.lane_points(lane)) {
    double s = 0, c = 0;
    sim::sincos(p.heading, s, c);
    const double half = p.width / 2;
    const std::uint32_t l = add_corner(mesh, p.x - s * half, p.y + c * half, p.z);
    const std::uint32_t r = add_corner(mesh, p.x + s * half, p.y - c * half, p.z);
    if (!first) add_quad(mesh, right, r, l, left);
    left = l;
    right = r;
    first = false;
  }
}

bool is_solid(const maps::Object& object) {
  switch (object.kind) {
    case maps::ObjectKind::kBuilding:
    case maps::ObjectKind::kPole:
    case maps::ObjectKind::kTree:
    case maps::ObjectKind::kBarrier:
    case maps::ObjectKind::kObstacle:
      return object.height >= kLeastHeight_m;
    default:
      return false;
  }
}

// Walls along the outline, and a roof as a fan about its first corner: exact for convex ones, seen from the road
// enough.
void add_solid(const maps::Map& map, const maps::Object& object, Triangles& mesh) {
  std::vector<sim::Vec3> outline;
  const auto raw = maps::Map::rows(map.outline_points, object.outline);
  for (std::size_t i = 0; i + 2 < raw.size(); i += 3) outline.push_back({raw[i], raw[i + 1], raw[i + 2]});
  if (outline.empty()) {
    double s = 0, c = 0;
    sim::sincos(object.heading, s, c);
    const double l = std::max(object.length, 0.2) / 2, w = std::max(object.width, 0.2) / 2;
    for (const auto& [u, v] : {std::pair{l, w}, std::pair{-l, w}, std::pair{-l, -w}, std::pair{l, -w}})
      outline.push_back({object.x + c * u - s * v, object.y + s * u + c * v, object.z});
  }
  if (outline.size() < 3) return;
  const auto base = static_cast<std::uint32_t>(mesh.corners.size());
  for (const sim::Vec3& p : outline) {
    add_corner(mesh, p.x(), p.y(), p.z());
    add_corner(mesh, p.x(), p.y(), p.z() + object.height);
  }
  const auto n = static_cast<std::uint32_t>(outline.size());
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t a = base + 2 * i, b = base + 2 * ((i + 1) % n);
    add_quad(mesh, a, b, b + 1, a + 1);
    if (i >= 1 && i + 1 < n)
      for (const std::uint32_t row : {base + 1, a + 1, b + 1}) mesh.rows.push_back(row);
  }
}

}  // namespace

Triangles mesh_of(const maps::Map& map) {
  Triangles mesh;
  for (std::size_t lane = 0; lane < map.lanes.size(); ++lane) add_lane(map, static_cast<maps::Row>(lane), mesh);
  for (const maps::Object& object : map.objects)
    if (is_solid(object)) add_solid(map, object, mesh);
  return mesh;
}

}  // namespace bitgoeul::replay
