#include "vehicles/commit.h"

#include <algorithm>

#include "vehicles/drivers/lane_change.h"
#include "vehicles/dynamics/rail.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

// Leaves as many lanes behind as the vehicle has passed in this step (short ones may come in a row).
void transfer(State& state, Row row, Committed& out) {
  Vehicles& v = state.vehicles;
  if (v.side[row] != Side::kNone) leave_side(state, row);
  while (v.s[row] > state.rules.lanes[v.lane(row)].length && v.way[row][kBack + 1] != kNone) {
    const Row lane = v.lane(row);
    const std::int32_t cursor = v.route_cursor[row];
    state.lists.remove(lane, row);
    v.s[row] -= state.rules.lanes[lane].length;
    shift_way(state, row);
    v.hint[row] = kNone;
    state.enlist(v.lane(row), row);
    if (cursor >= 0 && v.route_cursor[row] <= cursor)
      out.events.push_back(event_of(state, sim::EventKind::kRouteCompleted, row));
  }
}

// One on rails has left lane `from` behind by itself.
void relist(State& state, Row row, Row from, bool around, Committed& out) {
  if (state.vehicles.side[row] != Side::kNone) leave_side(state, row);
  state.lists.remove(from, row);
  state.enlist(state.vehicles.lane(row), row);
  if (around) out.events.push_back(event_of(state, sim::EventKind::kRouteCompleted, row));
}

void finish_route(State& state, Row row, Committed& out) {
  if (state.vehicles.route_cursor[row] < 0) return;
  state.vehicles.route_cursor[row] = -1;
  extend_way(state, row);
  out.events.push_back(event_of(state, sim::EventKind::kRouteCompleted, row));
}

// Off its route when somebody has asked for it: a new one is found from there.
void change(State& state, maps::Router& router, const sim::Message& message, Committed& out) {
  const Row row = message.entity.row(), lane = static_cast<Row>(message.a);
  const bool strays = state.wish(row).side != 0 && route_lane(state, row) != lane;
  if (!change_lane(state, row, lane, message.x) || state.background(row)) return;
  out.events.push_back(event_of(state, sim::EventKind::kLaneChange, row, static_cast<double>(message.a)));
  if (strays && state.vehicles.route_cursor[row] >= 0) reroute(state, router, row);
}

void apply(State& state, maps::Router& router, const sim::Message& message, Committed& out) {
  const Row row = message.entity.row();
  switch (static_cast<Act>(message.kind)) {
    case Act::kTransfer:
      return transfer(state, row, out);
    case Act::kRelist:
      return relist(state, row, static_cast<Row>(message.a), message.b != 0, out);
    case Act::kLeave:
      return out.left.push_back(row);
    case Act::kChangeLane:
      return change(state, router, message, out);
    case Act::kAskIn:
      return ask_in(state, row, static_cast<Row>(message.a));
    case Act::kSideDone:
      return leave_side(state, row);
    case Act::kReroute:
      return reroute(state, router, row);
    case Act::kRouteDone:
      return finish_route(state, row, out);
    case Act::kRedLight:
      out.events.push_back(event_of(state, sim::EventKind::kRedLight, row, static_cast<double>(message.a)));
      return;
    case Act::kTouch:
      out.touching.emplace_back(std::min(row, static_cast<Row>(message.a)), std::max(row, static_cast<Row>(message.a)));
      return;
  }
}

}  // namespace

sim::Event event_of(const State& state, sim::EventKind kind, Row row, double value) {
  sim::Event event;
  event.step = state.world.step();
  event.kind = kind;
  event.entity = state.world.ids.id_of(row);
  const Place at = place_now(state, row);
  event.x = at.x;
  event.y = at.y;
  event.value = value;
  return event;
}

void commit(State& state, maps::Router& router, Committed out) {
  for (const sim::Message& message : state.mailbox.deliver()) {
    if (static_cast<Act>(message.kind) != Act::kTouch) state.mark(message.entity.row());
    apply(state, router, message, out);
  }
  std::sort(out.touching.begin(), out.touching.end());
}

}  // namespace bitgoeul::vehicles
