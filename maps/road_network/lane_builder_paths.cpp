#include "maps/road_network/lane_builder_paths.h"

#include <algorithm>

#include "maps/road_network/lane_builder_connections.h"

namespace bitgoeul::maps {

namespace {

constexpr double kStreetEndRadiusM = 7.0, kMergeRadiusM = 30.0, kSlipRadiusM = 10.0;
constexpr double kSqueezeM = 2.75;  // of lanes that run side by side

// A fork into a second lane of the same leg can be spared too: that lane is reached by changing lanes.
bool can_spare(const std::vector<Movement>& movements, const Movement& m) {
  int from = 0, to = 0, forks = 0;
  for (const Movement& other : movements) {
    const bool same_start = other.from_leg == m.from_leg && other.from_lane == m.from_lane;
    from += same_start;
    to += other.to_leg == m.to_leg && other.to_lane == m.to_lane;
    forks += same_start && other.to_leg == m.to_leg;
  }
  return from > 1 && (to > 1 || forks > 1);
}

bool squeezes(const StreetGraph& graph, const StreetNode& node, const Movement& a, const Movement& b) {
  if (a.from_leg != b.from_leg || a.from_lane == b.from_lane) return false;
  if (a.to_leg == b.to_leg && a.to_lane == b.to_lane) return false;
  return paths_meet(graph, node, a, b, kSqueezeM);
}

}  // namespace

std::vector<Geometry> plan_view_of(const StreetGraph& graph, const StreetNode& node, const Movement& m) {
  const StreetLeg& from = node.legs[static_cast<std::size_t>(m.from_leg)];
  const StreetPose start = lane_pose_in(graph, from, m.from_lane),
                   end = lane_pose_out(graph, node.legs[static_cast<std::size_t>(m.to_leg)], m.to_lane);
  const bool beside = m.to_lane == lanes_out(graph, node.legs[static_cast<std::size_t>(m.to_leg)]) ||
                      m.from_lane == lanes_in(graph, from);
  if (m.from_leg != m.to_leg) return connect_lanes(start, end, m.slip ? kSlipRadiusM : beside ? kMergeRadiusM : 0);
  const double lane_m = graph.edges[static_cast<std::size_t>(from.edge)].profile.lane_m;
  // At the end of a street all lanes turn beside each other, within a junction one does.
  if (node.legs.size() == 1)
    return turn_around(start, end, kStreetEndRadiusM, m.from_lane, std::max(lanes_in(graph, from), 1), lane_m);
  return turn_around(start, end, kUTurnRadiusM, 0, 1, lane_m);
}

bool paths_meet(const StreetGraph& graph, const StreetNode& node, const Movement& a, const Movement& b,
                double clear_m) {
  const std::vector<sim::Vec2> first = sample_plan_view(plan_view_of(graph, node, a), 1.0);
  const std::vector<sim::Vec2> second = sample_plan_view(plan_view_of(graph, node, b), 1.0);
  for (const sim::Vec2& p : first)
    for (const sim::Vec2& q : second)
      if ((p - q).squaredNorm() < clear_m * clear_m) return true;
  return false;
}

void drop_squeezed(const StreetGraph& graph, const StreetNode& node, std::vector<Movement>& movements) {
  for (std::size_t i = 0; i < movements.size(); ++i)
    for (std::size_t j = i + 1; j < movements.size(); ++j) {
      if (!squeezes(graph, node, movements[i], movements[j])) continue;
      // The later one, a fork or a turn, goes first.
      const std::size_t gone = can_spare(movements, movements[j]) ? j : i;
      if (!can_spare(movements, movements[gone])) continue;
      movements.erase(movements.begin() + static_cast<std::ptrdiff_t>(gone));
      if (gone == i)
        j = i;
      else
        --j;
    }
}

}  // namespace bitgoeul::maps
