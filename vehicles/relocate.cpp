#include "vehicles/relocate.h"

#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "sim/math.h"
#include "vehicles/drivers/lane_change.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kOverM = 0.2;    // beyond the edge of the own lane
constexpr double kBetterM = 0.4;  // nearer to the centre line of the other one
constexpr double kFarM = 6.0;
constexpr double kReachM = 0.15;  // over the edge

void move_over(State& state, Row row, const maps::LaneMatch& match) {
  Vehicles& v = state.vehicles;
  leave_side(state, row);
  state.lists.remove(v.lane(row), row);
  v.s[row] = match.s;
  v.t[row] = match.t;
  enter_lane(state, row, match.lane);
  state.enlist(match.lane, row);
  state.mark(row);
}

// While its body reaches into a neighbouring lane, it stands in that lane's list too, so that those who drive there see
// it.
void show_on_both(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const maps::Lane& lane = state.map.lanes[v.lane(row)];
  const double width = maps::lane_pose(state.map, v.lane(row), v.s[row], 0.0, v.hint[row]).width;
  const double over = std::fabs(v.t[row]) + 0.5 * state.world.entities.width_m[row] - 0.5 * width;
  const Row side = over > kReachM ? (v.t[row] > 0 ? lane.left : lane.right) : kNone;
  if (side == v.side_lane[row] && (side == kNone) == (v.side[row] == Side::kNone)) return;
  leave_side(state, row);
  state.mark(row);
  if (side == kNone) return;
  v.side[row] = Side::kLeaving;
  v.side_lane[row] = side;
  v.side_s[row] = center_s_on(state, row, side);
  state.enlist(side, state.side_node(row));
}

// Onto the lane it is over, if any.
bool change(State& state, maps::Router& router, Row row) {
  Vehicles& v = state.vehicles;
  const Row lane = v.lane(row);
  const double width = maps::lane_pose(state.map, lane, v.s[row], 0.0, v.hint[row]).width;
  if (std::fabs(v.t[row]) <= 0.5 * width + kOverM) return false;
  const sim::Entities& e = state.world.entities;
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  maps::LaneQuery query;
  query.max_distance_m = kFarM;
  query.use_heading = query.use_z = true;
  query.heading = e.yaw_rad[row];
  query.z = e.z[row];
  const auto match =
      maps::nearest_lane(state.map, e.x[row] + e.center_x_m[row] * cosine, e.y[row] + e.center_x_m[row] * sine, query);
  if (!match || match->lane == lane || match->lane == v.way[row][kBack + 1]) return false;
  if (std::fabs(match->t) > std::fabs(v.t[row]) - kBetterM) return false;
  const double heading = maps::lane_pose(state.map, match->lane, match->s).heading;
  if (std::fabs(sim::wrap_angle(heading - e.yaw_rad[row])) > 0.5 * sim::kPi) return false;  // against the traffic
  const bool wanted = wanted_lane(state, row) == match->lane;
  std::int32_t& cursor = v.route_cursor[row];
  if (wanted && cursor >= 0 && ++cursor == static_cast<std::int32_t>(state.routes[row].lanes.size()))
    cursor = state.routes[row].loop;
  move_over(state, row, *match);
  if (!wanted && cursor >= 0) reroute(state, router, row);
  return true;
}

}  // namespace

bool relocate(State& state, maps::Router& router, Row row) {
  if (state.vehicles.lane(row) == kNone) return false;
  const bool moved = change(state, router, row);
  show_on_both(state, row);
  return moved;
}

}  // namespace bitgoeul::vehicles
