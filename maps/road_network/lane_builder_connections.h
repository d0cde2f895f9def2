// Shapes of connecting roads: from the end of one lane to the start of another with matching position and heading:
// line, line-arc-line, or a cubic where those do not fit; half a circle or a bulb for a U-turn. Read by lane_builder.
// Local metres. Pure functions.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_curve.h"

namespace bitgoeul::maps {

// The plan view of a connecting road's reference line, which is the centre of its one lane. Small turns are cubics;
// they swing a little to both sides, so a way onto a merge lane is an arc where one of that radius fits.
std::vector<Geometry> connect_lanes(const StreetPose& from, const StreetPose& to, double arc_radius_m = 0);
// U-turn from one lane to an opposite one: half a circle, or a bulb where they lie nearer than twice the least radius.
// `lane` 0 is the innermost of `lanes`; the loops of several lanes lie inside one another.
std::vector<Geometry> turn_around(const StreetPose& from, const StreetPose& to, double least_radius_m, int lane,
                                  int lanes, double lane_width_m);

std::vector<Geometry> to_geometries(const StreetCurve& curve);
// Points every step_m at most along lines, arcs and cubics.
std::vector<sim::Vec2> sample_plan_view(const std::vector<Geometry>& plan_view, double step_m, double t = 0);
StreetPose pose_on(const std::vector<Geometry>& plan_view, double s);
double length_of(const std::vector<Geometry>& plan_view);

}  // namespace bitgoeul::maps
