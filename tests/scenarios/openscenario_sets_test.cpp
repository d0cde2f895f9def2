// The OpenSCENARIO files that others wrote, by set: each is read, or refused for the reason that
// tests/conformance/openscenario_verdicts.csv says. Of the rule pairs the name says what is right: `positive` files
// keep the rule, `negative` ones break it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include "scenarios/openscenario/distribution.h"
#include "scenarios/openscenario/parse.h"
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

// What the norm says of a file: `scenario`, `catalogue` or `distribution` when it is sound, else `refused RULE`. What
// is sound and does not run yet (rule `unsupported`) is not held against it.
std::string verdict_of(const fs::path& file) {
  sim::Issues issues;
  const std::string text = tests::text_of(file);
  const bool distribution = osc::is_distribution(file);
  const bool catalogue = text.find("<Catalog ") != std::string::npos && text.find("<Storyboard") == std::string::npos;
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

TEST_CASE("conformance: the rule pairs, kept and broken") {
  int right = 0, all = 0;
  for (const fs::path& file : scenarios_of("qc-openscenarioxml")) {
    const std::string name = file.filename().string();
    const bool positive = name.find("positive") != std::string::npos;
    if (!positive && name.find("negative") == std::string::npos) continue;
    ++all;
    const std::string verdict = verdict_of(file);
    const bool refused = verdict.rfind("refused", 0) == 0;
    right += refused != positive;
    if (refused == positive)
      std::printf("wrong: %s/%s: %s\n", file.parent_path().filename().c_str(), name.c_str(), verdict.c_str());
  }
  if (all == 0) {
    MESSAGE("skipped: no shared data");
    return;
  }
  MESSAGE("rule pairs: ", right, " of ", all, " as their names say");
  CHECK(right >= all * 2 / 3);
}
