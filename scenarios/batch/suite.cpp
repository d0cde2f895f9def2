#include "scenarios/batch/suite.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "maps/xml.h"
#include "scenarios/criteria/catalogue.h"

namespace bitgoeul::scenarios::batch {
namespace {

constexpr std::size_t kMaxFileBytes = 16u << 20;
constexpr std::size_t kMaxValues = 1'000'000;  // of one axis or list of seeds

// One place of the file, and where complaints go.
class Reader {
 public:
  Reader(std::string file, sim::Issues& issues) : file_(std::move(file)), issues_(issues) {}

  void bad(const YAML::Node& node, const std::string& where, std::string what, std::string remedy = {}) {
    const YAML::Mark mark = node.Mark();
    sim::Issue issue;
    issue.file = file_;
    issue.line = mark.line + 1;
    issue.column = mark.column + 1;
    issue.where = where;
    issue.what = std::move(what);
    issue.rule = "suite";
    issue.remedy = std::move(remedy);
    issues_.push_back(std::move(issue));
  }

  // YAML lets a key stand twice and keeps one of them; which one the author meant, nobody knows.
  void once_each(const YAML::Node& map, const std::string& where) {
    std::set<std::string> seen;
    for (const auto& item : map)
      if (item.first.IsScalar() && !seen.insert(item.first.Scalar()).second)
        bad(item.first, where, fmt::format("'{}' stands twice", item.first.Scalar()), "keep one of them");
  }

  // Every key must be one of `known`; a typo is answered with the nearest.
  bool keys(const YAML::Node& map, const std::string& where, const std::vector<std::string>& known) {
    if (!map.IsMap()) {
      bad(map, where, "expected a mapping of names to values");
      return false;
    }
    once_each(map, where);
    for (const auto& item : map) {
      const std::string key = item.first.Scalar();
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::vector<std::string_view> names(known.begin(), known.end());
      const auto nearest = maps::closest_name(key, names);
      bad(item.first, where, fmt::format("unknown key '{}'", key),
          nearest ? fmt::format("did you mean '{}'?", *nearest) : "remove it");
    }
    return true;
  }

  std::string text(const YAML::Node& node, const std::string& where) {
    if (node.IsScalar()) return node.Scalar();
    bad(node, where, "expected one value");
    return {};
  }

  double number(const YAML::Node& node, const std::string& where, double least) {
    const std::string word = node.IsScalar() ? node.Scalar() : std::string();
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error == std::errc() && end == word.data() + word.size() && std::isfinite(value) && value >= least)
      return value;
    bad(node, where, fmt::format("'{}' is no number of at least {:g}", word, least));
    return least;
  }

  std::uint64_t whole(const YAML::Node& node, const std::string& where) {
    const std::string word = node.IsScalar() ? node.Scalar() : std::string();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error == std::errc() && end == word.data() + word.size()) return value;
    bad(node, where, fmt::format("'{}' is no whole number from 0 to 2^64-1", word));
    return 0;
  }

 private:
  std::string file_;
  sim::Issues& issues_;
};

std::string number_text(double value) { return fmt::format("{}", std::round(value * 1e9) / 1e9); }

Parameters name_values(Reader& in, const YAML::Node& node, const std::string& where) {
  Parameters out;
  if (!node.IsMap()) {
    in.bad(node, where, "expected a mapping of names to values");
    return out;
  }
  in.once_each(node, where);
  for (const auto& item : node) out.emplace_back(item.first.Scalar(), in.text(item.second, where));
  return out;
}

std::vector<std::uint64_t> seeds_of(Reader& in, const YAML::Node& node) {
  std::vector<std::uint64_t> seeds;
  if (node.IsMap()) {
    in.keys(node, "seeds", {"from", "count"});
    const std::uint64_t from = node["from"] ? in.whole(node["from"], "seeds.from") : 1;
    const std::uint64_t count = node["count"] ? in.whole(node["count"], "seeds.count") : 1;
    if (count == 0 || count > kMaxValues)
      in.bad(node, "seeds", fmt::format("count must be 1 to {}", kMaxValues));
    else
      for (std::uint64_t i = 0; i < count; ++i) seeds.push_back(from + i);
  } else if (node.IsSequence()) {
    for (const auto& item : node) seeds.push_back(in.whole(item, "seeds"));
  } else {
    seeds.push_back(in.whole(node, "seeds"));
  }
  auto sorted = seeds;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) in.bad(node, "seeds", "a seed stands twice");
  return seeds;
}

// A list of values, or {from, to, step}.
std::vector<std::string> axis_values(Reader& in, const YAML::Node& node, const std::string& where) {
  std::vector<std::string> values;
  if (node.IsMap()) {
    in.keys(node, where, {"from", "to", "step"});
    for (const char* key : {"from", "to", "step"})
      if (!node[key]) {
        in.bad(node, where, fmt::format("a range needs '{}'", key));
        return values;
      }
    const double from = in.number(node["from"], where, -1e300), to = in.number(node["to"], where, -1e300);
    const double step = in.number(node["step"], where, 0);
    const double count = step > 0 ? std::floor((to - from) / step + 1e-9) + 1 : 0;
    if (!(count >= 1 && count <= static_cast<double>(kMaxValues)))
      in.bad(node, where, fmt::format("the range has no value, or more than {}", kMaxValues));
    else
      for (int i = 0; i < static_cast<int>(count); ++i) values.push_back(number_text(from + i * step));
  } else if (node.IsSequence()) {
    for (const auto& item : node) values.push_back(in.text(item, where));
    if (values.empty()) in.bad(node, where, "the list is empty, so there would be no run");
  } else {
    values.push_back(in.text(node, where));
  }
  return values;
}

Limits limits_of(Reader& in, const YAML::Node& node, Limits limits) {
  if (!in.keys(node, "limits", {"sim_time_s", "wall_time_s", "no_progress_s", "memory_mb", "output_mb"})) return limits;
  if (node["sim_time_s"]) limits.sim_time_s = in.number(node["sim_time_s"], "limits.sim_time_s", 0.001);
  if (node["wall_time_s"]) limits.wall_time_s = in.number(node["wall_time_s"], "limits.wall_time_s", 0.1);
  if (node["no_progress_s"]) limits.no_progress_s = in.number(node["no_progress_s"], "limits.no_progress_s", 0.1);
  if (node["memory_mb"]) limits.memory_mb = in.number(node["memory_mb"], "limits.memory_mb", 16);
  if (node["output_mb"]) limits.output_mb = in.number(node["output_mb"], "limits.output_mb", 1);
  return limits;
}

// The limits go to every run as they are; what no run would take is said here, once.
Parameters criteria_of(Reader& in, const YAML::Node& node) {
  Parameters out = name_values(in, node, "criteria");
  for (const auto& [name, limit] : out)
    if (const auto asked = criteria::ask(name, limit); !asked)
      in.bad(node[name], "criteria." + name, asked.error().what, asked.error().remedy);
  return out;
}

bool yes_or_no(Reader& in, const YAML::Node& node, const std::string& where) {
  const std::string word = in.text(node, where);
  if (word != "true" && word != "false") in.bad(node, where, fmt::format("'{}' is neither true nor false", word));
  return word == "true";
}

// What multiplies the runs of an entry.
void read_variants(Reader& in, const YAML::Node& node, Entry& entry) {
  if (node["parameters"]) {
    const YAML::Node grid = node["parameters"];
    if (!grid.IsMap())
      in.bad(grid, "parameters", "expected a mapping of names to values");
    else
      for (in.once_each(grid, "parameters"); const auto& item : grid)
        entry.grid.push_back({item.first.Scalar(), axis_values(in, item.second, "parameters." + item.first.Scalar())});
  }
  if (node["sets"]) {
    if (!node["sets"].IsSequence())
      in.bad(node["sets"], "sets", "expected a list of mappings");
    else
      for (const auto& set : node["sets"]) entry.sets.push_back(name_values(in, set, "sets"));
  }
  if (node["distribution"]) entry.distribution = in.text(node["distribution"], "distribution");
  if (node["seeds"]) entry.seeds = seeds_of(in, node["seeds"]);
  if (node["stacks"]) {
    if (!node["stacks"].IsSequence())
      in.bad(node["stacks"], "stacks", "expected a list of {entity: SPEC}");
    else
      for (const auto& set : node["stacks"]) entry.stacks.push_back(name_values(in, set, "stacks"));
  }
  if (!node["take"]) return;
  entry.take = in.whole(node["take"], "take");
  if (entry.take == 0) in.bad(node["take"], "take", "0 combinations would be no run", "leave it out to take all");
}

Entry entry_of(Reader& in, const YAML::Node& node, const Suite& suite) {
  Entry entry;
  entry.line = node.Mark().line + 1;
  if (node.IsScalar()) {
    entry.file = node.Scalar();
    return entry;
  }
  const std::string where = "scenarios";
  if (!in.keys(node, where,
               {"file", "map", "parameters", "sets", "distribution", "seeds", "stacks", "limits", "criteria", "take",
                "optional"}))
    return entry;
  if (node["file"])
    entry.file = in.text(node["file"], "file");
  else
    in.bad(node, where, "names no scenario", "add 'file: PATH'");
  if (node["map"]) entry.map = in.text(node["map"], "map");
  read_variants(in, node, entry);
  if (node["limits"]) entry.limits = limits_of(in, node["limits"], suite.limits);
  if (node["criteria"]) entry.criteria = criteria_of(in, node["criteria"]);
  if (node["optional"]) entry.optional = yes_or_no(in, node["optional"], "optional");
  return entry;
}

bool is_date(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < 10; ++i)
    if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
  const auto number = [&](std::size_t from, std::size_t digits) { return std::stoi(text.substr(from, digits)); };
  return std::chrono::year_month_day(std::chrono::year(number(0, 4)),
                                     std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                     std::chrono::day(static_cast<unsigned>(number(8, 2))))
      .ok();
}

ExpectedFailure expected_of(Reader& in, const YAML::Node& node) {
  ExpectedFailure expected;
  expected.line = node.Mark().line + 1;
  if (!in.keys(node, "expected_failures", {"scenario", "parameters", "until", "reason"})) return expected;
  for (const char* key : {"scenario", "until", "reason"})
    if (!node[key]) in.bad(node, "expected_failures", fmt::format("'{}' is missing", key), "every excuse needs one");
  if (node["scenario"]) expected.scenario = in.text(node["scenario"], "scenario");
  if (node["parameters"]) expected.parameters = name_values(in, node["parameters"], "parameters");
  if (node["reason"]) expected.reason = in.text(node["reason"], "reason");
  if (node["until"]) {
    expected.until = in.text(node["until"], "until");
    if (!is_date(expected.until))
      in.bad(node["until"], "until", fmt::format("'{}' is no date", expected.until), "write YYYY-MM-DD");
  }
  return expected;
}

Tolerance tolerance_of(Reader& in, const std::string& metric, const YAML::Node& node) {
  Tolerance tolerance;
  tolerance.metric = metric;
  const std::string where = "tolerances." + metric;
  if (!in.keys(node, where, {"absolute", "relative"})) return tolerance;
  if (node["absolute"]) tolerance.absolute = in.number(node["absolute"], where, 0);
  if (node["relative"]) tolerance.relative = in.number(node["relative"], where, 0);
  return tolerance;
}

void read_head(Reader& in, const YAML::Node& root, Suite& suite) {
  if (root["suite"]) suite.name = in.text(root["suite"], "suite");
  if (root["map"]) suite.map = in.text(root["map"], "map");
  if (root["baseline"]) suite.baseline = in.text(root["baseline"], "baseline");
  if (root["seeds"]) suite.seeds = seeds_of(in, root["seeds"]);
  if (root["limits"]) suite.limits = limits_of(in, root["limits"], suite.limits);
  if (root["criteria"]) suite.criteria = criteria_of(in, root["criteria"]);
  if (!root["record"]) return;
  suite.record = in.text(root["record"], "record");
  if (suite.record != "frames" && suite.record != "hash" && suite.record != "none")
    in.bad(root["record"], "record", fmt::format("'{}' is none of frames, hash, none", suite.record));
}

void read_lists(Reader& in, const YAML::Node& root, Suite& suite) {
  if (!root["scenarios"] || !root["scenarios"].IsSequence() || root["scenarios"].size() == 0)
    in.bad(root, "scenarios", "the suite lists no scenario", "add 'scenarios:' with a list of files");
  else
    for (const auto& node : root["scenarios"]) suite.entries.push_back(entry_of(in, node, suite));
  if (root["tolerances"]) {
    if (!root["tolerances"].IsMap())
      in.bad(root["tolerances"], "tolerances", "expected a mapping of metrics");
    else
      for (in.once_each(root["tolerances"], "tolerances"); const auto& item : root["tolerances"])
        suite.tolerances.push_back(tolerance_of(in, item.first.Scalar(), item.second));
  }
  if (root["expected_failures"]) {
    if (!root["expected_failures"].IsSequence())
      in.bad(root["expected_failures"], "expected_failures", "expected a list");
    else
      for (const auto& node : root["expected_failures"]) suite.expected.push_back(expected_of(in, node));
  }
}

sim::Result<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return sim::fail("cannot be read", file.string(), 0, "", "check the path");
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return sim::fail("is larger than 16 MiB", file.string());
  return text;
}

}  // namespace

sim::Result<Suite> parse_suite(const std::filesystem::path& file, sim::Issues& issues) {
  const auto text = read_text(file);
  if (!text) return tl::unexpected(text.error());
  Suite suite;
  suite.file = file.string();
  suite.name = file.stem().string();
  YAML::Node root;
  try {
    root = YAML::Load(*text);
    if (!root.IsMap()) return sim::fail("is no mapping at the top", suite.file, 1, "", "start with 'scenarios:'");
    Reader in(suite.file, issues);
    in.keys(root, "suite",
            {"suite", "map", "seeds", "record", "limits", "scenarios", "criteria", "baseline", "tolerances",
             "expected_failures"});
    read_head(in, root, suite);
    read_lists(in, root, suite);
  } catch (const YAML::Exception& e) {
    sim::Issue issue = sim::fail("is no valid YAML: " + e.msg, suite.file, e.mark.line + 1).value();
    issue.column = e.mark.column + 1;
    return tl::unexpected(std::move(issue));
  }
  return suite;
}

std::string today() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

}  // namespace bitgoeul::scenarios::batch
