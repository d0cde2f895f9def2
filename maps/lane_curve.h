// Lane curve: the exact centre line of a lane as a function of road s, from the norm's polynomials (reference line,
// lane offset, widths, elevation, superelevation, shape, lane height). freeze samples it into LanePoints; road_position
// evaluates it. The cross-section is turned by the superelevation about the reference line (OpenDRIVE 1.8, 10.5): t
// runs along the tilted road, and level from the inner edge of the first flat lane on. Thread rule: pure reads of the
// const Map.
#pragma once

#include <span>
#include <vector>

#include "maps/map.h"
#include "maps/reference_line.h"

namespace bitgoeul::maps {

struct LaneCurvePoint {
  double x = 0, y = 0, z = 0;
  double heading = 0;    // of growing road s, whatever the driving direction
  double curvature = 0;  // 1/m of the lane centre, left of growing s positive
  double width = 0, t = 0;
  double rate = 1;  // horizontal metres of lane centre per metre of road s, > 0
};

// The polynomials of one lane and of the lanes between it and the reference line, found once per lane.
class LaneCurve {
 public:
  LaneCurve(const Map& map, Row lane);
  LaneCurvePoint at(double road_s) const;
  // Horizontal length of the centre line between two road s (negative when to < from), by quadrature per smooth piece.
  double length(double from, double to) const;
  // Road s where a polynomial or a piece of the reference line begins, with both ends of the lane; ascending.
  const std::vector<double>& breaks() const { return breaks_; }
  // t of the lane's edge nearest to the reference line and of the far one.
  void edges_t(double road_s, double& inner, double& outer) const;

 private:
  struct Profile {
    double inner = 0, width = 0, center = 0, center_slope = 0, center_bend = 0;
    double flat = 0, flat_slope = 0;  // how much of center lies on flat lanes
  };
  Profile profile(double road_s) const;
  CurvePoint on_line(double road_s) const;
  double rate(double road_s) const;
  std::span<const Geometry> line_;
  std::span<const Poly3> elevation_, superelevation_, offset_;
  std::vector<std::span<const Poly3>> widths_;  // from the reference line outwards, the lane's own last
  std::vector<double> breaks_;
  std::span<const ShapePiece> shape_;
  std::span<const LaneHeight> heights_;
  std::size_t first_flat_ = 0;  // of widths_: from there on all lanes are flat
  double section_s_ = 0, side_ = 1;
};

}  // namespace bitgoeul::maps
