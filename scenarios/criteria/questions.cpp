#include "scenarios/criteria/questions.h"

#include <fmt/format.h>

#include <algorithm>

namespace bitgoeul::scenarios::criteria {

namespace osc = openscenario;

namespace {

// What is asked of a vehicle for its role, where nobody asks otherwise. People stand in public transport: braking above
// 2.4 m/s2 is more than they can bear (EU 2022/1426 and the German AFGBV, annex 1).
struct RoleDefault {
  std::string_view role;
  Asked asked;
};
constexpr RoleDefault kRoleDefaults[] = {{"publicTransport", {Kind::kBraking, 2.4}}};

void ask_for_role(const osc::ScenarioObject& object, sim::Row row, Questions& questions) {
  if (object.other.index() != 0 || !osc::driver_of(object)) return;
  for (const RoleDefault& role : kRoleDefaults) {
    const auto same = [&](const Asked& asked) { return asked.kind == role.asked.kind; };
    if (object.vehicle.role == role.role && std::none_of(questions.all.begin(), questions.all.end(), same))
      questions.of_entities.emplace_back(row, role.asked);
  }
}

}  // namespace

Questions questions_of(const osc::Scenario& scenario, const std::vector<std::string>& words, sim::Issues& issues) {
  Questions questions;
  for (const std::string& word : words) {
    const std::size_t at = word.find('=');
    const auto asked = ask(word.substr(0, at), at == std::string::npos ? std::string() : word.substr(at + 1));
    if (asked)
      questions.all.push_back(*asked);
    else
      issues.push_back(asked.error());
  }
  for (sim::Row row = 0; row < static_cast<sim::Row>(scenario.entities.size()); ++row) {
    const osc::ScenarioObject& object = scenario.entities[static_cast<std::size_t>(row)];
    const auto take = [&](const std::vector<osc::Property>& properties, const osc::Source& source) {
      for (const osc::Property& property : properties) {
        if (property.name.rfind(kCriterionProperty, 0) != 0) continue;
        auto asked = ask(property.name.substr(kCriterionProperty.size()), property.value);
        if (asked && asked->kind < Kind::kAtFault)
          asked = sim::fail(fmt::format("'{}' is judged for all vehicles together", spec_of(asked->kind).name), {}, 0,
                            {}, "give it by --criterion or in the suite");
        if (asked) {
          questions.of_entities.emplace_back(row, *asked);
          continue;
        }
        sim::Issue issue = asked.error();
        issue.file = scenario.file, issue.line = source.line, issue.column = source.column;
        issue.where = fmt::format("<Property name=\"{}\"> of entity {}", property.name, object.name);
        issues.push_back(std::move(issue));
      }
    };
    ask_for_role(object, row, questions);
    take(object.vehicle.properties, object.vehicle.source);
    for (const osc::Controller& controller : object.controllers) take(controller.properties, controller.source);
  }
  return questions;
}

}  // namespace bitgoeul::scenarios::criteria
