#include "scenarios/criteria/questions.h"

#include <fmt/format.h>

namespace bitgoeul::scenarios::criteria {

namespace osc = openscenario;

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
    take(object.vehicle.properties, object.vehicle.source);
    for (const osc::Controller& controller : object.controllers) take(controller.properties, controller.source);
  }
  return questions;
}

}  // namespace bitgoeul::scenarios::criteria
