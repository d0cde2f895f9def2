// Paths of movements through a junction, and whether two of them come too near to each other to be driven at the same
// time. Read by the movement plan and by lane_builder_signals. Local metres. Pure functions.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_junctions.h"

namespace bitgoeul::maps {

// A car turns round in half a circle of that radius.
inline constexpr double kUTurnRadiusM = 5.5;

// Plan view from lane end to lane start.
std::vector<Geometry> plan_view_of(const StreetGraph& graph, const StreetNode& node, const Movement& movement);
// Do the centres of the two paths come nearer than clear_m?
bool paths_meet(const StreetGraph& graph, const StreetNode& node, const Movement& a, const Movement& b, double clear_m);
// Takes away movements that squeeze another one of the same approach, where both lanes have other ways.
void drop_squeezed(const StreetGraph& graph, const StreetNode& node, std::vector<Movement>& movements);

}  // namespace bitgoeul::maps
