// Road coordinates along lanes, cheaply: road s and the t of the centre line at every point of a lane's line, found
// exactly once per lane when it is first asked for, and linear between the points (which lie within 1 cm of the curve).
// Derived from the map, so no state. Thread rule: one thread; each reader has its own.
#pragma once

#include <vector>

#include "maps/map.h"

namespace bitgoeul::scenarios::story {

class RoadTrace {
 public:
  explicit RoadTrace(const maps::Map& map) : map_(&map), first_(map.lanes.size(), -1) {}
  struct At {
    double s = 0, t = 0;  // of the road; t at the point that is lane_t left of the lane's centre line
  };
  // hint: a point row near the place, as in lane_geometry.h; read and updated.
  At at(maps::Row lane, double lane_s, double lane_t, maps::Row& hint);

 private:
  void trace(maps::Row lane);
  const maps::Map* map_;
  std::vector<std::int64_t> first_;  // per lane: row of its first point in at_; -1: not asked for yet
  std::vector<At> at_;
};

}  // namespace bitgoeul::scenarios::story
