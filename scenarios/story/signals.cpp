#include "scenarios/story/signals.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::scenarios::story {

namespace osc = openscenario;

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
  for (std::size_t i = 0; i < rows.size(); ++i) values_.set(rows[i], of.states[i].state);
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
