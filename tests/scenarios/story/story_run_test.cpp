// Whole scenarios through the simulation: actors on the street of story_map.h that do what a story tells them, against
// what the file says; saved and restored, and with other numbers of threads, the same bits.
#include "scenarios/story/story.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/scenarios/story/story_file.h"
#include "tests/scenarios/story/story_map.h"

using namespace bitgoeul;
namespace osc = scenarios::openscenario;
using namespace tests;

namespace {

// A car changes lane in 3 s from 1 s on, another one brakes from 20 to 0 at 5 m/s2 from 2 s on.
const std::string kTwo =
    file(object("one", kCar) + object("two", kCar), put("one", -1, 20, 10) + put("two", -2, 60, 20), actor("one"),
         event("change",
               "<PrivateAction><LateralAction><LaneChangeAction><LaneChangeActionDynamics dynamicsShape=\"sinusoidal\" "
               "dynamicsDimension=\"time\" value=\"3\"/><LaneChangeTarget><AbsoluteTargetLane value=\"-2\"/>"
               "</LaneChangeTarget></LaneChangeAction></LateralAction></PrivateAction>",
               after(1)),
         after(6));

}  // namespace

TEST_CASE("a lane change of a story begins and ends when the file says, to the centimetre") {
  auto simulation = play(kTwo, tests::story_map());
  const auto y = [&](int row) { return simulation->snapshot()->entities.y[row]; };
  while (simulation->time_s() < 0.995) simulation->step();
  CHECK(y(0) == doctest::Approx(-1.75).epsilon(1e-9));
  while (simulation->time_s() < 2.495) simulation->step();
  CHECK(y(0) == doctest::Approx(-3.5).epsilon(1e-3));  // half of the way at half of the time
  while (simulation->time_s() < 3.995) simulation->step();
  CHECK(std::abs(y(0) + 5.25) < 0.01);
  CHECK(simulation->snapshot()->entities.x[1] == doctest::Approx(60 + 20 * simulation->time_s()).epsilon(1e-9));
}

TEST_CASE("a story ends with its stop trigger, and tells what has begun and ended") {
  auto simulation = play(kTwo, tests::story_map());
  std::vector<std::pair<double, std::string>> told;
  while (!simulation->story()->ended() && simulation->time_s() < 20) {
    simulation->step();
    const auto& board = simulation->story()->storyboard();
    for (const scenarios::story::Change& change : board.changes())
      told.emplace_back(simulation->time_s() - 0.01,
                        std::to_string(change.transition) + " " + board.elements()[change.element].path);
  }
  CHECK(simulation->time_s() == doctest::Approx(6.01));
  const auto when = [&](const std::string& what) {
    for (const auto& [time, text] : told)
      if (text == what) return time;
    return -1.0;
  };
  CHECK(when("1 s::a::g::m::change") == doctest::Approx(1.0));
  CHECK(when("2 s::a::g::m::change::change_action") == doctest::Approx(4.0));
  CHECK(when("2 s::a") == doctest::Approx(4.0));
}

TEST_CASE("a story goes on from a saved step with the same bits, with any number of threads") {
  auto simulation = play(kTwo, tests::story_map());
  for (int i = 0; i < 170; ++i) simulation->step();
  const auto saved = simulation->save();
  for (int i = 0; i < 300; ++i) simulation->step();
  const auto hash = simulation->state_hash();
  CHECK(simulation->state_hash_in_full() == hash);
  auto again = play(kTwo, tests::story_map(), 3);
  REQUIRE(again->restore(saved));
  for (int i = 0; i < 300; ++i) again->step();
  CHECK(again->state_hash() == hash);
}

TEST_CASE("entities are added, deleted and collide where there are no roads") {
  const std::string pedestrian =
      "<Pedestrian name=\"p\" pedestrianCategory=\"pedestrian\" mass=\"80\"><BoundingBox><Center x=\"0\" y=\"0\" "
      "z=\"0.9\"/><Dimensions width=\"0.5\" length=\"0.5\" height=\"1.8\"/></BoundingBox></Pedestrian>";
  const std::string world = "<Position><WorldPosition x=\"30\" y=\"0\" z=\"0\" h=\"0\"/></Position>";
  std::string init = put("car", -1, 0, 10);
  const std::string lane =
      init.substr(init.find("<Position>"), init.find("</Position>") + 11 - init.find("<Position>"));
  init.replace(init.find(lane), lane.size(), "<Position><WorldPosition x=\"0\" y=\"0\" z=\"0\" h=\"0\"/></Position>");
  const std::string stop =
      "<ConditionGroup><Condition name=\"hit\" delay=\"0\" conditionEdge=\"rising\"><ByEntityCondition>"
      "<TriggeringEntities triggeringEntitiesRule=\"any\"><EntityRef entityRef=\"car\"/></TriggeringEntities>"
      "<EntityCondition><CollisionCondition><EntityRef entityRef=\"walker\"/></CollisionCondition></EntityCondition>"
      "</ByEntityCondition></Condition></ConditionGroup>";
  auto simulation = play(file(object("car", kCar) + object("walker", pedestrian), init, actor("walker"),
                              event("appear",
                                    "<GlobalAction><EntityAction entityRef=\"walker\"><AddEntityAction>" + world +
                                        "</AddEntityAction></EntityAction></GlobalAction>",
                                    after(0.5)),
                              stop),
                         std::make_shared<const maps::Map>());
  CHECK(simulation->snapshot()->entities.alive[1] == 0);
  while (!simulation->story()->ended() && simulation->time_s() < 10) simulation->step();
  CHECK(simulation->snapshot()->entities.alive[1] == 1);
  // Its front is 3.65 m ahead of its rear axle, the walker's back 0.25 m behind his middle: 26.1 m at 10 m/s.
  CHECK(simulation->time_s() == doctest::Approx(2.61).epsilon(0.02));
  CHECK(simulation->totals().collisions == 1);
}

TEST_CASE("what a story cannot do is said before it runs") {
  const auto errors = [](const std::string& text) {
    sim::Issues issues;
    const auto scenario = osc::parse_text(text, "story.xosc", {}, issues);
    REQUIRE(scenario);
    scenarios::make_setup(*scenario, tests::story_map(), {1, 10'000'000, 1}, issues);
    std::string all;
    for (const sim::Issue& issue : issues)
      if (issue.severity == sim::Severity::kError) all += sim::to_string(issue) + "\n";
    return all;
  };
  const std::string change = "<AbsoluteTargetLane value=\"-2\"/>";
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = kTwo;
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK(errors(kTwo).empty());
  CHECK(errors(with(change, "<RelativeTargetLane entityRef=\"three\" value=\"1\"/>")).find("three") !=
        std::string::npos);
  CHECK(errors(with("roadId=\"1\"", "roadId=\"9\"")).find("9") != std::string::npos);
  CHECK(errors(with("<SimulationTimeCondition rule=\"greaterOrEqual\" value=\"1.000000\"/>",
                    "<StoryboardElementStateCondition storyboardElementType=\"event\" storyboardElementRef=\"nobody\" "
                    "state=\"completeState\"/>"))
            .find("nobody") != std::string::npos);
}
