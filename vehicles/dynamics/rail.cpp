#include "vehicles/dynamics/rail.h"

#include <algorithm>

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

// The hot path: on its lane, with the segment of the step before at hand. The same numbers as set_pose(way_pose()), but
// the pitch, which is constant along a segment, is found anew only where a segment begins.
void follow_segment(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const maps::Map& map = state.map;
  const double s = v.s[row];
  const Row before = v.hint[row];
  Row at = before;
  while (map.points[at + 1].s < s) ++at;
  const maps::LanePoint &a = map.points[at], &b = map.points[at + 1];
  const double ds = b.s - a.s, u = ds > 0.0 ? std::clamp((s - a.s) / ds, 0.0, 1.0) : 0.0;
  maps::LanePose pose;
  pose.heading = a.heading + u * (b.heading - a.heading);
  pose.x = a.x + u * (b.x - a.x);
  pose.y = a.y + u * (b.y - a.y);
  pose.z = a.z + u * (b.z - a.z);
  pose.curvature = a.curvature + u * (b.curvature - a.curvature);
  pose.pitch = state.world.entities.pitch_rad[row];
  if (at != before) {
    pose.pitch = b.z == a.z ? 0.0 : -sim::atan2(b.z - a.z, ds);
    v.hint[row] = at;
  }
  set_pose(state.world.entities, row, pose);
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
  if (v.s[row] <= length && v.hint[row] != kNone && v.change_progress[row] >= 1.0f && v.t[row] == 0) {
    follow_segment(state, row);
    return driven;
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
