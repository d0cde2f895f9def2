#include "scenarios/story/standing.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::story {

vehicles::Standing standing_of(const maps::Map& map, const Seen& seen) {
  vehicles::Standing at;
  at.x = seen.x, at.y = seen.y, at.z = seen.z;
  at.yaw_rad = seen.yaw, at.pitch_rad = seen.pitch, at.roll_rad = seen.roll;
  at.speed_mps = seen.speed;
  at.acceleration_mps2 = seen.acceleration;
  at.yaw_rate_radps = seen.yaw_rate;
  at.distance_m = seen.traveled_m;
  if (seen.lane == kNone || !maps::drivable(map.lanes[seen.lane].type)) return at;
  const maps::LanePose pose = maps::lane_pose(map, seen.lane, seen.lane_s);
  if (std::abs(seen.lane_t) > 0.5 * pose.width) return at;
  at.lane = seen.lane;
  at.s = std::clamp(seen.lane_s + seen.center_x * sim::cos(seen.yaw - pose.heading), 0.0, map.lanes[seen.lane].length);
  at.t = seen.lane_t;
  return at;
}

}  // namespace bitgoeul::scenarios::story
