#include "vehicles/placed_rows.h"

#include "sim/check.h"

namespace bitgoeul::vehicles {
namespace {

void leave_lane(State& state, Row row) {
  if (state.lists.listed(row)) state.lists.remove(state.vehicles.lane(row), row);
  state.vehicles.way[row].fill(kNone);
}

// Its place in the list of the lane: most steps change nothing of it.
void keep_place(State& state, Row row, const Standing& at) {
  Vehicles& v = state.vehicles;
  const bool same_lane = state.lists.listed(row) && v.lane(row) == at.lane;
  v.s[row] = at.s;
  v.t[row] = at.t;
  if (same_lane) {
    const Row ahead = state.lists.ahead[row], behind = state.lists.behind[row];
    const bool before = behind == kNone || state.node_s(behind) < at.s;
    const bool after = ahead == kNone || state.node_s(ahead) > at.s;
    if (before && after) return;
    state.lists.remove(at.lane, row);
  } else {
    leave_lane(state, row);
    v.hint[row] = kNone;
    v.way[row][kBack] = at.lane;
  }
  if (at.lane != kNone) state.enlist(at.lane, row);
}

}  // namespace

Row add_placed(State& state, sim::Role role, std::uint16_t type) {
  sim::Entities& e = state.world.entities;
  Vehicles& v = state.vehicles;
  const Row row = state.world.ids.create().row();
  CHECK(row < state.capacity(), "rows are reserved at load");
  state.mark(row);
  sim::clear_row(e, row);
  sim::clear_row(v, row);
  e.role[row] = role;
  e.type[row] = type;
  v.model[row] = Model::kPlaced;
  v.way[row].fill(kNone);
  v.towed_by[row] = v.side_lane[row] = v.reroute_lane[row] = v.reroute_next[row] = kNone;
  v.request_step[row] = v.standstill_step[row] = v.change_wait_step[row] = -1;
  v.reroute_join[row] = v.route_cursor[row] = -1;
  v.change_progress[row] = v.change_length_m[row] = 1.0f;
  return row;
}

void put(State& state, Row row, const Standing& at) {
  sim::Entities& e = state.world.entities;
  Vehicles& v = state.vehicles;
  CHECK(v.model[row] == Model::kPlaced, "only a row that nobody drives can be put somewhere");
  if (!e.alive[row]) {
    const VehicleType& type = state.catalogue[e.type[row]];
    e.alive[row] = 1;
    e.length_m[row] = type.length_m;
    e.width_m[row] = type.width_m;
    e.height_m[row] = type.height_m;
    e.center_x_m[row] = type.center_x_m;
  }
  state.mark(row);
  e.x[row] = at.x, e.y[row] = at.y, e.z[row] = at.z;
  e.yaw_rad[row] = at.yaw_rad, e.pitch_rad[row] = at.pitch_rad, e.roll_rad[row] = at.roll_rad;
  e.speed_mps[row] = at.speed_mps;
  e.acceleration_mps2[row] = at.acceleration_mps2;
  e.yaw_rate_radps[row] = at.yaw_rate_radps;
  v.distance_m[row] = at.distance_m;
  keep_place(state, row, at);
}

void take_out(State& state, Row row) {
  if (!state.alive(row)) return;
  leave_lane(state, row);
  state.mark(row);
  sim::Entities& e = state.world.entities;
  const std::uint16_t type = e.type[row];
  const sim::Role role = e.role[row];
  sim::clear_row(e, row);
  e.type[row] = type;
  e.role[row] = role;
  state.vehicles.standstill_step[row] = -1;
}

}  // namespace bitgoeul::vehicles
