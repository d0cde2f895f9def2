#include "scenarios/story/signals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace bitgoeul::scenarios::story {

namespace osc = openscenario;

using sim::SignalState;

namespace {

constexpr std::pair<std::string_view, SignalState> kWords[] = {
    {"off", SignalState::kOff},
    {"red", SignalState::kRed},
    {"yellow", SignalState::kYellow},
    {"green", SignalState::kGreen},
    {"flashing_red", SignalState::kFlashingRed},
    {"flashing_yellow", SignalState::kFlashingYellow},
    {"amber", SignalState::kYellow},
    {"attention", SignalState::kYellow},
    {"stop", SignalState::kRed},
    {"go", SignalState::kGreen},
};

// One bit per lamp from the top down; a flashing one in `flashing` too.
struct Lamps {
  int count = 0;
  unsigned lit = 0, flashing = 0;
};

std::optional<Lamps> lamps_of(std::string_view text) {
  Lamps lamps;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const unsigned bit = 1u << lamps.count;
    if (word == "on") lamps.lit |= bit;
    if (word == "flashing") lamps.flashing |= bit;
    if ((word != "on" && word != "off" && word != "flashing") || ++lamps.count > 3) return std::nullopt;
    begin = end + 1;
  }
  return lamps;
}

}  // namespace

std::string_view word_of(SignalState state) {
  for (const auto& [word, meant] : kWords)
    if (meant == state) return word;
  return "off";
}

std::optional<SignalState> signal_state_of(std::string_view text) {
  const auto same = [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  };
  for (const auto& [word, state] : kWords)
    if (same(word)) return state;
  const auto lamps = lamps_of(text);
  if (!lamps || lamps->count < 2) return std::nullopt;
  const unsigned green = 1u << (lamps->count - 1), yellow = lamps->count == 3 ? 2u : 0u;
  if (lamps->lit & 1u) return SignalState::kRed;  // red and yellow together still hold
  if (lamps->lit & yellow) return SignalState::kYellow;
  if ((lamps->lit | lamps->flashing) & green) return SignalState::kGreen;
  if (lamps->flashing & 1u) return SignalState::kFlashingRed;
  return lamps->flashing & yellow ? SignalState::kFlashingYellow : SignalState::kOff;
}

bool shows(std::string_view now, std::string_view wanted) {
  if (now == wanted) return true;
  const auto a = signal_state_of(now), b = signal_state_of(wanted);
  return a && a == b && (word_of(*a) == now || word_of(*a) == wanted);
}

Signals::Signals(const std::vector<osc::TrafficSignalController>& controllers, std::int64_t dt_ns, Values& values)
    : controllers_(controllers), dt_ns_(dt_ns), values_(values) {
  sim::resize_table(table_, controllers.size());
  for (std::size_t i = 0; i < controllers.size(); ++i) {
    phase_value_.push_back(values.row(ValueKind::kPhase, controllers[i].name));
    auto& phases = signal_values_.emplace_back();
    for (const osc::Phase& phase : controllers[i].phases) {
      auto& rows = phases.emplace_back();
      for (const osc::SignalState& state : phase.states)
        rows.push_back(values.row(ValueKind::kSignal, state.signal_id));
    }
    // A delay counts from the start of the controller that it refers to.
    double delay = 0;
    const osc::TrafficSignalController* at = &controllers[i];
    for (std::size_t n = 0; n <= controllers.size() && at != nullptr; ++n) {
      delay += at->delay_s;
      const Row next = at->reference.empty() ? kNone : find(at->reference);
      at = next == kNone ? nullptr : &controllers[static_cast<std::size_t>(next)];
    }
    table_.phase[i] = -1;
    table_.until_step[i] = steps(delay);
  }
}

void Signals::connect(const maps::Map& map) {
  const std::vector<Row> named = values_.all(ValueKind::kSignal);
  for (const Row value : named)
    for (const maps::Signal& signal : map.signals)
      if (signal.group != kNone && map.text_of(signal.id) == values_.name(value)) {
        heads_.push_back({value, signal.group, false});
        break;
      }
}

Row Signals::group(Row value) const {
  const auto at =
      std::lower_bound(heads_.begin(), heads_.end(), value, [](const Head& head, Row row) { return head.value < row; });
  return at == heads_.end() || at->value != value ? kNone : at->group;
}

void Signals::set(Row value, std::string_view state) {
  values_.set(value, state);
  for (Head& head : heads_)
    if (head.value == value) head.set = true;
}

void Signals::see(const sim::Signals& world) {
  for (const Head& head : heads_) {
    const SignalState now = world.state[head.group];
    if (!head.set && signal_state_of(values_.text(head.value)) != now) values_.set(head.value, word_of(now));
  }
}

void Signals::tell(sim::Signals& world) {
  for (Head& head : heads_) {
    if (!head.set) continue;
    head.set = false;
    const auto state = signal_state_of(values_.text(head.value));
    if (!state) continue;  // refused before the run
    world.state[head.group] = *state;
    world.next_change_step[head.group] = sim::kNeverChanges;
  }
}

std::int64_t Signals::steps(double seconds) const {
  return std::max<std::int64_t>(0, std::llround(std::min(seconds, 1e9) * 1e9 / static_cast<double>(dt_ns_)));
}

Row Signals::find(std::string_view name) const {
  for (std::size_t i = 0; i < controllers_.size(); ++i)
    if (controllers_[i].name == name) return static_cast<Row>(i);
  return kNone;
}

void Signals::show(Row controller, std::int32_t phase) {
  const osc::Phase& of = controllers_[controller].phases[static_cast<std::size_t>(phase)];
  values_.set(phase_value_[controller], of.name);
  const auto& rows = signal_values_[controller][static_cast<std::size_t>(phase)];
  for (std::size_t i = 0; i < rows.size(); ++i) set(rows[i], of.states[i].state);
}

void Signals::step(std::int64_t step) {
  for (std::size_t i = 0; i < controllers_.size(); ++i) {
    const auto& phases = controllers_[i].phases;
    if (phases.empty()) continue;
    // Phases shorter than a step are passed over; a round of them ends the search.
    for (std::size_t n = 0; n <= phases.size() && step >= table_.until_step[i]; ++n) {
      table_.phase[i] = (table_.phase[i] + 1) % static_cast<std::int32_t>(phases.size());
      table_.until_step[i] += steps(phases[static_cast<std::size_t>(table_.phase[i])].duration_s);
      show(static_cast<Row>(i), table_.phase[i]);
    }
  }
}

bool Signals::set_phase(Row controller, std::string_view phase, std::int64_t step) {
  const auto& phases = controllers_[controller].phases;
  const auto found = std::find_if(phases.begin(), phases.end(), [&](const osc::Phase& p) { return p.name == phase; });
  if (found == phases.end()) return false;
  table_.phase[controller] = static_cast<std::int32_t>(found - phases.begin());
  table_.until_step[controller] = step + steps(found->duration_s);
  show(controller, table_.phase[controller]);
  return true;
}

}  // namespace bitgoeul::scenarios::story
