// freeze, stage 7: signal groups (signals that always show the same) and the fixed-time program of each junction.
#include <algorithm>
#include <cmath>

#include "maps/detail/disjoint_sets.h"
#include "maps/detail/signal_plan.h"
#include "sim/hash.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr std::int32_t kDefaultGreenMs = 20000, kDefaultYellowMs = 3000, kDefaultAllRedMs = 2000;

std::string junction_name(const Freezer& f, Row junction) {
  return "<junction id=\"" + f.junctions[junction]->id + "\">";
}

bool rules_nothing(const RuledSignal& s) { return s.lanes.empty(); }

// Signals that are green in the same phases, unless the file's controllers tell them apart.
void join_by_program(const Freezer& f, const SignalPlan& plan, DisjointSets& sets) {
  std::map<std::string, std::size_t> controller;
  for (std::size_t i = 0; i < f.draft.controllers.size(); ++i)
    for (const std::string& id : f.draft.controllers[i].signals) controller.try_emplace(id, i + 1);
  std::map<std::tuple<int, bool, std::vector<int>, std::size_t>, std::size_t> first;
  for (std::size_t i = 0; i < plan.signals.size(); ++i) {
    const RuledSignal& s = plan.signals[i];
    if (s.program < 0) continue;
    const auto own = controller.find(s.draft->id);
    const auto [at, fresh] =
        first.try_emplace({s.program, rules_nothing(s), s.phases, own == controller.end() ? 0 : own->second}, i);
    if (!fresh) sets.join(at->second, i);
  }
}

void join_by_controller(Freezer& f, const SignalPlan& plan, DisjointSets& sets) {
  for (const ControllerDraft& controller : f.draft.controllers) {
    std::size_t first = plan.signals.size();
    for (const std::string& id : controller.signals) {
      const auto at = plan.by_id.find(id);
      if (at == plan.by_id.end()) {
        const bool known = std::any_of(f.draft.signals.begin(), f.draft.signals.end(),
                                       [&](const SignalDraft& s) { return s.id == id; });
        if (!known)
          f.report(sim::Severity::kWarning, controller.line, "<controller id=\"" + controller.id + "\">",
                   "controls signal \"" + id + "\", which is not in the file");
        continue;
      }
      const RuledSignal& s = plan.signals[at->second];
      if (s.program >= 0 || rules_nothing(s)) continue;
      if (first == plan.signals.size())
        first = at->second;
      else if (plan.signals[first].junction == s.junction)
        sets.join(first, at->second);
    }
  }
}

// Several heads over the same movement show the same, unless a program tells them apart.
void join_by_lane(const Map& map, const SignalPlan& plan, DisjointSets& sets) {
  std::vector<std::size_t> first(map.lanes.size(), plan.signals.size());
  for (std::size_t i = 0; i < plan.signals.size(); ++i)
    for (const Row lane : plan.signals[i].lanes) {
      std::size_t& other = first[static_cast<std::size_t>(lane)];
      if (other == plan.signals.size())
        other = i;
      else if (plan.signals[i].program < 0 && plan.signals[other].program < 0)
        sets.join(other, i);
    }
}

void report_idle(Freezer& f, const SignalPlan& plan) {
  int idle = 0;
  const RuledSignal* first = nullptr;
  for (const RuledSignal& s : plan.signals)
    if (s.group == kNone && idle++ == 0) first = &s;
  if (idle > 0)
    f.report(sim::Severity::kInfo, first->draft->line, "<signal id=\"" + first->draft->id + "\">",
             std::to_string(idle) +
                 " dynamic signals rule no movement of a junction (lights for pedestrians, or in the middle of a "
                 "road); they show no state");
}

// Groups of a junction that no phase makes green would hold their lanes for ever.
bool never_green(Freezer& f, const RuledSignal& s) {
  if (s.program < 0 || !s.phases.empty()) return false;
  f.report(sim::Severity::kWarning, s.draft->line, "<signal id=\"" + s.draft->id + "\">",
           "no phase of its junction's program makes it green; it rules nothing", "add it to a phase");
  return true;
}

std::int32_t milliseconds(double seconds) {
  return std::isfinite(seconds) ? static_cast<std::int32_t>(std::floor(std::clamp(seconds, 0.0, 1.0e5) * 1000.0 + 0.5))
                                : 0;
}

void begin_program(Map& map, Row junction) {
  SignalProgram program;
  program.junction = junction;
  program.phases = {static_cast<Row>(map.signal_phases.size()), static_cast<Row>(map.signal_phases.size())};
  map.junctions[junction].program = static_cast<Row>(map.programs.size());
  map.programs.push_back(program);
}

void add_phase(Map& map, SignalPhase phase, std::vector<Row> groups) {
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  phase.groups.begin = static_cast<Row>(map.phase_groups.size());
  map.phase_groups.insert(map.phase_groups.end(), groups.begin(), groups.end());
  phase.groups.end = static_cast<Row>(map.phase_groups.size());
  map.signal_phases.push_back(phase);
  map.programs.back().phases.end = static_cast<Row>(map.signal_phases.size());
  map.programs.back().cycle_ms += phase.green_ms + phase.yellow_ms + phase.all_red_ms;
}

// Lights for people are dark while the others flash.
void add_flash(Map& map, const SignalPlan& plan, Row junction, const ProgramDraft& draft) {
  if (draft.flash_from_minute == draft.flash_to_minute) return;
  map.programs.back().flash_from_minute = draft.flash_from_minute;
  map.programs.back().flash_to_minute = draft.flash_to_minute;
  const Range groups = map.junctions[junction].groups;
  for (Row group = groups.begin; group < groups.end; ++group)
    if (!map.signal_groups[group].pedestrian) map.signal_groups[group].flash = sim::SignalState::kFlashingRed;
  for (const std::string& id : draft.flash_yellow) {
    const auto at = plan.by_id.find(id);
    const Row group = at == plan.by_id.end() ? kNone : plan.signals[at->second].group;
    if (group != kNone && !map.signal_groups[group].pedestrian)
      map.signal_groups[group].flash = sim::SignalState::kFlashingYellow;
  }
}

// The file's program: phases in its order; groups by the signals they name.
void add_given_program(Freezer& f, const SignalPlan& plan, Row junction, const ProgramDraft& draft) {
  begin_program(f.map, junction);
  for (const PhaseDraft& phase : draft.phases) {
    std::vector<Row> groups;
    for (const std::string& id : phase.signals) {
      const auto at = plan.by_id.find(id);
      if (at != plan.by_id.end() && plan.signals[at->second].group != kNone)
        groups.push_back(plan.signals[at->second].group);
    }
    SignalPhase row;
    row.green_ms = milliseconds(phase.green_s);
    row.yellow_ms = milliseconds(phase.yellow_s);
    row.all_red_ms = milliseconds(phase.all_red_s);
    row.min_green_ms = std::min(milliseconds(phase.min_green_s), row.green_ms);
    row.recall = phase.recall ? 1 : 0;
    add_phase(f.map, row, groups);
  }
  SignalProgram& program = f.map.programs.back();
  program.offset_ms = milliseconds(draft.offset_s) % program.cycle_ms;
  program.passage_ms = milliseconds(draft.passage_s);
  add_flash(f.map, plan, junction, draft);
}

// Each approach in turn. Groups that are entered from the same road share a turn.
void add_default_program(Freezer& f, const std::vector<Row>& approaches, Row junction) {
  std::vector<std::pair<Row, std::vector<Row>>> turns;  // approach, groups
  const Range groups = f.map.junctions[junction].groups;
  for (Row group = groups.begin; group < groups.end; ++group) {
    const Row approach = approaches[static_cast<std::size_t>(group)];
    const auto turn = std::find_if(turns.begin(), turns.end(), [&](const auto& t) { return t.first == approach; });
    if (turn != turns.end())
      turn->second.push_back(group);
    else
      turns.push_back({approach, {group}});
  }
  begin_program(f.map, junction);
  for (const auto& turn : turns)
    add_phase(f.map, {kDefaultGreenMs, kDefaultYellowMs, kDefaultAllRedMs, {}}, turn.second);
  SignalProgram& program = f.map.programs.back();
  const std::uint64_t mixed = sim::hash_text(f.junctions[junction]->id).low;
  program.offset_ms = static_cast<std::int32_t>(mixed % static_cast<std::uint64_t>(program.cycle_ms) / 1000 * 1000);
}

double cycle_of(const ProgramDraft& draft) {
  double sum = 0.0;
  for (const PhaseDraft& p : draft.phases)
    sum += milliseconds(p.green_s) + milliseconds(p.yellow_s) + milliseconds(p.all_red_s);
  return sum;
}

}  // namespace

void name_programs(Freezer& f, SignalPlan& plan) {
  std::vector<int> taken(f.map.junctions.size(), -1);
  for (std::size_t i = 0; i < f.draft.programs.size(); ++i) {
    const ProgramDraft& draft = f.draft.programs[i];
    const Row junction = f.junction_of(draft.junction);
    const double cycle = cycle_of(draft);
    const char* wrong = junction == kNone                                ? "is for a junction that is not in the file"
                        : taken[static_cast<std::size_t>(junction)] >= 0 ? "is the second one for its junction"
                        : cycle <= 0.0 || cycle > 2.0e9                  ? "has no cycle time, or one out of range"
                                                                         : nullptr;
    if (wrong != nullptr) {
      f.report(sim::Severity::kWarning, 0, "signal program of junction \"" + draft.junction + "\"",
               std::string(wrong) + "; left out");
      continue;
    }
    taken[static_cast<std::size_t>(junction)] = static_cast<int>(i);
    for (std::size_t phase = 0; phase < draft.phases.size(); ++phase)
      for (const std::string& id : draft.phases[phase].signals) {
        const auto at = plan.by_id.find(id);
        if (at == plan.by_id.end()) {
          f.report(sim::Severity::kWarning, 0, "signal program of junction \"" + draft.junction + "\"",
                   "phase " + std::to_string(phase) + " names \"" + id + "\", which is no dynamic signal of the file");
          continue;
        }
        RuledSignal& signal = plan.signals[at->second];
        if (signal.junction == kNone) signal.junction = junction;  // a light for pedestrians
        if (signal.junction != junction) continue;
        signal.program = static_cast<int>(i);
        if (signal.phases.empty() || signal.phases.back() != static_cast<int>(phase))
          signal.phases.push_back(static_cast<int>(phase));
      }
  }
  // A signal of such a junction that stands in no phase still belongs to its program.
  for (RuledSignal& signal : plan.signals)
    if (signal.junction != kNone && signal.program < 0)
      signal.program = taken[static_cast<std::size_t>(signal.junction)];
}

void make_groups(Freezer& f, SignalPlan& plan) {
  DisjointSets sets(plan.signals.size());
  join_by_program(f, plan, sets);
  join_by_controller(f, plan, sets);
  join_by_lane(f.map, plan, sets);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < plan.signals.size(); ++i) {
    const RuledSignal& s = plan.signals[i];
    if (s.junction != kNone && !(rules_nothing(s) && s.program < 0) && !never_green(f, s)) order.push_back(i);
  }
  const auto key = [&](std::size_t i) { return std::tuple(plan.signals[i].junction, sets.find(i), i); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::size_t last_set = plan.signals.size();
  Row last_junction = kNone;
  for (const std::size_t i : order) {
    RuledSignal& s = plan.signals[i];
    const Row next = static_cast<Row>(f.map.signal_groups.size());
    if (s.junction != last_junction) f.map.junctions[s.junction].groups = {next, next};
    if (s.junction != last_junction || sets.find(i) != last_set)
      f.map.signal_groups.push_back({s.junction, static_cast<std::uint8_t>(rules_nothing(s) ? 1 : 0)});
    last_junction = s.junction;
    last_set = sets.find(i);
    s.group = static_cast<Row>(f.map.signal_groups.size()) - 1;
    f.map.junctions[s.junction].groups.end = s.group + 1;
    f.map.signals[s.row].group = s.group;
    for (const Row lane : s.lanes)
      if (f.map.lanes[lane].signal_group == kNone && f.map.lanes[lane].junction == s.junction)
        f.map.lanes[lane].signal_group = s.group;
  }
  report_idle(f, plan);
}

void make_programs(Freezer& f, const SignalPlan& plan) {
  std::vector<const ProgramDraft*> given(f.map.junctions.size(), nullptr);
  for (const RuledSignal& s : plan.signals)
    if (s.program >= 0 && s.group != kNone)
      given[static_cast<std::size_t>(s.junction)] = &f.draft.programs[static_cast<std::size_t>(s.program)];
  std::vector<Row> approaches(f.map.signal_groups.size(), kNone);  // of the first signal of each group
  for (auto s = plan.signals.rbegin(); s != plan.signals.rend(); ++s)
    if (s->group != kNone) approaches[static_cast<std::size_t>(s->group)] = s->approach;
  int defaults = 0;
  Row first = kNone;
  for (Row junction = 0; junction < static_cast<Row>(f.map.junctions.size()); ++junction) {
    JunctionControl& control = f.map.junctions[junction].control;
    if (f.map.junctions[junction].groups.empty()) {
      if (control == JunctionControl::kSignals) control = JunctionControl::kPriority;  // signals that are not there
      continue;
    }
    control = JunctionControl::kSignals;
    if (given[static_cast<std::size_t>(junction)] != nullptr) {
      add_given_program(f, plan, junction, *given[static_cast<std::size_t>(junction)]);
      continue;
    }
    add_default_program(f, approaches, junction);
    if (defaults++ == 0) first = junction;
  }
  if (defaults > 0)
    f.report(sim::Severity::kInfo, f.junctions[first]->line, junction_name(f, first),
             std::to_string(defaults) +
                 " junctions have signals but no program; each approach gets its turn: green 20 s, yellow 3 s, "
                 "all red 2 s");
}

}  // namespace bitgoeul::maps::detail
