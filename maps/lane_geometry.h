// Geometry along a lane's centre line: pose at lane s, and lane s nearest to a point. The hot path of every driver.
// A `hint` is a point row near the answer (the one from the step before): lookups walk from it, so they cost O(1).
// Thread rule: pure reads of the const Map.
#pragma once

#include "maps/map.h"

namespace bitgoeul::maps {

struct LanePose {
  double x = 0, y = 0, z = 0;
  double heading = 0;    // rad, not wrapped
  double curvature = 0;  // 1/m
  double pitch = 0;      // rad, positive nose down as in ISO 8855 Tait-Bryan about y (left)
  double width = 0;
  double speed_cap_mps = 0;
};

// Pose at lane s (clamped to [0, length]); t metres to the left of the centre line. hint is read and updated.
LanePose lane_pose(const Map& map, Row lane, double s, double t, Row& hint);
inline LanePose lane_pose(const Map& map, Row lane, double s, double t = 0.0) {
  Row hint = kNone;
  return lane_pose(map, lane, s, t, hint);
}

struct LaneProjection {
  double s = 0;         // in [0, length]
  double t = 0;         // left positive
  double distance = 0;  // from the point to the foot
};
// Foot of the point on the centre line, searched locally from hint (kNone: over the whole lane).
LaneProjection project_to_lane(const Map& map, Row lane, double x, double y, Row& hint);

}  // namespace bitgoeul::maps
