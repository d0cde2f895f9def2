#include "scenarios/openscenario/model.h"

#include <algorithm>

namespace bitgoeul::scenarios::openscenario {
namespace {

// When a condition holds that waits for the clock to pass a time; nothing: it is another one.
std::optional<double> time_of(const Condition& condition) {
  const auto* by_value = std::get_if<ByValueCondition>(&condition.condition);
  const auto* time = by_value ? std::get_if<SimulationTimeCondition>(by_value) : nullptr;
  if (!time || (time->rule != Rule::kGreaterOrEqual && time->rule != Rule::kGreaterThan)) return std::nullopt;
  if (condition.edge != ConditionEdge::kNone && condition.edge != ConditionEdge::kRising) return std::nullopt;
  return time->value_s + condition.delay_s;
}

}  // namespace

std::optional<double> stop_time_s(const Scenario& scenario) {
  std::optional<double> first;
  if (!scenario.storyboard.stop_trigger) return first;
  for (const ConditionGroup& group : *scenario.storyboard.stop_trigger) {
    double all = 0.0;
    for (const Condition& condition : group) {
      const auto time = time_of(condition);
      if (!time) return std::nullopt;
      all = std::max(all, *time);
    }
    first = first ? std::min(*first, all) : all;
  }
  return first;
}

sim::Issue issue_at(std::span<const std::string> files, const std::string& otherwise, Source source, std::string where,
                    std::string what, std::string remedy) {
  sim::Issue issue;
  const auto file = static_cast<std::size_t>(source.file);
  issue.file = file < files.size() ? files[file] : otherwise;
  issue.line = source.line;
  issue.column = source.column;
  issue.where = std::move(where);
  issue.what = std::move(what);
  issue.remedy = std::move(remedy);
  return issue;
}

sim::Issue issue_at(const Scenario& scenario, Source source, std::string where, std::string what, std::string remedy) {
  return issue_at(scenario.files, scenario.file, source, std::move(where), std::move(what), std::move(remedy));
}

std::optional<std::string> find_property(const std::vector<Property>& properties, const std::string& name) {
  for (const Property& property : properties)
    if (property.name == name) return property.value;
  return std::nullopt;
}

std::optional<std::string> driver_of(const ScenarioObject& object) {
  for (const Controller& controller : object.controllers)
    if (auto driver = find_property(controller.properties, kDriverProperty)) return driver;
  return std::nullopt;
}

}  // namespace bitgoeul::scenarios::openscenario
