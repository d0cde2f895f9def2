// cut_back: how far roads end before their junctions.
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "maps/road_network/lane_builder_junctions.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kMinCutM = 5.0;
constexpr double kTurnRadiusM = 8.0, kSharpTurnRadiusM = 6.0;
constexpr double kMinLocalRoadM = 14.0;
constexpr double kMaxCutM = 130.0;
constexpr double kSharpestTurnRad =
    50.0 * sim::kPi / 180.0;  // between legs; no way turns sharper (lane_builder_movements)

const StreetEdge& edge_of(const StreetGraph& graph, const StreetLeg& leg) {
  return graph.edges[static_cast<std::size_t>(leg.edge)];
}
StreetEdge& edge_of(StreetGraph& graph, const StreetLeg& leg) {
  return graph.edges[static_cast<std::size_t>(leg.edge)];
}
double& cut_of(StreetGraph& graph, const StreetLeg& leg) {
  return leg.at_start ? edge_of(graph, leg).cut_from : edge_of(graph, leg).cut_to;
}

// Half width on the left or right, seen from the node.
double half_width(const StreetGraph& graph, const StreetLeg& leg, bool left) {
  const StreetProfile& profile = edge_of(graph, leg).profile;
  return left == leg.at_start ? profile.left_m() : profile.right_m();
}

double bearing_of(const StreetGraph& graph, const StreetNode& node, const StreetLeg& leg) {
  const Vec2 towards = leg_pose(graph, leg, std::min(30.0, edge_of(graph, leg).curve.length)).point() - node.position;
  return sim::atan2(towards.y(), towards.x());
}

// How far leg a must end before the node because of leg b, which lies `angle` (0, pi) to the side of it.
double cut_for_pair(double half_a, double half_b, double lane_a, double lane_b, double angle, bool turning) {
  const double sine = std::max(sim::sin(angle), 0.05), cosine = sim::cos(angle);
  double cut = kMinCutM;
  if (angle < 2.6)
    cut = std::max(cut, (half_b + half_a * cosine) / sine + 0.5);
  else
    cut = std::max(cut, std::min(half_a, half_b) / std::max(sim::tan(0.5 * angle), 0.05) + 0.5);
  if (!turning || angle > 2.3 || angle < kSharpestTurnRad) return cut;
  const double radius = angle < 1.0 ? kSharpTurnRadiusM : kTurnRadiusM;
  return std::max(cut, (lane_b + lane_a * cosine) / sine + radius / sim::tan(0.5 * angle));
}

// Where the cross-section changes, lanes shift by one metre in ten.
double taper_length(const StreetEdge& a, const StreetEdge& b) {
  return 10.0 * std::max(std::fabs(a.profile.half_m() - b.profile.half_m()),
                         0.5 * std::fabs(a.profile.median_m - b.profile.median_m));
}

void first_cuts(StreetGraph& graph, const StreetNode& node) {
  for (const StreetLeg& leg : node.legs) cut_of(graph, leg) = node.legs.size() == 1 ? 3.0 : kMinCutM;
  if (node.legs.size() == 2) {
    const double taper = taper_length(edge_of(graph, node.legs[0]), edge_of(graph, node.legs[1]));
    for (const StreetLeg& leg : node.legs)
      cut_of(graph, leg) =
          std::clamp(0.5 * taper, kMinCutM, std::max(kMinCutM, 0.3 * edge_of(graph, leg).curve.length));
  }
  for (std::size_t i = 0; i < node.legs.size(); ++i)
    for (std::size_t j = 0; j < node.legs.size(); ++j) {
      if (i == j) continue;
      const StreetLeg &a = node.legs[i], &b = node.legs[j];
      const double turn = sim::wrap_angle(bearing_of(graph, node, b) - bearing_of(graph, node, a));
      const bool b_is_left = turn > 0;
      const double half_a = half_width(graph, a, b_is_left), half_b = half_width(graph, b, !b_is_left);
      const auto lane = [](const StreetEdge& edge, double half) {
        return half - edge.profile.walk_m - 0.5 * edge.profile.lane_m;
      };
      const bool ramp = edge_of(graph, a).street.road_class == RoadClass::kRamp ||
                        edge_of(graph, b).street.road_class == RoadClass::kRamp;
      const bool turning = !(ramp && std::fabs(turn) < 1.0);
      const double cut = cut_for_pair(half_a, half_b, lane(edge_of(graph, a), half_a), lane(edge_of(graph, b), half_b),
                                      std::fabs(turn), turning);
      cut_of(graph, a) = std::max(cut_of(graph, a), std::min(cut, kMaxCutM));
    }
}

// Is the point in the slice of a road that reaches 1.5 m before and after a pose? left and right: half widths there.
bool in_slice(const Vec2& point, const StreetPose& pose, double left, double right, double half_slice) {
  double sine = 0, cosine = 0;
  sim::sincos(pose.heading, sine, cosine);
  const Vec2 d = point - pose.point();
  const double across = -sine * d.x() + cosine * d.y(), along = cosine * d.x() + sine * d.y();
  return std::fabs(along) <= half_slice && across < left && across > -right;
}

// Do the bodies of two legs still overlap beyond their cuts?
bool bodies_overlap(StreetGraph& graph, const StreetLeg& a, const StreetLeg& b) {
  constexpr double kReach = 80.0, kStep = 3.0, kGap = 0.3;
  const double left = half_width(graph, b, true) + kGap, right = half_width(graph, b, false) + kGap;
  std::vector<StreetPose> slices;
  const double end_b = std::min(cut_of(graph, b) + kReach, edge_of(graph, b).curve.length);
  for (double s = cut_of(graph, b); s <= end_b; s += kStep) slices.push_back(leg_pose(graph, b, s));
  const double end_a = std::min(cut_of(graph, a) + kReach, edge_of(graph, a).curve.length);
  for (double s = cut_of(graph, a); s <= end_a; s += kStep) {
    const StreetPose pose = leg_pose(graph, a, s);
    for (const double t : {half_width(graph, a, true), -half_width(graph, a, false)}) {
      const Vec2 corner = pose.offset(t);
      for (const StreetPose& slice : slices)
        if ((corner - slice.point()).squaredNorm() < 40.0 * 40.0 && in_slice(corner, slice, left, right, 0.6 * kStep))
          return true;
    }
  }
  return false;
}

void widen_until_clear(StreetGraph& graph, const StreetNode& node) {
  for (std::size_t i = 0; i < node.legs.size(); ++i)
    for (std::size_t j = 0; j < node.legs.size(); ++j) {
      if (i == j || node.legs[i].edge == node.legs[j].edge) continue;
      const StreetLeg &a = node.legs[i], &b = node.legs[j];
      if (std::fabs(sim::wrap_angle(bearing_of(graph, node, a) - bearing_of(graph, node, b))) > 1.2) continue;
      for (int tries = 0; tries < 40 && bodies_overlap(graph, a, b); ++tries) {
        if (std::max(cut_of(graph, a), cut_of(graph, b)) > kMaxCutM) break;
        cut_of(graph, a) += 3.0;
        cut_of(graph, b) += 3.0;
      }
    }
}

bool too_short(const StreetEdge& edge) {
  return edge.road_length() < (edge.street.local ? kMinLocalRoadM : kShortestRoadM);
}

// Takes away local streets without room; true when there were any.
bool drop_short_local(StreetGraph& graph) {
  bool dropped = false;
  for (StreetEdge& edge : graph.edges) {
    if (!edge.alive || !edge.street.local || !too_short(edge)) continue;
    edge.alive = false;
    dropped = true;
  }
  return dropped;
}

// Bodies of edges by cells of 32 m, to find streets that run into each other away from junctions.
struct Body {
  int edge;
  double s;
  StreetPose pose;
};
using Cells = std::map<std::pair<int, int>, std::vector<Body>>;

Cells body_cells(const StreetGraph& graph) {
  Cells cells;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.alive) continue;
    const int steps = std::max(1, static_cast<int>(edge.road_length() / 5.0));
    for (int i = 0; i <= steps; ++i) {
      const double s = edge.cut_from + edge.road_length() * i / steps;
      const StreetPose pose = edge.curve.at(s);
      cells[{static_cast<int>(std::floor(pose.x / 32.0)), static_cast<int>(std::floor(pose.y / 32.0))}].push_back(
          {static_cast<int>(e), s, pose});
    }
  }
  return cells;
}

// Pavements may touch where neither street is a local one.
bool bodies_touch(const StreetEdge& a, const StreetEdge& b, const Body& at_a, const Body& at_b) {
  const double reach = a.profile.half_m() + b.profile.half_m();
  if ((at_a.pose.point() - at_b.pose.point()).squaredNorm() > (reach + 3.0) * (reach + 3.0)) return false;
  const bool local = a.street.local || b.street.local;
  const auto side = [local](const StreetEdge& edge, const Body& body, const StreetEdge& other, const Body& slice) {
    const double own = local ? 0.0 : edge.profile.walk_m, its = local ? 0.0 : other.profile.walk_m;
    for (const double t : {edge.profile.left_m() - own, 0.0, own - edge.profile.right_m()})
      if (in_slice(body.pose.offset(t), slice.pose, other.profile.left_m() - its, other.profile.right_m() - its, 2.6))
        return true;
    return false;
  };
  return side(a, at_a, b, at_b) || side(b, at_b, a, at_a);
}

std::vector<std::pair<int, int>> touching_edges(const StreetGraph& graph) {
  const Cells cells = body_cells(graph);
  std::vector<std::pair<int, int>> out;
  for (const auto& [cell, bodies] : cells)
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy) {
        const auto other = cells.find({cell.first + dx, cell.second + dy});
        if (other == cells.end()) continue;
        for (const Body& a : bodies)
          for (const Body& b : other->second) {
            if (a.edge >= b.edge) continue;
            const StreetEdge &first = graph.edges[static_cast<std::size_t>(a.edge)],
                             &second = graph.edges[static_cast<std::size_t>(b.edge)];
            if (first.street.level == second.street.level && bodies_touch(first, second, a, b))
              out.emplace_back(a.edge, b.edge);
          }
      }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool drop_touching_local(StreetGraph& graph, sim::Issues* issues) {
  bool dropped = false;
  for (const auto& [a, b] : touching_edges(graph)) {
    StreetEdge &first = graph.edges[static_cast<std::size_t>(a)], &second = graph.edges[static_cast<std::size_t>(b)];
    if (!first.alive || !second.alive) continue;
    if (second.street.local || first.street.local) {
      (second.street.local ? second : first).alive = false;
      dropped = true;
    } else if (issues != nullptr) {
      issues->push_back({sim::Severity::kWarning,
                         {},
                         first.street.source_line,
                         0,
                         "streets `" + first.street.name + "` and `" + second.street.name + "`",
                         "the streets overlap outside of a junction",
                         "road-network",
                         "move the lines apart or give one another level"});
    }
  }
  return dropped;
}

// What a node's cuts depend on.
using NodeShape = std::vector<std::tuple<int, bool, double>>;

NodeShape shape_of(const StreetGraph& graph, const StreetNode& node) {
  NodeShape shape;
  for (const StreetLeg& leg : node.legs) shape.emplace_back(leg.edge, leg.at_start, edge_of(graph, leg).curve.length);
  return shape;
}

}  // namespace

void cut_nodes(StreetGraph& graph) {
  for (const StreetNode& node : graph.nodes) {
    if (!node.alive) continue;
    first_cuts(graph, node);
    widen_until_clear(graph, node);
  }
}

void cut_back(StreetGraph& graph, sim::Issues& issues) {
  std::vector<NodeShape> done(graph.nodes.size());
  for (int round = 0; round < 12; ++round) {
    tidy_local_streets(graph);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const StreetNode& node = graph.nodes[n];
      NodeShape shape = shape_of(graph, node);
      if (!node.alive || shape == done[n]) continue;
      first_cuts(graph, node);
      widen_until_clear(graph, node);
      done[n] = std::move(shape);
    }
    if (!drop_short_local(graph) && !drop_touching_local(graph, nullptr)) break;
  }
  drop_touching_local(graph, &issues);
  for (StreetEdge& edge : graph.edges) {
    if (!edge.alive || !too_short(edge)) continue;
    issues.push_back({sim::Severity::kWarning,
                      {},
                      edge.street.source_line,
                      0,
                      "street `" + edge.street.name + "`",
                      "the street is too short between its junctions; they were made smaller",
                      "road-network",
                      {}});
    const double room = std::max(edge.curve.length - 8.0, 0.5 * edge.curve.length);
    const double scale = room / (edge.cut_from + edge.cut_to);
    edge.cut_from *= scale;
    edge.cut_to *= scale;
  }
}

}  // namespace bitgoeul::maps
