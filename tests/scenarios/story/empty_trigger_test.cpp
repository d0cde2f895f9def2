// An empty <StartTrigger/> is read as none: the act starts with its story.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "scenarios/openscenario/parse.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace osc = bitgoeul::scenarios::openscenario;

TEST_CASE("an empty start trigger is none, an empty stop trigger never fires") {
  std::ifstream in(tests::source_dir() + "/assets/scenarios/loop.xosc");
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string story =
      "<Story name=\"s\"><Act name=\"a\"><ManeuverGroup name=\"g\" maximumExecutionCount=\"1\"><Actors "
      "selectTriggeringEntities=\"false\"/></ManeuverGroup><StartTrigger/><StopTrigger/></Act></Story>";
  const std::size_t at = text.find("<StopTrigger>");
  REQUIRE(at != std::string::npos);
  sim::Issues issues;
  const auto scenario = osc::parse_text(text.insert(at, story), "empty.xosc", {}, issues);
  REQUIRE(scenario);
  REQUIRE(scenario->storyboard.stories.size() == 1);
  const osc::Act& act = scenario->storyboard.stories[0].acts.at(0);
  CHECK(!act.start_trigger.has_value());
  REQUIRE(act.stop_trigger.has_value());
  CHECK(act.stop_trigger->empty());
}
