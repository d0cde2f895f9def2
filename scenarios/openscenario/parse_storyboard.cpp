// Storyboard, triggers and conditions (OpenSCENARIO XML 1.3, classes Storyboard, Init, Trigger, ConditionGroup,
// Condition).
#include <fmt/format.h>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

SimulationTimeCondition parse_condition(const Reader& reader, const XmlElement& element) {
  // Simulation time only grows, so a rising edge of "later than" is the same moment as no edge.
  static constexpr std::string_view kEdges[] = {"none", "rising"};
  static constexpr std::string_view kRules[] = {"greaterThan", "greaterOrEqual"};
  reader.shape(element, {"ByValueCondition"}, {"name", "delay", "conditionEdge"});
  SimulationTimeCondition condition;
  condition.name = reader.text(element, "name");
  condition.delay_s = reader.optional_number(element, "delay", {0.0, 1e9}).value_or(0.0);
  reader.word(element, "conditionEdge", kEdges);
  const XmlElement value = reader.need(element, "ByValueCondition");
  if (!value) return condition;
  reader.shape(value, {"SimulationTimeCondition"});
  const XmlElement time = reader.need(value, "SimulationTimeCondition");
  if (!time) return condition;
  reader.shape(time, {}, {"rule", "value"});
  reader.word(time, "rule", kRules);
  condition.value_s = reader.number(time, "value", {0.0, 1e9});
  return condition;
}

void parse_init(const Reader& reader, const XmlElement& element, Init& init) {
  reader.shape(element, {"Actions"});
  const XmlElement actions = reader.need(element, "Actions");
  if (!actions) return;
  reader.shape(actions, {"GlobalAction", "Private"});
  for (const XmlElement& action : actions.children("GlobalAction")) parse_global_action(reader, action, init);
  for (const XmlElement& action : actions.children("Private")) parse_private(reader, action, init);
}

}  // namespace

std::vector<ConditionGroup> parse_trigger(const Reader& reader, const XmlElement& element) {
  std::vector<ConditionGroup> groups;
  reader.shape(element, {"ConditionGroup"});
  for (const XmlElement& group : element.children("ConditionGroup")) {
    reader.shape(group, {"Condition"});
    ConditionGroup conditions;
    for (const XmlElement& condition : group.children("Condition"))
      conditions.push_back(parse_condition(reader, condition));
    if (conditions.empty()) group.error("a <ConditionGroup> has one <Condition> or more", "cardinality");
    groups.push_back(std::move(conditions));
  }
  return groups;
}

void parse_storyboard(const Reader& reader, const XmlElement& element, Scenario& scenario) {
  reader.shape(element, {"Init", "StopTrigger"});
  if (XmlElement init = reader.need(element, "Init")) parse_init(reader, init, scenario.init);
  if (XmlElement stop = element.child("StopTrigger")) scenario.stop_trigger = parse_trigger(reader, stop);
}

}  // namespace bitgoeul::scenarios::openscenario
