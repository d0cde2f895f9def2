// The OpenSCENARIO files that others wrote, by set: each is read, or refused for the reason that
// tests/conformance/openscenario_verdicts.csv says. Of the rule pairs the name says what is right: `positive` files
// keep the rule, `negative` ones break it. With BITGOEUL_FULL=1 every scenario of every set is run too: to its end or
// for two minutes; how many do, and why each of the others is refused, stands in
// tests/conformance/openscenario_runs.csv.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "maps/load_map.h"
#include "scenarios/openscenario/distribution.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/simulation.h"
#include "scenarios/story/story.h"
#include "tests/conformance/sets.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {

constexpr const char* kSets[] = {"alks", "asam_examples_ra", "esmini", "ncap", "qc-openscenarioxml", "scenario_runner"};

std::vector<fs::path> scenarios_of(const char* set) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(tests::conformance_data() / "xosc" / set, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".xosc") files.push_back(it->path());
  std::sort(files.begin(), files.end());
  return files;
}

bool is_catalogue(const std::string& text) {
  return text.find("<Catalog ") != std::string::npos && text.find("<Storyboard>") == std::string::npos;
}

// What the norm says of a file: `scenario`, `catalogue` or `distribution` when it is sound, else `refused RULE`. What
// is sound and does not run yet (rule `unsupported`) is not held against it.
std::string verdict_of(const fs::path& file) {
  sim::Issues issues;
  const bool distribution = osc::is_distribution(file), catalogue = is_catalogue(tests::text_of(file));
  if (distribution) {
    if (const auto read = osc::read_distribution(file, issues); !read) issues.push_back(read.error());
  } else {
    if (const auto read = osc::parse_file(file, {}, issues); !read) issues.push_back(read.error());
  }
  for (const sim::Issue& issue : issues)
    if (issue.severity == sim::Severity::kError && issue.rule != "unsupported") {
      CHECK_MESSAGE(!issue.file.empty(), file.string());
      return "refused " + (issue.rule.empty() ? "no rule" : issue.rule);
    }
  return distribution ? "distribution" : catalogue ? "catalogue" : "scenario";
}

using Verdicts = std::map<std::string, std::map<std::string, int>>;

Verdicts known_verdicts() {
  Verdicts out;
  std::stringstream table(
      tests::text_of(fs::path(tests::source_dir()) / "tests/conformance/openscenario_verdicts.csv"));
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    const std::size_t a = line.find(','), b = line.rfind(',');
    REQUIRE(b > a);
    out[line.substr(0, a)][line.substr(a + 1, b - a - 1)] = std::stoi(line.substr(b + 1));
  }
  return out;
}

}  // namespace

TEST_CASE("conformance: every scenario file of every set is read, or refused for the known reason") {
  if (!fs::exists(tests::conformance_data() / "xosc")) {
    MESSAGE("skipped: no shared data");
    return;
  }
  Verdicts found;
  for (const char* set : kSets)
    for (const fs::path& file : scenarios_of(set)) ++found[set][verdict_of(file)];
  std::string table = "set,verdict,files\n";
  for (const auto& [set, verdicts] : found)
    for (const auto& [verdict, files] : verdicts) table += set + "," + verdict + "," + std::to_string(files) + "\n";
  if (found != known_verdicts()) std::printf("%s", table.c_str());
  CHECK(found == known_verdicts());
}

// Everything that `check` says of a scenario, its map and its story included.
sim::Issues all_of(const fs::path& file) {
  sim::Issues issues;
  const auto scenario = osc::parse_file(file, {}, issues);
  if (!scenario) issues.push_back(scenario.error());
  if (!scenario || sim::has_errors(issues)) return issues;
  std::shared_ptr<const maps::Map> map = std::make_shared<const maps::Map>();
  if (!scenario->map.empty()) {
    sim::Issues about_map;
    auto loaded = maps::load_map((file.parent_path() / scenario->map).string(), about_map);
    if (!loaded) {
      issues.push_back(loaded.error());
      return issues;
    }
    map = *loaded;
  }
  scenarios::make_setup(*scenario, map, {}, issues);
  return issues;
}

// Files that keep the rule they are named after and break another one of the norm: what is said of them.
const std::map<std::string, std::string> kBrokenOtherwise = {
    {"allowed_operators/positive_example.param.xosc", "parameter A is not declared"},
    {"allowed_operators/positive_example.xosc", "entity Ego is not declared"},
    {"allowed_operators/positive_example_multiple.xosc", "is not declared"},
    {"resolvable_variable_reference/reference_control.resolvable_variable_reference.positive.xosc",
     "variable startingXPosition is not declared"},
    {"transition_time_should_be_non_negative/positive_example.xosc", "entity Ego is not declared"},
    {"uniquely_resolvable_entity_references/long_catalog_positive.xosc", "parameter owner is not declared"},
    {"valid_actor_reference_in_private_actions/"
     "reference_control.valid_actor_reference_in_private_actions.positive.with_entity.xosc",
     "entity Vehicle1234 is not declared"},
};

TEST_CASE("conformance: the rule pairs, kept and broken") {
  int right = 0, all = 0;
  for (const fs::path& file : scenarios_of("qc-openscenarioxml")) {
    const std::string name = file.filename().string();
    const bool positive = name.find("positive") != std::string::npos;
    if (!positive && name.find("negative") == std::string::npos) continue;
    ++all;
    const std::string short_name = file.parent_path().filename().string() + "/" + name;
    std::string said;
    for (const sim::Issue& issue : all_of(file))
      if ((issue.severity == sim::Severity::kError && issue.rule != "unsupported") ||
          (issue.severity == sim::Severity::kWarning && issue.rule.starts_with("asam.net:xosc:")))
        said += sim::to_string(issue) + "\n";
    const auto otherwise = kBrokenOtherwise.find(short_name);
    const bool good = otherwise != kBrokenOtherwise.end() ? said.find(otherwise->second) != std::string::npos
                                                          : said.empty() == positive;
    right += good;
    if (!good) std::printf("wrong: %s: %s\n", short_name.c_str(), said.empty() ? "nothing said" : said.c_str());
  }
  if (all == 0) {
    MESSAGE("skipped: no shared data");
    return;
  }
  MESSAGE("rule pairs: ", right, " of ", all, " as their names say");
  CHECK(right == all);
}

namespace {

// Empty: it runs. Else the first thing that is said against it.
std::string run_of(const fs::path& file) {
  constexpr double kLongestS = 120;
  sim::Issues issues;
  auto scenario = osc::parse_file(file, {}, issues);
  if (!scenario) issues.push_back(scenario.error());
  std::shared_ptr<const maps::Map> map = std::make_shared<const maps::Map>();
  if (scenario && !sim::has_errors(issues) && !scenario->map.empty()) {
    sim::Issues about_map;
    const fs::path beside = file.parent_path() / scenario->map;  // else a town of CARLA, by its name
    const fs::path town = tests::conformance_data() / "xodr/carla" / (scenario->map + ".xodr");
    if (auto loaded = maps::load_map((fs::exists(town) ? town : beside).string(), about_map))
      map = *loaded;
    else
      return "map: " + loaded.error().what;
  }
  scenarios::SimulationSetup setup;
  if (scenario && !sim::has_errors(issues)) setup = scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
  for (const sim::Issue& issue : issues)
    if (issue.severity == sim::Severity::kError) return issue.what;
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return made.error().what;
  const auto ended = [&] { return (*made)->story() != nullptr && (*made)->story()->ended(); };
  while (!ended() && (*made)->time_s() < kLongestS) (*made)->step();
  const auto snapshot = (*made)->snapshot();
  for (std::size_t i = 0; i < snapshot->entities.alive.size(); ++i)
    if (snapshot->entities.alive[i]) CHECK(std::isfinite(snapshot->entities.x[i] + snapshot->entities.speed_mps[i]));
  return {};
}

}  // namespace

TEST_CASE("conformance: every scenario of every set runs, or is refused for the known reason") {
  if (std::getenv("BITGOEUL_FULL") == nullptr || !fs::exists(tests::conformance_data() / "xosc")) {
    MESSAGE("skipped: BITGOEUL_FULL=1 and the shared data run it");
    return;
  }
  std::string table = "set,file,outcome\n", known;
  for (const char* set : kSets) {
    int run = 0, all = 0;
    std::string refused;
    for (const fs::path& file : scenarios_of(set)) {
      const std::string verdict = verdict_of(file);
      if (verdict == "distribution" || verdict == "refused version" || is_catalogue(tests::text_of(file))) continue;
      ++all;
      CAPTURE(file.string());
      std::string why = run_of(file);
      run += why.empty();
      std::replace(why.begin(), why.end(), ',', ';');
      std::replace(why.begin(), why.end(), '\n', ' ');
      if (!why.empty()) refused += std::string(set) + "," + file.filename().string() + "," + why + "\n";
    }
    table += std::string(set) + ",all," + std::to_string(run) + " of " + std::to_string(all) + " run\n" + refused;
  }
  known = tests::text_of(fs::path(tests::source_dir()) / "tests/conformance/openscenario_runs.csv");
  if (const char* out = std::getenv("BITGOEUL_RUNS_TABLE")) std::ofstream(out) << table;
  CHECK(table == known);
}
