// RoadSurface: the road across a lane, at every point of its centre line: superelevation, crossfall from shapes, lane
// heights; and the friction that its material gives. Lanes whose road is level across have no rows. Made once from the
// map; read by the models that stand on four wheels. Metres, t left positive in driving direction. Thread rule: reads
// anywhere.
#pragma once

#include <vector>

#include "maps/map.h"

namespace bitgoeul::vehicles {

class RoadSurface {
 public:
  RoadSurface() = default;
  explicit RoadSurface(const maps::Map& map);

  // Height above the centre line, t metres to its left, a share `u` of the way from point row `point` to the next.
  double rise(maps::Row lane, maps::Row point, double u, double t) const;
  // Factor on the tyres' friction: what the source says of the lane's material, 1 where it says nothing.
  double friction(const maps::Map& map, maps::Row lane, double s) const;

 private:
  // Height over the centre line at the lane's edges, and kBeyondM beyond them.
  struct Across {
    float edge = 1, right_far = 0, right = 0, left = 0, left_far = 0;
    double at(double t) const;
  };
  struct Grip {
    double from_m = 0, friction = 1;  // from the end where road s begins
  };
  void sample(const maps::Map& map, maps::Row section);
  void read_material(const maps::Map& map, const maps::Extra& extra);

  std::vector<std::int32_t> first_;  // per lane: row of across_ less row of the point
  std::vector<std::uint8_t> banked_;
  std::vector<Across> across_;
  std::vector<std::vector<Grip>> grip_;  // per lane, as the file orders them; empty when no lane has any
};

}  // namespace bitgoeul::vehicles
