#include "maps/road_network/lane_builder_levels.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

bool segments_cross(const Vec2& a, const Vec2& b, const Vec2& c, const Vec2& d) {
  const Vec2 ab = b - a, cd = d - c, ac = c - a;
  const double denominator = ab.x() * cd.y() - ab.y() * cd.x();
  if (std::fabs(denominator) < 1e-9) return false;
  const double u = (ac.x() * cd.y() - ac.y() * cd.x()) / denominator,
               v = (ac.x() * ab.y() - ac.y() * ab.x()) / denominator;
  return u >= 0 && u <= 1 && v >= 0 && v <= 1;
}

bool lines_cross(const std::vector<Vec2>& a, const std::vector<Vec2>& b) {
  for (std::size_t i = 0; i + 1 < a.size(); ++i)
    for (std::size_t j = 0; j + 1 < b.size(); ++j) {
      const bool joined = a[i] == b[j] || a[i] == b[j + 1] || a[i + 1] == b[j] || a[i + 1] == b[j + 1];
      if (!joined && segments_cross(a[i], a[i + 1], b[j], b[j + 1])) return true;
    }
  return false;
}

// For each edge the others whose boxes touch its own, ascending: all that can cross it. By a sweep from west to east.
using Neighbours = std::vector<std::vector<std::size_t>>;
Neighbours box_neighbours(const std::vector<StreetEdge>& edges) {
  constexpr double kMarginM = 0.01;  // crossings are snapped
  std::vector<Vec2> low, high;
  for (const StreetEdge& edge : edges) {
    low.push_back(edge.street.line[0]), high.push_back(edge.street.line[0]);
    for (const Vec2& p : edge.street.line) low.back() = low.back().cwiseMin(p), high.back() = high.back().cwiseMax(p);
    low.back().array() -= kMarginM, high.back().array() += kMarginM;
  }
  std::vector<std::size_t> order(edges.size()), open;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(low[a].x(), a) < std::pair(low[b].x(), b); });
  Neighbours neighbours(edges.size());
  for (const std::size_t i : order) {
    std::erase_if(open, [&](std::size_t other) { return high[other].x() < low[i].x(); });
    for (const std::size_t other : open)
      if (low[other].y() <= high[i].y() && low[i].y() <= high[other].y())
        neighbours[i].push_back(other), neighbours[other].push_back(i);
    open.push_back(i);
  }
  for (std::vector<std::size_t>& all : neighbours) std::sort(all.begin(), all.end());
  return neighbours;
}

// Streets that cross without a shared vertex do not meet: the later one of a level goes one level up.
void separate_levels(std::vector<StreetEdge>& edges, const Neighbours& neighbours) {
  for (std::size_t i = 0; i < edges.size(); ++i) {
    for (int tries = 0; tries < 3; ++tries) {
      bool again = false;
      for (const std::size_t j : neighbours[i]) {
        const bool loses = edges[i].street.road_class == RoadClass::kRamp || j < i;
        if (!loses || edges[i].street.level != edges[j].street.level) continue;
        again = lines_cross(edges[i].street.line, edges[j].street.line);
        if (again) break;
      }
      if (!again) break;
      ++edges[i].street.level;
    }
  }
}

// A raised street takes its continuations along, so that it does not come down where it should still be above.
void raise_continuations(StreetGraph& graph, const std::vector<int>& before) {
  std::vector<StreetEdge>& edges = graph.edges;
  const std::vector<std::vector<int>> at_node = edges_of_nodes(graph);
  std::vector<int> raised;
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (edges[i].street.level > before[i] && edges[i].street.road_class != RoadClass::kRamp)
      raised.push_back(static_cast<int>(i));
  for (const int i : raised) {
    const StreetEdge& edge = edges[static_cast<std::size_t>(i)];
    for (const int node : {edge.from, edge.to})
      for (const int row : at_node[static_cast<std::size_t>(node)]) {
        StreetEdge& other = edges[static_cast<std::size_t>(row)];
        if (other.street.name == edge.street.name && other.street.level == edge.street.level - 1)
          other.street.level = edge.street.level;
      }
  }
}

// A street on an upper level that crosses another so near to its own end on the ground that it cannot have climbed:
// they meet.
class GroundMeetings {
 public:
  explicit GroundMeetings(StreetGraph& graph) : graph_(graph), on_ground_(graph.nodes.size(), 0) {
    for (const StreetEdge& edge : graph.edges)
      if (edge.street.level == 0 && edge.street.road_class != RoadClass::kRamp)
        on_ground_[static_cast<std::size_t>(edge.from)] = on_ground_[static_cast<std::size_t>(edge.to)] = 1;
  }

  void join_all(const Neighbours& neighbours) {
    for (std::size_t upper = 0; upper < neighbours.size(); ++upper)
      for (const std::size_t lower : neighbours[upper])
        if (graph_.edges[upper].street.level > graph_.edges[lower].street.level) join(upper, lower);
  }

 private:
  void join(std::size_t upper, std::size_t lower) {
    const StreetEdge &a = graph_.edges[upper], &b = graph_.edges[lower];
    const bool ramp = a.street.road_class == RoadClass::kRamp || b.street.road_class == RoadClass::kRamp;
    if (ramp || a.street.tunnel || a.from == b.from || a.from == b.to || a.to == b.from || a.to == b.to) return;
    double s = 0, total = line_length(a.street.line);
    for (std::size_t i = 0; i + 1 < a.street.line.size(); ++i) {
      for (std::size_t j = 0; j + 1 < b.street.line.size(); ++j) {
        const Vec2 &p = a.street.line[i], &q = a.street.line[i + 1];
        if (!segments_cross(p, q, b.street.line[j], b.street.line[j + 1])) continue;
        const Vec2 point = crossing_of(p, q, b.street.line[j], b.street.line[j + 1]);
        const double from = s + (point - p).norm(), to = total - from;
        const bool near_from = from < kClimbM && on_ground_[static_cast<std::size_t>(a.from)];
        const bool near_to = to < kClimbM && on_ground_[static_cast<std::size_t>(a.to)];
        if (!near_from && !near_to) continue;
        const int node = static_cast<int>(graph_.nodes.size());
        graph_.nodes.emplace_back().position = point;
        on_ground_.push_back(1);
        split(upper, i, point, node);
        split(lower, j, point, node);
        return;
      }
      s += (a.street.line[i + 1] - a.street.line[i]).norm();
    }
  }

  static Vec2 crossing_of(const Vec2& a, const Vec2& b, const Vec2& c, const Vec2& d) {
    const Vec2 ab = b - a, cd = d - c, ac = c - a;
    const Vec2 point = a + ab * ((ac.x() * cd.y() - ac.y() * cd.x()) / (ab.x() * cd.y() - ab.y() * cd.x()));
    return {sim::snap(point.x()), sim::snap(point.y())};
  }

  void split(std::size_t row, std::size_t segment, const Vec2& point, int node) {
    StreetEdge second = graph_.edges[row];
    StreetEdge& first = graph_.edges[row];
    std::vector<Vec2>& line = first.street.line;
    second.street.line.erase(second.street.line.begin(),
                             second.street.line.begin() + static_cast<std::ptrdiff_t>(segment) + 1);
    second.street.line.insert(second.street.line.begin(), point);
    line.resize(segment + 1);
    line.push_back(point);
    first.to = node;
    second.from = node;
    graph_.edges.push_back(std::move(second));
  }

  static constexpr double kClimbM = 130.0;
  StreetGraph& graph_;
  std::vector<char> on_ground_;
};

}  // namespace

void settle_crossings(StreetGraph& graph) {
  std::vector<int> levels;
  for (const StreetEdge& edge : graph.edges) levels.push_back(edge.street.level);
  const Neighbours neighbours = box_neighbours(graph.edges);
  separate_levels(graph.edges, neighbours);
  raise_continuations(graph, levels);
  GroundMeetings(graph).join_all(neighbours);
}

}  // namespace bitgoeul::maps
