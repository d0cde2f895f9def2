#include "vehicles/leaders.h"

#include <algorithm>

#include "vehicles/drivers/lane_change.h"
#include "vehicles/walkers.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kBeforeCrosswalkM = 1.0, kFirmMps2 = 4.0;
constexpr double kSlowEarlyMps2 = 0.9;  // brake for a slower lane once it takes this much

void note_leader(const State& state, Outlook& out, Row node, double gap_to_center_m) {
  const Row leader = state.node_row(node);
  const double gap = gap_to_center_m - state.half_length(leader);
  if (gap >= out.leader_gap_m) return;
  out.leader = leader;
  out.leader_gap_m = gap;
  out.leader_mps = state.speed(leader);
}

void note_stop(Outlook& out, double gap_m, Wait why) {
  if (gap_m >= out.stop_gap_m) return;
  out.stop_gap_m = gap_m;
  out.stop = why;
}

// Vehicles on lanes that branched off from this one and still have their rear in the common part.
void note_siblings(const State& state, Row row, Row lane, double start_m, double after_s, Outlook& out) {
  const LaneRule& rule = state.rules.lanes[lane];
  for (std::int32_t i = rule.sibling_begin; i < rule.sibling_end; ++i) {
    const Sibling& sibling = state.rules.siblings[i];
    for (Row node = state.lists.first[sibling.lane]; node != kNone; node = state.lists.ahead[node]) {
      const double s = state.node_s(node);
      const Row other = state.node_row(node);
      if (s - state.half_length(other) > sibling.other_end) break;
      if (other == row || s < after_s || (s == after_s && other < row)) continue;
      note_leader(state, out, node, start_m + s);
      break;
    }
  }
}

// The end of what the vehicle knows: a lane change it still has to make, a route that ends in a dead end, or just the
// window.
void note_way_end(const State& state, Row row, int end, double end_m, Outlook& out) {
  const Row lane = state.vehicles.way[row][end];
  const bool changing = state.vehicles.change_progress[row] < kChangeDone;  // this change first, then the next
  if (const int changes = changes_at_way_end(state, row); changes > 0)
    note_stop(out, end_m - (changing ? 3.0 : kChangeRoomM * changes), Wait::kLaneChange);
  else if (end == kWay - 1 || state.rules.lanes[lane].goes_on)
    note_stop(out, end_m - 0.5, Wait::kWayEnd);
}

void note_slower_lane(const State& state, Row row, Row lane, double start_m, Outlook& out) {
  const LaneRule& rule = state.rules.lanes[lane];
  const double v = state.speed(row);
  const double entry = std::min<double>(rule.limit_mps * state.vehicles.speed_factor[row], rule.entry_cap_mps);
  if (entry >= v) return;
  const double needed = (v * v - entry * entry) / (2.0 * std::max(start_m, 0.5));
  if (needed > kSlowEarlyMps2) out.slowing_mps2 = std::min(out.slowing_mps2, -std::min(needed, 4.0));
}

// People who are on a lane, or about to step onto it; who cannot stop any more goes on.
void note_crosswalks(const State& state, Row row, const LaneRule& rule, double start_m, Outlook& out) {
  if (state.walkers == nullptr) return;
  const double v = state.speed(row);
  for (std::int32_t i = rule.crossed_begin; i < rule.crossed_begin + rule.crossed_count; ++i) {
    if (!state.walkers->yields(i)) continue;
    const double edge = start_m + state.walkers->crossings().crossed[static_cast<std::size_t>(i)].s_begin;
    if (edge < -0.2) continue;
    const double gap = std::max(edge - kBeforeCrosswalkM, 0.1);
    if (v * v <= 2.0 * kFirmMps2 * gap || v < 1.0) note_stop(out, gap, Wait::kPedestrian);
  }
}

}  // namespace

Outlook look_ahead(const State& state, Row row, double horizon_m) {
  const Vehicles& v = state.vehicles;
  const Way& way = v.way[row];
  Outlook out;
  double start = -v.s[row] - state.half_length(row);
  if (v.side[row] != Side::kNone)
    if (const Row node = state.lists.ahead[state.side_node(row)]; node >= 0)
      note_leader(state, out, node, state.node_s(node) - v.side_s[row] - state.half_length(row));
  for (int i = kBack; i < kWay && way[i] != kNone; ++i) {
    if (start > std::min({horizon_m, out.leader_gap_m, out.stop_gap_m})) return out;
    const Row node = i == kBack ? state.lists.ahead[row] : state.lists.first[way[i]];
    if (node >= 0 && state.node_row(node) != row) note_leader(state, out, node, start + state.node_s(node));
    note_siblings(state, row, way[i], start, i == kBack ? v.s[row] : -kFarM, out);
    if (i > kBack) note_slower_lane(state, row, way[i], start + state.half_length(row), out);
    const LaneRule& rule = state.rules.lanes[way[i]];
    if (rule.crossed_count > 0) note_crosswalks(state, row, rule, start, out);
    start += rule.length;
    if (i + 1 == kWay || way[i + 1] == kNone) note_way_end(state, row, i, start, out);
  }
  return out;
}

}  // namespace bitgoeul::vehicles
