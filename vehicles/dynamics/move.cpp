#include "vehicles/dynamics/move.h"

#include "sim/prefetch.h"
#include "vehicles/drivers/lane_change.h"
#include "vehicles/drivers/right_of_way.h"
#include "vehicles/dynamics/kinematic_bicycle.h"
#include "vehicles/dynamics/move_double_track.h"
#include "vehicles/dynamics/rail.h"
#include "vehicles/dynamics/wreck.h"

namespace bitgoeul::vehicles {
namespace {

// A front that crosses the stop line of a red light is worth an event.
void watch_stop_line(State& state, Row row, Row lane, double front_before_s, std::size_t block) {
  const Vehicles& v = state.vehicles;
  const double stop = state.rules.lanes[lane].stop_s;
  const Row next = v.way[row][kBack + 1];
  if (front_before_s > stop || v.s[row] + state.half_length(row) <= stop || next == kNone) return;
  const Row group = state.rules.lanes[next].signal_group;
  if (group == kNone || state.world.signals.state[group] != sim::SignalState::kRed) return;
  if (lawful_on_red(state, row, next) || state.rules.lanes[next].turn_when > maps::TurnWhen::kLeftArrow) return;
  state.mailbox.post(block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(Act::kRedLight), 0, next});
}

double move_one(State& state, Row row, double dt_s, std::size_t block) {
  switch (state.vehicles.model[row]) {
    case Model::kBicycle:
      return move_bicycle(state, row, block);
    case Model::kDoubleTrack:
      return finish_double_track(state, row, block);
    case Model::kWreck:
      return move_wreck(state, row, block);
    default:
      return move_rail(state, row, dt_s, block);
  }
}

constexpr Row kFetchAhead = 12;

// What a row will need of the map in a moment: it is seldom in the cache.
void fetch(const State& state, Row row) {
  const Vehicles& v = state.vehicles;
  const Row lane = v.lane(row);
  if (lane == kNone || (state.world.entities.speed_mps[row] == 0 && v.command_acceleration_mps2[row] <= 0)) return;
  sim::prefetch(&state.rules.lanes[lane]);
  // The next segment, when this one will end.
  const RailSegment& segment = state.segments[row];
  const Row point = v.hint[row];
  if (point == kNone) return;
  const bool other = segment.point != point;  // it has got there otherwise than along its lane
  if (!other && segment.end - v.s[row] >= state.world.entities.speed_mps[row] * 2 * state.tick_s()) return;
  const maps::LanePoint* next = state.map.points.data() + point + (other ? 0 : 1);
  sim::prefetch(next);
  sim::prefetch(next + 1);
}

}  // namespace

void move(State& state, Row begin, Row end, std::size_t block) {
  Vehicles& v = state.vehicles;
  step_double_track_rows(state, begin, end);
  const bool tick = state.moving_tick();
  for (Row row = begin; row < end; ++row) {
    if (tick && row + kFetchAhead < state.rows()) fetch(state, row + kFetchAhead);
    if (!state.alive(row) || v.model[row] == Model::kTrailer) continue;  // trailers follow when all have moved
    const bool ticked = state.ticked(row);
    if (ticked && !tick) continue;
    const double front_s = v.s[row] + state.half_length(row);
    const double driven = move_one(state, row, ticked ? state.tick_s() : state.world.dt_s(), block);
    v.distance_m[row] += driven;
    if (driven > 0 && (v.side[row] != Side::kNone || v.change_progress[row] < 1.0f))
      follow_change(state, row, driven, block);
    if (!ticked) watch_stop_line(state, row, v.lane(row), front_s, block);
    if (state.world.entities.speed_mps[row] > kStandingMps)
      v.standstill_step[row] = -1;
    else if (v.standstill_step[row] < 0)
      v.standstill_step[row] = state.world.step();
  }
}

}  // namespace bitgoeul::vehicles
