#include "viewer/indicators.h"

#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"

namespace bitgoeul::viewer {

namespace {

using maps::Turn;

int side_of(Turn turn) { return turn == Turn::kLeft || turn == Turn::kUTurn ? 1 : turn == Turn::kRight ? -1 : 0; }

// Where all ways on from the lane turn to one side, that side.
int only_way(const maps::Map& map, maps::Row lane) {
  int side = 0;
  for (const maps::Row next : map.successors(lane)) {
    const int turns = side_of(map.lanes[static_cast<std::size_t>(next)].turn);
    if (turns == 0 || (side != 0 && turns != side)) return 0;
    side = turns;
  }
  return side;
}

}  // namespace

int indicator_of(const maps::Map* map, const Mover& m) {
  constexpr double kBeforeM = 40;    // a turn is shown 30 m ahead at least (Korean Road Traffic Act, table 2)
  constexpr double kCourse = 0.025;  // rad off the lane's heading: changes lanes, not only wanders in it
  constexpr double kTurning = 0.07;  // rad/s
  constexpr double kTownSpeed = 14;  // beyond it a yaw rate comes from a bend
  const bool turns = m.speed > 0.5 && m.speed < kTownSpeed && std::abs(m.yaw_rate) > kTurning;
  const int by_yaw = turns ? (m.yaw_rate > 0 ? 1 : -1) : 0;
  if (!map) return by_yaw;
  maps::LaneQuery query;
  query.max_distance_m = 3, query.use_heading = query.use_z = true, query.heading = m.yaw, query.z = m.z;
  const auto at = maps::nearest_lane(*map, m.x, m.y, query);
  if (!at) return by_yaw;
  const maps::Lane& lane = map->lanes[static_cast<std::size_t>(at->lane)];
  if (lane.junction != maps::kNone) return side_of(lane.turn);
  if (lane.length - at->s < kBeforeM)
    if (const int side = only_way(*map, at->lane)) return side;
  const double off = std::remainder(m.yaw - maps::lane_pose(*map, at->lane, at->s).heading, 2 * sim::kPi);
  return m.speed > 3 && std::abs(off) > kCourse ? (off > 0 ? 1 : -1) : 0;
}

}  // namespace bitgoeul::viewer
