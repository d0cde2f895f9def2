// Right-turn slips (도류화 우회전 차로) at signals: a lane of its own before the junction, an arc behind an island of
// 15 to 20 m radius, a lane of its own to merge from. Planned where both roads have two lanes or more per direction,
// they meet at 60 to 120 degrees, and nothing else lies there. Made after plan_junctions; read by lane_builder and its
// furniture. Local metres. Pure but for plan_slips.
#pragma once

#include <optional>
#include <vector>

#include "maps/road_network/lane_builder_junctions.h"

namespace bitgoeul::maps {

// Square to its course, behind the island and through the junction.
inline constexpr double kSlipLaneM = 4.0;
// Length of the section that has the island; longer than any arc in it, and than the way to the stop line.
inline constexpr double kIslandM = 13.0;

// Turns right turns into slips: sets the ends of the edges, the movements' lanes, and ends roads up to 10 m earlier.
void plan_slips(StreetGraph& graph, std::vector<JunctionPlan>& plans);

// How far it moves away from the road, and over which length before the road's end; 0: its arc lies in the junction.
double slip_gap(const SlipEnd& end);
double slip_reach(const SlipEnd& end);
// Widths of the island and of the lane beside it in the road's last section, or its first (at_start).
struct SlipWidths {
  std::vector<Poly3> island, lane;
};
SlipWidths slip_widths(const SlipEnd& end, double lane_m, bool at_start);

// Of island and lane together where a crosswalk lies.
double slip_outside(const SlipEnd& end, double lane_m);
// Is the island wide enough there for a crosswalk to end on it?
bool walk_ends_on_island(const SlipEnd& end, double lane_m);

// The end of the leg's lane more outside that arrives (in) or leaves there.
SlipEnd& slip_end(StreetEdge& edge, bool at_start, bool in);
const SlipEnd& slip_end(const StreetEdge& edge, bool at_start, bool in);
// Is there an island in the section that begins there, on that driving direction's side?
bool island_at(const StreetEdge& edge, bool along, double s);

// Kerb of a slip's island. edge -1: in the junction.
struct IslandPoint {
  sim::Vec2 point;
  int edge;
  double s;  // of the edge's road
};
// Empty where another way through the junction leaves no room for one.
std::vector<IslandPoint> island_outline(const StreetGraph& graph, const JunctionPlan& plan, const Movement& slip);

}  // namespace bitgoeul::maps
