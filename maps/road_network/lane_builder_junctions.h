// Junctions of the street graph: how far each road is cut back, which way each lane leads, and who controls it. Made
// from a clean StreetGraph; read by lane_builder (connecting roads) and lane_builder_signals. A leg's lane k counts
// from the centre line outwards.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_graph.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct Movement {
  int from_leg = 0, from_lane = 0, to_leg = 0,
      to_lane = 0;  // legs: rows of StreetNode::legs; from_lane: or kPocketLane
  Turn turn = Turn::kStraight;
  bool slip = false;  // round an island, from a lane of its own to another
};

// Of a U-turn at signals: with the left arrow of its approach; without one, when the way is clear.
TurnWhen plate_of(const std::vector<Movement>& movements, const Movement& u_turn);

struct JunctionPlan {
  int node = -1;
  JunctionControl control = JunctionControl::kPriority;
  std::vector<Movement> movements;
};

// Lanes of a leg that lead into / out of the junction.
int lanes_in(const StreetGraph& graph, const StreetLeg& leg);
int lanes_out(const StreetGraph& graph, const StreetLeg& leg);
// Pose on the leg's centre line where its road ends, heading away from the junction.
StreetPose cut_pose(const StreetGraph& graph, const StreetLeg& leg);
// Pose of the centre of a lane there, heading in driving direction.
StreetPose lane_pose_in(const StreetGraph& graph, const StreetLeg& leg, int lane);
StreetPose lane_pose_out(const StreetGraph& graph, const StreetLeg& leg, int lane);

inline constexpr double kShortestRoadM = 16.0;
// A merge or exit lane and its taper; roads that are shorter have none.
inline constexpr double kMergeLaneM = 150.0, kMergeTaperM = 40.0, kShortestMergeRoadM = 250.0;

// A left-turn pocket (room for six cars) and the taper before it; roads that are not 5 m longer have none.
inline constexpr double kPocketM = 40.0, kPocketTaperM = 25.0, kPocketSpareM = 5.0;
// With slips: before the 13 m with an island there is still the room that routes want for a lane change.
inline constexpr double kPocketBesideSlipsM = 45.0;
// Has the section that begins there a pocket, or its taper, for that driving direction?
bool pocket_at(const StreetEdge& edge, bool along, double s);

// Cuts the edges at every node (no street is taken away).
void cut_nodes(StreetGraph& graph);
// Cuts every edge back from its nodes so that road bodies do not overlap and turns have room. Local streets without
// room are taken away; a skeleton street without room is an issue.
void cut_back(StreetGraph& graph, sim::Issues& issues);

// Movements of every living node; local streets that would not be in the one strongly connected part are taken away.
std::vector<JunctionPlan> plan_junctions(StreetGraph& graph, sim::Issues& issues);

}  // namespace bitgoeul::maps
