#include "scenarios/story/triggers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/story/signals.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

constexpr double kLongestDelayS = 3600;  // a condition's past is kept step by step

bool edge_of(osc::ConditionEdge edge, std::uint8_t last, bool now) {
  const bool before = last == 2;
  switch (edge) {
    case osc::ConditionEdge::kNone:
      return now;
    case osc::ConditionEdge::kRising:
      return last != 0 && now && !before;
    case osc::ConditionEdge::kFalling:
      return last != 0 && !now && before;
    case osc::ConditionEdge::kRisingOrFalling:
      return last != 0 && now != before;
  }
  return false;
}

// "Equal" is true in the step in which the time is reached.
bool time_holds(double now_s, osc::Rule rule, double value_s, double dt_s) {
  constexpr double kRounding = 1e-9;
  const double late = now_s - value_s;
  const bool reached = late >= -kRounding, beyond = late > kRounding;
  const bool equal = reached && late < dt_s - kRounding;
  switch (rule) {
    case osc::Rule::kEqualTo:
      return equal;
    case osc::Rule::kNotEqualTo:
      return !equal;
    case osc::Rule::kGreaterOrEqual:
      return reached;
    case osc::Rule::kGreaterThan:
      return beyond;
    case osc::Rule::kLessOrEqual:
      return !beyond;
    case osc::Rule::kLessThan:
      return !reached;
  }
  return false;
}

std::uint8_t bit_of(osc::StoryboardElementState state) {
  switch (state) {
    case osc::StoryboardElementState::kStartTransition:
      return kStartTransition;
    case osc::StoryboardElementState::kEndTransition:
      return kEndTransition;
    case osc::StoryboardElementState::kStopTransition:
      return kStopTransition;
    case osc::StoryboardElementState::kSkipTransition:
      return kSkipTransition;
    default:
      return 0;
  }
}

}  // namespace

// Howard Hinnant, "chrono-compatible low-level date algorithms": days_from_civil.
std::int64_t day_of(const osc::TimeOfDay& date) {
  const std::int64_t y = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
  const std::int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void Triggers::prepare_value(const osc::ByValueCondition& condition, Prepared& out, const Context& c) {
  const auto named = [&](ValueKind kind, const std::string& name, const char* what) {
    out.value = values_.find(kind, name);
    if (out.value == kNone)
      c.issues->push_back(issue_at(c.prepare, out.condition.source, fmt::format("condition {}", out.condition.name),
                                   fmt::format("there is no {} {}", what, name)));
  };
  if (const auto* p = std::get_if<osc::ParameterCondition>(&condition); p && !p->parameter_ref.empty())
    named(ValueKind::kParameter, p->parameter_ref, "parameter");
  if (const auto* v = std::get_if<osc::VariableCondition>(&condition))
    named(ValueKind::kVariable, v->variable_ref, "variable");
  if (const auto* s = std::get_if<osc::TrafficSignalCondition>(&condition))
    out.value = values_.row(ValueKind::kSignal, s->name);
  if (const auto* k = std::get_if<osc::TrafficSignalControllerCondition>(&condition))
    named(ValueKind::kPhase, k->controller_ref, "signal controller");
  if (const auto* u = std::get_if<osc::UserDefinedValueCondition>(&condition))
    out.value = values_.row(ValueKind::kUser, u->name);
  if (const auto* e = std::get_if<osc::StoryboardElementStateCondition>(&condition)) {
    out.value = c.find_element(e->type, e->element_ref);
    if (out.value != kNone) return;
    c.issues->push_back(
        issue_at(c.prepare, out.condition.source, fmt::format("condition {}", out.condition.name),
                 fmt::format("there is no part of the storyboard called {} of that type", e->element_ref),
                 "name it by its name, or by the names above it joined with ::"));
    c.issues->back().rule = "asam.net:xosc:1.2.0:reference_control.resolvable_storyboard_element_reference";
  }
}

Triggers::Prepared Triggers::prepare(const osc::Condition& condition, const Context& c) {
  Prepared out;
  out.condition = condition;
  out.history = memory_.history.size();
  out.delay_steps = std::llround(std::min(condition.delay_s, kLongestDelayS) * 1e9 / static_cast<double>(c.dt_ns));
  if (condition.delay_s > kLongestDelayS)
    c.issues->push_back(issue_at(c.prepare, condition.source, fmt::format("condition {}", condition.name),
                                 "a delay of more than an hour is not supported"));
  memory_.history.resize(out.history + static_cast<std::size_t>(out.delay_steps));
  if (const auto* value = std::get_if<osc::ByValueCondition>(&condition.condition)) {
    prepare_value(*value, out, c);
    return out;
  }
  auto by_entity = std::get<osc::ByEntityCondition>(condition.condition);
  std::vector<std::string> names;
  for (const std::string& name : by_entity.entity_refs)
    for (const std::string& member : c.expand(name)) names.push_back(member);
  by_entity.entity_refs = std::move(names);
  const auto prepared = entity_conditions_.prepare(by_entity, condition.source, c.prepare);
  if (prepared)
    out.entity_condition = *prepared;
  else
    c.issues->push_back(prepared.error());
  return out;
}

Row Triggers::add(const osc::Trigger& trigger, const Context& context) {
  std::vector<Group> groups;
  for (const osc::ConditionGroup& conditions : trigger) {
    const std::size_t begin = conditions_.size();
    for (const osc::Condition& condition : conditions) conditions_.push_back(prepare(condition, context));
    groups.push_back({begin, conditions_.size()});
  }
  triggers_.push_back(std::move(groups));
  memory_.last.resize(conditions_.size());
  memory_.asked.resize(conditions_.size());
  return static_cast<Row>(triggers_.size()) - 1;
}

void Triggers::bind(sim::TableSet& state) {
  state.add("conditions", memory_);
  entity_conditions_.bind(state);
}

bool Triggers::value_holds(const Prepared& prepared, const View& view) const {
  const auto& condition = std::get<osc::ByValueCondition>(prepared.condition.condition);
  if (const auto* time = std::get_if<osc::SimulationTimeCondition>(&condition))
    return time_holds(view.time_s, time->rule, time->value_s, view.dt_s());
  if (const auto* clock = std::get_if<osc::TimeOfDayCondition>(&condition)) {
    const double days = static_cast<double>(view.day - day_of(clock->date_time)) * 86400.0;
    return time_holds(days + view.time_of_day_s, clock->rule, second_of_day(clock->date_time), view.dt_s());
  }
  if (const auto* element = std::get_if<osc::StoryboardElementStateCondition>(&condition)) {
    if (const std::uint8_t bit = bit_of(element->state)) return elements_.has(prepared.value, bit);
    return elements_.state[prepared.value] == static_cast<std::uint8_t>(element->state);
  }
  if (prepared.value == kNone) return false;  // it names no parameter
  const std::string_view now = values_.text(prepared.value);
  if (const auto* p = std::get_if<osc::ParameterCondition>(&condition)) return compare(now, p->rule, p->value);
  if (const auto* v = std::get_if<osc::VariableCondition>(&condition)) return compare(now, v->rule, v->value);
  if (const auto* s = std::get_if<osc::TrafficSignalCondition>(&condition)) return shows(now, s->state);
  if (const auto* k = std::get_if<osc::TrafficSignalControllerCondition>(&condition)) return now == k->phase;
  const auto& user = std::get<osc::UserDefinedValueCondition>(condition);
  return !now.empty() && compare(now, user.rule, user.value);
}

bool Triggers::holds(const Prepared& prepared, const View& view, std::vector<Row>& by) {
  by.clear();
  if (prepared.entity_condition == kNone) return value_holds(prepared, view);
  return entity_conditions_.held(prepared.entity_condition, view, by);
}

// A transition lasts an instant: whoever is asked for the first time knows that it was not there before.
bool Triggers::is_transition(const Prepared& prepared) const {
  const auto* value = std::get_if<osc::ByValueCondition>(&prepared.condition.condition);
  const auto* element = value != nullptr ? std::get_if<osc::StoryboardElementStateCondition>(value) : nullptr;
  return element != nullptr && bit_of(element->state) != 0;
}

bool Triggers::now(std::size_t i, const View& view, std::vector<Row>& by) {
  const Prepared& prepared = conditions_[i];
  const bool held = holds(prepared, view, by);
  if (memory_.last[i] == 0 && prepared.condition.edge != osc::ConditionEdge::kNone && is_transition(prepared))
    memory_.last[i] = 1;
  bool result = edge_of(prepared.condition.edge, memory_.last[i], held);
  memory_.last[i] = held ? 2 : 1;
  const std::int64_t asked = memory_.asked[i]++;
  if (prepared.delay_steps == 0) return result;
  std::uint8_t& past = memory_.history[prepared.history + static_cast<std::size_t>(asked % prepared.delay_steps)];
  const bool then = asked >= prepared.delay_steps && past != 0;
  past = result ? 1 : 0;
  return then;
}

bool Triggers::fired(Row trigger, const View& view, std::vector<Row>& by) {
  by.clear();
  bool any = false;
  for (const Group& group : triggers_[trigger]) {
    bool all = group.end > group.begin;
    by_group_.clear();
    for (std::size_t i = group.begin; i < group.end; ++i) {
      all = now(i, view, by_condition_) && all;
      by_group_.insert(by_group_.end(), by_condition_.begin(), by_condition_.end());
    }
    if (all) by.insert(by.end(), by_group_.begin(), by_group_.end());
    any = any || all;
  }
  std::sort(by.begin(), by.end());
  by.erase(std::unique(by.begin(), by.end()), by.end());
  return any;
}

void Triggers::reset(Row trigger) {
  for (const Group& group : triggers_[trigger])
    for (std::size_t i = group.begin; i < group.end; ++i) {
      memory_.last[i] = 0;
      memory_.asked[i] = 0;
      if (conditions_[i].entity_condition != kNone) entity_conditions_.reset(conditions_[i].entity_condition);
    }
}

}  // namespace bitgoeul::scenarios::story
