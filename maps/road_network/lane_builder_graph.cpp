#include "maps/road_network/lane_builder_graph.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "maps/road_network/lane_builder.h"
#include "maps/road_network/lane_builder_acute.h"
#include "maps/road_network/lane_builder_junctions.h"
#include "maps/road_network/lane_builder_levels.h"
#include "maps/road_network/lane_builder_merge.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kLineToleranceM = 1.5;

using VertexKey = std::pair<double, double>;
VertexKey key_of(const Vec2& point) { return {point.x(), point.y()}; }

// Streets cut at every vertex that another street shares, and at their ends.
StreetGraph cut_at_shared_vertices(const RoadNetwork& network) {
  std::map<VertexKey, int> uses;
  for (const Street& street : network.streets)
    for (std::size_t i = 0; i < street.line.size(); ++i)
      uses[key_of(street.line[i])] += (i == 0 || i + 1 == street.line.size()) ? 2 : 1;
  StreetGraph graph;
  std::map<VertexKey, int> rows;
  const auto node_at = [&](const Vec2& point) {
    const auto [found, is_new] = rows.try_emplace(key_of(point), static_cast<int>(graph.nodes.size()));
    if (is_new) graph.nodes.emplace_back().position = point;
    return found->second;
  };
  for (const Street& street : network.streets) {
    Street bare = street;
    bare.line = {};
    std::size_t begin = 0;
    for (std::size_t i = 1; i < street.line.size(); ++i) {
      if (uses[key_of(street.line[i])] < 2) continue;
      StreetEdge edge;
      edge.street = bare;
      edge.street.line = {street.line.begin() + static_cast<std::ptrdiff_t>(begin),
                          street.line.begin() + static_cast<std::ptrdiff_t>(i) + 1};
      edge.from = node_at(street.line[begin]);
      edge.to = node_at(street.line[i]);
      graph.edges.push_back(std::move(edge));
      begin = i;
    }
  }
  return graph;
}

void make_curves(StreetGraph& graph) {
  for (StreetEdge& edge : graph.edges) {
    if (!edge.alive) continue;
    edge.street.line = simplify_line(edge.street.line, kLineToleranceM);
    edge.curve = make_curve(edge.street.line, curve_radius(edge.street));
  }
  update_legs(graph);
}

void take_node_facts(StreetGraph& graph, const RoadNetwork& network) {
  for (StreetNode& node : graph.nodes) {
    double nearest = 40.0;
    for (const NodeFact& fact : network.nodes) {
      const double distance = (fact.position - node.position).norm();
      if (!node.alive || distance >= nearest) continue;
      nearest = distance;
      node.kind = fact.kind;
      node.name = fact.name;
      node.order = fact.order;
    }
  }
}

}  // namespace

bool same_street(const Street& a, const Street& b) {
  return a.name == b.name && a.road_class == b.road_class && a.lanes_forward == b.lanes_forward &&
         a.lanes_backward == b.lanes_backward && a.divided == b.divided && a.speed_limit_mps == b.speed_limit_mps &&
         a.level == b.level && a.bridge == b.bridge && a.tunnel == b.tunnel && a.kerb_bus_lane == b.kerb_bus_lane;
}

std::vector<std::vector<int>> edges_of_nodes(const StreetGraph& graph) {
  std::vector<std::vector<int>> out(graph.nodes.size());
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    if (!graph.edges[e].alive) continue;
    out[static_cast<std::size_t>(graph.edges[e].from)].push_back(static_cast<int>(e));
    if (graph.edges[e].to != graph.edges[e].from)
      out[static_cast<std::size_t>(graph.edges[e].to)].push_back(static_cast<int>(e));
  }
  return out;
}

void reverse_edge(StreetEdge& edge) {
  std::swap(edge.from, edge.to);
  std::reverse(edge.street.line.begin(), edge.street.line.end());
  std::swap(edge.street.lanes_forward, edge.street.lanes_backward);
}

int class_rank(RoadClass road_class) {
  switch (road_class) {
    case RoadClass::kMotorway:
      return 7;
    case RoadClass::kTrunk:
      return 6;
    case RoadClass::kPrimary:
      return 5;
    case RoadClass::kSecondary:
      return 4;
    case RoadClass::kTertiary:
      return 3;
    case RoadClass::kRamp:
      return 2;
    default:
      return 1;
  }
}

double StreetProfile::lane_t(bool along, int k) const {
  if (one_way()) return 0.5 * forward * lane_m - (k + 0.5) * lane_m;
  const double t = k == kPocketLane ? 0.5 * (median_m - kPocketLaneM) : 0.5 * median_m + (k + 0.5) * lane_m;
  return along ? -t : t;
}

namespace {

// As wide as roads of the class are built in Korea (도로의 구조·시설 기준에 관한 규칙 10조).
StreetProfile surveyed_profile(const Street& street, const LaneBuilderOptions& options) {
  StreetProfile profile;
  const bool fast = street.road_class == RoadClass::kMotorway || street.road_class == RoadClass::kTrunk,
             minor = class_rank(street.road_class) < 2;
  profile.forward = street.lanes_forward;
  profile.backward = street.lanes_backward;
  profile.lane_m = street.lane_width_m > 0                                      ? street.lane_width_m
                   : street.road_class == RoadClass::kMotorway                  ? 3.5
                   : minor && street.lanes_forward + street.lanes_backward <= 2 ? options.local_lane_width_m
                                                                                : options.lane_width_m;
  const bool walks = street.walks != Walks::kNone && (street.walks != Walks::kUnknown || !minor);
  profile.walk_m = fast || street.link ? 1.0 : walks ? 2.5 : 0.5;
  profile.inner_m = 0.5;
  return profile;
}

}  // namespace

StreetProfile profile_of(const Street& street, const LaneBuilderOptions& options) {
  if (!street.vertices.empty()) return surveyed_profile(street, options);
  StreetProfile profile;
  const bool fast = street.road_class == RoadClass::kMotorway || street.road_class == RoadClass::kTrunk ||
                    street.road_class == RoadClass::kRamp;
  profile.forward = street.lanes_forward;
  profile.backward = street.lanes_backward;
  profile.lane_m = street.local ? options.local_lane_width_m : options.lane_width_m;
  const bool pockets = !fast && street.level == 0 && std::min(street.lanes_forward, street.lanes_backward) >= 3;
  profile.median_m = !street.divided ? 0.0 : pockets ? kPocketMedianM : 2.0;
  profile.walk_m = street.local ? 1.5 : fast ? 1.0 : 2.5;
  return profile;
}

double curve_radius(const Street& street) {
  switch (street.road_class) {
    case RoadClass::kMotorway:
      return 900;
    case RoadClass::kTrunk:
      return 600;
    case RoadClass::kPrimary:
      return 350;
    case RoadClass::kSecondary:
      return 250;
    case RoadClass::kTertiary:
      return 150;
    case RoadClass::kRamp:
      return 100;
    default:
      return 20;
  }
}

StreetGraph make_street_graph(const RoadNetwork& network, const LaneBuilderOptions& options) {
  StreetGraph graph = cut_at_shared_vertices(network);
  settle_crossings(graph);
  join_at_pass_through_nodes(graph);
  merge_short_edges(graph);
  merge_near_nodes(graph);
  merge_short_edges(graph);
  for (int round = 0; round < 8; ++round) {
    drop_twins(graph);
    join_at_pass_through_nodes(graph);
    for (StreetEdge& edge : graph.edges) edge.profile = profile_of(edge.street, options);
    spread_acute_legs(graph);
    make_curves(graph);
    cut_nodes(graph);
    if (!merge_swallowed_edges(graph)) break;
  }
  keep_largest_part(graph);
  take_node_facts(graph, network);
  update_legs(graph);
  return graph;
}

StreetPose leg_pose(const StreetGraph& graph, const StreetLeg& leg, double s) {
  const StreetCurve& curve = graph.edges[static_cast<std::size_t>(leg.edge)].curve;
  if (leg.at_start) return curve.at(s);
  StreetPose pose = curve.at(curve.length - s);
  pose.heading = sim::wrap_angle(pose.heading + sim::kPi);
  pose.curvature = -pose.curvature;
  return pose;
}

void update_legs(StreetGraph& graph) {
  for (StreetNode& node : graph.nodes) node.legs.clear();
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.alive) continue;
    graph.nodes[static_cast<std::size_t>(edge.from)].legs.push_back({static_cast<int>(e), true});
    graph.nodes[static_cast<std::size_t>(edge.to)].legs.push_back({static_cast<int>(e), false});
  }
  for (StreetNode& node : graph.nodes) {
    const auto bearing = [&](const StreetLeg& leg) {
      const Vec2 towards = leg_pose(graph, leg, 25.0).point() - node.position;
      return sim::atan2(towards.y(), towards.x());
    };
    std::sort(node.legs.begin(), node.legs.end(), [&](const StreetLeg& a, const StreetLeg& b) {
      const double first = bearing(a), second = bearing(b);
      if (first != second) return first < second;
      return std::pair(a.edge, a.at_start) < std::pair(b.edge, b.at_start);
    });
  }
}

int split_edge(StreetGraph& graph, int row, double s) {
  const int node = static_cast<int>(graph.nodes.size());
  StreetEdge second = graph.edges[static_cast<std::size_t>(row)];
  StreetEdge& first = graph.edges[static_cast<std::size_t>(row)];
  const Vec2 position = first.curve.at(s).point();
  second.curve = cut_curve(first.curve, s, first.curve.length);
  first.curve = cut_curve(first.curve, 0, s);
  second.from = node;
  first.to = node;
  graph.edges.push_back(std::move(second));
  graph.nodes.emplace_back().position = position;
  return node;
}

void keep_largest_part(StreetGraph& graph) {
  const std::vector<std::vector<int>> edges = edges_of_nodes(graph);
  std::vector<int> part(graph.nodes.size(), -1);
  std::vector<double> size;
  for (std::size_t root = 0; root < graph.nodes.size(); ++root) {
    if (part[root] >= 0 || edges[root].empty()) continue;
    const int own = static_cast<int>(size.size());
    size.push_back(0);
    std::vector<int> open{static_cast<int>(root)};
    part[root] = own;
    while (!open.empty()) {
      const int node = open.back();
      open.pop_back();
      for (const int e : edges[static_cast<std::size_t>(node)]) {
        const StreetEdge& edge = graph.edges[static_cast<std::size_t>(e)];
        size.back() += edge.curve.pieces.empty() ? line_length(edge.street.line) : edge.curve.length;
        const int other = edge.from == node ? edge.to : edge.from;
        if (part[static_cast<std::size_t>(other)] >= 0) continue;
        part[static_cast<std::size_t>(other)] = own;
        open.push_back(other);
      }
    }
  }
  if (size.empty()) return;
  const int best = static_cast<int>(std::max_element(size.begin(), size.end()) - size.begin());
  for (StreetEdge& edge : graph.edges)
    if (edge.alive && part[static_cast<std::size_t>(edge.from)] != best) edge.alive = false;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (part[n] != best) graph.nodes[n].alive = false;
}

namespace {

void prune_dead_ends(StreetGraph& graph) {
  std::vector<int> degree(graph.nodes.size(), 0);
  for (const StreetEdge& edge : graph.edges)
    if (edge.alive) ++degree[static_cast<std::size_t>(edge.from)], ++degree[static_cast<std::size_t>(edge.to)];
  for (bool again = true; again;) {
    again = false;
    for (StreetEdge& edge : graph.edges) {
      if (!edge.alive || !edge.street.local) continue;
      if (degree[static_cast<std::size_t>(edge.from)] > 1 && degree[static_cast<std::size_t>(edge.to)] > 1) continue;
      edge.alive = false;
      --degree[static_cast<std::size_t>(edge.from)], --degree[static_cast<std::size_t>(edge.to)];
      again = true;
    }
  }
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (degree[n] == 0) graph.nodes[n].alive = false;
}

// Two halves of a skeleton street that nothing joins any more.
bool join_halves(StreetEdge& first, const StreetEdge& second) {
  const StreetPose end = first.curve.at(first.curve.length), start = second.curve.at(0);
  if (std::fabs(sim::wrap_angle(end.heading - start.heading)) > 1e-6 || (end.point() - start.point()).norm() > 1e-6)
    return false;
  first.curve.pieces.insert(first.curve.pieces.end(), second.curve.pieces.begin(), second.curve.pieces.end());
  first.curve.length += second.curve.length;
  return true;
}

bool join_local(StreetEdge& first, const StreetEdge& second) {
  std::vector<Vec2>& line = first.street.line;
  line.insert(line.end(), second.street.line.begin() + 1, second.street.line.end());
  const StreetCurve curve = make_curve(line, curve_radius(first.street));
  if (smallest_radius(curve) < 14.0) {
    line.resize(line.size() + 1 - second.street.line.size());
    return false;
  }
  first.curve = curve;
  return true;
}

// Turns a local street round, curve and all.
void turn_local(StreetEdge& edge) {
  reverse_edge(edge);
  edge.curve = make_curve(edge.street.line, curve_radius(edge.street));
}

void join_edges_at(StreetGraph& graph, std::size_t n, int a, int b) {
  const int node = static_cast<int>(n);
  StreetEdge *first = &graph.edges[static_cast<std::size_t>(a)], *second = &graph.edges[static_cast<std::size_t>(b)];
  const int far_a = first->from == node ? first->to : first->from,
            far_b = second->from == node ? second->to : second->from;
  const bool local = first->street.local;
  if (far_a == node || far_b == node || far_a == far_b || local != second->street.local) return;
  if (!same_street(first->street, second->street)) return;
  if (local && first->to != node) turn_local(*first);
  if (local && second->from != node) turn_local(*second);
  if (!local && first->to != node) std::swap(first, second);
  if (first->to != node || second->from != node) return;
  if (!(local ? join_local(*first, *second) : join_halves(*first, *second))) return;
  first->to = second->to;
  second->alive = false;
  graph.nodes[n].alive = false;
}

}  // namespace

void tidy_local_streets(StreetGraph& graph) {
  keep_largest_part(graph);
  prune_dead_ends(graph);
  std::vector<std::vector<int>> edges = edges_of_nodes(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (edges[n].size() != 2) continue;
    const int a = edges[n][0], b = edges[n][1];
    join_edges_at(graph, n, a, b);
    if (graph.nodes[n].alive) continue;
    const int kept = graph.edges[static_cast<std::size_t>(a)].alive ? a : b, gone = kept == a ? b : a;
    const StreetEdge& edge = graph.edges[static_cast<std::size_t>(kept)];
    for (const int end : {edge.from, edge.to})
      std::replace(edges[static_cast<std::size_t>(end)].begin(), edges[static_cast<std::size_t>(end)].end(), gone,
                   kept);
  }
  update_legs(graph);
}

}  // namespace bitgoeul::maps
