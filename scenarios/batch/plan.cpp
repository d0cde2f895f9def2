#include "scenarios/batch/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <pugixml.hpp>
#include <set>

#include "maps/load_map.h"
#include "scenarios/openscenario/distribution.h"
#include "scenarios/version.h"
#include "sim/glob.h"

namespace bitgoeul::scenarios::batch {
namespace {

namespace fs = std::filesystem;

bool has_glob(const std::string& text) { return text.find_first_of("*?") != std::string::npos; }

sim::Hash128 hash_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  sim::Hash128 hash = sim::hash_text("file");
  std::string block(1u << 20, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)
    hash = sim::combine(hash, sim::hash_bytes(block.data(), static_cast<std::size_t>(in.gcount())));
  return hash;
}

sim::Hash128 hash_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) files.push_back(it->path());
  std::sort(files.begin(), files.end());
  sim::Hash128 hash = sim::hash_text("folder");
  for (const fs::path& file : files)
    hash =
        sim::combine(sim::combine(hash, sim::hash_text(fs::relative(file, folder, error).string())), hash_file(file));
  return hash;
}

sim::Hash128 hash_path(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error) ? hash_folder(path) : hash_file(path);
}

// Where a name that a scenario or suite uses may lie.
std::vector<fs::path> places(const std::string& name, const std::string& beside) {
  const fs::path assets = maps::assets_dir();
  return {fs::path(beside).parent_path() / name,
          name,
          assets / name,
          assets / "maps" / (name + ".xodr"),
          assets / "scenarios" / (name + ".xodr"),
          assets / "scenarios" / (name + ".xosc")};
}

// Paths that a scenario names: its map and its catalogues' folders. What stands in a parameter is covered by its value.
std::vector<std::string> named_files(const std::string& scenario) {
  pugi::xml_document document;
  std::vector<std::string> names;
  if (!document.load_file(scenario.c_str())) return names;
  for (const auto& file : document.select_nodes("//LogicFile/@filepath")) names.push_back(file.attribute().value());
  for (const auto& file : document.select_nodes("//Directory/@path")) names.push_back(file.attribute().value());
  for (const auto& file : document.select_nodes("//Property[@name='bitgoeul:demand']/@value"))
    names.push_back(file.attribute().value());
  return names;
}

std::string joined(const Parameters& values) {
  std::string text;
  for (const auto& [name, value] : values) text += name + '\x1f' + value + '\x1e';
  return text;
}

std::string limits_text(const Limits& l) {
  return fmt::format("{} {} {} {} {}", l.sim_time_s.value_or(-1), l.wall_time_s, l.no_progress_s, l.memory_mb,
                     l.output_mb);
}

std::vector<fs::path> matches(const fs::path& root, const std::string& pattern) {
  std::vector<fs::path> found;
  std::error_code error;
  // Walk from the last folder before the first wildcard.
  const std::size_t slash = pattern.rfind('/', pattern.find_first_of("*?"));
  const fs::path start = slash == std::string::npos ? root : root / pattern.substr(0, slash);
  for (fs::recursive_directory_iterator it(start, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const fs::path relative = fs::path(pattern).is_absolute() ? it->path() : it->path().lexically_relative(root);
    if (sim::glob_match(pattern, relative.generic_string())) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Every combination of the axes, the last one running fastest.
std::vector<Parameters> combinations(const std::vector<Axis>& grid) {
  std::vector<Parameters> out{{}};
  for (const Axis& axis : grid) {
    std::vector<Parameters> next;
    for (const Parameters& base : out)
      for (const std::string& value : axis.values) {
        next.push_back(base);
        next.back().emplace_back(axis.name, value);
      }
    out = std::move(next);
    if (out.size() > kMaxRuns) break;
  }
  return out;
}

bool holds_all(const Parameters& all, const Parameters& wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto& p) { return std::find(all.begin(), all.end(), p) != all.end(); });
}

class Planner {
 public:
  Planner(Plan& plan, sim::Issues& issues) : plan_(plan), issues_(issues) {}

  void add(const Entry& entry) {
    for (std::string scenario : scenarios_of(entry)) {
      const std::vector<Parameters> grid = combinations(entry.grid);
      std::vector<Parameters> sets = entry.sets.empty() ? std::vector<Parameters>{{}} : entry.sets;
      if (!distribute(entry, scenario, sets)) continue;
      const std::vector<Parameters> stacks = entry.stacks.empty() ? std::vector<Parameters>{{}} : entry.stacks;
      const auto& seeds = entry.seeds.empty() ? plan_.suite.seeds : entry.seeds;
      const std::vector<std::size_t> taken = take(entry, scenario, grid, sets);
      if (taken.size() * stacks.size() * seeds.size() + plan_.jobs.size() > kMaxRuns) {
        bad(entry, fmt::format("the suite has more than {} runs", kMaxRuns), "make the grid coarser");
        return;
      }
      for (const std::size_t i : taken)
        for (const Parameters& stack : stacks)
          for (const std::uint64_t seed : seeds)
            add_job(entry, scenario, grid[i / sets.size()], sets[i % sets.size()], stack, seed);
    }
  }

 private:
  // Which combinations (grid x sets) are run, in their order: all, or those whose hashes are least, so that the same
  // are taken each time and a wider grid keeps most of them.
  std::vector<std::size_t> take(const Entry& entry, const std::string& scenario, const std::vector<Parameters>& grid,
                                const std::vector<Parameters>& sets) const {
    std::vector<std::size_t> taken(std::min(grid.size() * sets.size(), kMaxRuns + 1));
    std::iota(taken.begin(), taken.end(), std::size_t{0});
    if (entry.take == 0 || entry.take >= taken.size()) return taken;
    const std::string name = label_of(entry, scenario);
    std::vector<std::pair<std::uint64_t, std::size_t>> drawn;
    for (const std::size_t i : taken)
      drawn.emplace_back(
          sim::hash_text(name + '\n' + joined(grid[i / sets.size()]) + joined(sets[i % sets.size()])).low, i);
    std::nth_element(drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(entry.take), drawn.end());
    taken.clear();
    for (std::size_t k = 0; k < entry.take; ++k) taken.push_back(drawn[k].second);
    std::sort(taken.begin(), taken.end());
    return taken;
  }

  // The same wherever the checkout lies and however the suite is named: a case's id and what `take` takes follow from
  // it.
  std::string label_of(const Entry& entry, const std::string& scenario) const {
    if (!has_glob(entry.file)) return fs::path(entry.file).lexically_normal().generic_string();
    const fs::path folder = plan_.suite.directory();
    const fs::path relative = fs::path(scenario).lexically_relative(folder.empty() ? "." : folder);
    return relative.empty() || fs::path(entry.file).is_absolute() ? scenario : relative.generic_string();
  }

  // A distribution beside the scenario, or one in its place, multiplies the sets. False: it is broken, and reported.
  bool distribute(const Entry& entry, std::string& scenario, std::vector<Parameters>& sets) {
    const bool in_place = entry.distribution.empty();
    if (in_place && !openscenario::is_distribution(scenario)) return true;
    const fs::path file = in_place ? fs::path(scenario) : plan_.suite.directory() / entry.distribution;
    const std::size_t known = issues_.size();
    const auto distribution = openscenario::read_distribution(file, issues_);
    if (!distribution) issues_.push_back(distribution.error());
    for (std::size_t i = known; i < issues_.size(); ++i)
      if (issues_[i].severity == sim::Severity::kError) return false;
    std::error_code error;
    if (in_place) scenario = distribution->scenario;
    if (!fs::is_regular_file(scenario, error)) {
      bad(entry, fmt::format("no such scenario {}, which {} varies", scenario, file.string()),
          "correct <ScenarioFile>");
      return false;
    }
    std::vector<Parameters> all;
    if (sets.size() * distribution->sets.size() <= kMaxRuns)
      for (const Parameters& set : sets)
        for (const Parameters& drawn : distribution->sets) {
          all.push_back(set);
          all.back().insert(all.back().end(), drawn.begin(), drawn.end());
        }
    else
      bad(entry, fmt::format("the suite has more than {} runs", kMaxRuns), "take fewer values");
    sets = std::move(all);
    return true;
  }

  void bad(const Entry& entry, std::string what, std::string remedy) {
    issues_.push_back(sim::fail(std::move(what), plan_.suite.file, entry.line, entry.file, std::move(remedy)).value());
  }

  void missing(const Entry& entry, std::string what, std::string remedy) {
    if (!entry.optional) return bad(entry, std::move(what), std::move(remedy));
    bad(entry, what + ": left out, because it is optional", {});
    issues_.back().severity = sim::Severity::kWarning;
  }

  std::vector<std::string> scenarios_of(const Entry& entry) {
    const fs::path root = plan_.suite.directory();
    std::vector<std::string> out;
    std::error_code error;
    if (has_glob(entry.file)) {
      for (const fs::path& path : matches(root.empty() ? "." : root, entry.file))
        out.push_back(path.lexically_normal().string());
      if (out.empty()) missing(entry, "no file matches", "check the pattern: * and ? within a folder, ** over folders");
      return out;
    }
    for (const fs::path& place : places(entry.file, plan_.suite.file))
      if (fs::is_regular_file(place, error)) return {place.lexically_normal().string()};
    missing(entry, "no such scenario", "paths are relative to the suite's own directory");
    return out;
  }

  void add_job(const Entry& entry, const std::string& scenario, const Parameters& combination, const Parameters& set,
               const Parameters& stacks, std::uint64_t seed) {
    const Suite& suite = plan_.suite;
    Job job;
    job.index = plan_.jobs.size();
    job.line = entry.line;
    job.scenario = scenario;
    job.label = label_of(entry, scenario);
    job.map = map_of(entry);
    job.parameters = combination;
    job.parameters.insert(job.parameters.end(), set.begin(), set.end());
    job.stacks = stacks;
    job.seed = seed;
    job.limits = entry.limits.value_or(suite.limits);
    job.record = suite.record;
    job.criteria = entry.criteria;
    for (const auto& [name, limit] : suite.criteria)
      if (std::none_of(entry.criteria.begin(), entry.criteria.end(), [&](const auto& c) { return c.first == name; }))
        job.criteria.emplace_back(name, limit);
    std::string own = job.label + '\n' + entry.map + '\n' + joined(job.parameters) + '\n' + joined(stacks) + '\n';
    own += fmt::format("{}\n{}\n{}", seed, limits_text(job.limits), joined(job.criteria));
    job.case_id = sim::hash_text(own);
    sim::Hash128 key = sim::hash_text(own + '\n' + engine_version() + '\n' + engine_commit() + '\n' + job.record);
    key = sim::combine(key, digests_.of_scenario(scenario));
    if (!job.map.empty()) key = sim::combine(key, digests_.of(job.map, suite.file));
    for (const auto& [entity, spec] : stacks) key = sim::combine(key, digests_.of(program_of(spec), suite.file));
    job.key = key;
    for (std::size_t i = 0; i < suite.expected.size() && job.expected < 0; ++i)
      if (sim::glob_match(suite.expected[i].scenario, job.label) &&
          holds_all(job.parameters, suite.expected[i].parameters))
        job.expected = static_cast<int>(i);
    plan_.jobs.push_back(std::move(job));
  }

  // A map that lies beside the suite is given by its path; a name that ships with the engine stays a name.
  std::string map_of(const Entry& entry) const {
    const std::string& name = entry.map.empty() ? plan_.suite.map : entry.map;
    std::error_code error;
    const fs::path beside = plan_.suite.directory() / name;
    return !name.empty() && fs::exists(beside, error) ? beside.lexically_normal().string() : name;
  }

  // The file behind `exec:PROGRAM ARGUMENTS`; a stack that is no file is covered by its SPEC.
  static std::string program_of(const std::string& spec) {
    if (spec.rfind("exec:", 0) != 0) return {};
    const std::string command = spec.substr(5);
    return command.substr(0, command.find(' '));
  }

  Plan& plan_;
  sim::Issues& issues_;
  Digests digests_;
};

// The scenario with the parameters of a run. What has no line in the scenario is the suite's.
void check_job(const Plan& plan, const Job& job, sim::Issues& issues) {
  sim::Issues found;
  const auto scenario = openscenario::parse_file(job.scenario, job.parameters, found);
  if (!scenario) found.push_back(scenario.error());
  for (sim::Issue& issue : found) {
    if (issue.severity != sim::Severity::kError) continue;
    if (issue.line == 0) issue.file = plan.suite.file, issue.line = job.line, issue.where = job.label;
    issues.push_back(std::move(issue));
  }
}

}  // namespace

std::vector<std::string> Job::arguments() const {
  std::vector<std::string> words{"run", scenario};
  if (!map.empty()) words.insert(words.end(), {"--map", map});
  words.insert(words.end(), {"--seed", std::to_string(seed)});
  if (limits.sim_time_s) words.insert(words.end(), {"--duration", fmt::format("{}", *limits.sim_time_s)});
  for (const auto& [name, value] : parameters) words.insert(words.end(), {"--param", name + "=" + value});
  for (const auto& [entity, spec] : stacks) words.insert(words.end(), {"--stack", entity + "=" + spec});
  for (const auto& [name, value] : criteria) words.insert(words.end(), {"--criterion", name + "=" + value});
  return words;
}

sim::Hash128 Digests::of(const std::string& name, const std::string& beside) {
  if (name.empty()) return {};
  std::error_code error;
  for (const fs::path& place : places(name, beside)) {
    if (!fs::exists(place, error)) continue;
    const std::string path = place.lexically_normal().string();
    const auto [it, fresh] = known_.try_emplace(path);
    if (fresh) it->second = hash_path(place);
    return it->second;
  }
  return sim::hash_text("missing " + name);
}

sim::Hash128 Digests::of_scenario(const std::string& file) {
  const auto [it, fresh] = known_.try_emplace("scenario " + file);
  if (!fresh) return it->second;
  sim::Hash128 hash = hash_file(file);
  for (const std::string& name : named_files(file)) hash = sim::combine(hash, of(name, file));
  return known_["scenario " + file] = hash;
}

sim::Result<Plan> make_plan(Suite suite, sim::Issues& issues) {
  Plan plan;
  plan.suite = std::move(suite);
  Planner planner(plan, issues);
  for (const Entry& entry : plan.suite.entries) planner.add(entry);
  std::vector<sim::Hash128> keys;
  for (const Job& job : plan.jobs) keys.push_back(job.key);
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    return sim::fail("two runs of the suite are the same", plan.suite.file, 0, "scenarios",
                     "a scenario, parameter value or seed stands twice");
  if (plan.jobs.empty() && !sim::has_errors(issues)) return sim::fail("the suite has no run", plan.suite.file);
  return plan;
}

void check_plan(const Plan& plan, const std::string& day, sim::Issues& issues) {
  const Suite& suite = plan.suite;
  const auto say = [&](int line, const char* where, std::string what, std::string remedy, sim::Severity severity) {
    issues.push_back(sim::fail(std::move(what), suite.file, line, where, std::move(remedy)).value());
    issues.back().severity = severity;
  };
  for (std::size_t i = 0; i < suite.expected.size(); ++i) {
    const ExpectedFailure& e = suite.expected[i];
    if (e.until < day)
      say(e.line, "expected_failures", fmt::format("the excuse for {} ended on {}", e.scenario, e.until),
          "mend what fails, or give a later day and its reason", sim::Severity::kError);
    if (std::none_of(plan.jobs.begin(), plan.jobs.end(),
                     [&](const Job& job) { return job.expected == static_cast<int>(i); }))
      say(e.line, "expected_failures", fmt::format("no run of the suite is excused by {}", e.scenario),
          "correct the pattern, or remove it", sim::Severity::kWarning);
  }
  std::error_code error;
  if (const fs::path baseline = suite.directory() / suite.baseline / "results.jsonl";
      !suite.baseline.empty() && !fs::exists(baseline, error))
    say(0, "baseline", "there is no " + baseline.string(), "name the directory of a finished batch",
        sim::Severity::kError);
  std::set<std::string> seen;  // scenario and the names of its parameters
  for (const Job& job : plan.jobs) {
    std::string looked_at = job.scenario;
    for (const auto& [name, value] : job.parameters) looked_at += '\n' + name;
    if (seen.insert(looked_at).second) check_job(plan, job, issues);
  }
}

bool in_shard(const Job& job, std::size_t shard, std::size_t shards) {
  return shards <= 1 || job.case_id.low % shards == shard;
}

}  // namespace bitgoeul::scenarios::batch
