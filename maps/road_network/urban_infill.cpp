#include "maps/road_network/urban_infill.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kTileM = 1000.0;
constexpr double kDenseRadiusM = 1300.0;
constexpr int kDenseJunctions = 8;
constexpr double kSpacingM = 150.0;

bool is_dense(const StreetGraph& skeleton, const Vec2& center) {
  const auto counts = [&](const StreetNode& node) {
    return node.alive && node.legs.size() >= 3 && (node.position - center).norm() < kDenseRadiusM;
  };
  return std::count_if(skeleton.nodes.begin(), skeleton.nodes.end(), counts) >= kDenseJunctions;
}

// Along the longest street near the tile.
double bearing_near(const StreetGraph& skeleton, const Vec2& center) {
  double longest = 0, bearing = 0;
  for (const StreetEdge& edge : skeleton.edges) {
    if (!edge.alive || edge.curve.length <= longest) continue;
    const StreetPose middle = edge.curve.at(0.5 * edge.curve.length);
    if ((middle.point() - center).norm() > 0.8 * kTileM) continue;
    longest = edge.curve.length;
    bearing = -middle.heading;
  }
  return bearing;
}

}  // namespace

std::vector<UrbanArea> urban_infill(const StreetGraph& skeleton) {
  Vec2 low(1e18, 1e18), high(-1e18, -1e18);
  for (const StreetNode& node : skeleton.nodes)
    if (node.alive) low = low.cwiseMin(node.position), high = high.cwiseMax(node.position);
  std::vector<UrbanArea> tiles;
  for (double y = kTileM * std::floor(low.y() / kTileM); y < high.y(); y += kTileM)
    for (double x = kTileM * std::floor(low.x() / kTileM); x < high.x(); x += kTileM) {
      const Vec2 center(x + 0.5 * kTileM, y + 0.5 * kTileM);
      if (!is_dense(skeleton, center)) continue;
      UrbanArea tile;
      tile.kind = "infill";
      tile.street_spacing_m = kSpacingM;
      tile.grid_bearing_rad = bearing_near(skeleton, center);
      tile.outline = {{x, y}, {x + kTileM, y}, {x + kTileM, y + kTileM}, {x, y + kTileM}};
      tiles.push_back(std::move(tile));
    }
  return tiles;
}

}  // namespace bitgoeul::maps
