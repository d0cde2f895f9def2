#include "maps/road_network/lane_builder_clearance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kStepM = 6.0;
constexpr double kCellM = 40.0;

// A slice of a road's body. node: the junction it lies in, or -1.
struct Slice {
  LevelPlace place;
  StreetPose pose;
  double left, right;
  int level, node;
};

using Cells = std::map<std::pair<int, int>, std::vector<Slice>>;

// A tunnel passes under whatever crosses it.
int order_of(const Street& street) { return street.tunnel ? -1 : street.level; }

int order_of(const StreetGraph& graph, const StreetNode& node) {
  int level = 9;
  for (const StreetLeg& leg : node.legs) {
    const Street& street = graph.edges[static_cast<std::size_t>(leg.edge)].street;
    if (street.road_class != RoadClass::kRamp) level = std::min(level, std::max(street.level, 0));
  }
  return level == 9 ? 0 : level;
}

Cells slices_of(const StreetGraph& graph) {
  Cells cells;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.alive || edge.street.local) continue;
    const int steps = std::max(1, static_cast<int>(edge.curve.length / kStepM));
    for (int i = 0; i <= steps; ++i) {
      const double s = edge.curve.length * i / steps;
      const int node = s < edge.cut_from ? edge.from : s > edge.curve.length - edge.cut_to ? edge.to : -1;
      const int level = node < 0 ? order_of(edge.street) : order_of(graph, graph.nodes[static_cast<std::size_t>(node)]);
      const StreetPose pose = edge.curve.at(s);
      cells[{static_cast<int>(std::floor(pose.x / kCellM)), static_cast<int>(std::floor(pose.y / kCellM))}].push_back(
          {{static_cast<int>(e), s}, pose, edge.profile.left_m(), edge.profile.right_m(), level, node});
    }
  }
  return cells;
}

bool holds(const Slice& slice, const Vec2& point) {
  double sine = 0, cosine = 0;
  sim::sincos(slice.pose.heading, sine, cosine);
  const Vec2 d = point - slice.pose.point();
  const double across = -sine * d.x() + cosine * d.y(), along = cosine * d.x() + sine * d.y();
  return std::fabs(along) <= 0.7 * kStepM && across < slice.left && across > -slice.right;
}

bool overlap(const Slice& a, const Slice& b) {
  if ((a.pose.point() - b.pose.point()).squaredNorm() > kCellM * kCellM) return false;
  for (const double share : {1.0, 0.5, 0.0, -0.5, -1.0}) {
    if (holds(b, a.pose.offset(share > 0 ? share * a.left : share * a.right))) return true;
    if (holds(a, b.pose.offset(share > 0 ? share * b.left : share * b.right))) return true;
  }
  return false;
}

// Parts of one junction, or a junction and a road that ends in it, are one surface.
bool joined(const StreetGraph& graph, const Slice& a, const Slice& b) {
  if (a.place.edge == b.place.edge || (a.node >= 0 && a.node == b.node)) return true;
  const auto ends_in = [&](const Slice& road, int node) {
    const StreetEdge& edge = graph.edges[static_cast<std::size_t>(road.place.edge)];
    return node >= 0 && (edge.from == node || edge.to == node);
  };
  return ends_in(a, b.node) || ends_in(b, a.node);
}

}  // namespace

std::vector<LevelPair> find_level_pairs(const StreetGraph& graph) {
  const Cells cells = slices_of(graph);
  std::vector<LevelPair> pairs;
  for (const auto& [cell, slices] : cells)
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy) {
        const auto other = cells.find({cell.first + dx, cell.second + dy});
        if (other == cells.end()) continue;
        for (const Slice& a : slices)
          for (const Slice& b : other->second)
            if (a.level > b.level && !joined(graph, a, b) && overlap(a, b)) pairs.push_back({a.place, b.place});
      }
  return pairs;
}

}  // namespace bitgoeul::maps
