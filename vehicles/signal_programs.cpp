#include "vehicles/signal_programs.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitgoeul::vehicles {
namespace {

using maps::Row;
using sim::SignalState;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kLeaveYellowMs = 3000, kLeaveRedMs = 2000;  // after the flashing hours

std::int64_t positive_mod(std::int64_t value, std::int64_t modulus) {
  const std::int64_t r = value % modulus;
  return r < 0 ? r + modulus : r;
}

// Since the flashing hours have begun, and how long they last; { -1, -1 }: there are none.
struct FlashClock {
  std::int64_t since_ms = -1, length_ms = -1;
};
FlashClock flash_clock(const maps::SignalProgram& program, std::int64_t t_ms) {
  const std::int64_t from = program.flash_from_minute * std::int64_t{60'000},
                     length = positive_mod(program.flash_to_minute * std::int64_t{60'000} - from, kDayMs);
  return length == 0 ? FlashClock{} : FlashClock{positive_mod(t_ms - from, kDayMs), length};
}

// By the cycle alone.
GroupTime cycle_at(const maps::Map& map, const maps::SignalProgram& program, Row group, std::int64_t t_ms) {
  const Row count = program.phases.size();
  std::int64_t at = positive_mod(t_ms - program.offset_ms, program.cycle_ms);
  // The state of each piece of the cycle from now on, until it differs.
  Row p = 0;
  const auto phase = [&](Row i) -> const maps::SignalPhase& {
    return map.signal_phases[program.phases.begin + (i % count)];
  };
  const auto length = [&](Row i) { return phase(i).green_ms + phase(i).yellow_ms + phase(i).all_red_ms; };
  while (p + 1 < count && at >= length(p)) at -= length(p++);
  const auto piece_state = [&](Row i, int piece) {
    if (!serves(map, phase(i), group)) return SignalState::kRed;
    const bool stays = count > 1 && serves(map, phase(i + 1), group);
    if (piece == 0 || stays) return SignalState::kGreen;
    return piece == 1 ? SignalState::kYellow : SignalState::kRed;
  };
  const auto piece_length = [&](Row i, int piece) {
    return piece == 0 ? phase(i).green_ms : piece == 1 ? phase(i).yellow_ms : phase(i).all_red_ms;
  };
  int piece = 0;
  while (piece < 2 && at >= piece_length(p, piece)) at -= piece_length(p, piece++);
  GroupTime out{piece_state(p, piece), piece_length(p, piece) - at};
  for (int n = 0; n < 3 * count; ++n) {
    if (++piece == 3) piece = 0, ++p;
    if (piece_state(p, piece) != out.state) return out;
    out.remaining_ms += piece_length(p, piece);
  }
  out.remaining_ms = kNoChangeMs;
  return out;
}

}  // namespace

bool serves(const maps::Map& map, const maps::SignalPhase& phase, Row group) {
  for (Row i = phase.groups.begin; i < phase.groups.end; ++i)
    if (map.phase_groups[i] == group) return true;
  return false;
}

std::int64_t ms_to_flash(const maps::SignalProgram& program, std::int64_t t_ms) {
  const auto [since, length] = flash_clock(program, t_ms);
  if (since < 0) return kNoChangeMs;
  return since < length + kLeaveYellowMs + kLeaveRedMs ? 0 : kDayMs - since;
}

std::optional<GroupTime> flash_at(const maps::Map& map, Row program, Row group, std::int64_t t_ms) {
  if (ms_to_flash(map.programs[program], t_ms) != 0) return std::nullopt;
  const auto [since, length] = flash_clock(map.programs[program], t_ms);
  const SignalState flash = map.signal_groups[group].flash;
  if (since < length) return GroupTime{flash, length - since};
  if (flash == SignalState::kFlashingYellow && since < length + kLeaveYellowMs)
    return GroupTime{SignalState::kYellow, length + kLeaveYellowMs - since};
  return GroupTime{SignalState::kRed, length + kLeaveYellowMs + kLeaveRedMs - since};
}

GroupTime group_at(const maps::Map& map, Row program_row, Row group, std::int64_t t_ms) {
  const maps::SignalProgram& program = map.programs[program_row];
  if (program.cycle_ms <= 0 || program.phases.empty()) return {};
  if (auto flash = flash_at(map, program_row, group, t_ms)) {
    const GroupTime next = cycle_at(map, program, group, t_ms + flash->remaining_ms);
    if (flash->state == SignalState::kRed && next.state == SignalState::kRed) flash->remaining_ms += next.remaining_ms;
    return *flash;
  }
  GroupTime out = cycle_at(map, program, group, t_ms);
  out.remaining_ms = std::min(out.remaining_ms, ms_to_flash(program, t_ms));
  return out;
}

namespace {

void set_group(const maps::Map& map, sim::Signals& signals, Row group, std::int64_t step, std::int64_t dt_ns,
               std::int64_t start_ms) {
  const Row junction = map.signal_groups[group].junction;
  const Row program = junction == sim::kNone ? sim::kNone : map.junctions[junction].program;
  if (program == sim::kNone) {
    signals.state[group] = SignalState::kOff;
    signals.next_change_step[group] = sim::kNeverChanges;
    return;
  }
  if (map.programs[program].passage_ms > 0) return;
  const std::int64_t now_ms = step * dt_ns / 1'000'000;
  const GroupTime time = group_at(map, program, group, start_ms + now_ms);
  signals.state[group] = time.state;
  // First step that begins at or after the change.
  const std::int64_t change_ns = (now_ms + time.remaining_ms) * 1'000'000;
  signals.next_change_step[group] = std::max(step + 1, (change_ns + dt_ns - 1) / dt_ns);
}

}  // namespace

std::int64_t update_signals(const maps::Map& map, sim::Signals& signals, std::int64_t step, std::int64_t dt_ns,
                            double time_of_day_s) {
  const auto start_ms = static_cast<std::int64_t>(std::llround(time_of_day_s * 1000.0));
  const auto groups = static_cast<Row>(map.signal_groups.size());
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  for (Row group = 0; group < groups; ++group) {
    if (step >= signals.next_change_step[group]) set_group(map, signals, group, step, dt_ns, start_ms);
    next = std::min(next, std::max(step + 1, signals.next_change_step[group]));
  }
  return next;
}

}  // namespace bitgoeul::vehicles
