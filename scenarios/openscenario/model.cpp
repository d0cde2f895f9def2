#include "scenarios/openscenario/model.h"

#include <algorithm>
#include <limits>

namespace bitgoeul::scenarios::openscenario {

std::optional<double> stop_time_s(const Scenario& scenario) {
  std::optional<double> first;
  for (const ConditionGroup& group : scenario.stop_trigger) {
    double all = 0.0;
    for (const SimulationTimeCondition& condition : group) all = std::max(all, condition.value_s + condition.delay_s);
    first = first ? std::min(*first, all) : all;
  }
  return first;
}

std::optional<std::string> find_property(const std::vector<Property>& properties, const std::string& name) {
  for (const Property& property : properties)
    if (property.name == name) return property.value;
  return std::nullopt;
}

}  // namespace bitgoeul::scenarios::openscenario
