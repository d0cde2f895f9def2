#include "vehicles/actuated_signals.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "maps/signal_control.h"
#include "vehicles/signal_programs.h"
#include "vehicles/walkers.h"

namespace bitgoeul::vehicles {
namespace {

using sim::SignalState;

constexpr int kLoopLanes = 3;  // a loop goes back over so many lanes at most
constexpr double kWalkS = 7.0, kWalkSPerM = 1.0;

void add_loop(const maps::Map& map, Row lane, double end_s, double length_m, int depth, std::vector<Loop>& out) {
  out.push_back({lane, std::max(0.0, end_s - length_m), end_s});
  if (end_s >= length_m || depth == 0) return;
  for (const Row before : map.predecessors(lane))
    if (map.lanes[before].junction == kNone)
      add_loop(map, before, map.lanes[before].length, length_m - end_s, depth - 1, out);
}

// Before every lane that the phase lets drive. Not where one may only turn right: that way is open on red as well.
std::vector<Loop> loops_of(const maps::Map& map, Row junction, const maps::SignalPhase& phase) {
  std::vector<Row> approaches, rights;
  for (const Row lane : map.lanes_of_junction(junction))
    if (const Row group = map.lanes[lane].signal_group; group != kNone && serves(map, phase, group))
      for (const Row before : map.predecessors(lane))
        (map.lanes[lane].turn == maps::Turn::kRight ? rights : approaches).push_back(before);
  if (approaches.empty()) approaches = rights;
  std::sort(approaches.begin(), approaches.end());
  approaches.erase(std::unique(approaches.begin(), approaches.end()), approaches.end());
  std::vector<Loop> loops;
  for (const Row lane : approaches) add_loop(map, lane, map.lanes[lane].stop_s, maps::kSignalLoopM, kLoopLanes, loops);
  return loops;
}

std::vector<Row> crossings_of(const maps::Map& map, const Crossings& crossings, Row junction,
                              const maps::SignalPhase& phase) {
  std::vector<Row> out;
  for (Row c = 0; c < static_cast<Row>(crossings.all.size()); ++c) {
    const maps::Range groups = crossings.all[static_cast<std::size_t>(c)].groups;
    bool ours = false, led_over = false;
    for (Row g = groups.begin; g < groups.end; ++g) {
      const Row group = crossings.groups[static_cast<std::size_t>(g)];
      ours |= map.signal_groups[group].junction == junction;
      led_over |= serves(map, phase, group);
    }
    if (ours && !led_over) out.push_back(c);
  }
  return out;
}

std::int64_t walk_ms(double length_m) { return std::llround(1000 * (kWalkS + kWalkSPerM * length_m)); }

bool occupied(const State& state, const Loop& loop) {
  for (Row node = state.lists.last[loop.lane]; node != kNone && state.node_s(node) >= loop.s_begin;
       node = state.lists.behind[node])
    if (state.node_s(node) <= loop.s_end && node < state.capacity()) return true;  // not one that asks to be let in
  return false;
}

struct Clock {
  std::int64_t step = 0, tick = 1, dt_ns = 1, ms = 0;  // ms: since midnight
  std::int64_t steps(std::int64_t of_ms) const { return (of_ms * 1'000'000 + dt_ns - 1) / dt_ns; }
};

// Steps at which something may, is likely to, and will at the latest happen.
struct Times {
  std::int64_t earliest = 0, likely = 0, latest = 0;
};

std::int64_t after(std::int64_t step, std::int64_t more) {
  return step >= sim::kChangeUnknown ? sim::kChangeUnknown : step + more;
}
Times after(Times times, std::int64_t more) {
  return {after(times.earliest, more), after(times.likely, more), after(times.latest, more)};
}
Times at_once(std::int64_t step) { return {step, step, step}; }

// One controller in one step. Phases are numbered within its program.
struct Controller {
  const maps::Map& map;
  const maps::SignalProgram& program;
  std::span<const PhaseDetectors> detectors;
  std::span<const std::uint8_t> called;   // per phase: a vehicle is on a loop
  std::span<const std::uint8_t> waiting;  // per crossing: somebody waits
  std::span<const double> crossing_m;
  SignalControllers& table;
  std::size_t row;
  Clock clock;

  Row count() const { return program.phases.size(); }
  const maps::SignalPhase& phase(Row p) const { return map.signal_phases[program.phases.begin + p]; }
  bool serves(Row p, Row group) const { return vehicles::serves(map, phase(p), group); }
  Row now() const { return table.phase[row]; }
  Row next() const { return table.next[row]; }
  std::int64_t steps(std::int64_t ms) const { return clock.steps(ms); }
  std::int64_t change_steps(Row p) const { return steps(phase(p).yellow_ms) + steps(phase(p).all_red_ms); }

  std::int64_t walk_steps(Row p) const;
  bool people_call(Row p) const;
  bool calls(Row p) const { return called[p] || phase(p).recall || people_call(p); }
  Row rival() const;
  void begin_green(Row p);
  void run();
  void run_green();
  std::int64_t least_end() const {
    return std::max(table.begin_step[row] + steps(phase(now()).min_green_ms), table.hold_step[row]);
  }
  std::int64_t last_end() const { return std::max(least_end(), table.rival_step[row] + steps(phase(now()).green_ms)); }

  SignalState state_of(Row group) const;
  Times end_of_green() const;
  Times end_of_next() const;
  Times green_from(Row p, Times end, Row group) const;
  Times change_of(Row group) const;
};

// The longest way of those who wait and may walk in that phase; 0: nobody waits.
std::int64_t Controller::walk_steps(Row p) const {
  std::int64_t longest = 0;
  for (const Row c : detectors[p].crossings)
    if (waiting[c]) longest = std::max(longest, steps(walk_ms(crossing_m[c])));
  return longest;
}

// Somebody waits who may walk in that phase and not now.
bool Controller::people_call(Row p) const {
  const std::vector<Row>& open = detectors[now()].crossings;
  return std::any_of(detectors[p].crossings.begin(), detectors[p].crossings.end(),
                     [&](Row c) { return waiting[c] && !std::binary_search(open.begin(), open.end(), c); });
}

// The next phase that somebody calls; kNone: none but the one that is green.
Row Controller::rival() const {
  for (Row i = 1; i < count(); ++i)
    if (const Row p = (now() + i) % count(); calls(p)) return p;
  return kNone;
}

void Controller::begin_green(Row p) {
  table.phase[row] = table.next[row] = p;
  table.interval[row] = SignalInterval::kGreen;
  table.begin_step[row] = table.extend_step[row] = clock.step;
  table.rival_step[row] = -1;
  table.hold_step[row] = clock.step + walk_steps(p);
}

void Controller::run_green() {
  if (called[now()]) table.extend_step[row] = clock.step;
  const Row other = rival();
  if (other == kNone) {
    table.rival_step[row] = -1;
    if (const std::int64_t walk = walk_steps(now()); walk > 0) table.hold_step[row] = clock.step + walk;
    return;
  }
  if (table.rival_step[row] < 0) table.rival_step[row] = clock.step;
  if (clock.step < least_end()) return;
  const bool gap = clock.step >= table.extend_step[row] + steps(program.passage_ms);
  if (!gap && clock.step < last_end()) return;
  table.next[row] = other;
  table.interval[row] = SignalInterval::kYellow;
  table.begin_step[row] = clock.step;
}

void Controller::run() {
  if (table.interval[row] == SignalInterval::kNone) {
    Row first = 0;
    while (first + 1 < count() && !phase(first).recall) ++first;
    begin_green(phase(first).recall ? first : 0);
  }
  if (table.interval[row] == SignalInterval::kGreen) run_green();
  if (table.interval[row] == SignalInterval::kYellow &&
      clock.step >= table.begin_step[row] + steps(phase(now()).yellow_ms)) {
    table.interval[row] = SignalInterval::kAllRed;
    table.begin_step[row] = clock.step;
  }
  if (table.interval[row] == SignalInterval::kAllRed &&
      clock.step >= table.begin_step[row] + steps(phase(now()).all_red_ms))
    begin_green(next());
}

SignalState Controller::state_of(Row group) const {
  if (!serves(now(), group)) return SignalState::kRed;
  if (table.interval[row] == SignalInterval::kGreen || serves(next(), group)) return SignalState::kGreen;
  return table.interval[row] == SignalInterval::kYellow ? SignalState::kYellow : SignalState::kRed;
}

// Of the phase that is green. Nobody knows while it rests.
Times Controller::end_of_green() const {
  const std::int64_t soonest = clock.step + clock.tick, least = std::max(soonest, least_end());
  if (table.rival_step[row] < 0) return {least_end(), sim::kChangeUnknown, sim::kChangeUnknown};
  const std::int64_t last = std::max(soonest, last_end());
  return {least_end(), std::clamp(table.extend_step[row] + steps(program.passage_ms), least, last), last};
}

// Of the phase that comes after the yellow or the red that is shown.
Times Controller::end_of_next() const {
  const maps::SignalPhase& p = phase(next());
  const std::int64_t left = table.interval[row] == SignalInterval::kYellow ? change_steps(now())
                                                                           : steps(phase(now()).all_red_ms),
                     start = std::max(clock.step + clock.tick, table.begin_step[row] + left),
                     least = start + std::max(steps(p.min_green_ms), walk_steps(next()));
  return {least, least, start + std::max({steps(p.green_ms), least - start, steps(detectors[next()].longest_walk_ms)})};
}

// When a group that is red gets green, after phase p has ended at `end`: the phases between cost their time if they are
// called.
Times Controller::green_from(Row p, Times end, Row group) const {
  Times green = after(end, change_steps(p));
  for (Row i = 1; i < count(); ++i) {
    const Row q = (p + i) % count();
    if (serves(q, group)) return calls(q) ? green : Times{green.earliest, sim::kChangeUnknown, sim::kChangeUnknown};
    const std::int64_t least = steps(phase(q).min_green_ms) + change_steps(q),
                       most = std::max(steps(phase(q).green_ms), steps(detectors[q].longest_walk_ms)) + change_steps(q);
    if (calls(q)) green.likely = after(green.likely, least);
    green.latest = after(green.latest, std::max(least, most));
  }
  return {green.earliest, sim::kChangeUnknown, sim::kChangeUnknown};
}

Times Controller::change_of(Row group) const {
  const bool in_now = serves(now(), group), in_next = serves(next(), group);
  if (table.interval[row] == SignalInterval::kGreen) {
    const Times end = end_of_green();
    if (!in_now) return green_from(now(), end, group);
    for (Row p = 0; p < count(); ++p)  // it may stay green in the phase after this one
      if (p != now() && serves(p, group)) return {end.earliest, end.likely, sim::kChangeUnknown};
    return end;
  }
  const bool yellow = table.interval[row] == SignalInterval::kYellow;
  const std::int64_t to_red = table.begin_step[row] + steps(phase(now()).yellow_ms),
                     to_green = table.begin_step[row] + (yellow ? change_steps(now()) : steps(phase(now()).all_red_ms));
  if (in_now && in_next) return {end_of_next().earliest, sim::kChangeUnknown, sim::kChangeUnknown};
  if (in_now && yellow) return at_once(to_red);
  if (in_next) return at_once(to_green);
  return green_from(next(), end_of_next(), group);
}

Times no_later(Times times, std::int64_t step) {
  return {std::min(times.earliest, step), std::min(times.likely, step), std::min(times.latest, step)};
}

// A group that a story has told what to show stays as it is.
void show(State& state, Row group, SignalState shown, Times change) {
  sim::Signals& signals = state.world.signals;
  sim::SignalWindows& windows = state.world.signal_windows;
  if (signals.next_change_step[group] == sim::kNeverChanges) {
    windows.earliest_step[group] = windows.latest_step[group] = -1;
    return;
  }
  signals.state[group] = shown;
  signals.next_change_step[group] = change.likely;
  windows.earliest_step[group] = change.earliest;
  windows.latest_step[group] = change.latest;
}

}  // namespace

ActuatedSignals::ActuatedSignals(const maps::Map& map, const Crossings& crossings) {
  std::size_t most = 0;
  for (Row row = 0; row < static_cast<Row>(map.programs.size()); ++row) {
    const maps::SignalProgram& program = map.programs[row];
    if (program.passage_ms <= 0 || program.phases.empty()) continue;
    programs_.push_back(row);
    std::vector<PhaseDetectors>& all = detectors_.emplace_back();
    for (const maps::SignalPhase& phase : maps::Map::rows(map.signal_phases, program.phases)) {
      PhaseDetectors& own = all.emplace_back();
      own.loops = loops_of(map, program.junction, phase);
      own.crossings = crossings_of(map, crossings, program.junction, phase);
      for (const Row c : own.crossings)
        own.longest_walk_ms =
            std::max(own.longest_walk_ms, walk_ms(crossings.all[static_cast<std::size_t>(c)].length_m));
    }
    most = std::max(most, all.size());
  }
  if (!any()) return;
  for (const Crossing& c : crossings.all) crossing_m_.push_back(c.length_m);
  sim::resize_table(table_, programs_.size());
  called_.resize(most);
  waiting_.resize(crossing_m_.size());
}

void ActuatedSignals::bind(sim::World& world) {
  if (!any()) return;
  sim::resize_table(world.signal_windows, world.signals.state.size());
  std::fill(world.signal_windows.earliest_step.begin(), world.signal_windows.earliest_step.end(), -1);
  std::fill(world.signal_windows.latest_step.begin(), world.signal_windows.latest_step.end(), -1);
  world.state.add("signal_controllers", table_);
  world.state.add("signal_windows", world.signal_windows);
}

void ActuatedSignals::step(State& state, double time_of_day_s) {
  const maps::Map& map = state.map;
  Clock clock{state.world.step(), state.tick_steps, state.world.dt_ns()};
  clock.ms = std::llround(time_of_day_s * 1000.0) + state.world.time_ns() / 1'000'000;
  std::fill(waiting_.begin(), waiting_.end(), std::uint8_t{0});
  if (state.walkers != nullptr) state.walkers->mark_waiting(waiting_);
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    const maps::SignalProgram& program = map.programs[programs_[i]];
    const maps::Range groups = map.junctions[program.junction].groups;
    const std::int64_t to_flash = ms_to_flash(program, clock.ms);
    if (to_flash == 0) {
      table_.interval[i] = SignalInterval::kNone;
      for (Row group = groups.begin; group < groups.end; ++group) {
        const GroupTime now = *flash_at(map, programs_[i], group, clock.ms);
        show(state, group, now.state, at_once(clock.step + clock.steps(now.remaining_ms)));
      }
      continue;
    }
    for (std::size_t p = 0; p < detectors_[i].size(); ++p) {
      const auto& loops = detectors_[i][p].loops;
      called_[p] = std::any_of(loops.begin(), loops.end(), [&](const Loop& loop) { return occupied(state, loop); });
    }
    Controller controller{map, program, detectors_[i], called_, waiting_, crossing_m_, table_, i, clock};
    controller.run();
    const std::int64_t flash_step = to_flash == kNoChangeMs ? sim::kChangeUnknown : clock.step + clock.steps(to_flash);
    for (Row group = groups.begin; group < groups.end; ++group)
      show(state, group, controller.state_of(group), no_later(controller.change_of(group), flash_step));
  }
}

}  // namespace bitgoeul::vehicles
