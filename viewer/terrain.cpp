#include "viewer/terrain.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitgoeul::viewer {

namespace {

constexpr double kLandStep = 256, kRoadStep = 16, kMargin = 2 * kTileM;
constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

// Squares without a road take the mean of what lies about them, from the roads outwards.
void fill_gaps(std::vector<float>& z, int nx, int ny) {
  std::vector<float> next;
  for (int pass = 0; pass < nx + ny; ++pass) {
    bool gaps = false;
    next = z;
    for (int y = 0; y < ny; ++y)
      for (int x = 0; x < nx; ++x) {
        const auto at = static_cast<std::size_t>(y * nx + x);
        if (!std::isnan(z[at])) continue;
        float sum = 0;
        int n = 0;
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx) {
            if (x + dx < 0 || y + dy < 0 || x + dx >= nx || y + dy >= ny) continue;
            const float v = z[static_cast<std::size_t>((y + dy) * nx + x + dx)];
            if (!std::isnan(v)) sum += v, ++n;
          }
        if (n > 0) next[at] = sum / static_cast<float>(n);
        gaps = true;
      }
    z.swap(next);
    if (!gaps) return;
  }
}

}  // namespace

float Terrain::Grid::at(int x, int y) const {
  return z[static_cast<std::size_t>(std::clamp(y, 0, ny - 1) * nx + std::clamp(x, 0, nx - 1))];
}

Terrain::Terrain(const maps::Map& map) : x0_(map.box.min_x - kMargin), y0_(map.box.min_y - kMargin) {
  const double width = map.box.max_x - map.box.min_x + 2 * kMargin, depth = map.box.max_y - map.box.min_y + 2 * kMargin;
  for (Grid* g : {&land_, &road_, &deck_, &tunnel_}) {
    g->step = g == &land_ ? kLandStep : kRoadStep;
    g->nx = static_cast<int>(width / g->step) + 2, g->ny = static_cast<int>(depth / g->step) + 2;
    g->z.assign(static_cast<std::size_t>(g->nx) * static_cast<std::size_t>(g->ny), kNothing);
  }
  std::vector<float> count(land_.z.size(), 0);
  for (const maps::Lane& lane : map.lanes) add_lane(map, lane, count);
  for (std::size_t i = 0; i < land_.z.size(); ++i)
    if (count[i] > 0) land_.z[i] /= count[i];
  if (std::all_of(count.begin(), count.end(), [](float n) { return n == 0; })) land_.z.assign(land_.z.size(), 0);
  fill_gaps(land_.z, land_.nx, land_.ny);
}

// Lanes on the ground make the land; decks and tunnels only bound it.
void Terrain::add_lane(const maps::Map& map, const maps::Lane& lane, std::vector<float>& count) {
  const maps::Road& road = map.roads[static_cast<std::size_t>(lane.road)];
  const bool elevated = !road.tunnel && (road.bridge || lane.level > 0);
  const bool ground = !elevated && !road.tunnel && lane.level == 0;
  if (!elevated && !ground && !road.tunnel) return;
  Grid& grid = ground ? road_ : elevated ? deck_ : tunnel_;
  const float sign = &grid == &tunnel_ ? -1.0f : 1.0f;
  for (maps::Row p = lane.points.begin; p < lane.points.end; ++p) {
    const maps::LanePoint& a = map.points[static_cast<std::size_t>(p)];
    const maps::LanePoint& b = map.points[static_cast<std::size_t>(std::min(p + 1, lane.points.end - 1))];
    const int n = std::max(1, static_cast<int>((b.s - a.s) / kRoadStep * 1.5));
    for (int i = 0; i < n; ++i) {
      const double f = static_cast<double>(i) / n, x = a.x + f * (b.x - a.x) - x0_, y = a.y + f * (b.y - a.y) - y0_;
      const auto z = static_cast<float>(a.z + f * (b.z - a.z));
      float& known =
          grid.z[static_cast<std::size_t>(static_cast<int>(y / kRoadStep) * grid.nx + static_cast<int>(x / kRoadStep))];
      if (std::isnan(known) || sign * z < sign * known) known = z;
      if (!ground) continue;
      const auto l =
          static_cast<std::size_t>(static_cast<int>(y / kLandStep) * land_.nx + static_cast<int>(x / kLandStep));
      land_.z[l] = (std::isnan(land_.z[l]) ? 0 : land_.z[l]) + z, ++count[l];
    }
  }
}

double Terrain::land(double x, double y) const {
  const double u = (x - x0_) / kLandStep - 0.5, v = (y - y0_) / kLandStep - 0.5;
  const int ix = static_cast<int>(std::floor(u)), iy = static_cast<int>(std::floor(v));
  const double fu = u - ix, fv = v - iy;
  const double low = land_.at(ix, iy) * (1 - fu) + land_.at(ix + 1, iy) * fu;
  const double high = land_.at(ix, iy + 1) * (1 - fu) + land_.at(ix + 1, iy + 1) * fu;
  return low * (1 - fv) + high * fv;
}

float Terrain::extreme(const Grid& grid, double x, double y, double reach_m, float sign) const {
  const int ix = static_cast<int>(std::floor((x - x0_) / kRoadStep)),
            iy = static_cast<int>(std::floor((y - y0_) / kRoadStep));
  const int n = static_cast<int>(std::ceil(reach_m / kRoadStep));
  float best = kNothing;
  for (int j = std::max(iy - n, 0); j <= std::min(iy + n, grid.ny - 1); ++j)
    for (int i = std::max(ix - n, 0); i <= std::min(ix + n, grid.nx - 1); ++i) {
      const float z = grid.at(i, j);
      if (!std::isnan(z) && !(sign * best <= sign * z)) best = z;
    }
  return best;
}

double Terrain::ground(double x, double y, double reach_m) const {
  constexpr double kBelow = 0.25, kOverRoof = kTunnelM + 0.6;
  const float road = extreme(road_, x, y, reach_m, 1), deck = extreme(deck_, x, y, reach_m, 1);
  double z = std::isnan(road) ? land(x, y) : static_cast<double>(road) - kBelow;
  if (std::isnan(road))
    if (const float tunnel = extreme(tunnel_, x, y, reach_m, -1); !std::isnan(tunnel))
      z = std::max(z, static_cast<double>(tunnel) + kOverRoof);
  return std::isnan(deck) ? z : std::min(z, static_cast<double>(deck) - kBelow);
}

namespace {

struct Look {
  int n;         // squares along a side
  double reach;  // of the minimum over roads
  double drop;   // lower when far, so that coarse roads never drown
};
constexpr Look kLooks[kLevels] = {{32, 16, 0.0}, {16, 64, 0.6}, {8, 256, 3.0}};

Color land_color(const TileGrid& grid, double x, double y, double slope) {
  const double town = std::min(1.0, grid.lane_km(x, y) / 6.0);
  const double patch = place_random(std::llround(x / 96), std::llround(y / 96), 11);
  const Color field = mix(rgb(0x5f7a40), rgb(0x8a8450), patch), wood = mix(rgb(0x3c5a30), rgb(0x4b6a3a), patch);
  const Color country = mix(field, wood, std::clamp(slope * 12 + (patch - 0.6), 0.0, 1.0));
  return mix(country, rgb(0x86877a), town * 0.75);
}

}  // namespace

Mesh terrain_mesh(const Terrain& terrain, const TileGrid& grid, const TileKey& key) {
  const Look look = kLooks[key.level];
  const double step = key.size() / look.n;
  const Vec2 low = key.low(), mid = key.center();
  const auto height = [&](int i, int j) {
    return terrain.ground(low.x() + i * step, low.y() + j * step, look.reach) - look.drop;
  };
  const int side = look.n + 3;  // one row more around, for normals
  std::vector<double> z(static_cast<std::size_t>(side * side));
  for (int j = 0; j < side; ++j)
    for (int i = 0; i < side; ++i) z[static_cast<std::size_t>(j * side + i)] = height(i - 1, j - 1);
  const auto at = [&](int i, int j) { return z[static_cast<std::size_t>((j + 1) * side + i + 1)]; };
  Mesh mesh;
  for (int j = 0; j <= look.n; ++j)
    for (int i = 0; i <= look.n; ++i) {
      const double zx = (at(i + 1, j) - at(i - 1, j)) / (2 * step), zy = (at(i, j + 1) - at(i, j - 1)) / (2 * step);
      const double x = low.x() + i * step, y = low.y() + j * step;
      const Color c = land_color(grid, x, y, std::sqrt(zx * zx + zy * zy));
      mesh.add({x - mid.x(), y - mid.y(), at(i, j)}, Vec3(-zx, -zy, 1).normalized(), c, Material::kGround, x, y);
    }
  const auto vertex = [&](int i, int j) { return static_cast<std::uint32_t>(j * (look.n + 1) + i); };
  for (int j = 0; j < look.n; ++j)
    for (int i = 0; i < look.n; ++i) {
      const std::uint32_t a = vertex(i, j), b = vertex(i + 1, j), c = vertex(i + 1, j + 1), d = vertex(i, j + 1);
      mesh.index.insert(mesh.index.end(), {a, b, c, a, c, d});
    }
  const double rim = 3 + look.drop * 3;
  const auto skirt = [&](std::uint32_t p, std::uint32_t q) {
    const auto lower = [&](std::uint32_t v) {
      mesh.position.push_back(mesh.position[v]);
      mesh.position.back()[2] -= static_cast<float>(rim);
      mesh.normal.push_back(mesh.normal[v]);
      mesh.color.push_back(mesh.color[v]);
      mesh.uv.push_back(mesh.uv[v]);
      return static_cast<std::uint32_t>(mesh.position.size() - 1);
    };
    const std::uint32_t u = lower(p), v = lower(q);
    mesh.index.insert(mesh.index.end(), {p, u, v, p, v, q});
  };
  for (int i = 0; i < look.n; ++i) {
    skirt(vertex(i, 0), vertex(i + 1, 0)), skirt(vertex(i + 1, look.n), vertex(i, look.n));
    skirt(vertex(0, i + 1), vertex(0, i)), skirt(vertex(look.n, i), vertex(look.n, i + 1));
  }
  return mesh;
}

}  // namespace bitgoeul::viewer
