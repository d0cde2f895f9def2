// Every OpenDRIVE file of every set loads, or is refused for the reason that opendrive_verdicts.csv says; the counts
// stand in a table that the test prints.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "maps/opendrive/opendrive.h"
#include "tests/conformance/sets.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace fs = std::filesystem;

namespace {

struct Outcome {
  std::string refusal;  // empty: loaded
  std::size_t roads = 0, lanes = 0, junctions = 0, signals = 0, objects = 0, extras = 0;
  int issues[3] = {0, 0, 0};
  bool unnamed = false;  // an Issue without file, reason or place
};

Outcome load(const fs::path& file, const std::string& text) {
  Outcome out;
  sim::Issues issues;
  auto builder = maps::opendrive::read_text(text, file.string(), issues);
  if (builder) {
    auto map = maps::freeze(std::move(*builder), issues);
    if (map) {
      const maps::Map& m = **map;
      out.roads = m.roads.size(), out.lanes = m.lanes.size(), out.junctions = m.junctions.size();
      out.signals = m.signals.size(), out.objects = m.objects.size(), out.extras = m.extras.size();
    } else {
      out.refusal = map.error().what;
    }
  } else {
    out.refusal = builder.error().what;
  }
  for (const sim::Issue& issue : issues) {
    ++out.issues[static_cast<int>(issue.severity)];
    out.unnamed = out.unnamed || issue.file.empty() || issue.what.empty();
  }
  return out;
}

struct Count {
  std::size_t files = 0, loaded = 0, roads = 0, lanes = 0, junctions = 0, signals = 0, objects = 0, extras = 0;
  int issues[3] = {0, 0, 0};
  double seconds = 0;
  std::map<std::string, std::vector<std::string>> refused;  // reason, files
};

// The same file lies in several sets; it is read once.
Count count(const std::vector<fs::path>& files, std::map<std::string, Outcome>& known) {
  Count all;
  for (const fs::path& file : files) {
    const std::string text = tests::text_of(file);
    const auto start = std::chrono::steady_clock::now();
    const auto found = known.find(text);
    const Outcome& one = found != known.end() ? found->second : known.emplace(text, load(file, text)).first->second;
    all.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CHECK_MESSAGE(!one.unnamed, file.string());
    ++all.files;
    if (one.refusal.empty())
      ++all.loaded;
    else
      all.refused[one.refusal].push_back(file.filename().string());
    all.roads += one.roads, all.lanes += one.lanes, all.junctions += one.junctions;
    all.signals += one.signals, all.objects += one.objects, all.extras += one.extras;
    for (int i = 0; i < 3; ++i) all.issues[i] += one.issues[i];
  }
  return all;
}

// set, verdict, files: "loaded", or how the reason for refusal begins.
using Verdicts = std::map<std::string, std::map<std::string, std::size_t>>;

Verdicts expected_verdicts() {
  Verdicts verdicts;
  std::istringstream lines(
      tests::text_of(fs::path(bitgoeul::tests::source_dir()) / "tests/conformance/opendrive_verdicts.csv"));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::size_t first = line.find(','), last = line.rfind(',');
    verdicts[line.substr(0, first)][line.substr(first + 1, last - first - 1)] = std::stoul(line.substr(last + 1));
  }
  return verdicts;
}

void check(const char* set, const Count& all, const std::map<std::string, std::size_t>& expected) {
  CAPTURE(set);
  for (const auto& [verdict, files] : expected) {
    CAPTURE(verdict);
    std::size_t found = verdict == "loaded" ? all.loaded : 0;
    for (const auto& [reason, names] : all.refused)
      if (reason.starts_with(verdict)) found += names.size();
    CHECK(found == files);
  }
  for (const auto& [reason, names] : all.refused) {
    bool named = false;
    for (const auto& [verdict, files] : expected) named = named || reason.starts_with(verdict);
    CHECK_MESSAGE(named, reason, " ", names.front());
  }
}

std::string row(const char* set, const Count& c) {
  char line[300];
  std::snprintf(line, sizeof line, "%-19s %5zu %6zu %7zu %6zu %6zu %9zu %7zu %7zu %6zu %6d %8d %6d %6.2f\n", set,
                c.files, c.loaded, c.files - c.loaded, c.roads, c.lanes, c.junctions, c.signals, c.objects, c.extras,
                c.issues[2], c.issues[1], c.issues[0], c.seconds);
  std::string out = line;
  for (const auto& [reason, names] : c.refused)
    out += "    refused " + std::to_string(names.size()) + ": " + reason + " (" + names.front() + ")\n";
  return out;
}

}  // namespace

TEST_CASE("every OpenDRIVE file of every set loads or is refused for the expected reason") {
  const Verdicts expected = expected_verdicts();
  std::map<std::string, Outcome> known;
  std::string table =
      "\nset                 files loaded refused  roads  lanes junctions signals objects  extra errors warnings  "
      "infos "
      "   s\n";
  std::size_t files = 0;
  for (const tests::MapSet& set : tests::kMapSets) {
    const Count all = count(tests::files_of(set), known);
    files += all.files;
    if (all.files == 0) continue;
    table += row(set.name, all);
    REQUIRE_MESSAGE(expected.contains(set.name), set.name);
    check(set.name, all, expected.at(set.name));
  }
  if (files == 0) {
    MESSAGE("skipped: no data sets beside the checkout");
    return;
  }
  CHECK(files == 378);
  MESSAGE(table);
}
