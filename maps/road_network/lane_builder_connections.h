// Shapes of connecting roads: from the end of one lane to the start of another with matching position and heading:
// line, line-arc-line, or a cubic where those do not fit; a bulb for a U-turn at a dead end. Read by lane_builder.
// Local metres. Pure functions.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_curve.h"

namespace bitgoeul::maps {

// The plan view of a connecting road's reference line, which is the centre of its one lane.
std::vector<Geometry> connect_lanes(const StreetPose& from, const StreetPose& to);
// U-turn from one lane to the opposite one, `lane` 0 being the innermost; the loops of several lanes lie inside one
// another.
std::vector<Geometry> turn_around(const StreetPose& from, const StreetPose& to, int lane, int lanes,
                                  double lane_width_m);

std::vector<Geometry> to_geometries(const StreetCurve& curve);
// Points every step_m at most along lines, arcs and cubics.
std::vector<sim::Vec2> sample_plan_view(const std::vector<Geometry>& plan_view, double step_m);
double length_of(const std::vector<Geometry>& plan_view);

}  // namespace bitgoeul::maps
