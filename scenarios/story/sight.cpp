#include "scenarios/story/sight.h"

#include <algorithm>

#include "vehicles/dynamics/rail.h"

namespace bitgoeul::scenarios::story {

void see(const vehicles::State& state, Row row, RoadTrace& trace, Seen& seen) {
  const openscenario::ObjectType object = seen.object;
  seen = Seen{};
  seen.object = object;
  seen.alive = state.alive(row);
  if (!seen.alive) return;
  const sim::Entities& e = state.world.entities;
  const vehicles::Vehicles& v = state.vehicles;
  const vehicles::Place now = vehicles::place_now(state, row);
  seen.x = now.x, seen.y = now.y, seen.z = now.z;
  seen.yaw = now.yaw_rad, seen.pitch = e.pitch_rad[row], seen.roll = e.roll_rad[row];
  seen.speed = now.speed_mps;
  seen.acceleration = e.acceleration_mps2[row];
  seen.yaw_rate = now.yaw_rate_radps;
  seen.left_speed = v.left_mps[row];
  seen.left_acceleration = seen.yaw_rate * seen.speed;
  seen.length = e.length_m[row], seen.width = e.width_m[row], seen.height = e.height_m[row];
  seen.center_x = e.center_x_m[row];
  seen.traveled_m = v.distance_m[row];
  seen.lane = v.lane(row);
  if (seen.lane == kNone) return;
  const maps::Lane& lane = state.map.lanes[seen.lane];
  // Its box centre is at s; the reference point lies behind it on the same lane, or at the lane's beginning.
  seen.lane_s = std::clamp(state.node_s(row) - seen.center_x, 0.0, lane.length);
  seen.lane_t = v.t[row];
  Row hint = kNone;
  const RoadTrace::At road = trace.at(seen.lane, seen.lane_s, seen.lane_t, hint);
  seen.road = lane.road;
  seen.road_s = road.s;
  seen.road_t = road.t;
  seen.lane_id = lane.odr_id;
}

}  // namespace bitgoeul::scenarios::story
