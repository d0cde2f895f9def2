// Damaged and hostile scenario files, rows S1 to S5 of the fault matrix (S6 with the program: cli_test): cut and
// changed bytes, bad values in every attribute, stories that make no sense, paths that lead away, what no parser reads.
// Each is refused with a place or runs to an end; nothing crashes, hangs or is taken in silence. A sample by default,
// all of it with BITGOEUL_FULL=1.
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
  const auto map = story_map();
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

TEST_CASE("S1: cut and changed scenario files are refused or run") {
  const std::string text = story_text();
  CHECK(outcome(text) == End::kRuns);
  const int tries = full() ? 4000 : 150;
  int refused = 0;
  for (int i = 0; i < tries; ++i) {
    const auto at = [&](int k, std::size_t n) {
      return sim::uniform_index(7, static_cast<std::uint32_t>(k), i, sim::Stream::kTest, static_cast<std::uint32_t>(n));
    };
    std::string damaged = text;
    if (i % 3 == 0) damaged.resize(at(0, text.size()));
    for (int k = 0; i % 3 != 0 && k <= i % 5; ++k)
      damaged[at(2 * k, text.size())] = static_cast<char>(at(2 * k + 1, 256));
    refused += outcome(damaged, 0.2) == End::kRefused ? 1 : 0;
  }
  CHECK(refused > tries / 2);
}

TEST_CASE("S2: bad values in every attribute are refused or run") {
  const std::string text = story_text();
  const std::string long_text(100'000, 'x');
  const std::vector<std::string> bad = {"",      "NaN",    "INF",          "-INF",   "1e308", "-1e308",
                                        "-1",    "0",      "2147483648",   "0x10",   "1,5",   "one",
                                        "$none", "${1/0}", "&#x7fffffff;", long_text};
  std::size_t done = 0, refused = 0, at = 0, attribute = 0;
  while ((at = text.find("=\"", at)) != std::string::npos) {
    const std::size_t begin = at + 2, end = text.find('"', begin);
    for (std::size_t b = 0; b < bad.size(); ++b) {
      if (!full() && (attribute * bad.size() + b) % 11 != 0) continue;
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
