#include "maps/road_network/lane_builder_merge.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "maps/road_network/lane_builder_junctions.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kShortEdgeM = 60.0;  // two skeleton nodes closer than this become one
constexpr double kNearNodesM = 25.0;  // also without an edge between them

using EdgesOfNodes = std::vector<std::vector<int>>;

StreetEdge& edge_at(StreetGraph& graph, int row) { return graph.edges[static_cast<std::size_t>(row)]; }
std::vector<int>& edges_at(EdgesOfNodes& edges, int node) { return edges[static_cast<std::size_t>(node)]; }

void forget(EdgesOfNodes& edges, const StreetEdge& edge, int row) {
  for (const int node : {edge.from, edge.to}) std::erase(edges_at(edges, node), row);
}

// Inner vertices too close to a moved end would make a hook.
void pull_end(StreetEdge& edge, bool start, const Vec2& position) {
  std::vector<Vec2>& line = edge.street.line;
  if (!start) std::reverse(line.begin(), line.end());
  const double reach = (line.front() - position).norm() + 35.0;
  line.front() = position;
  std::size_t keep = 1;
  while (keep + 1 < line.size() && (line[keep] - position).norm() < reach) ++keep;
  line.erase(line.begin() + 1, line.begin() + static_cast<std::ptrdiff_t>(keep));
  if (!start) std::reverse(line.begin(), line.end());
}

int rank_of_node(const StreetGraph& graph, const std::vector<int>& edges) {
  int rank = 0;
  for (const int e : edges) {
    const Street& street = graph.edges[static_cast<std::size_t>(e)].street;
    rank = std::max(rank, 100 * class_rank(street.road_class) + street.lanes_forward);
  }
  return rank;
}

// Node b goes into node a.
void merge_nodes(StreetGraph& graph, EdgesOfNodes& edges, int a, int b) {
  const std::vector<int> of_a = edges_at(edges, a), of_b = edges_at(edges, b);
  StreetNode& into = graph.nodes[static_cast<std::size_t>(a)];
  StreetNode& gone = graph.nodes[static_cast<std::size_t>(b)];
  const int rank_a = rank_of_node(graph, of_a), rank_b = rank_of_node(graph, of_b);
  const Vec2 middle = 0.5 * (into.position + gone.position);
  const Vec2 position = rank_a > rank_b   ? into.position
                        : rank_b > rank_a ? gone.position
                                          : Vec2(sim::snap(middle.x()), sim::snap(middle.y()));
  into.position = position;
  gone.alive = false;
  for (const int e : of_b) {
    StreetEdge& edge = edge_at(graph, e);
    if (edge.from == b) edge.from = a;
    if (edge.to == b) edge.to = a;
  }
  for (const auto* list : {&of_a, &of_b})
    for (const int e : *list) {
      StreetEdge& edge = edge_at(graph, e);
      if (!edge.alive) continue;
      if (edge.from == a) pull_end(edge, true, position);
      if (edge.to == a) pull_end(edge, false, position);
      if (edge.from == edge.to && line_length(edge.street.line) < 250.0) edge.alive = false;
    }
  std::vector<int>& both = edges_at(edges, a);
  both.clear();
  std::set_union(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(both));
  std::erase_if(both, [&](int e) { return !edge_at(graph, e).alive; });
  edges_at(edges, b).clear();
}

int node_level(const StreetGraph& graph, const std::vector<int>& edges) {
  int level = 9;
  for (const int e : edges)
    if (graph.edges[static_cast<std::size_t>(e)].street.road_class != RoadClass::kRamp)
      level = std::min(level, graph.edges[static_cast<std::size_t>(e)].street.level);
  return level;
}

// Living nodes by squares as wide as they look for each other.
class NodeSquares {
 public:
  void add(int node, const Vec2& position) { squares_[key(index(position.x()), index(position.y()))].push_back(node); }
  void remove(int node, const Vec2& position) {
    std::erase(squares_[key(index(position.x()), index(position.y()))], node);
  }
  // All that may be within kNearNodesM.
  std::vector<int> about(const Vec2& position) const {
    std::vector<int> nodes;
    for (int dy = -1; dy <= 1; ++dy)
      for (int dx = -1; dx <= 1; ++dx) {
        const auto square = squares_.find(key(index(position.x()) + dx, index(position.y()) + dy));
        if (square != squares_.end()) nodes.insert(nodes.end(), square->second.begin(), square->second.end());
      }
    return nodes;
  }

 private:
  static std::int64_t index(double v) { return static_cast<std::int64_t>(std::floor(v / kNearNodesM)); }
  static std::int64_t key(std::int64_t x, std::int64_t y) { return y * 100'000'000 + x; }
  std::unordered_map<std::int64_t, std::vector<int>> squares_;
};

bool same_way(const std::vector<Vec2>& a, const std::vector<Vec2>& b) {
  constexpr double kTwinM = 45.0;
  for (const Vec2& p : a)
    if (distance_to_line(p, b) > kTwinM) return false;
  for (const Vec2& p : b)
    if (distance_to_line(p, a) > kTwinM) return false;
  return true;
}

}  // namespace

void join_at_pass_through_nodes(StreetGraph& graph) {
  EdgesOfNodes edges = edges_of_nodes(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (edges[n].size() != 2) continue;
    const int kept = edges[n][0], gone = edges[n][1];
    StreetEdge &first = edge_at(graph, kept), &second = edge_at(graph, gone);
    const int node = static_cast<int>(n);
    const bool loop = first.from == first.to || second.from == second.to;
    const bool closes = (first.from == node ? first.to : first.from) == (second.from == node ? second.to : second.from);
    if (loop || closes) continue;
    const bool one_way = first.street.lanes_backward == 0;
    if (one_way && (first.to == node) == (second.to == node)) continue;
    if (!same_street(first.street, second.street)) continue;
    if (one_way ? first.to != node : false) continue;
    if (first.to != node) reverse_edge(first);
    if (second.from != node) reverse_edge(second);
    first.street.line.insert(first.street.line.end(), second.street.line.begin() + 1, second.street.line.end());
    first.to = second.to;
    second.alive = false;
    graph.nodes[n].alive = false;
    edges[n].clear();
    std::vector<int>& beyond = edges_at(edges, second.to);
    std::replace(beyond.begin(), beyond.end(), gone, kept);
    std::sort(beyond.begin(), beyond.end());
  }
}

void merge_short_edges(StreetGraph& graph) {
  EdgesOfNodes edges = edges_of_nodes(graph);
  std::vector<double> length(graph.edges.size());
  std::set<std::pair<double, int>> waiting;  // the living ones that are short
  const auto enter = [&](int row) {
    const StreetEdge& edge = edge_at(graph, row);
    double& own = length[static_cast<std::size_t>(row)];
    own = line_length(edge.street.line);
    if (edge.alive && edge.from != edge.to && own < kShortEdgeM) waiting.emplace(own, row);
  };
  for (int row = 0; row < static_cast<int>(graph.edges.size()); ++row) enter(row);
  while (!waiting.empty()) {
    const int row = waiting.begin()->second;
    waiting.erase(waiting.begin());
    StreetEdge& edge = edge_at(graph, row);
    edge.alive = false;
    forget(edges, edge, row);
    const int a = std::min(edge.from, edge.to), b = std::max(edge.from, edge.to);
    for (const int node : {a, b})
      for (const int e : edges_at(edges, node)) waiting.erase({length[static_cast<std::size_t>(e)], e});
    merge_nodes(graph, edges, a, b);
    for (const int e : edges_at(edges, a)) enter(e);
  }
}

void merge_near_nodes(StreetGraph& graph) {
  EdgesOfNodes edges = edges_of_nodes(graph);
  const auto position = [&](int node) { return graph.nodes[static_cast<std::size_t>(node)].position; };
  NodeSquares squares;
  std::set<int> waiting;  // all that may be near a later one
  for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n)
    if (graph.nodes[static_cast<std::size_t>(n)].alive) squares.add(n, position(n)), waiting.insert(n);
  while (!waiting.empty()) {
    const int a = *waiting.begin();
    int b = -1;
    for (const int other : squares.about(position(a)))
      if (other > a && (b < 0 || other < b) && (position(a) - position(other)).norm() < kNearNodesM &&
          node_level(graph, edges_at(edges, a)) == node_level(graph, edges_at(edges, other)))
        b = other;
    if (b < 0) {
      waiting.erase(a);
      continue;
    }
    squares.remove(a, position(a)), squares.remove(b, position(b));
    waiting.erase(b);
    merge_nodes(graph, edges, a, b);
    for (const int other : squares.about(position(a)))
      if (other < a) waiting.insert(other);
    squares.add(a, position(a));
  }
}

void drop_twins(StreetGraph& graph) {
  std::vector<std::tuple<int, int, int>> rows;  // by the two nodes
  for (int e = 0; e < static_cast<int>(graph.edges.size()); ++e)
    if (const StreetEdge& edge = edge_at(graph, e); edge.alive)
      rows.emplace_back(std::min(edge.from, edge.to), std::max(edge.from, edge.to), e);
  std::sort(rows.begin(), rows.end());
  const auto rank = [](const Street& street) { return std::pair(class_rank(street.road_class), street.lanes_forward); };
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = i + 1; j < rows.size(); ++j) {
      const auto& [from, to, row_a] = rows[i];
      const auto& [other_from, other_to, row_b] = rows[j];
      StreetEdge &a = edge_at(graph, row_a), &b = edge_at(graph, row_b);
      if (from != other_from || to != other_to || !a.alive) break;
      if (!b.alive || a.street.level != b.street.level || !same_way(a.street.line, b.street.line)) continue;
      (rank(a.street) < rank(b.street) ? a : b).alive = false;
    }
}

bool merge_swallowed_edges(StreetGraph& graph) {
  constexpr double kLongestM = 170.0;
  std::vector<std::pair<double, int>> rows;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (edge.alive && edge.from != edge.to && edge.road_length() < kShortestRoadM && edge.curve.length < kLongestM)
      rows.emplace_back(edge.curve.length, static_cast<int>(e));
  }
  std::sort(rows.begin(), rows.end());
  EdgesOfNodes edges = edges_of_nodes(graph);
  std::vector<char> touched(graph.nodes.size(), 0);
  for (const auto& [length, row] : rows) {
    StreetEdge& edge = edge_at(graph, row);
    char &a = touched[static_cast<std::size_t>(edge.from)], &b = touched[static_cast<std::size_t>(edge.to)];
    if (!edge.alive || a || b) continue;
    a = b = 1;
    edge.alive = false;
    forget(edges, edge, row);
    merge_nodes(graph, edges, std::min(edge.from, edge.to), std::max(edge.from, edge.to));
  }
  return !rows.empty();
}

}  // namespace bitgoeul::maps
