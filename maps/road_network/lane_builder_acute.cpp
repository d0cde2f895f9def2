#include "maps/road_network/lane_builder_acute.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kDegree = sim::kPi / 180.0;
constexpr double kLookM = 50.0;       // where a leg's bearing is taken
constexpr double kFarthestM = 420.0;  // from the node back onto the old line
constexpr double kVergeM = 6.0;       // between the two roads once apart

// Below `sharp` the lesser leg is bent to `wanted`. Ramps leave and join at small angles by nature.
struct Limits {
  double sharp, wanted;
};
constexpr Limits kStreets{33.0 * kDegree, 42.0 * kDegree}, kRamps{16.0 * kDegree, 22.0 * kDegree};

// Point at a distance along the line, and the row of the next vertex.
std::pair<Vec2, std::size_t> along(const std::vector<Vec2>& line, double s) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double step = (line[i + 1] - line[i]).norm();
    if (s <= step && step > 0) return {line[i] + (line[i + 1] - line[i]) * (s / step), i + 1};
    s -= step;
  }
  return {line.back(), line.size()};
}

struct Leg {
  int edge;
  bool at_start;
  double bearing;
  std::vector<Vec2> line;  // away from the node
};

std::vector<Leg> legs_at(const StreetGraph& graph, int node, const std::vector<int>& edges) {
  std::vector<Leg> legs;
  for (const int e : edges) {
    const StreetEdge& edge = graph.edges[static_cast<std::size_t>(e)];
    if (edge.from == edge.to) continue;
    Leg leg{e, edge.from == node, 0, edge.street.line};
    if (!leg.at_start) std::reverse(leg.line.begin(), leg.line.end());
    const Vec2 d = along(leg.line, std::min(kLookM, 0.5 * line_length(leg.line))).first - leg.line.front();
    leg.bearing = sim::atan2(d.y(), d.x());
    legs.push_back(std::move(leg));
  }
  std::sort(legs.begin(), legs.end(),
            [](const Leg& a, const Leg& b) { return std::pair(a.bearing, a.edge) < std::pair(b.bearing, b.edge); });
  return legs;
}

// The leg's line, bent to the new bearing near the node and back to the old course where it is clear of the other.
std::optional<std::vector<Vec2>> bend(const Leg& leg, const Leg& other, double bearing, double clear_m, double wanted) {
  const double length = line_length(leg.line), arm = std::max(40.0, clear_m / sim::sin(wanted));
  const double farthest = std::min(kFarthestM, 0.75 * length);
  double back = arm + 40.0;
  while (back < farthest && distance_to_line(along(leg.line, back).first, other.line) < clear_m) back += 10.0;
  if (back >= farthest) return std::nullopt;
  double sine = 0, cosine = 0;
  sim::sincos(bearing, sine, cosine);
  const Vec2 knee = leg.line.front() + arm * Vec2(cosine, sine);
  const auto [point, next] = along(leg.line, back);
  std::vector<Vec2> line{
      leg.line.front(), {sim::snap(knee.x()), sim::snap(knee.y())}, {sim::snap(point.x()), sim::snap(point.y())}};
  for (std::size_t i = next; i < leg.line.size(); ++i)
    if ((leg.line[i] - point).norm() > 20.0 || i + 1 == leg.line.size()) line.push_back(leg.line[i]);
  return line;
}

// Bends leg i away from leg j if there is room before the next leg on its other side.
bool move_away(StreetGraph& graph, const std::vector<Leg>& legs, std::size_t i, std::size_t j, std::size_t next,
               const Limits& limits) {
  const Leg &leg = legs[i], &other = legs[j];
  const double angle = sim::wrap_angle(leg.bearing - other.bearing);
  const double side = angle >= 0 ? 1.0 : -1.0, turn = side * limits.wanted - angle;
  const double room = std::fabs(sim::wrap_angle(legs[next].bearing - leg.bearing));
  if (next != j && room < std::fabs(turn) + limits.wanted) return false;
  StreetEdge& edge = graph.edges[static_cast<std::size_t>(leg.edge)];
  const double clear =
      edge.profile.half_m() + graph.edges[static_cast<std::size_t>(other.edge)].profile.half_m() + kVergeM;
  auto line = bend(leg, other, leg.bearing + turn, clear, limits.wanted);
  if (!line) return false;
  if (!leg.at_start) std::reverse(line->begin(), line->end());
  edge.street.line = std::move(*line);
  return true;
}

bool spread_at(StreetGraph& graph, int node, const std::vector<int>& edges) {
  if (edges.size() < 3) return false;
  const std::vector<Leg> legs = legs_at(graph, node, edges);
  if (legs.size() < 3) return false;
  // A road that goes on beyond the node under its name ranks above one that begins there.
  const auto rank = [&](const Leg& leg) {
    const Street& street = graph.edges[static_cast<std::size_t>(leg.edge)].street;
    const auto goes_on = std::count_if(legs.begin(), legs.end(), [&](const Leg& other) {
      return graph.edges[static_cast<std::size_t>(other.edge)].street.name == street.name;
    });
    return std::tuple(class_rank(street.road_class), street.lanes_forward, goes_on > 1);
  };
  const auto is_ramp = [&](const Leg& leg) {
    return graph.edges[static_cast<std::size_t>(leg.edge)].street.road_class == RoadClass::kRamp;
  };
  for (std::size_t i = 0; i < legs.size(); ++i) {
    const std::size_t j = (i + 1) % legs.size(), before = (i + legs.size() - 1) % legs.size(),
                      after = (j + 1) % legs.size();
    const double angle = std::fabs(sim::wrap_angle(legs[j].bearing - legs[i].bearing));
    const Limits& limits = is_ramp(legs[i]) || is_ramp(legs[j]) ? kRamps : kStreets;
    if (angle >= limits.sharp) continue;
    const bool i_is_less = rank(legs[i]) < rank(legs[j]);
    if (i_is_less ? move_away(graph, legs, i, j, before, limits) : move_away(graph, legs, j, i, after, limits))
      return true;
    if (is_ramp(legs[i]) != is_ramp(legs[j])) continue;  // a main road does not bend for its ramp
    if (i_is_less ? move_away(graph, legs, j, i, after, limits) : move_away(graph, legs, i, j, before, limits))
      return true;
  }
  return false;
}

}  // namespace

void spread_acute_legs(StreetGraph& graph) {
  const std::vector<std::vector<int>> edges = edges_of_nodes(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (int tries = 0; tries < 4 && graph.nodes[n].alive && spread_at(graph, static_cast<int>(n), edges[n]); ++tries) {
    }
}

}  // namespace bitgoeul::maps
