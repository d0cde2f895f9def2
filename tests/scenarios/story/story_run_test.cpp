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

namespace {

std::string parameter(const std::string& name, const std::string& value) {
  return "<ParameterDeclaration name=\"" + name + "\" parameterType=\"double\" value=\"" + value + "\"/>";
}
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("conditions and actions mean the parameter that is declared nearest to them") {
  const auto when = [](const std::string& value) {
    return "<ConditionGroup><Condition name=\"p\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition>"
           "<ParameterCondition parameterRef=\"$p\" rule=\"equalTo\" value=\"" +
           value + "\"/></ByValueCondition></Condition></ConditionGroup>";
  };
  const std::string set =
      "<GlobalAction><ParameterAction parameterRef=\"p\"><SetAction value=\"5\"/></ParameterAction></GlobalAction>";
  std::string text =
      file(object("one", kCar), put("one", -1, 20, 10), actor("one"),
           event("set", set, after(1)) + event("inner", set, when("5")) + event("outer", set, when("7")), after(3));
  text = replaced(text, "<CatalogLocations/>",
                  "<ParameterDeclarations>" + parameter("p", "7") + "</ParameterDeclarations><CatalogLocations/>");
  text = replaced(text, "<Maneuver name=\"m\">",
                  "<Maneuver name=\"m\"><ParameterDeclarations>" + parameter("p", "4") + "</ParameterDeclarations>");
  auto simulation = play(text, tests::story_map());
  double inner = -1, outer = -1;
  while (!simulation->story()->ended()) {
    simulation->step();
    const auto& board = simulation->story()->storyboard();
    for (const scenarios::story::Change& change : board.changes()) {
      const std::string& path = board.elements()[change.element].path;
      if (path == "s::a::g::m::inner" && inner < 0) inner = simulation->time_s() - 0.01;
      if (path == "s::a::g::m::outer" && change.transition == scenarios::story::kStartTransition)
        outer = simulation->time_s() - 0.01;
    }
  }
  CHECK(inner == doctest::Approx(1.01).epsilon(0.011));  // the step after it was set
  CHECK(outer == -1);                                    // the root's 7 is not the one that the maneuver sees
}

TEST_CASE("what a file says against the norm but cannot be misread is run, with a warning") {
  // A parameter declared with its $.
  std::string text =
      replaced(kTwo, "<CatalogLocations/>",
               "<ParameterDeclarations>" + parameter("$lane", "-2") + "</ParameterDeclarations><CatalogLocations/>");
  text = replaced(text, "<AbsoluteTargetLane value=\"-2\"/>", "<AbsoluteTargetLane value=\"$lane\"/>");
  CHECK(told(text, tests::story_map(), sim::Severity::kWarning).find("declared without the $") != std::string::npos);
  auto simulation = play(text, tests::story_map());
  while (simulation->time_s() < 3.995) simulation->step();
  CHECK(std::abs(simulation->snapshot()->entities.y[0] + 5.25) < 0.01);
  // The times of a trajectory that has none: it keeps its own speed.
  const auto vertex = [](double x, double y) {
    return "<Vertex><Position><WorldPosition x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
           "\"/></Position></Vertex>";
  };
  const std::string follow =
      file(object("one", kCar), put("one", -1, 20, 10), actor("one"),
           event("go",
                 "<PrivateAction><RoutingAction><FollowTrajectoryAction><TrajectoryRef><Trajectory name=\"t\" "
                 "closed=\"false\"><Shape><Polyline>" +
                     vertex(20, 50) + vertex(120, 50) +
                     "</Polyline></Shape></Trajectory></TrajectoryRef><TimeReference><Timing "
                     "domainAbsoluteRelative=\"relative\" scale=\"1\" offset=\"0\"/></TimeReference>"
                     "<TrajectoryFollowingMode followingMode=\"position\"/></FollowTrajectoryAction></RoutingAction>"
                     "</PrivateAction>",
                 after(1)),
           after(5));
  CHECK(told(follow, tests::story_map(), sim::Severity::kWarning).find("own speed") != std::string::npos);
  auto follower = play(follow, tests::story_map());
  while (follower->time_s() < 2.995) follower->step();
  CHECK(follower->snapshot()->entities.x[0] == doctest::Approx(20 + 10 * 2).epsilon(1e-6));
  CHECK(follower->snapshot()->entities.y[0] == doctest::Approx(50));
  // A criterion of CARLA's scenario_runner: a condition on a parameter that nobody declares. Any other one is refused.
  const auto stop_on = [](const std::string& name) {
    return file(object("one", kCar), put("one", -1, 20, 10), actor("one"), idle(),
                "<ConditionGroup><Condition name=\"" + name +
                    "\" delay=\"0\" conditionEdge=\"rising\"><ByValueCondition><ParameterCondition "
                    "parameterRef=\"distance_success\" value=\"100\" rule=\"lessThan\"/></ByValueCondition>"
                    "</Condition></ConditionGroup>");
  };
  CHECK(told(stop_on("criteria_DrivenDistanceTest"), tests::story_map(), sim::Severity::kWarning)
            .find("another player's criterion") != std::string::npos);
  CHECK(told(stop_on("end"), tests::story_map(), sim::Severity::kError).find("distance_success is not declared") !=
        std::string::npos);
}

TEST_CASE("Init adds an entity beside one that the file places later") {
  const std::string add =
      "<GlobalAction><EntityAction entityRef=\"two\"><AddEntityAction><Position><RelativeRoadPosition "
      "entityRef=\"one\" "
      "ds=\"30\" dt=\"-2\"/></Position></AddEntityAction></EntityAction></GlobalAction>";
  auto simulation = play(
      file(object("one", kCar) + object("two", kCar), add + put("one", -1, 20, 10), actor("one"), idle(), after(5)),
      tests::story_map());
  const auto snapshot = simulation->snapshot();
  CHECK(snapshot->entities.x[1] == doctest::Approx(50));
  CHECK(snapshot->entities.y[1] == doctest::Approx(-1.75 - 2));
}

TEST_CASE("an entity may be an object of the road network: it has the map's box and place") {
  const auto with = [](const std::string& name) {
    return file(object("bin", "<ExternalObjectReference name=\"" + name + "\"/>") + object("one", kCar),
                put("one", -1, 20, 10), actor("one"), "", after(1));
  };
  for (const char* name : {"o7", "litter bin"}) {
    const auto simulation = play(with(name), tests::story_map());
    const auto snapshot = simulation->snapshot();
    const sim::Entities& e = snapshot->entities;
    REQUIRE(e.alive[0] == 1);
    CHECK(e.x[0] == doctest::Approx(280));
    CHECK(e.y[0] == doctest::Approx(-20));
    CHECK(e.yaw_rad[0] == doctest::Approx(0.5));
    CHECK(e.length_m[0] == doctest::Approx(0.6));
    CHECK(e.width_m[0] == doctest::Approx(0.4));
    CHECK(e.height_m[0] == doctest::Approx(1.1));
  }
  const std::string said = told(with("o8"), tests::story_map(), sim::Severity::kError);
  CHECK(said.find("the map has no object \"o8\"") != std::string::npos);
  CHECK(said.find("did you mean o7?") != std::string::npos);
}

TEST_CASE("a selection stands for its members, as who acts and as who triggers; those who trigger may act") {
  const auto speed = [](double value) {
    return "<PrivateAction><LongitudinalAction><SpeedAction><SpeedActionDynamics dynamicsShape=\"step\" "
           "dynamicsDimension=\"time\" value=\"0\"/><SpeedActionTarget><AbsoluteTargetSpeed value=\"" +
           std::to_string(value) + "\"/></SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction>";
  };
  const auto when = [](const std::string& rule, const std::string& condition) {
    return "<ConditionGroup><Condition name=\"c\" delay=\"0\" conditionEdge=\"rising\"><ByEntityCondition>"
           "<TriggeringEntities triggeringEntitiesRule=\"" +
           rule + "\"><EntityRef entityRef=\"both\"/></TriggeringEntities><EntityCondition>" + condition +
           "</EntityCondition></ByEntityCondition></Condition></ConditionGroup>";
  };
  const std::string driven = "<TraveledDistanceCondition value=\"30\"/>";
  const auto world = [&](const std::string& members, const std::string& event_text) {
    return file(object("one", kCar) + object("two", kCar) + "<EntitySelection name=\"both\"><Members>" + members +
                    "</Members></EntitySelection>",
                put("one", -1, 20, 10) + put("two", -2, 60, 20), actor("both"), event_text, after(9));
  };
  const auto speeds_after = [](const std::string& text, double time_s) {
    auto simulation = play(text, tests::story_map());
    while (simulation->time_s() < time_s) simulation->step();
    const auto snapshot = simulation->snapshot();
    return std::pair(snapshot->entities.speed_mps[0], snapshot->entities.speed_mps[1]);
  };
  const std::string by_name = "<EntityRef entityRef=\"one\"/><EntityRef entityRef=\"two\"/>",
                    by_type = "<ByType objectType=\"vehicle\"/>";
  for (const std::string& members : {by_name, by_type}) {
    CHECK(speeds_after(world(members, event("e", speed(5), after(1))), 1.5) == std::pair(5.0, 5.0));
    // 30 m: the second is there after 1.5 s, the first after 3 s.
    const std::string any = world(members, event("e", speed(5), when("any", driven))),
                      all = world(members, event("e", speed(5), when("all", driven)));
    CHECK(speeds_after(any, 1.4) == std::pair(10.0, 20.0));
    CHECK(speeds_after(any, 1.6) == std::pair(5.0, 5.0));
    CHECK(speeds_after(all, 2.9) == std::pair(10.0, 20.0));
    CHECK(speeds_after(all, 3.1) == std::pair(5.0, 5.0));
    CHECK(
        speeds_after(replaced(replaced(any, "selectTriggeringEntities=\"false\"", "selectTriggeringEntities=\"true\""),
                              "<EntityRef entityRef=\"both\"/></Actors>", "</Actors>"),
                     1.6) == std::pair(10.0, 5.0));
  }
}
