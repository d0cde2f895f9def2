#include "maps/road_network/lane_builder_elevation.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kLevelHeightM = 7.0;
constexpr double kKnotM = 60.0;
constexpr double kGrade = 0.065;  // mean over a knot interval; the cubics between reach half as much again
constexpr int kRelaxRounds = 400;

// Mean over a neighbourhood: the raster is coarser than a road.
double ground(const Terrain& terrain, const Vec2& p) {
  constexpr double kReach = 80.0;
  double sum = 2 * terrain.at(p.x(), p.y());
  sum += terrain.at(p.x() + kReach, p.y()) + terrain.at(p.x() - kReach, p.y());
  sum += terrain.at(p.x(), p.y() + kReach) + terrain.at(p.x(), p.y() - kReach);
  return sum / 6.0;
}

int node_level(const StreetGraph& graph, const StreetNode& node) {
  int level = 9;
  for (const StreetLeg& leg : node.legs) {
    const Street& street = graph.edges[static_cast<std::size_t>(leg.edge)].street;
    if (street.road_class != RoadClass::kRamp) level = std::min(level, street.level);
  }
  return level == 9 ? 0 : level;
}

std::vector<double> node_heights(const StreetGraph& graph, const Terrain& terrain) {
  std::vector<double> z(graph.nodes.size(), 0.0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (graph.nodes[n].alive)
      z[n] = ground(terrain, graph.nodes[n].position) + kLevelHeightM * node_level(graph, graph.nodes[n]);
  for (int round = 0; round < kRelaxRounds; ++round)
    for (const StreetEdge& edge : graph.edges) {
      if (!edge.alive) continue;
      double &a = z[static_cast<std::size_t>(edge.from)], &b = z[static_cast<std::size_t>(edge.to)];
      const double most = kGrade * edge.road_length(), excess = std::fabs(b - a) - most;
      if (excess <= 0) continue;
      const double move = (b > a ? 0.5 : -0.5) * excess;
      a += move;
      b -= move;
    }
  return z;
}

// Keeps the inner knots within reach of both ends and of each other.
void limit_grade(std::vector<double>& z, double step) {
  const double rise = kGrade * step;
  const std::size_t last = z.size() - 1;
  for (std::size_t k = 1; k < last; ++k) {
    const double from = rise * static_cast<double>(k), to = rise * static_cast<double>(last - k);
    const double low = std::max(z[0] - from, z[last] - to), high = std::min(z[0] + from, z[last] + to);
    z[k] = low <= high ? std::clamp(z[k], low, high) : 0.5 * (low + high);
  }
  for (std::size_t k = 1; k < last; ++k) z[k] = std::clamp(z[k], z[k - 1] - rise, z[k - 1] + rise);
  for (std::size_t k = last - 1; k > 0; --k) z[k] = std::clamp(z[k], z[k + 1] - rise, z[k + 1] + rise);
}

// No slope at the ends and none beyond the neighbours' (Fritsch and Carlson 1980), so that the cubics do not overshoot.
void set_slopes(RoadHeights& heights) {
  heights.slope.assign(heights.z.size(), 0.0);
  for (std::size_t k = 1; k + 1 < heights.z.size(); ++k) {
    const double before = (heights.z[k] - heights.z[k - 1]) / heights.step_m;
    const double after = (heights.z[k + 1] - heights.z[k]) / heights.step_m;
    if (before * after > 0) heights.slope[k] = 2 * before * after / (before + after);
  }
}

RoadHeights heights_of(const StreetEdge& edge, const Terrain& terrain, double z_from, double z_to) {
  RoadHeights heights;
  const double length = edge.road_length();
  const int steps = std::max(1, static_cast<int>(length / kKnotM));
  heights.step_m = length / steps;
  heights.z.resize(static_cast<std::size_t>(steps) + 1);
  for (int k = 0; k <= steps; ++k) {
    const double share = static_cast<double>(k) / steps;
    const bool end = k == 0 || k == steps;
    const double straight = z_from + share * (z_to - z_from);
    heights.z[static_cast<std::size_t>(k)] =
        end || edge.street.tunnel ? straight
                                  : ground(terrain, edge.curve.at(edge.cut_from + heights.step_m * k).point()) +
                                        kLevelHeightM * edge.street.level;
  }
  for (int pass = 0; pass < 4; ++pass) {
    const std::vector<double> before = heights.z;
    for (std::size_t k = 1; k + 1 < before.size(); ++k)
      heights.z[k] = 0.25 * before[k - 1] + 0.5 * before[k] + 0.25 * before[k + 1];
  }
  if (steps > 1) limit_grade(heights.z, heights.step_m);
  set_slopes(heights);
  return heights;
}

Poly3 interval(const RoadHeights& heights, std::size_t k) {
  const double z0 = heights.z[k], z1 = heights.z[k + 1], m0 = heights.slope[k], m1 = heights.slope[k + 1];
  const double h = heights.step_m;
  return {h * static_cast<double>(k), z0, m0, (3 * (z1 - z0) / h - 2 * m0 - m1) / h,
          (2 * (z0 - z1) / h + m0 + m1) / (h * h)};
}

}  // namespace

double RoadHeights::at(double s) const {
  const auto last = static_cast<double>(z.size() - 2);
  const Poly3 p = interval(*this, static_cast<std::size_t>(std::clamp(std::floor(s / step_m), 0.0, last)));
  const double ds = s - p.s;
  return p.a + ds * (p.b + ds * (p.c + ds * p.d));
}

std::vector<Poly3> RoadHeights::polynomials() const {
  std::vector<Poly3> out;
  for (std::size_t k = 0; k + 1 < z.size(); ++k) out.push_back(interval(*this, k));
  return out;
}

Heights make_heights(const StreetGraph& graph, const Terrain& terrain) {
  Heights heights;
  heights.nodes = node_heights(graph, terrain);
  heights.roads.resize(graph.edges.size());
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.alive) continue;
    const double from = heights.nodes[static_cast<std::size_t>(edge.from)],
                 to = heights.nodes[static_cast<std::size_t>(edge.to)];
    heights.roads[e] = heights_of(edge, terrain, from, to);
  }
  return heights;
}

}  // namespace bitgoeul::maps
