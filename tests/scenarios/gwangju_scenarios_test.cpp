// The scenarios of Gwangju that ship with the product: each is sound, says why it matters, has parameters to sweep,
// runs to its end, does what it is about, and is judged by all that it asks for.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "scenarios/openscenario/parse.h"
#include "tests/scenarios/program.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
using scenarios_test::Scratch;
using scenarios_test::slurp;

namespace {

const fs::path kFolder = fs::path(bitgoeul::tests::source_dir()) / "assets" / "scenarios";

struct Expected {
  std::string verdict;
  std::string event;      // of the story, that must have begun; empty: it has no story
  std::string arguments;  // of `run`
  std::string fails;      // the criterion of a FAIL
};

// A FAIL here is one that the file itself announces: what the built-in driver cannot do yet.
const std::map<std::string, Expected> kExpected = {
    {"alley_meeting", {"PASS", "pull out", "", ""}}, {"ambulance_on_red", {"FAIL", "siren", "", "collision"}},
    {"bus_lane_rush_hour", {"PASS", "", "", ""}},    {"city_day", {"PASS", "", "--duration 5 --param traffic=200", ""}},
    {"cut_in", {"PASS", "cut in", "", ""}},          {"night_crossing", {"PASS", "cross", "", ""}},
    {"permissive_left", {"PASS", "come", "", ""}},   {"right_turn_pedestrian", {"FAIL", "cross", "", "crosswalk"}},
    {"ring_road_fog_pile_up", {"PASS", "", "", ""}}, {"school_zone_child", {"PASS", "run out", "", ""}},
    {"signal_failure", {"PASS", "go dark", "", ""}}, {"u_turn_taxi", {"PASS", "turn", "", ""}},
};

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".xosc" && entry.path().stem() != "loop")
      names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

void check_run(const std::string& name, const Expected& expected, const fs::path& dir) {
  const std::string command =
      fmt::format("{}/bin/bitgoeul run {} {} --record none --quiet --out {} >/dev/null 2>{}.txt", tests::binary_dir(),
                  name, expected.arguments, dir.string(), dir.string());
  std::system(command.c_str());
  INFO(slurp(dir.string() + ".txt"));
  const auto result = nlohmann::json::parse(slurp(dir / "result.json"), nullptr, false);
  REQUIRE(!result.is_discarded());
  CHECK(result["verdict"] == expected.verdict);
  for (const auto& criterion : result["criteria"]) {
    INFO(criterion.dump());
    CHECK(criterion["verdict"] != "INCONCLUSIVE");
    if (criterion["name"] == expected.fails)
      CHECK(criterion["verdict"] == "FAIL");
    else if (expected.fails.empty())
      CHECK(criterion["verdict"] == "PASS");
  }
  if (expected.event.empty()) return;
  CHECK(slurp(dir / "events.jsonl")
            .find(fmt::format("::{}\",\"type\":\"event\",\"transition\":\"start\"", expected.event)) !=
        std::string::npos);
}

}  // namespace

TEST_CASE("scenarios of Gwangju: sound, explained, and open to a sweep") {
  for (const std::string& name : names()) {
    INFO(name);
    CHECK(kExpected.count(name) == 1);
    const std::string file = (kFolder / (name + ".xosc")).string();
    CHECK(slurp(file).find("Why it matters: ") != std::string::npos);
    sim::Issues issues;
    const auto scenario = scenarios::openscenario::parse_file(file, {}, issues);
    REQUIRE(scenario.has_value());
    CHECK(std::none_of(issues.begin(), issues.end(),
                       [](const sim::Issue& issue) { return issue.severity != sim::Severity::kInfo; }));
    CHECK(scenario->map == "gwangju");
    CHECK(slurp(file).find("<ParameterDeclaration name=\"duration\"") != std::string::npos);
  }
  CHECK(names().size() >= 12);
}

TEST_CASE("scenarios of Gwangju: each runs to the verdict that it announces") {
  const Scratch scratch;
  for (const auto& [name, expected] : kExpected) {
    INFO(name);
    check_run(name, expected, scratch.dir / name);
  }
}
