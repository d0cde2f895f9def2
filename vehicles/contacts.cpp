#include "vehicles/contacts.h"

#include <cmath>

#include "sim/math.h"
#include "vehicles/dynamics/rail.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kStaleM = 6.0;  // how far anything moves between two rebuilds of the grid

Box box_of(const State& state, Row row) {
  const sim::Entities& e = state.world.entities;
  const Place at = place_now(state, row);
  double sine, cosine;
  sim::sincos(at.yaw_rad, sine, cosine);
  return {at.x + e.center_x_m[row] * cosine, at.y + e.center_x_m[row] * sine, at.yaw_rad, 0.5 * e.length_m[row],
          0.5 * e.width_m[row]};
}

// Whoever moves in every step is tested in every step.
bool watched(const State& state, Row row) { return !state.ticked(row); }

// The row that looks for the pair: one that is watched before others, then the lower row.
bool looks(const State& state, Row row, Row other) {
  const bool own = watched(state, row);
  if (own != watched(state, other)) return own;
  return row < other;
}

}  // namespace

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

Contacts::Contacts(std::size_t capacity) {
  grid_.reserve(capacity);
  pairs.a.reserve(capacity);
  pairs.b.reserve(capacity);
  kept_.reserve(capacity);
}

bool Contacts::tested_now(const State& state, Row row) const { return watched(state, row) || state.moving_tick(); }

void Contacts::find(State& state, Row begin, Row end, std::size_t block) const {
  const sim::Entities& e = state.world.entities;
  for (Row row = begin; row < end; ++row) {
    if (!state.alive(row) || !tested_now(state, row)) continue;
    const Box own = box_of(state, row);
    const double reach = 0.5 * e.length_m[row] + 7.0;
    grid_.each_near(own.x, own.y, reach + kStaleM, [&](Row other) {
      if (other == row || !state.alive(other) || !looks(state, row, other)) return;
      const double dx = e.x[other] - own.x, dy = e.y[other] - own.y;
      // The row of one on ticks may be old.
      const double stale = state.ahead_s * e.speed_mps[other] + e.center_x_m[other] + 1.0;
      const double near = own.half_length + own.half_width + 0.5 * (e.length_m[other] + e.width_m[other]) + stale;
      if (dx * dx + dy * dy > near * near || std::fabs(e.z[other] - e.z[row]) > kLevelM) return;
      if (overlap(own, box_of(state, other)))
        state.mailbox.post(block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(Act::kTouch),
                                   static_cast<std::uint32_t>(other), other});
    });
  }
}

}  // namespace bitgoeul::vehicles
