#include "vehicles/dynamics/rail.h"

#include "sim/math.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/drivers/path_follower.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

void set_pose(sim::Entities& e, Row row, const maps::LanePose& pose) {
  double sine, cosine;
  sim::sincos(pose.heading, sine, cosine);
  e.x[row] = pose.x - e.center_x_m[row] * cosine;
  e.y[row] = pose.y - e.center_x_m[row] * sine;
  e.z[row] = pose.z;
  e.yaw_rad[row] = sim::wrap_angle(pose.heading);
  e.pitch_rad[row] = pose.pitch;
  e.yaw_rate_radps[row] = pose.curvature * e.speed_mps[row];
}

// During a lane change the rail lies beside the centre line.
void shift_sideways(Vehicles& v, Row row, maps::LanePose& pose) {
  const double p = v.change_progress[row];
  v.t[row] = v.change_offset_m[row] * change_profile(p);
  pose.x -= v.t[row] * sim::sin(pose.heading);
  pose.y += v.t[row] * sim::cos(pose.heading);
  pose.heading += sim::atan(v.change_offset_m[row] * change_slope(p) / v.change_length_m[row]);
}

}  // namespace

double move_rail(State& state, Row row, std::size_t block) {
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  double speed = e.speed_mps[row];
  const double before = speed;
  const double driven = ballistic(speed, v.command_acceleration_mps2[row], state.world.dt_s());
  e.acceleration_mps2[row] = (speed - before) / state.world.dt_s();
  e.speed_mps[row] = speed;
  if (driven == 0) {
    e.yaw_rate_radps[row] = 0;
    return 0;
  }
  v.s[row] += driven;
  const double length = state.rules.lanes[v.lane(row)].length;
  if (v.s[row] > length) {
    const sim::Id id = state.world.ids.id_of(row);
    if (v.way[row][kBack + 1] != kNone)
      state.mailbox.post(block, {id, static_cast<std::uint32_t>(Act::kTransfer)});
    else
      state.mailbox.post(block, {id, static_cast<std::uint32_t>(Act::kLeave)});
  }
  maps::LanePose pose = way_pose(state, row, 0.0, v.hint[row]);
  v.t[row] = 0;
  if (v.change_progress[row] < 1.0f) shift_sideways(v, row, pose);
  set_pose(e, row, pose);
  return driven;
}

void place_on_lane(State& state, Row row) {
  set_pose(state.world.entities, row, way_pose(state, row, 0.0, state.vehicles.hint[row]));
}

}  // namespace bitgoeul::vehicles
