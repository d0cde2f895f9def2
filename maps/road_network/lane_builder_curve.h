// StreetCurve: a street's centre line as straight lines and circular arcs with a continuous heading, made from a
// polyline by rounding each vertex. Written by lane_builder_graph and local_streets, cut and read by the other
// lane_builder files. Local metres, radians. Pure functions.
#pragma once

#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps {

struct CurvePiece {
  double x = 0, y = 0, heading = 0, length = 0, curvature = 0;
};

struct StreetPose {
  double x = 0, y = 0, heading = 0, curvature = 0;
  sim::Vec2 point() const { return {x, y}; }
  // t to the left.
  sim::Vec2 offset(double t) const;
};

struct StreetCurve {
  std::vector<CurvePiece> pieces;
  double length = 0;

  StreetPose at(double s) const;  // clamped to [0, length]
};

// Rounds every inner vertex with an arc of at most max_radius_m that leaves its neighbours room and passes the vertex
// within max_offset_m (tight corners excepted). Needs two distinct points.
StreetCurve make_curve(const std::vector<sim::Vec2>& line, double max_radius_m, double max_offset_m = 1e9);
// The part [from_s, to_s], exactly on the same curve.
StreetCurve cut_curve(const StreetCurve& curve, double from_s, double to_s);
// Points every step_m at most, both ends included.
std::vector<sim::Vec2> sample_curve(const StreetCurve& curve, double step_m);
double smallest_radius(const StreetCurve& curve);

double line_length(const std::vector<sim::Vec2>& line);
double distance_to_line(const sim::Vec2& point, const std::vector<sim::Vec2>& line);
// Drops vertices that lie within tolerance of the line without them (Douglas and Peucker 1973).
std::vector<sim::Vec2> simplify_line(const std::vector<sim::Vec2>& line, double tolerance_m);

}  // namespace bitgoeul::maps
