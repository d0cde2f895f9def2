// What a run is asked: words of the command line and properties of entities.
#include "scenarios/criteria/questions.h"

#include <doctest/doctest.h>

using namespace bitgoeul;
using namespace bitgoeul::scenarios;

TEST_CASE("criteria: words and properties ask, mistakes are named") {
  sim::Issues issues;
  openscenario::Scenario scenario;
  scenario.file = "a.xosc";
  scenario.entities.resize(2);
  scenario.entities[0].name = "lead", scenario.entities[1].name = "hero";
  scenario.entities[1].vehicle.source.line = 7;
  scenario.entities[1].vehicle.properties = {{"bitgoeul:criterion:ttc", "1.5"}, {"bitgoeul:criterion:ttk", "1"}};
  const auto questions = criteria::questions_of(scenario, {"headway=0.8", "speed", "rss=fast"}, issues);
  REQUIRE(questions.all.size() == 2);
  CHECK(questions.all[0].limit == 0.8);
  CHECK(questions.all[1].limit == 2.23);
  REQUIRE(questions.of_entities.size() == 1);
  CHECK(questions.of_entities[0].first == 1);
  CHECK(questions.of_entities[0].second.limit == 1.5);
  REQUIRE(issues.size() == 2);
  CHECK(sim::to_string(issues[0]).find("'fast' is no limit") != std::string::npos);
  CHECK(sim::to_string(issues[1]).find("a.xosc:7") != std::string::npos);
  CHECK(sim::to_string(issues[1]).find("did you mean 'ttc'?") != std::string::npos);
  // Specs stand in the order of their kinds.
  for (std::size_t i = 0; i < criteria::specs().size(); ++i)
    CHECK(static_cast<std::size_t>(criteria::specs()[i].kind) == i);
}

TEST_CASE("criteria: the role of a vehicle asks where nobody else does") {
  openscenario::Scenario scenario;
  scenario.entities.resize(3);
  for (openscenario::ScenarioObject& object : scenario.entities) object.vehicle.role = "publicTransport";
  for (const int driven : {0, 1})
    scenario.entities[driven].controllers.push_back({{}, "d", "", {{openscenario::kDriverProperty, "builtin:driver"}}});
  scenario.entities[1].vehicle.properties = {{"bitgoeul:criterion:braking", "3"}};
  sim::Issues issues;
  const auto questions = criteria::questions_of(scenario, {}, issues);
  REQUIRE(questions.of_entities.size() == 3);  // the third is the story's
  CHECK(questions.of_entities[0].second.kind == criteria::Kind::kBraking);
  CHECK(questions.of_entities[0].second.limit == 2.4);
  CHECK(questions.of_entities[2].first == 1);  // the last of a kind counts
  CHECK(questions.of_entities[2].second.limit == 3);
  CHECK(criteria::questions_of(scenario, {"braking=4"}, issues).of_entities.size() == 1);
}
