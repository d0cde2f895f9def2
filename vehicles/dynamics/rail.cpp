#include "vehicles/dynamics/rail.h"

#include <algorithm>

#include "sim/math.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/drivers/path_follower.h"
#include "vehicles/riders.h"
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

void step_aside(double t, maps::LanePose& pose) {
  pose.x -= t * sim::sin(pose.heading);
  pose.y += t * sim::cos(pose.heading);
}

// During a lane change the rail lies beside the centre line. Returns how far.
double shift_sideways(const Vehicles& v, Row row, double progress, maps::LanePose& pose) {
  const double t = v.change_offset_m[row] * change_profile(progress);
  step_aside(t, pose);
  pose.heading += sim::atan(v.change_offset_m[row] * change_slope(progress) / v.change_length_m[row]);
  return t;
}

// Pose of one on ticks, `driven_m` on from where its row has it.
maps::LanePose pose_after(const State& state, Row row, double driven_m) {
  const Vehicles& v = state.vehicles;
  Row hint = v.hint[row];
  maps::LanePose pose = way_pose(state, row, driven_m, hint);
  if (v.change_progress[row] < 1.0f)
    shift_sideways(v, row, std::min(1.0, v.change_progress[row] + driven_m / v.change_length_m[row]), pose);
  else if (v.t[row] != 0)
    step_aside(v.t[row], pose);
  return pose;
}

void load_segment(const maps::Map& map, Row point, RailSegment& segment) {
  const maps::LanePoint &a = map.points[point], &b = map.points[point + 1];
  segment.point = point;
  segment.s = a.s;
  segment.end = b.s;
  segment.value = {a.x, a.y, a.z, a.heading, a.curvature, a.speed_cap_mps};
  segment.rise = {b.x - a.x,
                  b.y - a.y,
                  b.z - a.z,
                  b.heading - a.heading,
                  b.curvature - a.curvature,
                  b.speed_cap_mps - a.speed_cap_mps};
  segment.pitch = b.z == a.z ? 0.0 : -sim::atan2(b.z - a.z, b.s - a.s);
}

// The hot path: on its lane, with the segment of the tick before at hand, so that the map, which is seldom in the
// cache, is read only where a segment begins. The same numbers as set_pose(way_pose()).
void follow_segment(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const double s = v.s[row];
  RailSegment& segment = state.segments[row];
  if (segment.point != v.hint[row]) load_segment(state.map, v.hint[row], segment);
  while (segment.end < s) load_segment(state.map, segment.point + 1, segment);
  v.hint[row] = segment.point;
  const double ds = segment.end - segment.s, u = ds > 0.0 ? std::clamp((s - segment.s) / ds, 0.0, 1.0) : 0.0;
  const auto at = [&](std::size_t i) { return segment.value[i] + u * segment.rise[i]; };
  maps::LanePose pose;
  pose.x = at(0);
  pose.y = at(1);
  pose.z = at(2);
  pose.heading = at(3);
  pose.curvature = at(4);
  v.cap_mps[row] = static_cast<float>(at(5));
  pose.pitch = segment.pitch;
  set_pose(state.world.entities, row, pose);
}

// Leaves as many lanes behind as it has passed. Its way is its own; the lists of the lanes are put right by commit.
void pass_end(State& state, Row row, std::size_t block) {
  Vehicles& v = state.vehicles;
  const sim::Id id = state.world.ids.id_of(row);
  const Row from = v.lane(row);
  const std::int32_t cursor = v.route_cursor[row];
  while (v.s[row] > state.rules.lanes[v.lane(row)].length && v.way[row][kBack + 1] != kNone) {
    v.s[row] -= state.rules.lanes[v.lane(row)].length;
    shift_way(state, row);
  }
  if (v.lane(row) != from) {
    const bool around = cursor >= 0 && v.route_cursor[row] <= cursor;
    state.mailbox.post(block, {id, static_cast<std::uint32_t>(Act::kRelist), 0, from, around});
    v.hint[row] = kNone;
  }
  if (v.s[row] > state.rules.lanes[v.lane(row)].length)
    state.mailbox.post(block, {id, static_cast<std::uint32_t>(Act::kLeave)});
}

}  // namespace

double move_rail(State& state, Row row, double dt_s, std::size_t block) {
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  double speed = e.speed_mps[row];
  const double before = speed;
  const double driven = ballistic(speed, v.command_acceleration_mps2[row], dt_s);
  e.acceleration_mps2[row] = (speed - before) / dt_s;
  e.speed_mps[row] = speed;
  if (driven == 0) {
    e.yaw_rate_radps[row] = 0;
    return 0;
  }
  v.s[row] += driven;
  if (v.s[row] > state.rules.lanes[v.lane(row)].length) pass_end(state, row, block);
  const bool inside = v.s[row] <= state.rules.lanes[v.lane(row)].length;
  const bool rider = rides(state, row);
  if (inside && v.hint[row] != kNone && v.change_progress[row] >= 1.0f && v.t[row] == 0 && !rider) {
    follow_segment(state, row);
    return driven;
  }
  maps::LanePose pose = way_pose(state, row, 0.0, v.hint[row]);
  v.cap_mps[row] = static_cast<float>(pose.speed_cap_mps);
  const double t = v.t[row];
  v.t[row] = 0;
  if (v.change_progress[row] < 1.0f) {
    v.t[row] = shift_sideways(v, row, v.change_progress[row], pose);
  } else if (rider) {
    v.t[row] = drawn_to(t, riders_place(state, v.lane(row), pose.width, e.width_m[row]), driven);
    step_aside(v.t[row], pose);
  }
  set_pose(e, row, pose);
  return driven;
}

void place_on_lane(State& state, Row row) {
  const maps::LanePose pose = way_pose(state, row, 0.0, state.vehicles.hint[row]);
  state.vehicles.cap_mps[row] = static_cast<float>(pose.speed_cap_mps);
  set_pose(state.world.entities, row, pose);
}

void write_now(const State& state, Row row, sim::Entities& out) {
  const State::Since since = state.since_tick(row);
  const double before = out.speed_mps[row];
  out.speed_mps[row] = since.speed_mps;
  if (state.ahead_s > 0) out.acceleration_mps2[row] = (since.speed_mps - before) / state.ahead_s;
  if (since.driven_m > 0) set_pose(out, row, pose_after(state, row, since.driven_m));
}

Place place_now(const State& state, Row row) {
  const sim::Entities& e = state.world.entities;
  const State::Since since = state.since_tick(row);
  if (since.driven_m == 0)
    return {e.x[row], e.y[row], e.z[row], e.yaw_rad[row], e.yaw_rate_radps[row], since.speed_mps};
  const maps::LanePose pose = pose_after(state, row, since.driven_m);
  double sine, cosine;
  sim::sincos(pose.heading, sine, cosine);
  return {pose.x - e.center_x_m[row] * cosine, pose.y - e.center_x_m[row] * sine, pose.z,
          sim::wrap_angle(pose.heading),       pose.curvature * since.speed_mps,  since.speed_mps};
}

void catch_up(State& state, Row row) {
  if (!state.ticked(row)) return;
  Vehicles& v = state.vehicles;
  const State::Since since = state.since_tick(row);
  write_now(state, row, state.world.entities);
  v.s[row] += since.driven_m;
  v.side_s[row] += since.driven_m;
  v.distance_m[row] += since.driven_m;
  v.hint[row] = kNone;
}

}  // namespace bitgoeul::vehicles
