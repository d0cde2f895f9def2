#include "viewer/mesh.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::viewer {

namespace {

constexpr double kTurn = 2 * 3.14159265358979323846;

std::array<float, 3> packed(const Vec3& v) {
  return {static_cast<float>(v.x()), static_cast<float>(v.y()), static_cast<float>(v.z())};
}

Vec3 at(const Vec2& p, double z) { return {p.x(), p.y(), z}; }

}  // namespace

Color mix(Color a, Color b, double part) {
  const auto blend = [part](std::uint8_t x, std::uint8_t y) {
    return static_cast<std::uint8_t>(std::lround(x + (y - x) * std::clamp(part, 0.0, 1.0)));
  };
  return {blend(a.r, b.r), blend(a.g, b.g), blend(a.b, b.b)};
}

std::uint32_t Mesh::add(const Vec3& p, const Vec3& n, Color c, Material m, double u, double v) {
  position.push_back(packed(p));
  normal.push_back(packed(n));
  color.push_back({c.r, c.g, c.b, static_cast<std::uint8_t>(m)});
  uv.push_back({static_cast<float>(u), static_cast<float>(v)});
  return static_cast<std::uint32_t>(position.size() - 1);
}

void Mesh::triangle(const Vec3& a, const Vec3& b, const Vec3& c, Color color_, Material m) {
  const Vec3 n = (b - a).cross(c - a).normalized();
  for (const Vec3* p : {&a, &b, &c}) index.push_back(add(*p, n, color_, m));
}

void Mesh::quad(const Vec3& a, const Vec3& b, const Vec3& c, const Vec3& d, Color color_, Material m) {
  const Vec3 n = (b - a).cross(d - a).normalized();
  const std::uint32_t i = add(a, n, color_, m);
  add(b, n, color_, m), add(c, n, color_, m), add(d, n, color_, m);
  index.insert(index.end(), {i, i + 1, i + 2, i, i + 2, i + 3});
}

void Mesh::append(const Mesh& other) {
  const auto base = static_cast<std::uint32_t>(position.size());
  position.insert(position.end(), other.position.begin(), other.position.end());
  normal.insert(normal.end(), other.normal.begin(), other.normal.end());
  color.insert(color.end(), other.color.begin(), other.color.end());
  uv.insert(uv.end(), other.uv.begin(), other.uv.end());
  for (const std::uint32_t i : other.index) index.push_back(base + i);
}

Vec2 Footprint::corner(int i) const {
  const double l = i == 0 || i == 3 ? -half_length : half_length, w = i < 2 ? -half_width : half_width;
  return center + along * l + across() * w;
}

bool Footprint::overlaps(const Footprint& other) const {
  const Vec2 d = other.center - center;
  const auto apart = [&d](const Vec2& axis, const Footprint& a, const Footprint& b) {
    const auto reach = [&axis](const Footprint& f) {
      return f.half_length * std::abs(axis.dot(f.along)) + f.half_width * std::abs(axis.dot(f.across()));
    };
    return std::abs(d.dot(axis)) > reach(a) + reach(b);
  };
  return !apart(along, *this, other) && !apart(across(), *this, other) && !apart(other.along, *this, other) &&
         !apart(other.across(), *this, other);
}

void add_box(Mesh& mesh, const Footprint& foot, double z0, double z1, const BoxStyle& style, bool bottom) {
  double u = 0;
  for (int i = 0; i < 4; ++i) {
    const Vec2 a = foot.corner(i), b = foot.corner((i + 1) % 4);
    const double length = (b - a).norm();
    const Vec3 n(((b - a) / length).y(), -((b - a) / length).x(), 0);
    const std::uint32_t first = mesh.add(at(a, z0), n, style.wall, style.wall_material, u, 0);
    mesh.add(at(b, z0), n, style.wall, style.wall_material, u + length, 0);
    mesh.add(at(b, z1), n, style.wall, style.wall_material, u + length, z1 - z0);
    mesh.add(at(a, z1), n, style.wall, style.wall_material, u, z1 - z0);
    mesh.index.insert(mesh.index.end(), {first, first + 1, first + 2, first, first + 2, first + 3});
    u += length;
  }
  mesh.quad(at(foot.corner(0), z1), at(foot.corner(1), z1), at(foot.corner(2), z1), at(foot.corner(3), z1), style.roof,
            style.roof_material);
  if (bottom)
    mesh.quad(at(foot.corner(3), z0), at(foot.corner(2), z0), at(foot.corner(1), z0), at(foot.corner(0), z0),
              style.wall, style.wall_material);
}

void add_column(Mesh& mesh, const Vec3& foot, double height, double radius0, double radius1, int sides, Color color,
                Material m) {
  const double slope = (radius0 - radius1) / std::max(height, 1e-6);
  std::uint32_t first = 0;
  for (int i = 0; i <= sides; ++i) {
    const double a = kTurn * i / sides;
    const Vec3 out(std::cos(a), std::sin(a), 0), n = (out + Vec3(0, 0, slope)).normalized();
    const std::uint32_t p = mesh.add(foot + out * radius0, n, color, m);
    mesh.add(foot + out * radius1 + Vec3(0, 0, height), n, color, m);
    if (i == 0) first = p;
    if (i == sides) continue;
    mesh.index.insert(mesh.index.end(), {p, p + 2, p + 3});
    if (radius1 > 0) mesh.index.insert(mesh.index.end(), {p, p + 3, p + 1});
  }
  if (radius1 <= 0) return;
  for (int i = 1; i + 1 < sides; ++i)
    for (const int k : {0, i, i + 1}) mesh.index.push_back(first + static_cast<std::uint32_t>(2 * k + 1));
}

void add_disc(Mesh& mesh, const Vec3& center, double radius, int sides, Color middle, Color rim, Material m) {
  const Vec3 up(0, 0, 1);
  const std::uint32_t c = mesh.add(center, up, middle, m);
  for (int i = 0; i < sides; ++i) {
    const double a = kTurn * i / sides;
    mesh.add(center + radius * Vec3(std::cos(a), std::sin(a), 0), up, rim, m);
    const auto next = static_cast<std::uint32_t>((i + 1) % sides);
    mesh.index.insert(mesh.index.end(), {c, c + 1 + static_cast<std::uint32_t>(i), c + 1 + next});
  }
}

void add_wheel(Mesh& mesh, const Vec3& center, double radius, double width, int sides, Material m) {
  const Color tyre = rgb(0x1b1c1e), hub = rgb(0x9aa0a5);
  const std::size_t first = mesh.uv.size();
  for (int i = 0; i < sides; ++i) {
    const double a = kTurn * i / sides, b = kTurn * (i + 1) / sides;
    const Vec3 p(radius * std::cos(a), 0, radius * std::sin(a)), q(radius * std::cos(b), 0, radius * std::sin(b));
    const Vec3 w(0, width / 2, 0);
    mesh.quad(center + p - w, center + p + w, center + q + w, center + q - w, tyre, m);
    for (const double side : {1.0, -1.0}) {
      const Vec3 h = center + side * w;
      const Vec3 &u = side > 0 ? q : p, &v = side > 0 ? p : q;
      mesh.triangle(h + u * 0.64, h + u, h + v, tyre, m);
      mesh.triangle(h + u * 0.64, h + v, h + v * 0.64, tyre, m);
      mesh.triangle(h, h + u * 0.64, h + v * 0.64, i % 2 == 0 ? hub : mix(hub, tyre, 0.6), m);
    }
  }
  for (std::size_t i = first; i < mesh.uv.size(); ++i)
    mesh.uv[i] = {static_cast<float>(center.x()), static_cast<float>(center.y())};
}

double place_random(std::int64_t a, std::int64_t b, std::uint32_t stream) {
  std::uint64_t x = static_cast<std::uint64_t>(a) * 0x9e3779b97f4a7c15u ^
                    static_cast<std::uint64_t>(b) * 0xc2b2ae3d27d4eb4fu ^ (std::uint64_t{stream} << 40);
  for (int i = 0; i < 2; ++i) {  // splitmix64's finaliser
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
  }
  return static_cast<double>(x >> 11) * 0x1.0p-53;
}

}  // namespace bitgoeul::viewer
