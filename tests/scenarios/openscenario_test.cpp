// The OpenSCENARIO reader: what it accepts, and where and how it refuses the rest.
#include "scenarios/openscenario/parse.h"
#include "scenarios/openscenario/write.h"
#include "tests/support/folders.h"

#include <doctest/doctest.h>

#include <algorithm>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace bitgoeul;
namespace osc = scenarios::openscenario;

namespace {

std::string loop_text() {
  std::ifstream in(bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xosc");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

double speed_of(const osc::Scenario& scenario) {
  return std::get<double>(std::get<osc::SpeedAction>(scenario.storyboard.init.privates[0].actions[1].action).target);
}

osc::TrafficAreaAction traffic_of(const osc::Scenario& scenario) {
  for (const osc::GlobalAction& global : scenario.storyboard.init.globals)
    if (const auto* area = std::get_if<osc::TrafficAreaAction>(&global.action)) return *area;
  return {};
}

int line_of(const std::string& text, const std::string& piece) {
  const std::size_t at = text.find(piece);
  REQUIRE(at != std::string::npos);
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

}  // namespace

TEST_CASE("the example scenario is read as it stands") {
  sim::Issues issues;
  const auto scenario = osc::parse_text(loop_text(), "loop.xosc", {}, issues);
  REQUIRE(scenario);
  for (const sim::Issue& issue : issues) MESSAGE(sim::to_string(issue));
  CHECK_FALSE(sim::has_errors(issues));
  CHECK(scenario->map == "loop.xodr");
  REQUIRE(scenario->entities.size() == 2);
  CHECK(scenario->entities[0].name == "first");
  CHECK(scenario->entities[0].vehicle.length_m == 4.7);
  CHECK(scenario->entities[0].vehicle.front.position_x_m == 2.8);
  REQUIRE(scenario->storyboard.init.privates.size() == 2);
  REQUIRE(scenario->storyboard.init.privates[0].actions.size() == 3);
  CHECK(speed_of(*scenario) == 8.0);
  const osc::Route& route =
      std::get<osc::AssignRouteAction>(scenario->storyboard.init.privates[0].actions[2].action).route;
  CHECK(route.closed);
  REQUIRE(route.waypoints.size() == 2);
  const auto& lane = std::get<osc::LanePosition>(route.waypoints[1].position.at);
  CHECK(lane.road_id == "5");
  CHECK(lane.lane_id == -1);
  CHECK(lane.s == 100.0);
  CHECK(traffic_of(*scenario).number_of_entities == 4);
  CHECK(traffic_of(*scenario).polygon.size() == 4);
  REQUIRE(scenario->storyboard.init.globals.size() == 2);
  CHECK(std::get<osc::EnvironmentAction>(scenario->storyboard.init.globals[0].action).time_of_day->hour == 8);
  CHECK(osc::stop_time_s(*scenario) == 60.0);
}

TEST_CASE(
    "OpenSCENARIO: a negative rate, as the norm's own examples write it, counts without its sign; a time does not") {
  const std::string step = "dynamicsShape=\"step\" dynamicsDimension=\"time\" value=\"0\"";
  sim::Issues issues;
  const auto scenario =
      osc::parse_text(replaced(loop_text(), step, "dynamicsShape=\"linear\" dynamicsDimension=\"rate\" value=\"-4\""),
                      "r.xosc", {}, issues);
  REQUIRE(scenario.has_value());
  CHECK_FALSE(sim::has_errors(issues));
  CHECK(std::any_of(issues.begin(), issues.end(), [](const sim::Issue& i) { return i.rule == "range" && i.line > 0; }));
  CHECK(std::get<osc::SpeedAction>(scenario->storyboard.init.privates[0].actions[1].action).dynamics.value == 4.0);
  issues.clear();
  osc::parse_text(replaced(loop_text(), step, "dynamicsShape=\"linear\" dynamicsDimension=\"time\" value=\"-4\""),
                  "t.xosc", {}, issues);
  CHECK(sim::has_errors(issues));
}

TEST_CASE("--param replaces the declared value, and an undeclared one is refused") {
  sim::Issues issues;
  const auto scenario = osc::parse_text(loop_text(), "loop.xosc", {{"speed", "3.5"}, {"traffic", "0"}}, issues);
  REQUIRE(scenario);
  CHECK_FALSE(sim::has_errors(issues));
  CHECK(speed_of(*scenario) == 3.5);
  CHECK(traffic_of(*scenario).number_of_entities == 0);
  const auto other = osc::parse_text(loop_text(), "loop.xosc", {{"colour", "red"}}, issues);
  REQUIRE(other);
  CHECK(sim::has_errors(issues));
  CHECK(sim::to_string(issues.back()).find("colour") != std::string::npos);
}

namespace {

struct Fault {
  const char *name, *from, *to;  // a change to the example
  const char* at;                // a piece of the changed text that stands on the expected line
  const char* words;             // that the message must hold
};

const Fault kFaults[] = {
    {"undeclared entity", "<Private entityRef=\"second\">", "<Private entityRef=\"secnd\">", "entityRef=\"secnd\"",
     "secnd"},
    {"undeclared parameter", "value=\"$speed\"", "value=\"$sped\"", "value=\"$sped\"", "sped"},
    {"expression", "value=\"$speed\"", "value=\"${3*}\"", "${3*}", "where a value should stand"},
    {"not a number", "value=\"$speed\"", "value=\"fast\"", "value=\"fast\"", "fast"},
    {"NaN", "value=\"$speed\"", "value=\"NaN\"", "value=\"NaN\"", "NaN"},
    {"speed of a rocket", "value=\"$speed\"", "value=\"-1000\"", "value=\"-1000\"", "range"},
    {"negative s", "s=\"100\"", "s=\"-2\"", "s=\"-2\"", "range"},
    {"missing attribute", " roadId=\"5\"", "", "<LanePosition laneId=\"-1\" offset=\"0\" s=\"100\"", "roadId"},
    {"missing element", "<Performance maxAcceleration=\"3\" maxDeceleration=\"8\" maxSpeed=\"50\"/>", "",
     "<Vehicle name=\"robotaxi\"", "Performance"},
    {"a story", "<StopTrigger>", "<Story name=\"x\"/><StopTrigger>", "<Story name", "Act"},
    {"another action", "<RandomRouteAction/>", "<FollowTrajectoryAction/>", "<FollowTrajectoryAction",
     "FollowTrajectoryAction"},
    {"another condition", "<SimulationTimeCondition rule=\"greaterOrEqual\" value=\"$duration\"/>",
     "<ParameterCondition parameterRef=\"a\" rule=\"equalTo\" value=\"1\"/>", "<ParameterCondition",
     "ParameterCondition"},
    {"unknown attribute", "closed=\"true\"", "closed=\"true\" colour=\"red\"", "colour=\"red\"", "colour"},
    {"another driver", "value=\"builtin:driver\"", "value=\"builtin:racer\"", "<Controller name=\"driver\">",
     "builtin:racer"},
    {"entity twice", "<ScenarioObject name=\"second\">", "<ScenarioObject name=\"first\">",
     "<ScenarioObject name=\"first\">", "twice"},
    {"one waypoint", "<Waypoint routeStrategy=\"fastest\">", "<!--", "<Route name", "Waypoint"},
    {"bad date", "2026-11-23T08:00:00", "tomorrow", "tomorrow", "date"},
    {"another norm", "revMajor=\"1\" revMinor=\"3\"", "revMajor=\"2\" revMinor=\"0\"", "revMajor=\"2\"", "2.0"},
    {"catalogue", "<CatalogLocations/>", "<CatalogLocations><VehicleCatalog/></CatalogLocations>", "<VehicleCatalog",
     "VehicleCatalog"},
    {"pedestrian", "<ScenarioObject name=\"second\">", "<ScenarioObject name=\"second\"><Pedestrian/>", "<Pedestrian",
     "Pedestrian"},
};

}  // namespace

TEST_CASE("every defect is named with its line and a reason") {
  for (const Fault& fault : kFaults) {
    CAPTURE(fault.name);
    std::string text = replaced(loop_text(), fault.from, fault.to);
    if (std::string(fault.name) == "one waypoint") text = replaced(text, "</Waypoint>", "-->");
    sim::Issues issues;
    const auto scenario = osc::parse_text(text, "faulty.xosc", {}, issues);
    REQUIRE(scenario);
    REQUIRE(sim::has_errors(issues));
    const std::string first = [&] {
      for (const sim::Issue& issue : issues)
        if (issue.severity == sim::Severity::kError) {
          const std::string message = sim::to_string(issue);
          if (message.find(fault.words) != std::string::npos) return message;
        }
      return sim::to_string(issues.front());
    }();
    const std::size_t last_line =
        fault.name == std::string("entity twice")
            ? static_cast<std::size_t>(line_of(text.substr(text.find(fault.at) + 1), fault.at)) +
                  static_cast<std::size_t>(line_of(text, fault.at)) - 1
            : static_cast<std::size_t>(line_of(text, fault.at));
    const std::string place = "faulty.xosc:" + std::to_string(last_line) + ":";
    CAPTURE(first);
    CHECK(first.find(fault.words) != std::string::npos);
    CHECK(first.starts_with(place));
  }
}

TEST_CASE("all defects of a file are found in one pass") {
  std::string text = replaced(loop_text(), "value=\"$speed\"", "value=\"fast\"");
  text = replaced(text, "<RandomRouteAction/>", "<FollowTrajectoryAction/>");
  text = replaced(text, "entityRef=\"second\"", "entityRef=\"nobody\"");
  sim::Issues issues;
  REQUIRE(osc::parse_text(text, "f.xosc", {}, issues));
  CHECK(std::count_if(issues.begin(), issues.end(),
                      [](const auto& i) { return i.severity == sim::Severity::kError; }) == 4);
}

TEST_CASE("expressions are worked out where a value stands") {
  sim::Issues issues;
  const auto speed = [&](const std::string& value) {
    const auto scenario =
        osc::parse_text(replaced(loop_text(), "value=\"$speed\"", "value=\"" + value + "\""), "e.xosc", {}, issues);
    REQUIRE(scenario);
    return speed_of(*scenario);
  };
  CHECK(speed("${$speed / 2 + 1}") == 5.0);
  CHECK(speed("${pow(2, 3) - -1 * (7 % 4)}") == 11.0);
  CHECK(speed("${max(round(2.5), floor(2.9)) + sqrt(16)}") == 7.0);
  CHECK_FALSE(sim::has_errors(issues));
  for (const char* bad : {"${1/0}", "${$nobody}", "${1 +", "${sqrt(-1)}", "${power(2)}", "${1e308*10}", "${(1}"}) {
    issues.clear();
    speed(bad);
    CHECK_MESSAGE(sim::has_errors(issues), bad);
  }
  issues.clear();
  speed("${" + std::string(1000, '(') + "1" + std::string(1000, ')') + "}");
  CHECK(sim::has_errors(issues));
}

TEST_CASE("a slip in a name is answered with the nearest name of the norm") {
  sim::Issues issues;
  REQUIRE(osc::parse_text(replaced(loop_text(), "routeStrategy=", "routeStategy="), "s.xosc", {}, issues));
  CHECK(std::any_of(issues.begin(), issues.end(),
                    [](const auto& i) { return i.remedy.find("routeStrategy") != std::string::npos; }));
}

TEST_CASE("broken XML is refused with line and column") {
  const std::string text = replaced(loop_text(), "</RoadNetwork>", "</RoadNetwrk>");
  sim::Issues issues;
  const auto scenario = osc::parse_text(text, "broken.xosc", {}, issues);
  REQUIRE_FALSE(scenario);
  CHECK(scenario.error().file == "broken.xosc");
  CHECK(scenario.error().line == line_of(text, "</RoadNetwrk>"));
  CHECK(scenario.error().column > 0);
}

TEST_CASE("no prefix of a scenario crashes the reader or passes for a whole one") {
  const std::string text = loop_text();
  for (std::size_t size = 0; size + 20 < text.size(); size += 97) {
    sim::Issues issues;
    CHECK_FALSE(osc::parse_text(text.substr(0, size), "part.xosc", {}, issues));
  }
}

TEST_CASE("a missing file is refused") {
  sim::Issues issues;
  const auto scenario = osc::parse_file("/nowhere/no.xosc", {}, issues);
  REQUIRE_FALSE(scenario);
  CHECK(scenario.error().file == "/nowhere/no.xosc");
}

TEST_CASE("what is written reads back the same") {
  sim::Issues issues;
  const auto scenario =
      osc::parse_text(replaced(loop_text(), "Two vehicles", "Two &lt;fast&gt; &quot;vehicles&quot; &amp; more"),
                      "loop.xosc", {}, issues);
  REQUIRE(scenario);
  const std::string text = osc::write(*scenario);
  const auto again = osc::parse_text(text, "again.xosc", {}, issues);
  REQUIRE(again);
  CHECK_FALSE(sim::has_errors(issues));
  CHECK(osc::write(*again) == text);
  CHECK(again->description == scenario->description);
  CHECK(again->entities.size() == scenario->entities.size());
  CHECK(osc::stop_time_s(*again) == osc::stop_time_s(*scenario));
  const auto& a = std::get<osc::AssignRouteAction>(again->storyboard.init.privates[0].actions[2].action).route;
  CHECK(a.closed);
  CHECK(std::get<osc::LanePosition>(a.waypoints[1].position.at).s == 100.0);
}

// Files of others: each is either read whole or refused with a place in it; none crashes the reader.
TEST_CASE("every scenario of the shared data is read or refused with file and line") {
  namespace fs = std::filesystem;
  const fs::path shared = fs::path(bitgoeul::tests::source_dir()) / "../shared/data/xosc";
  std::error_code error;
  if (!fs::exists(shared, error)) {
    MESSAGE("skipped: no shared data");
    return;
  }
  int files = 0;
  for (fs::recursive_directory_iterator it(shared), end; it != end; ++it) {
    if (it->path().extension() != ".xosc") continue;
    ++files;
    CAPTURE(it->path().string());
    sim::Issues issues;
    const auto scenario = osc::parse_file(it->path(), {}, issues);
    if (!scenario) {
      CHECK(scenario.error().file == it->path().string());
      continue;
    }
    for (const sim::Issue& issue : issues) CHECK((!issue.file.empty() && issue.line > 0));
  }
  CHECK(files > 100);
}
