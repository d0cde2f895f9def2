// Damaged and hostile scenario files, rows S1 to S5 of the fault matrix (S2 also in coverage_test, S6 with the program
// in cli_test): cut and changed bytes, bad values in every attribute, stories that make no sense, paths that lead away,
// what no parser reads. Each is refused with a place or runs to an end; nothing crashes, hangs or is taken in silence.
// A sample by default, all of it with BITGOEUL_FULL=1.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "scenarios/openscenario/catalogs.h"
#include "scenarios/openscenario/schema.h"
#include "scenarios/story/story.h"
#include "sim/random.h"
#include "tests/conformance/sets.h"
#include "tests/scenarios/program.h"
#include "tests/scenarios/story/story_file.h"
#include "tests/scenarios/story/story_map.h"

using namespace bitgoeul;
using namespace tests;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {

bool full() { return std::getenv("BITGOEUL_FULL") != nullptr; }

std::string speed_to(const std::string& value, const std::string& dynamics =
                                                   "dynamicsShape=\"linear\" "
                                                   "dynamicsDimension=\"time\" value=\"2\"") {
  return "<PrivateAction><LongitudinalAction><SpeedAction><SpeedActionDynamics " + dynamics +
         "/><SpeedActionTarget><AbsoluteTargetSpeed value=\"" + value +
         "\"/></SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction>";
}

std::string story_text() {
  return file(object("one", kCar) + object("two", kCar), put("one", -1, 20, 10) + put("two", -2, 60, 20), actor("one"),
              event("change",
                    "<PrivateAction><LateralAction><LaneChangeAction><LaneChangeActionDynamics "
                    "dynamicsShape=\"sinusoidal\" dynamicsDimension=\"time\" value=\"3\"/><LaneChangeTarget>"
                    "<AbsoluteTargetLane value=\"-2\"/></LaneChangeTarget></LaneChangeAction></LateralAction>"
                    "</PrivateAction>",
                    after(1)) +
                  event("slow", speed_to("3"), after(2)),
              after(3));
}

enum class End { kRefused, kRuns };

// Refused with a place, or run for a few seconds or to its end.
End outcome(const std::string& text, double seconds = 3.5) {
  sim::Issues issues;
  static const auto map = story_map();
  const auto scenario = osc::parse_text(text, "fault.xosc", {}, issues);
  if (!scenario) {
    CHECK_FALSE(scenario.error().what.empty());
    return End::kRefused;
  }
  auto setup = sim::has_errors(issues) ? scenarios::SimulationSetup{}
                                       : scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
  for (const sim::Issue& issue : issues)
    if (issue.severity == sim::Severity::kError) {
      CHECK(issue.file == "fault.xosc");
      return End::kRefused;
    }
  if (setup.entities.empty()) return End::kRuns;
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return End::kRefused;
  const auto& story = *(*made)->story();
  while ((*made)->time_s() < seconds && !story.ended()) (*made)->step();
  const auto snapshot = (*made)->snapshot();
  for (std::size_t i = 0; i < snapshot->entities.alive.size(); ++i)
    if (snapshot->entities.alive[i]) {
      CHECK(std::isfinite(snapshot->entities.x[i]));
      CHECK(std::isfinite(snapshot->entities.speed_mps[i]));
    }
  return End::kRuns;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

namespace {

// Cut, or up to five bytes of it changed: to any, or to one that may well stand there.
std::string damaged(std::string text, int i) {
  const auto draw = [&](int k, std::size_t n) {
    return sim::uniform_index(7, static_cast<std::uint32_t>(k), i, sim::Stream::kTest, static_cast<std::uint32_t>(n));
  };
  if (i % 4 == 0) {
    text.resize(draw(0, text.size()));
    return text;
  }
  static const std::string likely = "0123456789.-+eE${}ax ";
  for (int k = 0; k <= i % 5; ++k)
    text[draw(2 * k, text.size())] =
        i % 4 == 1 ? static_cast<char>(draw(2 * k + 1, 256)) : likely[draw(2 * k + 1, likely.size())];
  return text;
}

}  // namespace

TEST_CASE("S1: cut and changed scenario files are refused or run") {
  CHECK(outcome(story_text()) == End::kRuns);
  const int tries = full() ? 40'000 : 800;
  int refused = 0, read = 0;
  for (int i = 0; i < tries; ++i) refused += outcome(damaged(story_text(), i), 0.2) == End::kRefused ? 1 : 0;
  // Five files of the engine's own: read only, their city is not loaded.
  for (const char* name : {"alley_meeting", "cut_in", "permissive_left", "school_zone_child", "signal_failure"}) {
    const std::string file = source_dir() + "/assets/scenarios/" + name + ".xosc", text = text_of(file);
    for (int i = 0; i < tries; ++i) {
      sim::Issues issues;
      const auto scenario = osc::parse_text(damaged(text, i), file, {}, issues);
      if (!scenario) CHECK_FALSE(scenario.error().what.empty());
      read += scenario && !sim::has_errors(issues) ? 1 : 0;
    }
  }
  const int all = 6 * tries, five = 5 * tries;
  MESSAGE(all, " damaged files; ", refused, " of ", tries, " refused, ", read, " of ", five, " read");
  CHECK(refused > tries / 3);
  CHECK(refused < tries);
  CHECK(read > tries / 10);
}

TEST_CASE("S2: bad values in every attribute of a whole file are refused or run") {
  const std::string text = story_text();
  const std::string long_text(100'000, 'x');
  const std::vector<std::string> bad = {"",      "NaN",    "INF",          "-INF",   "1e308", "-1e308",
                                        "-1",    "0",      "2147483648",   "0x10",   "1,5",   "one",
                                        "$none", "${1/0}", "&#x7fffffff;", long_text};
  std::size_t done = 0, refused = 0, at = 0, attribute = 0;
  while ((at = text.find("=\"", at)) != std::string::npos) {
    const std::size_t begin = at + 2, end = text.find('"', begin);
    for (std::size_t b = 0; b < bad.size(); ++b) {
      ++done;
      std::string changed = text;
      changed.replace(begin, end - begin, bad[b]);
      refused += outcome(changed, 0.1) == End::kRefused ? 1 : 0;
    }
    ++attribute;
    at = end;
  }
  MESSAGE(done, " changed attributes, ", refused, " refused");
  CHECK(attribute > 80);
  CHECK(refused > done / 3);
}

TEST_CASE("S3: stories that make no sense have a fixed outcome") {
  const std::string text = story_text();
  const std::string start = "<SimulationTimeCondition rule=\"greaterOrEqual\" value=\"1.000000\"/>";
  const auto trigger = [&](const std::string& condition) { return replaced(text, start, condition); };
  const auto state_of = [](const std::string& type, const std::string& name) {
    return "<StoryboardElementStateCondition storyboardElementType=\"" + type + "\" storyboardElementRef=\"" + name +
           "\" state=\"completeState\"/>";
  };
  CHECK(outcome(replaced(text, actor("one"), actor("nobody"))) == End::kRefused);
  CHECK(outcome(trigger(state_of("event", "nobody"))) == End::kRefused);
  // Triggers that never come, and two that wait for each other: the stop trigger ends it.
  CHECK(outcome(trigger(state_of("event", "change"))) == End::kRuns);
  CHECK(outcome(replaced(trigger(state_of("event", "slow")),
                         "<SimulationTimeCondition rule=\"greaterOrEqual\" value=\"2.000000\"/>",
                         state_of("event", "change"))) == End::kRuns);
  CHECK(outcome(replaced(text, "maximumExecutionCount=\"1\"", "maximumExecutionCount=\"1000000\"")) == End::kRuns);
  // Parameters: a circle, depth, no value, a cycle through expressions.
  const auto parameters = [&](const std::string& declared, const std::string& value) {
    return replaced(replaced(text, "<CatalogLocations/>",
                             "<ParameterDeclarations>" + declared + "</ParameterDeclarations><CatalogLocations/>"),
                    "<AbsoluteTargetSpeed value=\"3\"/>", "<AbsoluteTargetSpeed value=\"" + value + "\"/>");
  };
  const auto declare = [](const std::string& name, const std::string& value) {
    return "<ParameterDeclaration name=\"" + name + "\" parameterType=\"double\" value=\"" + value + "\"/>";
  };
  CHECK(outcome(parameters(declare("a", "$b") + declare("b", "$a"), "$a")) == End::kRefused);
  CHECK(outcome(parameters(declare("a", "1"), "${1/0}")) == End::kRefused);
  CHECK(outcome(parameters(declare("a", "1"), "${$a*2}")) == End::kRuns);
  CHECK(outcome(parameters(declare("a", "1"),
                           "${" + std::string(10'000, '(') + "1" + std::string(10'000, ')') + "}")) == End::kRefused);
  CHECK(outcome(parameters(declare("a", "1"), "${1e308*1e308}")) == End::kRefused);
  // Numbers beyond sense.
  CHECK(outcome(replaced(text, "value=\"1.000000\"", "value=\"-5\"")) == End::kRuns);  // the past: at once
  CHECK(outcome(replaced(text, "dynamicsDimension=\"time\" value=\"3\"", "dynamicsDimension=\"time\" value=\"-3\"")) ==
        End::kRefused);
  CHECK(outcome(replaced(text, "<AbsoluteTargetSpeed value=\"3\"/>", "<AbsoluteTargetSpeed value=\"1e9\"/>")) ==
        End::kRefused);  // speeds go to 500 m/s
  CHECK(outcome(replaced(text, "s=\"20.000000\"", "s=\"1e9\"")) == End::kRefused);
  CHECK(outcome(replaced(text, "s=\"20.000000\"", "s=\"-20\"")) == End::kRefused);
  // What is done to somebody who is gone.
  const std::string gone = file(
      object("one", kCar), put("one", -1, 20, 10), actor("one"),
      event("off", "<GlobalAction><EntityAction entityRef=\"one\"><DeleteEntityAction/></EntityAction></GlobalAction>",
            after(0.5)) +
          event("slow", speed_to("3"), after(1)),
      after(2));
  CHECK(outcome(gone) == End::kRuns);
  // A million events, all at once.
  std::string many;
  const int events = full() ? 100'000 : 2'000;
  for (int i = 0; i < events; ++i) many += event(std::to_string(i).insert(0, 1, 'e'), speed_to("3"), after(0.1));
  CHECK(outcome(file(object("one", kCar), put("one", -1, 20, 10), actor("one"), many, after(0.3)), 0.5) == End::kRuns);
  // An entity that is told about itself.
  CHECK(outcome(trigger("<VariableCondition variableRef=\"none\" rule=\"equalTo\" value=\"1\"/>")) == End::kRefused);
}

TEST_CASE("S3: names that nobody has, places that hang on each other, numbers that make no sense") {
  const std::string text = story_text();
  const std::string act = "<PrivateAction>", end = "</PrivateAction>";
  const auto does = [&](const std::string& action) {
    return file(object("one", kCar) + object("two", kCar), put("one", -1, 20, 10) + put("two", -2, 60, 20),
                actor("one"), event("e", action, after(0.1)), after(0.5));
  };
  const auto waits = [&](const std::string& condition) {
    return file(object("one", kCar) + object("two", kCar), put("one", -1, 20, 10) + put("two", -2, 60, 20),
                actor("one"),
                event("e", speed_to("3"),
                      "<ConditionGroup><Condition name=\"c\" delay=\"0\" conditionEdge=\"none\">" + condition +
                          "</Condition></ConditionGroup>"),
                after(0.5));
  };
  const auto of = [](const std::string& entity, const std::string& condition) {
    return "<ByEntityCondition><TriggeringEntities triggeringEntitiesRule=\"any\"><EntityRef entityRef=\"" + entity +
           "\"/></TriggeringEntities><EntityCondition>" + condition + "</EntityCondition></ByEntityCondition>";
  };
  const auto value = [](const std::string& condition) {
    return "<ByValueCondition>" + condition + "</ByValueCondition>";
  };
  const auto global = [](const std::string& action) { return "<GlobalAction>" + action + "</GlobalAction>"; };
  const auto along = [&](const std::string& a) {
    return act + "<LongitudinalAction>" + a + "</LongitudinalAction>" + end;
  };
  const auto across = [&](const std::string& a) { return act + "<LateralAction>" + a + "</LateralAction>" + end; };
  const auto goes = [&](const std::string& a) { return act + "<RoutingAction>" + a + "</RoutingAction>" + end; };
  const auto to = [&](const std::string& p) {
    return act + "<TeleportAction><Position>" + p + "</Position></TeleportAction>" + end;
  };
  const auto waypoint = [](const std::string& p) {
    return "<Waypoint routeStrategy=\"shortest\"><Position>" + p + "</Position></Waypoint>";
  };
  const std::string spot = "<LanePosition roadId=\"1\" laneId=\"-1\" s=\"100\"/>";
  const std::string shape =
      "<LaneChangeActionDynamics dynamicsShape=\"linear\" dynamicsDimension=\"time\" value=\"1\"/>";
  const std::string rule = "rule=\"lessThan\" freespace=\"false\" ";
  const std::string in_lane = "coordinateSystem=\"lane\" relativeDistanceType=\"longitudinal\"/>";
  const std::string mode =
      "<TimeReference><None/></TimeReference><TrajectoryFollowingMode followingMode=\"position\"/>";
  const auto follow = [&](const std::string& inside) {
    return goes("<FollowTrajectoryAction><TrajectoryRef><Trajectory name=\"t\" closed=\"false\"><Shape>" + inside +
                "</Shape></Trajectory></TrajectoryRef>" + mode + "</FollowTrajectoryAction>");
  };
  const auto vertex = [](const std::string& p) { return "<Vertex><Position>" + p + "</Position></Vertex>"; };
  struct Told {
    const char* what;
    std::string text;
    End end;
  };
  const std::vector<Told> all = {
      // Names.
      {"entity of Init", replaced(text, "<Private entityRef=\"one\">", "<Private entityRef=\"no\">"), End::kRefused},
      {"entity declared twice", replaced(text, object("two", kCar), object("one", kCar)), End::kRefused},
      {"triggering entity", waits(of("no", "<SpeedCondition value=\"1\" rule=\"lessThan\"/>")), End::kRefused},
      {"headway to", waits(of("one", "<TimeHeadwayCondition entityRef=\"no\" value=\"1\" " + rule + in_lane)),
       End::kRefused},
      {"distance to", waits(of("one", "<RelativeDistanceCondition entityRef=\"no\" value=\"1\" " + rule + in_lane)),
       End::kRefused},
      {"collision with", waits(of("one", "<CollisionCondition><EntityRef entityRef=\"no\"/></CollisionCondition>")),
       End::kRefused},
      {"keeps distance to",
       does(along("<LongitudinalDistanceAction entityRef=\"no\" continuous=\"true\" freespace=\"true\" "
                  "distance=\"5\"/>")),
       End::kRefused},
      {"keeps beside",
       does(across("<LateralDistanceAction entityRef=\"no\" continuous=\"true\" freespace=\"true\" "
                   "distance=\"1\"/>")),
       End::kRefused},
      {"lane relative to",
       does(across("<LaneChangeAction>" + shape +
                   "<LaneChangeTarget><RelativeTargetLane entityRef=\"no\" value=\"1\"/>"
                   "</LaneChangeTarget></LaneChangeAction>")),
       End::kRefused},
      {"synchronised with",
       does(act + "<SynchronizeAction masterEntityRef=\"no\"><TargetPositionMaster>" + spot +
            "</TargetPositionMaster><TargetPosition>" + spot + "</TargetPosition></SynchronizeAction>" + end),
       End::kRefused},
      {"place relative to", does(to("<RelativeObjectPosition entityRef=\"no\" dx=\"1\" dy=\"0\"/>")), End::kRefused},
      {"deleted", does(global("<EntityAction entityRef=\"no\"><DeleteEntityAction/></EntityAction>")), End::kRefused},
      {"trailer", does(act + "<TrailerAction><ConnectTrailerAction trailerRef=\"no\"/></TrailerAction>" + end),
       End::kRefused},
      {"road", does(to("<LanePosition roadId=\"99\" laneId=\"-1\" s=\"1\"/>")), End::kRefused},
      {"lane", does(to("<LanePosition roadId=\"1\" laneId=\"-9\" s=\"1\"/>")), End::kRefused},
      {"lane 0", does(to("<LanePosition roadId=\"1\" laneId=\"0\" s=\"1\"/>")), End::kRuns},
      {"variable", does(global("<VariableAction variableRef=\"no\"><SetAction value=\"1\"/></VariableAction>")),
       End::kRefused},
      {"parameter", does(global("<ParameterAction parameterRef=\"no\"><SetAction value=\"1\"/></ParameterAction>")),
       End::kRefused},
      {"monitor", does(global("<SetMonitorAction monitorRef=\"no\" value=\"true\"/>")), End::kRefused},
      {"parameter of a condition",
       waits(value("<ParameterCondition parameterRef=\"no\" rule=\"equalTo\" value=\"1\"/>")), End::kRefused},
      {"signal controller of a condition",
       waits(value("<TrafficSignalControllerCondition trafficSignalControllerRef=\"no\" phase=\"go\"/>")),
       End::kRefused},
      {"phase of nobody's controller",
       does(global("<InfrastructureAction><TrafficSignalAction><TrafficSignalControllerAction "
                   "trafficSignalControllerRef=\"no\" phase=\"go\"/></TrafficSignalAction></InfrastructureAction>")),
       End::kRefused},
      {"element of another type",
       waits(value("<StoryboardElementStateCondition storyboardElementType=\"act\" "
                   "storyboardElementRef=\"e\" state=\"completeState\"/>")),
       End::kRefused},
      {"catalogue", replaced(text, kCar, "<CatalogReference catalogName=\"no\" entryName=\"no\"/>"), End::kRefused},
      {"group of a controller without a driver's name",
       does(act +
            "<ControllerAction><AssignControllerAction><Controller name=\"c\"><Properties/></Controller>"
            "</AssignControllerAction></ControllerAction>" +
            end),
       End::kRuns},
      // Places.
      {"beside oneself", does(to("<RelativeObjectPosition entityRef=\"one\" dx=\"1\" dy=\"0\"/>")), End::kRuns},
      {"beside each other in Init",
       file(object("one", kCar) + object("two", kCar),
            "<Private entityRef=\"one\">" + to("<RelativeObjectPosition entityRef=\"two\" dx=\"5\" dy=\"0\"/>") +
                "</Private><Private entityRef=\"two\">" +
                to("<RelativeObjectPosition entityRef=\"one\" dx=\"5\" dy=\"0\"/>") + "</Private>",
            actor("one"), idle(), after(0.5)),
       End::kRefused},
      {"before the road begins", does(to("<RelativeRoadPosition entityRef=\"one\" ds=\"-500\" dt=\"0\"/>")),
       End::kRuns},  // told when it is tried
      {"beside the last lane", does(to("<RelativeLanePosition entityRef=\"one\" dLane=\"-9\" ds=\"0\"/>")), End::kRuns},
      {"on top of another", does(to("<RelativeObjectPosition entityRef=\"two\" dx=\"0\" dy=\"0\"/>")), End::kRuns},
      {"a route of one place",
       does(goes("<AssignRouteAction><Route name=\"r\" closed=\"false\">" + waypoint(spot) +
                 "</Route></AssignRouteAction>")),
       End::kRefused},
      {"a route to where one is",
       does(goes("<AssignRouteAction><Route name=\"r\" closed=\"false\">" + waypoint(spot) + waypoint(spot) +
                 "</Route></AssignRouteAction>")),
       End::kRuns},
      {"to the place where one stands",
       does(goes("<AcquirePositionAction><Position><LanePosition roadId=\"1\" laneId=\"-1\" s=\"21\"/></Position>"
                 "</AcquirePositionAction>")),
       End::kRuns},
      {"a line of one vertex", does(follow("<Polyline>" + vertex(spot) + "</Polyline>")), End::kRefused},
      {"a line of no length", does(follow("<Polyline>" + vertex(spot) + vertex(spot) + "</Polyline>")), End::kRuns},
      {"knots that do not fit",
       does(follow("<Nurbs order=\"2\"><ControlPoint><Position>" + spot +
                   "</Position></ControlPoint><ControlPoint>"
                   "<Position>" +
                   spot + "</Position></ControlPoint><Knot value=\"0\"/><Knot value=\"1\"/></Nurbs>")),
       End::kRefused},
      // Times, numbers, states.
      {"a delay of a thousand years", replaced(text, "delay=\"0\"", "delay=\"3e10\""), End::kRefused},
      {"a negative delay", replaced(text, "delay=\"0\"", "delay=\"-1\""), End::kRefused},
      {"never to be executed", replaced(text, "maximumExecutionCount=\"1\"", "maximumExecutionCount=\"0\""),
       End::kRuns},
      {"a negative number of times", replaced(text, "maximumExecutionCount=\"1\"", "maximumExecutionCount=\"-1\""),
       End::kRefused},
      {"speed below nought", does(speed_to("-5")), End::kRuns},  // backwards
      {"a speed by no time", does(speed_to("5", "dynamicsShape=\"linear\" dynamicsDimension=\"time\" value=\"0\"")),
       End::kRuns},
      {"a speed by no rate", does(speed_to("5", "dynamicsShape=\"linear\" dynamicsDimension=\"rate\" value=\"0\"")),
       End::kRuns},
      {"a speed by no way", does(speed_to("5", "dynamicsShape=\"cubic\" dynamicsDimension=\"distance\" value=\"0\"")),
       End::kRuns},
      {"both a distance and a time gap",
       does(along("<LongitudinalDistanceAction entityRef=\"two\" continuous=\"true\" freespace=\"true\" "
                  "distance=\"5\" timeGap=\"1\"/>")),
       End::kRefused},
      {"a distance to oneself",
       does(along("<LongitudinalDistanceAction entityRef=\"one\" continuous=\"true\" freespace=\"true\" "
                  "distance=\"5\"/>")),
       End::kRuns},
      {"a profile without entries", does(along("<SpeedProfileAction followingMode=\"position\"/>")), End::kRefused},
      {"a sum of a word",
       does(global("<VariableAction variableRef=\"no\"><ModifyAction><Rule><AddValue value=\"x\"/>"
                   "</Rule></ModifyAction></VariableAction>")),
       End::kRefused},
      {"the 31st of nothing",
       waits(value("<TimeOfDayCondition rule=\"greaterThan\" dateTime=\"2026-13-41T25:00:00\"/>")), End::kRefused},
      {"no action", does(""), End::kRefused},
      {"no condition", waits(""), End::kRefused},
      {"no stop trigger in words", replaced(text, "<StopTrigger>", "<StopTriger>"), End::kRefused},
      {"no story", replaced(replaced(text, "<Story ", "<!--<Story "), "</Story>", "</Story>-->"), End::kRuns},
      {"no entities", replaced(text, object("one", kCar) + object("two", kCar), ""), End::kRefused},
      {"no actors", replaced(text, actor("one"), ""), End::kRuns},
      {"standing still below nought", waits(of("one", "<StandStillCondition duration=\"-1\"/>")), End::kRefused},
      {"a tolerance below nought",
       waits(of("one",
                "<ReachPositionCondition tolerance=\"-1\"><Position>" + spot + "</Position></ReachPositionCondition>")),
       End::kRefused},
  };
  for (const Told& one : all) {
    const std::string what = one.what;
    CAPTURE(what);
    CHECK(outcome(one.text, 1.0) == one.end);
  }
  MESSAGE(all.size(), " stories");
}

TEST_CASE("S4: paths that lead out of the scenario's reach are refused") {
  const std::string up = "../";
  std::vector<std::string> refused = {"",
                                      "/etc/passwd",
                                      "file:///etc/passwd",
                                      "FILE:///etc/passwd",
                                      "http://example.com/a.xosc",
                                      "\\\\server\\share\\a.xosc",
                                      "//server/share/a.xosc",
                                      "C:\\a.xosc",
                                      "c:/a.xosc",
                                      std::string("a\0.xosc", 7),
                                      std::string(65'536, 'a'),
                                      up + up + up + up + up + "a.xosc",
                                      "a/" + up + up + up + up + up + up + "b.xosc"};
  for (const std::string& path : refused) {
    CAPTURE(path.substr(0, 60));
    CHECK(osc::refused_path(path).has_value());
  }
  for (const char* path : {"a.xosc", "./a.xosc", "catalogs/a.xosc", "../catalogs", "a/../b", "../../../../a"}) {
    CAPTURE(path);
    CHECK_FALSE(osc::refused_path(path).has_value());
  }
  const auto with_catalog = [](const std::string& path) {
    return outcome(replaced(replaced(story_text(), "<CatalogLocations/>",
                                     "<CatalogLocations><VehicleCatalog><Directory path=\"" + path +
                                         "\"/></VehicleCatalog></CatalogLocations>"),
                            kCar, "<CatalogReference catalogName=\"c\" entryName=\"e\"/>"));
  };
  for (const char* path : {"/etc", "file:///etc", "../../../../../../../etc", "nowhere"})
    CHECK(with_catalog(path) == End::kRefused);
  // Two entries that name each other, a catalogue behind a link, and the same name in capitals.
  const scenarios_test::Scratch scratch;
  const std::filesystem::path in = scratch.dir / "1/2/3/4/5";  // four directories up end below the scratch folder
  const auto entry = [](const std::string& name, const std::string& other) {
    return "<OpenSCENARIO><FileHeader revMajor=\"1\" revMinor=\"3\" date=\"2026-01-01T00:00:00\" description=\"\" "
           "author=\"\"/><Catalog name=\"" +
           name +
           "\"><Maneuver name=\"m\"><Event name=\"e\" priority=\"parallel\">"
           "<Action name=\"a\"><PrivateAction><RoutingAction><AssignRouteAction><CatalogReference catalogName=\"" +
           other +
           "\" entryName=\"m\"/></AssignRouteAction></RoutingAction></PrivateAction></Action></Event></Maneuver>"
           "</Catalog></OpenSCENARIO>";
  };
  std::filesystem::create_directories(in);
  std::filesystem::create_directories(scratch.dir / "out");
  scenarios_test::spill(in / "a.xosc", entry("a", "b"));
  scenarios_test::spill(in / "b.xosc", entry("b", "a"));
  scenarios_test::spill(scratch.dir / "out/c.xosc", entry("c", "c"));
  std::filesystem::create_directory_symlink(scratch.dir / "out", in / "link");
  const auto refers = [&](const std::string& path, const std::string& catalog) {
    const std::string with_path = replaced(
        story_text(), "<CatalogLocations/>",
        "<CatalogLocations><ManeuverCatalog><Directory path=\"" + path + "\"/></ManeuverCatalog></CatalogLocations>");
    const std::size_t at = with_path.find("<Maneuver "), end = with_path.find("</Maneuver>") + 11;
    std::string text = with_path;
    text.replace(at, end - at, "<CatalogReference catalogName=\"" + catalog + "\" entryName=\"m\"/>");
    sim::Issues issues;
    std::string said;
    const auto scenario = osc::parse_text(text, (in / "s.xosc").string(), {}, issues);
    if (!scenario) said = scenario.error().what;
    for (const sim::Issue& issue : issues)
      if (issue.severity == sim::Severity::kError) said += issue.what + "\n";
    return said;
  };
  CHECK(refers(".", "a").find("circle") != std::string::npos);
  CHECK(refers(".", "A").find("no catalogue named A") != std::string::npos);
  const std::string behind_link = refers("link", "c");
  CAPTURE(behind_link);
  CHECK(behind_link.find("refused") != std::string::npos);
}

TEST_CASE("S5: every element and attribute of the norm is read, or told to have no effect") {
  // Words that no parser asks for. Each belongs to something of which it is said before a run that it has no effect
  // (setup_notes.cpp), or describes the file and not what happens in it.
  const std::vector<std::string> told = {"ColorRgb",
                                         "ColorCmyk",
                                         "red",
                                         "green",
                                         "blue",
                                         "cyan",
                                         "magenta",
                                         "yellow",
                                         "key",  // of lights
                                         "DomeFile",
                                         "azimuthOffset",
                                         "timeOffset",  // dome image, animation file
                                         "VehicleRoleDistributionEntry",
                                         "License",
                                         "spdxId",
                                         "resource"};
  std::string parsers;
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() + "/scenarios/openscenario"))
    if (entry.path().filename().string().find("schema") == std::string::npos) parsers += text_of(entry.path());
  std::vector<std::string> silent;
  const auto look = [&](std::string_view name) {
    const std::string word(name);
    if (parsers.find("\"" + word + "\"") != std::string::npos) return;
    if (std::find(told.begin(), told.end(), word) == told.end()) silent.push_back(word);
  };
  for (const osc::SchemaClass& of : osc::schema()) {
    if (of.name == "CatalogLocations" || of.name == "Deterministic") continue;  // their children are walked unnamed
    for (const auto& attribute : of.attributes) look(attribute.name);
    for (const auto& child : of.children)
      for (const auto& choice : child.choices) look(choice.name);
  }
  for (const std::string& word : silent) FAIL_CHECK(word);
  CHECK(osc::schema().size() > 270);
}
