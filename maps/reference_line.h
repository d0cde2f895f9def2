// Reference-line geometry of OpenDRIVE 1.8 clause 9: line, arc, spiral (clothoid), poly3, paramPoly3, evaluated in
// closed form or, for the clothoid, by Fresnel series with an error below 1e-9 m; polynomials for elevation, width and
// offset. Read by freeze, road_position and the writers. Uses sim/math.h, so the bits do not depend on the machine.
#pragma once

#include <span>

#include "maps/map.h"

namespace bitgoeul::maps {

struct CurvePoint {
  double x = 0, y = 0, heading = 0, curvature = 0;
  double stretch = 1;  // metres of curve per metre of ds: 1, but for paramPoly3 whose parameter is not arc length
};

// ds in [0, length] from the start of the piece.
CurvePoint evaluate(const Geometry& geometry, double ds);
// Picks the piece that holds s (clamped to the road).
CurvePoint evaluate(std::span<const Geometry> line, double s);

double evaluate(std::span<const Poly3> polys, double s);  // 0 when empty or before the first
double evaluate_derivative(std::span<const Poly3> polys, double s);
double evaluate_second_derivative(std::span<const Poly3> polys, double s);

}  // namespace bitgoeul::maps
