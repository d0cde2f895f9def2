#include "vehicles/puppets.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "sim/check.h"
#include "sim/math.h"
#include "vehicles/drivers/driver.h"
#include "vehicles/drivers/lane_change.h"
#include "vehicles/dynamics/move_double_track.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

// Where drivers look for it: on a lane that is driven on.
Row listed_lane(const State& state, const Pose& pose) {
  return pose.lane != kNone && maps::drivable(state.map.lanes[pose.lane].type) ? pose.lane : kNone;
}

void leave_list(State& state, Row row) {
  if (state.lists.listed(row)) state.lists.remove(state.vehicles.lane(row), row);
}

// s of the middle of its box: it may look against the lane.
double center_s(const State& state, const Pose& pose, Row& hint) {
  const double heading = maps::lane_pose(state.map, pose.lane, pose.lane_s, 0.0, hint).heading;
  const double ahead = pose.center_x * sim::cos(pose.yaw - heading);
  return std::clamp(pose.lane_s + ahead, 0.0, state.map.lanes[pose.lane].length);
}

}  // namespace

Row add_puppet(State& state, sim::Role role, std::uint16_t type) {
  const Row row = state.world.ids.create().row();
  CHECK(row < state.capacity(), "rows are reserved at load");
  state.mark(row);
  sim::clear_row(state.world.entities, row);
  sim::clear_row(state.vehicles, row);
  Vehicles& v = state.vehicles;
  state.world.entities.role[row] = role;
  state.world.entities.type[row] = type;
  v.model[row] = Model::kTrailer;  // nobody decides anything for it, and it hangs on nothing
  v.way[row].fill(kNone);
  v.way[row][kBack] = 0;
  v.towed_by[row] = v.side_lane[row] = v.reroute_lane[row] = v.reroute_next[row] = v.hint[row] = kNone;
  v.request_step[row] = v.standstill_step[row] = v.change_wait_step[row] = -1;
  v.reroute_join[row] = v.route_cursor[row] = -1;
  v.change_progress[row] = v.change_length_m[row] = 1.0f;
  return row;
}

void show_puppet(State& state, Row row, const Pose& pose) {
  sim::Entities& e = state.world.entities;
  Vehicles& v = state.vehicles;
  e.alive[row] = 1;
  e.x[row] = pose.x, e.y[row] = pose.y, e.z[row] = pose.z;
  e.yaw_rad[row] = pose.yaw, e.pitch_rad[row] = pose.pitch, e.roll_rad[row] = pose.roll;
  e.speed_mps[row] = pose.speed, e.acceleration_mps2[row] = pose.acceleration, e.yaw_rate_radps[row] = pose.yaw_rate;
  e.length_m[row] = pose.length, e.width_m[row] = pose.width, e.height_m[row] = pose.height;
  e.center_x_m[row] = pose.center_x;
  v.distance_m[row] = pose.traveled;
  v.t[row] = pose.lane_t;
  const Row lane = listed_lane(state, pose);
  leave_list(state, row);
  state.mark(row);
  if (lane == kNone) return;
  if (v.lane(row) != lane) v.hint[row] = kNone;
  v.way[row][kBack] = lane;
  v.s[row] = center_s(state, pose, v.hint[row]);
  state.enlist(lane, row);
}

void hide_puppet(State& state, Row row) {
  if (!state.alive(row)) return;
  leave_list(state, row);
  state.world.entities.alive[row] = 0;
  state.mark(row);
}

void free_puppet(State& state, Row row, Row lane, double s, double t, std::int32_t route_cursor, Model model) {
  constexpr double kLeastM = 20.0, kBackS = 3.0;
  Vehicles& v = state.vehicles;
  leave_list(state, row);
  v.model[row] = model;
  v.way[row].fill(kNone);
  v.s[row] = s;
  v.t[row] = t;
  v.hint[row] = kNone;
  v.change_offset_m[row] = static_cast<float>(t);
  v.change_length_m[row] = static_cast<float>(std::max(kLeastM, kBackS * state.world.entities.speed_mps[row]));
  v.change_progress[row] = 0.0f;
  v.route_cursor[row] = route_cursor;
  v.wait[row] = Wait::kFree;
  v.standstill_step[row] = v.request_step[row] = v.change_wait_step[row] = -1;
  draw_driver(state, row);
  enter_lane(state, row, lane);
  state.enlist(lane, row);
  if (model == Model::kDoubleTrack) add_double_track(state, row);
  state.mark(row);
}

void take_puppet(State& state, Row row) {
  Vehicles& v = state.vehicles;
  if (v.side[row] != Side::kNone) leave_side(state, row);
  leave_list(state, row);
  v.model[row] = Model::kTrailer;
  v.way[row].fill(kNone);
  v.way[row][kBack] = 0;
  v.held[row] = 0;
  v.hint[row] = kNone;
  v.request_step[row] = v.standstill_step[row] = v.change_wait_step[row] = -1;
  v.change_progress[row] = 1.0f;
  v.route_cursor[row] = -1;
  v.command_acceleration_mps2[row] = v.command_steering_rad[row] = 0;
  state.mark(row);
}

}  // namespace bitgoeul::vehicles
