// Polyline fit: a reference line of lines and paramPoly3 pieces through a surveyed polyline, with continuous heading
// and curvature: a cubic spline by least squares over the vertices (de Boor, A Practical Guide to Splines, 1978), its
// knots added where a vertex lies off by more than the tolerance. Read by free_lanes. Metres, radians. Pure functions.
#pragma once

#include <optional>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps::detail {

struct FitOptions {
  double tolerance_m = 0.01;
  double shortest_piece_m = 2.0;
  std::optional<double> start_heading, end_heading;  // else the polyline's own
};

struct FittedLine {
  std::vector<Geometry> plan_view;
  double length = 0;
  double max_error_m = 0;         // of a vertex that was kept
  std::vector<std::size_t> kept;  // rows of the polyline
  std::vector<double> s;          // road s of each kept vertex
};

// Vertices nearer than 0.3 m to the one before are left out. Needs two that differ by more than 1 mm; else empty.
FittedLine fit_polyline(const std::vector<sim::Vec2>& line, const FitOptions& options);
// Heading of a parabola through the first (last) vertices within about 3 m.
double start_heading(const std::vector<sim::Vec2>& line);
double end_heading(const std::vector<sim::Vec2>& line);

}  // namespace bitgoeul::maps::detail
