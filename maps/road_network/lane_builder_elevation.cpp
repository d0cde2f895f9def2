#include "maps/road_network/lane_builder_elevation.h"

#include <algorithm>
#include <cmath>

#include "maps/road_network/lane_builder_clearance.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kLevelHeightM = 7.0;
constexpr double kKnotM = 40.0, kLocalKnotM = 60.0;
constexpr double kLeastClearanceM = 5.0;
constexpr double kClearanceM = 6.0;  // between the surfaces of two levels
constexpr double kGrade = 0.065;     // mean over a knot interval; the cubics between reach half as much again
constexpr int kRelaxRounds = 600;

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

// The unknown heights: one for each node, then the inner knots of each road, evenly spaced between its cuts.
struct Solver {
  const StreetGraph& graph;
  const Terrain& terrain;
  std::vector<double> z;
  std::vector<int> first, steps;  // by edge: row of its first inner knot, number of intervals

  double step_m(std::size_t e) const { return graph.edges[e].road_length() / steps[e]; }
  std::size_t knot(std::size_t e, int k) const {
    const StreetEdge& edge = graph.edges[e];
    return static_cast<std::size_t>(k <= 0 ? edge.from : k >= steps[e] ? edge.to : first[e] + k - 1);
  }

  void place_knots();
  void smooth();
  bool limit_grades();
  bool keep_clear(const std::vector<LevelPair>& pairs);
  double gap(const LevelPair& pair) const;  // between the surfaces, as they are now

 private:
  struct Weight {
    std::size_t a, b;
    double share;  // of b
  };
  Weight weight(const LevelPlace& place) const;
};

void Solver::place_knots() {
  z.assign(graph.nodes.size(), 0.0);
  first.assign(graph.edges.size(), 0);
  steps.assign(graph.edges.size(), 1);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (graph.nodes[n].alive)
      z[n] = ground(terrain, graph.nodes[n].position) + kLevelHeightM * node_level(graph, graph.nodes[n]);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.alive) continue;
    first[e] = static_cast<int>(z.size());
    steps[e] = std::max(1, static_cast<int>(edge.road_length() / (edge.street.local ? kLocalKnotM : kKnotM)));
    for (int k = 1; k < steps[e]; ++k) {
      const double share = static_cast<double>(k) / steps[e];
      const double z_from = z[static_cast<std::size_t>(edge.from)], z_to = z[static_cast<std::size_t>(edge.to)];
      const Vec2 point = edge.curve.at(edge.cut_from + share * edge.road_length()).point();
      z.push_back(edge.street.tunnel ? z_from + share * (z_to - z_from)
                                     : ground(terrain, point) + kLevelHeightM * edge.street.level);
    }
  }
}

void Solver::smooth() {
  for (int pass = 0; pass < 6; ++pass) {
    const std::vector<double> before = z;
    for (std::size_t e = 0; e < graph.edges.size(); ++e)
      for (int k = 1; graph.edges[e].alive && k < steps[e]; ++k)
        z[knot(e, k)] = 0.25 * before[knot(e, k - 1)] + 0.5 * before[knot(e, k)] + 0.25 * before[knot(e, k + 1)];
  }
}

bool Solver::limit_grades() {
  bool moved = false;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    if (!graph.edges[e].alive) continue;
    const double most = kGrade * step_m(e);
    for (int k = 0; k < steps[e]; ++k) {
      double &a = z[knot(e, k)], &b = z[knot(e, k + 1)];
      const double excess = std::fabs(b - a) - most;
      if (excess <= 1e-3) continue;
      const double move = (b > a ? 0.5 : -0.5) * excess;
      a += move;
      b -= move;
      moved = true;
    }
  }
  return moved;
}

Solver::Weight Solver::weight(const LevelPlace& place) const {
  const auto e = static_cast<std::size_t>(place.edge);
  const double u = std::clamp((place.s - graph.edges[e].cut_from) / step_m(e), 0.0, static_cast<double>(steps[e]));
  const int k = std::min(static_cast<int>(u), steps[e] - 1);
  return {knot(e, k), knot(e, k + 1), u - k};
}

double Solver::gap(const LevelPair& pair) const {
  const Weight up = weight(pair.upper), low = weight(pair.lower);
  return z[up.a] * (1 - up.share) + z[up.b] * up.share - z[low.a] * (1 - low.share) - z[low.b] * low.share;
}

bool Solver::keep_clear(const std::vector<LevelPair>& pairs) {
  const auto shift = [&](const Weight& w, double by) {
    const double norm = (1 - w.share) * (1 - w.share) + w.share * w.share;
    z[w.a] += by * (1 - w.share) / norm;
    z[w.b] += by * w.share / norm;
  };
  bool moved = false;
  for (const LevelPair& pair : pairs) {
    const double missing = kClearanceM - gap(pair);
    if (missing <= 1e-3) continue;
    shift(weight(pair.upper), 0.5 * missing);
    shift(weight(pair.lower), -0.5 * missing);
    moved = true;
  }
  return moved;
}

// A ramp in such a pair is the one to blame, else both are.
std::vector<int> blocked_edges(const Solver& solver, const std::vector<LevelPair>& pairs) {
  std::vector<int> out;
  const auto is_ramp = [&](int e) {
    return solver.graph.edges[static_cast<std::size_t>(e)].street.road_class == RoadClass::kRamp;
  };
  for (const LevelPair& pair : pairs) {
    if (solver.gap(pair) > kLeastClearanceM) continue;
    const bool up = is_ramp(pair.upper.edge), low = is_ramp(pair.lower.edge);
    if (up || !low) out.push_back(pair.upper.edge);
    if (low || !up) out.push_back(pair.lower.edge);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
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

Heights make_heights(const StreetGraph& graph, const Terrain& terrain, std::vector<int>& blocked) {
  Solver solver{graph, terrain, {}, {}, {}};
  solver.place_knots();
  solver.smooth();
  const std::vector<LevelPair> pairs = find_level_pairs(graph);
  for (int round = 0; round < kRelaxRounds; ++round) {
    const bool clear = !solver.keep_clear(pairs);
    if (!solver.limit_grades() && clear) break;
  }
  blocked = blocked_edges(solver, pairs);
  Heights heights;
  heights.nodes.assign(solver.z.begin(), solver.z.begin() + static_cast<std::ptrdiff_t>(graph.nodes.size()));
  heights.roads.resize(graph.edges.size());
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    if (!graph.edges[e].alive) continue;
    RoadHeights& road = heights.roads[e];
    road.step_m = solver.step_m(e);
    for (int k = 0; k <= solver.steps[e]; ++k) road.z.push_back(solver.z[solver.knot(e, k)]);
    set_slopes(road);
  }
  return heights;
}

}  // namespace bitgoeul::maps
