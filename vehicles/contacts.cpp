#include "vehicles/contacts.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/math.h"
#include "sim/prefetch.h"
#include "vehicles/dynamics/rail.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kReachM = 0.5;
constexpr double kStaleM = 6.0;  // how far anything moves between two rebuilds of the grid

// Whoever moves in every step is tested in every step.
bool watched(const State& state, Row row) { return !state.ticked(row); }

// In the middle of a lane, front and rear too, that nothing else comes near: the only one it can touch is the next one
// on the lane.
bool out_of_reach(const State& state, Row row) {
  const Vehicles& v = state.vehicles;
  const LaneRule& rule = state.rules.lanes[v.lane(row)];
  const double half = state.half_length(row);
  return rule.plain && v.side[row] == Side::kNone && v.change_progress[row] >= 1.0f && v.s[row] > half + kReachM &&
         v.s[row] + half + kReachM < rule.length;
}

bool touches_next(const State& state, Row row) {
  const Row ahead = state.lists.ahead[row];
  return ahead >= 0 &&
         state.node_s(ahead) - state.node_s(row) < state.half_length(row) + state.half_length(state.node_row(ahead));
}

constexpr Row kFetchAhead = 12;

// What looks_around() reads of others.
void fetch(const State& state, Row row) {
  const Row lane = state.vehicles.lane(row), ahead = state.lists.ahead[row];
  if (lane != kNone) sim::prefetch(&state.rules.lanes[lane]);
  if (ahead < 0) return;
  const Row leader = state.node_row(ahead);
  sim::prefetch(&state.vehicles.s[leader]);
  sim::prefetch(&state.world.entities.length_m[leader]);
}

}  // namespace

Box box_of(const State& state, Row row) {
  const sim::Entities& e = state.world.entities;
  const Place at = place_now(state, row);
  double sine, cosine;
  sim::sincos(at.yaw_rad, sine, cosine);
  return {at.x + e.center_x_m[row] * cosine, at.y + e.center_x_m[row] * sine, at.yaw_rad, 0.5 * e.length_m[row],
          0.5 * e.width_m[row]};
}

bool overlap(const Box& a, const Box& b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  double sa, ca, sb, cb;
  sim::sincos(a.yaw_rad, sa, ca);
  sim::sincos(b.yaw_rad, sb, cb);
  const double c = std::fabs(ca * cb + sa * sb), s = std::fabs(ca * sb - sa * cb);  // of the angle between them
  if (std::fabs(dx * ca + dy * sa) > a.half_length + b.half_length * c + b.half_width * s) return false;
  if (std::fabs(dy * ca - dx * sa) > a.half_width + b.half_length * s + b.half_width * c) return false;
  if (std::fabs(dx * cb + dy * sb) > b.half_length + a.half_length * c + a.half_width * s) return false;
  return std::fabs(dy * cb - dx * sb) <= b.half_width + a.half_length * s + a.half_width * c;
}

Contacts::Contacts(std::size_t capacity) : reach_(capacity) {
  grid_.reserve(capacity);
  pairs.a.reserve(capacity);
  pairs.b.reserve(capacity);
  kept_.reserve(capacity);
}

// How far from its place in the grid anything of a body may be until the grid is built anew.
void Contacts::rebuild(const State& state) {
  constexpr double kSpare = 1.1, kSpareM = 0.2;  // it may speed up, and change lane
  constexpr double kRoundM = 1e-3;
  const sim::Entities& e = state.world.entities;
  grid_.build(e.x, e.y, e.alive);
  farthest_ = 0;
  for (Row row = 0; row < state.rows(); ++row) {
    const double moves = state.ticked(row) ? kSpare * e.speed_mps[row] * state.tick_s() + kSpareM : kStaleM;
    const double reach = 0.5 * (e.length_m[row] + e.width_m[row]) + std::fabs(e.center_x_m[row]) + moves;
    reach_[row] = static_cast<float>(reach + kRoundM);
    if (state.alive(row)) farthest_ = std::max(farthest_, reach + 2 * kRoundM);
  }
}

bool Contacts::tested_now(const State& state, Row row) const { return watched(state, row) || state.moving_tick(); }

// Who looks for its neighbours: whoever moves in every step, and on a tick those whom others may touch.
bool Contacts::looks_around(const State& state, Row row) const {
  return watched(state, row) || (state.moving_tick() && (!out_of_reach(state, row) || touches_next(state, row)));
}

void Contacts::find(State& state, Row begin, Row end, std::size_t block) const {
  const bool tick = state.moving_tick();
  for (Row row = begin; row < end; ++row) {
    if (tick && row + kFetchAhead < state.rows()) fetch(state, row + kFetchAhead);
    if (state.alive(row) && looks_around(state, row)) look_around(state, row, block);
  }
}

void Contacts::look_around(State& state, Row row, std::size_t block) const {
  const sim::Entities& e = state.world.entities;
  const double x0 = e.x[row], y0 = e.y[row];  // it has just moved
  const double reach = 0.5 * (e.length_m[row] + e.width_m[row]) + std::fabs(e.center_x_m[row]);
  std::optional<Box> box;  // few need it
  grid_.each_near(x0, y0, reach + farthest_, [&](Row other, double x, double y) {
    const double sum = reach + static_cast<double>(reach_[other]);
    if ((x - x0) * (x - x0) + (y - y0) * (y - y0) > sum * sum || other == row || !state.alive(other)) return;
    if (other < row && looks_around(state, other)) return;  // it finds the pair
    if (state.vehicles.towed_by[row] == other || state.vehicles.towed_by[other] == row) return;
    // People make way for each other.
    if (e.role[row] == sim::Role::kPedestrian && e.role[other] == sim::Role::kPedestrian) return;
    if (!box) box = box_of(state, row);
    const Box& own = *box;
    // The row of one on ticks may be old.
    const double stale = state.ahead_s * e.speed_mps[other] + e.center_x_m[other] + 1.0;
    const double dx = e.x[other] - own.x, dy = e.y[other] - own.y;
    const double near = own.half_length + own.half_width + 0.5 * (e.length_m[other] + e.width_m[other]) + stale;
    if (dx * dx + dy * dy > near * near || std::fabs(e.z[other] - e.z[row]) > kLevelM) return;
    if (overlap(own, box_of(state, other)))
      state.mailbox.post(block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(Act::kTouch),
                                 static_cast<std::uint32_t>(other), other});
  });
}

}  // namespace bitgoeul::vehicles
