#include "maps/route_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace bitgoeul::maps {

namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr double kRounding = 0.01;  // s or m; far above the rounding of float at the size of a city

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

// Edges of the driving graph in one direction, packed. An edge costs what driving the lane that it leaves costs (0: a
// change).
struct Edge {
  Row to = kNone;
  float cost = 0;
};
struct Graph {
  std::vector<std::int32_t> begin;
  std::vector<Edge> edges;
};

Graph pack(std::size_t lanes, const std::vector<std::pair<Row, Edge>>& list) {
  Graph graph;
  graph.begin.assign(lanes + 1, 0);
  for (const auto& [from, edge] : list) ++graph.begin[at(from) + 1];
  for (std::size_t i = 0; i < lanes; ++i) graph.begin[i + 1] += graph.begin[i];
  graph.edges.resize(list.size());
  std::vector<std::int32_t> next(graph.begin.begin(), graph.begin.end() - 1);
  for (const auto& [from, edge] : list) graph.edges[at(next[at(from)]++)] = edge;
  return graph;
}

// Both directions: out[v] = where v leads, in[v] = from where v is reached.
void make_graphs(const Map& map, const std::vector<double>& cost, Graph& out, Graph& in) {
  std::vector<std::pair<Row, Edge>> forward, backward;
  const auto add = [&](Row from, Row to, double c) {
    forward.push_back({from, {to, static_cast<float>(c)}});
    backward.push_back({to, {from, static_cast<float>(c)}});
  };
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    const Lane& lane = map.lanes[at(row)];
    if (!drivable(lane.type)) continue;
    for (const Row next : map.successors(row))
      if (drivable(map.lanes[at(next)].type)) add(row, next, cost[at(row)]);
    if (lane.left != kNone && lane.change_left) add(row, lane.left, 0);
    if (lane.right != kNone && lane.change_right) add(row, lane.right, 0);
  }
  out = pack(map.lanes.size(), forward);
  in = pack(map.lanes.size(), backward);
}

// Least cost between the beginning of the landmark lane and every lane's beginning, along the graph's edges.
void spread(const Graph& graph, Row landmark, std::vector<float>& distance) {
  using Entry = std::pair<float, Row>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  std::fill(distance.begin(), distance.end(), kFar);
  distance[at(landmark)] = 0;
  open.push({0.0f, landmark});
  while (!open.empty()) {
    const auto [d, row] = open.top();
    open.pop();
    if (d > distance[at(row)]) continue;
    for (std::int32_t i = graph.begin[at(row)]; i < graph.begin[at(row) + 1]; ++i) {
      const Edge& edge = graph.edges[at(i)];
      if (d + edge.cost >= distance[at(edge.to)]) continue;
      distance[at(edge.to)] = d + edge.cost;
      open.push({d + edge.cost, edge.to});
    }
  }
}

// Of driving the lane from end to end.
double cost_of(const Lane& lane, bool by_length) {
  const double length = std::max(lane.length, 0.0);
  return by_length ? length : length / free_speed_mps(lane);
}

// The outermost lanes towards eight points of the compass; a destination often lies between the start and one of them.
std::array<Row, RouteBounds::kLandmarks> choose(const Map& map) {
  static constexpr double kX[] = {1, 0.7071, 0, -0.7071, -1, -0.7071, 0, 0.7071};
  static constexpr double kY[] = {0, 0.7071, 1, 0.7071, 0, -0.7071, -1, -0.7071};
  std::array<Row, RouteBounds::kLandmarks> chosen;
  chosen.fill(kNone);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    double best = -std::numeric_limits<double>::infinity();
    for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
      const Lane& lane = map.lanes[at(row)];
      if (!drivable(lane.type) || !lane.reachable || map.lane_points(row).empty()) continue;
      const LanePoint& p = map.lane_points(row).front();
      const double along = p.x * kX[i] + p.y * kY[i];
      if (along > best) best = along, chosen[i] = row;
    }
  }
  return chosen;
}

// Nobody enters a lane that is not drivable.
std::vector<LandmarkCosts> make_table(const Map& map, bool by_length) {
  LandmarkCosts none;
  none.fill(kFar);
  std::vector<LandmarkCosts> table(map.lanes.size(), none);
  std::vector<double> cost;
  for (const Lane& lane : map.lanes) cost.push_back(cost_of(lane, by_length));
  Graph out, in;
  make_graphs(map, cost, out, in);
  std::vector<float> distance(map.lanes.size());
  const auto landmarks = choose(map);
  for (std::size_t i = 0; i < RouteBounds::kLandmarks; ++i) {
    if (landmarks[i] == kNone) continue;
    spread(out, landmarks[i], distance);
    for (std::size_t row = 0; row < distance.size(); ++row) table[row][i] = distance[row];
    spread(in, landmarks[i], distance);
    for (std::size_t row = 0; row < distance.size(); ++row) table[row][RouteBounds::kLandmarks + i] = distance[row];
  }
  return table;
}

}  // namespace

double free_speed_mps(const Lane& lane) { return lane.speed_limit_mps > 0 ? lane.speed_limit_mps : 50.0 / 3.6; }

void build_landmarks(Map& map) {
  map.landmark_time = make_table(map, false);
  map.landmark_length = make_table(map, true);
}

RouteBounds::RouteBounds(const Map& map, bool by_length) : map_(&map), by_length_(by_length) {
  const auto& held = by_length ? map.landmark_length : map.landmark_time;
  if (held.size() != map.lanes.size()) made_ = make_table(map, by_length);
  table_ = held.size() == map.lanes.size() ? held.data() : made_.data();
}

RouteBounds::Values RouteBounds::at_place(Row lane, double fraction) const {
  Values values;
  values.fill(kFar);
  const double cost = cost_of(map_->lanes[at(lane)], by_length_);
  const auto passed = static_cast<float>(cost * fraction), left = static_cast<float>(cost * (1 - fraction));
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    values[i] = table_[at(lane)][i] + passed;
    for (const Row next : map_->successors(lane))
      values[kLandmarks + i] = std::min(values[kLandmarks + i], table_[at(next)][kLandmarks + i] + left);
  }
  return values;
}

double RouteBounds::lower_bound(Row lane, const Values& place) const {
  const Values& here = table_[at(lane)];
  // A difference with an infinity on either side says nothing: it is infinite or NaN, and the comparison refuses both.
  // Without branches, so that all eight are done at once.
  std::array<float, kLandmarks> most;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const float from = place[i] - here[i], to = here[kLandmarks + i] - place[kLandmarks + i];
    const float known_from = from < kFar ? from : 0.0f, known_to = to < kFar ? to : 0.0f;
    most[i] = known_from > known_to ? known_from : known_to;
  }
  float bound = 0;
  for (const float one : most) bound = one > bound ? one : bound;
  return std::max(0.0, static_cast<double>(bound) - kRounding);
}

}  // namespace bitgoeul::maps
