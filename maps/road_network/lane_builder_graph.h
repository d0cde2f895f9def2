// StreetGraph: the road network as nodes and edges between them, cleaned for building lanes: streets are cut at shared
// vertices, near nodes are one, short edges are gone. Made by make_street_graph, grown by fill_local_streets, cut back
// by lane_builder_junctions. Dead rows (alive = false) stay in place, so that row numbers are stable. Local metres.
#pragma once

#include <string>
#include <vector>

#include "maps/road_network/lane_builder_curve.h"
#include "maps/road_network/road_network.h"

namespace bitgoeul::maps {

struct StreetLeg {
  int edge = -1;
  bool at_start = true;  // the edge's curve starts at this node
};

struct StreetNode {
  sim::Vec2 position = sim::Vec2::Zero();
  NodeKind kind = NodeKind::kAuto;
  std::string name;
  SignalOrder order = SignalOrder::kAuto;
  bool alive = true;
  JunctionControl control = JunctionControl::kPriority;
  std::vector<int> through_edges;  // local junctions: the street that goes first
  bool right_turns_only = false;   // a local street at a divided road: no way across the median
  std::vector<StreetLeg> legs;     // counter-clockwise by bearing
};

// Cross-section, seen along the curve.
struct StreetProfile {
  int forward = 1, backward = 1;
  double lane_m = 3.25, median_m = 0, walk_m = 2;  // median: half of it on each side of the centre line
  double inner_m = -1;                             // one-way: of the strip on the left; < 0: as walk_m
  bool one_way() const { return backward == 0; }
  double lanes_left_m() const { return one_way() ? 0.5 * forward * lane_m : 0.5 * median_m + backward * lane_m; }
  double lanes_right_m() const { return one_way() ? 0.5 * forward * lane_m : 0.5 * median_m + forward * lane_m; }
  double left_walk_m() const { return one_way() && inner_m >= 0 ? inner_m : walk_m; }
  double left_m() const { return lanes_left_m() + left_walk_m(); }
  double right_m() const { return lanes_right_m() + walk_m; }
  double half_m() const { return left_m() > right_m() ? left_m() : right_m(); }
  // t of lane k's centre; k = 0 is next to the centre, kPocketLane in a pocket beside it.
  double lane_t(bool along, int k) const;
};

// Left-turn pockets lie in the median: lanes go straight on beside them. What is left of it has 1.5 m.
inline constexpr int kPocketLane = -1;
inline constexpr double kPocketLaneM = 3.0, kPocketMedianM = 4.5;

// The lane of a right-turn slip where it lies behind an island before the road's end: an arc away from the lane beside
// the kerb lane. angle: between it and the road where the road ends; width: there, square to its course.
struct SlipEnd {
  double radius_m = 0, angle_rad = 0, width_m = 0;  // radius 0: there is none
  bool there() const { return radius_m > 0; }
};

struct StreetEdge {
  int from = -1, to = -1;
  bool alive = true;
  Street street;  // attributes; its line is the edge's polyline
  StreetProfile profile;
  StreetCurve curve;                          // node to node
  double cut_from = 0, cut_to = 0;            // the road proper is [cut_from, length - cut_to]
  std::vector<double> crossings;              // surveyed crosswalks, s along the curve
  bool merge_from = false, merge_to = false;  // a lane more beside those that leave that end, for a ramp to merge
  bool exit_from = false, exit_to = false;    // and beside those that arrive there, for a ramp to leave
  bool pocket_from = false,
       pocket_to = false;  // one more of those that arrive there, cut into the median, to turn left
  double pocket_m = 40;    // length of pockets and of slips' lanes
  SlipEnd slip_in_from, slip_in_to, slip_out_from, slip_out_to;  // of lanes that arrive at, or leave, that end
  double road_length() const { return curve.length - cut_from - cut_to; }
};

struct StreetGraph {
  std::vector<StreetNode> nodes;
  std::vector<StreetEdge> edges;
};

struct LaneBuilderOptions;

// Alike but for id, line and source.
bool same_street(const Street& a, const Street& b);
// The living edges at each node, ascending; a loop stands once.
std::vector<std::vector<int>> edges_of_nodes(const StreetGraph& graph);
void reverse_edge(StreetEdge& edge);
// Importance for right of way and for which position a merged node takes: motorway 7 ... local 1.
int class_rank(RoadClass road_class);
StreetProfile profile_of(const Street& street, const LaneBuilderOptions& options);
double curve_radius(const Street& street);

StreetGraph make_street_graph(const RoadNetwork& network, const LaneBuilderOptions& options);
// Fills StreetNode::legs from the living edges, sorted by bearing 25 m from the node, then by edge.
void update_legs(StreetGraph& graph);
// Pose at distance s from the node, heading away from it.
StreetPose leg_pose(const StreetGraph& graph, const StreetLeg& leg, double s);
// Splits an edge at curve length s; returns the new node's row. The second half is a new edge.
int split_edge(StreetGraph& graph, int edge, double s);
// Keeps the largest connected part.
void keep_largest_part(StreetGraph& graph);
// Takes away local streets that end nowhere, makes one street of two where nothing else joins, then renews the legs.
void tidy_local_streets(StreetGraph& graph);

}  // namespace bitgoeul::maps
