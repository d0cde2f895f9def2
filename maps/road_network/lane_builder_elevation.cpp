#include "maps/road_network/lane_builder_elevation.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kLevelHeightM = 7.0;
constexpr double kKnotM = 60.0;
constexpr double kNodeGrade = 0.07, kEdgeGrade = 0.085;
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
      const double most = kNodeGrade * edge.curve.length, excess = std::fabs(b - a) - most;
      if (excess <= 0) continue;
      const double move = (b > a ? 0.5 : -0.5) * excess;
      a += move;
      b -= move;
    }
  return z;
}

// Keeps the inner knots within reach of both ends and of each other.
void limit_grade(std::vector<double>& z, double step) {
  const double rise = kEdgeGrade * step;
  const std::size_t last = z.size() - 1;
  for (std::size_t k = 1; k < last; ++k) {
    const double from = rise * static_cast<double>(k), to = rise * static_cast<double>(last - k);
    const double low = std::max(z[0] - from, z[last] - to), high = std::min(z[0] + from, z[last] + to);
    z[k] = low <= high ? std::clamp(z[k], low, high) : 0.5 * (low + high);
  }
  for (std::size_t k = 1; k < last; ++k) z[k] = std::clamp(z[k], z[k - 1] - rise, z[k - 1] + rise);
  for (std::size_t k = last - 1; k > 0; --k) z[k] = std::clamp(z[k], z[k + 1] - rise, z[k + 1] + rise);
}

EdgeHeights heights_of(const StreetEdge& edge, const Terrain& terrain, double z_from, double z_to) {
  EdgeHeights heights;
  const int steps = std::max(1, static_cast<int>(edge.curve.length / kKnotM));
  heights.step_m = edge.curve.length / steps;
  heights.z.resize(static_cast<std::size_t>(steps) + 1);
  for (int k = 0; k <= steps; ++k) {
    const double share = static_cast<double>(k) / steps;
    const bool end = k == 0 || k == steps;
    const double straight = z_from + share * (z_to - z_from);
    heights.z[static_cast<std::size_t>(k)] =
        end || edge.street.tunnel
            ? straight
            : ground(terrain, edge.curve.at(heights.step_m * k).point()) + kLevelHeightM * edge.street.level;
  }
  for (int pass = 0; pass < 4; ++pass) {
    const std::vector<double> before = heights.z;
    for (std::size_t k = 1; k + 1 < before.size(); ++k)
      heights.z[k] = 0.25 * before[k - 1] + 0.5 * before[k] + 0.25 * before[k + 1];
  }
  if (steps > 1) limit_grade(heights.z, heights.step_m);
  heights.slope.resize(heights.z.size());
  for (std::size_t k = 0; k < heights.z.size(); ++k) {
    const std::size_t a = k == 0 ? 0 : k - 1, b = std::min(k + 1, heights.z.size() - 1);
    heights.slope[k] = (heights.z[b] - heights.z[a]) / (heights.step_m * static_cast<double>(b - a));
  }
  return heights;
}

// The cubic of one interval.
Poly3 hermite(double z0, double z1, double m0, double m1, double h) {
  return {0, z0, m0, (3 * (z1 - z0) / h - 2 * m0 - m1) / h, (2 * (z0 - z1) / h + m0 + m1) / (h * h)};
}

Poly3 interval(const EdgeHeights& heights, std::size_t k) {
  return hermite(heights.z[k], heights.z[k + 1], heights.slope[k], heights.slope[k + 1], heights.step_m);
}

std::size_t interval_at(const EdgeHeights& heights, double s) {
  const auto k = static_cast<std::size_t>(std::max(s / heights.step_m, 0.0));
  return std::min(k, heights.z.size() - 2);
}

}  // namespace

double EdgeHeights::at(double s) const {
  const std::size_t k = interval_at(*this, s);
  const Poly3 p = interval(*this, k);
  const double ds = s - step_m * static_cast<double>(k);
  return p.a + ds * (p.b + ds * (p.c + ds * p.d));
}

double EdgeHeights::slope_at(double s) const {
  const std::size_t k = interval_at(*this, s);
  const Poly3 p = interval(*this, k);
  const double ds = s - step_m * static_cast<double>(k);
  return p.b + ds * (2 * p.c + ds * 3 * p.d);
}

std::vector<Poly3> EdgeHeights::polynomials(double from_s, double to_s) const {
  std::vector<Poly3> out;
  for (std::size_t k = 0; k + 1 < z.size(); ++k) {
    const double begin = step_m * static_cast<double>(k), end = begin + step_m;
    if (end <= from_s + 1e-6 || begin >= to_s - 1e-6) continue;
    const Poly3 p = interval(*this, k);
    const double ds = std::max(from_s - begin, 0.0);
    out.push_back({std::max(begin - from_s, 0.0), p.a + ds * (p.b + ds * (p.c + ds * p.d)),
                   p.b + ds * (2 * p.c + ds * 3 * p.d), p.c + ds * 3 * p.d, p.d});
  }
  return out;
}

std::vector<EdgeHeights> make_heights(const StreetGraph& graph, const Terrain& terrain) {
  const std::vector<double> z = node_heights(graph, terrain);
  std::vector<EdgeHeights> out(graph.edges.size());
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (edge.alive)
      out[e] = heights_of(edge, terrain, z[static_cast<std::size_t>(edge.from)], z[static_cast<std::size_t>(edge.to)]);
  }
  return out;
}

}  // namespace bitgoeul::maps
