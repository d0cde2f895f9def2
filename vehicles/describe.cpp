#include "vehicles/describe.h"

#include <fmt/format.h>

#include "vehicles/drivers/right_of_way.h"
#include "vehicles/leaders.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

std::string lane_name(const State& state, Row lane) {
  const maps::Lane& row = state.map.lanes[lane];
  const maps::TextRef id = state.map.roads[row.road].id;
  return fmt::format("{}:{}(row {}{})", state.map.text.substr(id.offset, id.size), row.odr_id, lane,
                     row.junction == kNone ? "" : fmt::format(", junction {}", row.junction));
}

double waiting_s(const State& state, std::int64_t since) {
  return since < 0 ? 0.0 : static_cast<double>(state.world.step() - since) * state.world.dt_s();
}

bool conflicts(const State& state, Row lane, Row other) {
  const maps::Range range = state.map.lanes[lane].conflicts;
  for (Row c = range.begin; c < range.end; ++c)
    if (state.map.conflicts[c].lane == other && state.map.conflicts[c].kind != maps::ConflictKind::kDiverging)
      return true;
  return false;
}

// Who holds a lane that crosses the movement this vehicle asks for.
std::string holders_against(const State& state, Row row) {
  std::string out;
  const auto gate = closed_gate(state, row, 30);
  if (!gate) return out;
  const Vehicles& v = state.vehicles;
  for (Row other = 0; other < state.rows(); ++other) {
    if (other == row || !state.alive(other) || v.held[other] == 0) continue;
    for (int i = 0; i < kWay; ++i)
      for (int j = gate->first; (v.held[other] >> i & 1) && j <= gate->last; ++j)
        if (conflicts(state, v.way[row][j], v.way[other][i]))
          out += fmt::format(" {} on {} ({:+.1f} m, v {:.1f})", other, lane_name(state, v.way[other][i]),
                             -start_of(state, other, i), state.speed(other));
  }
  return out.empty() ? out : "; held against it by" + out;
}

}  // namespace

std::string describe(const State& state, Row row) {
  if (row < 0 || row >= state.rows() || !state.alive(row)) return fmt::format("    row {}: gone\n", row);
  const Vehicles& v = state.vehicles;
  const sim::Entities& e = state.world.entities;
  std::string out = fmt::format(
      "    row {} {} {:.1f} m at ({:.1f}, {:.1f}, {:.1f}) yaw {:.2f} lane {} s {:.1f}/{:.1f} t {:.2f} v {:.2f} a "
      "{:.2f} "
      "wait: {} stands {:.0f} s asks {:.0f} s\n",
      row,
      v.model[row] == Model::kWreck ? "wreck"
      : steered(v.model[row])       ? "ego"
                                    : "rail",
      e.length_m[row], e.x[row], e.y[row], e.z[row], e.yaw_rad[row], lane_name(state, v.lane(row)), v.s[row],
      state.rules.lanes[v.lane(row)].length, v.t[row], e.speed_mps[row], v.command_acceleration_mps2[row],
      to_string(v.wait[row]), waiting_s(state, v.standstill_step[row]), waiting_s(state, v.request_step[row]));
  out += "      way:";
  for (int i = 0; i < kWay; ++i)
    if (v.way[row][i] != kNone)
      out += fmt::format(" {}{}{}", i == kBack ? ">" : "", lane_name(state, v.way[row][i]),
                         v.held[row] >> i & 1 ? "*" : "");
  const Outlook look = look_ahead(state, row, 100);
  if (look.leader != kNone) out += fmt::format("; leader {} gap {:.1f}", look.leader, look.leader_gap_m);
  if (look.stop_gap_m < kFarM) out += fmt::format("; stop in {:.1f} ({})", look.stop_gap_m, to_string(look.stop));
  if (const auto gate = closed_gate(state, row, 200)) out += fmt::format("; gate in {:.1f}", gate->distance);
  out += holders_against(state, row);
  if (v.side[row] != Side::kNone)
    out += fmt::format("; side {} {} s {:.1f} progress {:.2f}", static_cast<int>(v.side[row]),
                       lane_name(state, v.side_lane[row]), v.side_s[row], v.change_progress[row]);
  if (const Row wanted = wanted_lane(state, row); wanted != kNone)
    out += fmt::format("; wants {} for {:.0f} s", lane_name(state, wanted), waiting_s(state, v.change_wait_step[row]));
  return out + "\n";
}

}  // namespace bitgoeul::vehicles
