// bitgoeul check FILE...: validates scenarios, maps and logs without running anything.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "maps/load_map.h"
#include "maps/map_check.h"
#include "replay/run_log.h"
#include "scenarios/batch/plan.h"
#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/criteria/questions.h"
#include "scenarios/openscenario/distribution.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct CheckArguments {
  std::vector<std::string> files;
  bool strict = false;
};

void check_map_file(const std::string& file, sim::Issues& issues) {
  const auto map = maps::load_map(file, issues);
  if (!map) {
    issues.push_back(map.error());
    return;
  }
  for (sim::Issue& issue : maps::check_map(**map)) {
    if (issue.file.empty()) issue.file = file;
    issues.push_back(std::move(issue));
  }
}

void check_distribution(const std::string& file, sim::Issues& issues) {
  const auto distribution = openscenario::read_distribution(file, issues);
  if (!distribution) {
    issues.push_back(distribution.error());
    return;
  }
  std::error_code error;
  if (!sim::has_errors(issues) && !std::filesystem::exists(distribution->scenario, error))
    issues.push_back(
        sim::fail("no such file " + distribution->scenario, file, 0, "<ScenarioFile>", "correct its filepath").value());
}

void check_scenario(const Context& context, const std::string& file, sim::Issues& issues) {
  if (openscenario::is_distribution(file)) return check_distribution(file, issues);
  const auto scenario = openscenario::parse_file(file, {}, issues);
  if (!scenario) {
    issues.push_back(scenario.error());
    return;
  }
  if (sim::has_errors(issues)) return;
  criteria::questions_of(*scenario, {}, issues);
  if (scenario->map.empty()) {  // no roads
    make_setup(*scenario, std::make_shared<const maps::Map>(), {1, 10'000'000, context.threads}, issues);
    return;
  }
  const std::string name = map_of_scenario(file, scenario->map);
  sim::Issues map_issues;
  const auto map = maps::load_map(name, map_issues);
  if (!map) {
    sim::Issue issue = map.error();
    issue.what = fmt::format("map {}: {}", name, issue.what);
    issue.file = file, issue.line = scenario->map_source.line, issue.column = scenario->map_source.column;
    issues.push_back(std::move(issue));
    return;
  }
  make_setup(*scenario, *map, {1, 10'000'000, context.threads}, issues);
}

void check_log(const std::string& file, sim::Issues& issues) {
  const auto log = replay::RunLog::open(file);
  if (!log) {
    issues.push_back(log.error());
    return;
  }
  const auto keep_on = [](const auto&) { return true; };
  const auto steps = log->each_step(keep_on);
  if (!steps) issues.push_back(steps.error());
  const auto frames = log->each_frame(keep_on);
  if (!frames) issues.push_back(frames.error());
  if (log->complete()) return;
  sim::Issue issue;
  issue.severity = sim::Severity::kWarning;
  issue.file = file;
  issue.what = "the log ends early: its writer was killed";
  issues.push_back(std::move(issue));
}

void check_suite(const std::string& file, sim::Issues& issues) {
  auto suite = batch::parse_suite(file, issues);
  if (!suite) {
    issues.push_back(suite.error());
    return;
  }
  const auto plan = batch::make_plan(std::move(*suite), issues);
  if (!plan)
    issues.push_back(plan.error());
  else
    batch::check_plan(*plan, batch::today(), issues);
}

void check_file(const Context& context, const std::string& file, sim::Issues& issues) {
  const std::string extension = std::filesystem::path(file).extension().string();
  if (extension == ".xosc")
    check_scenario(context, file, issues);
  else if (extension == ".mcap")
    check_log(file, issues);
  else if (extension == ".yaml" || extension == ".yml")
    check_suite(file, issues);
  else
    check_map_file(file, issues);
}

std::string json_of(const sim::Issues& issues) {
  static constexpr const char* kNames[] = {"info", "warning", "error"};
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const sim::Issue& i : issues)
    list.push_back({{"severity", kNames[static_cast<int>(i.severity)]},
                    {"file", i.file},
                    {"line", i.line},
                    {"column", i.column},
                    {"where", i.where},
                    {"what", i.what},
                    {"rule", i.rule},
                    {"remedy", i.remedy}});
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

int run_check(const Context& context, const CheckArguments& a) {
  sim::Issues all;
  bool bad = false;
  for (const std::string& file : a.files) {
    sim::Issues issues;
    check_file(context, file, issues);
    std::size_t errors = 0, warnings = 0;
    for (const sim::Issue& issue : issues) {
      errors += issue.severity == sim::Severity::kError;
      warnings += issue.severity == sim::Severity::kWarning;
    }
    bad = bad || errors > 0 || (a.strict && warnings > 0);
    print(context, issues);
    result(context, errors + warnings == 0 ? fmt::format("{}: sound", file)
                                           : fmt::format("{}: {} errors, {} warnings", file, errors, warnings));
    all.insert(all.end(), issues.begin(), issues.end());
  }
  json_result(context, json_of(all));
  return bad ? kInvalid : kPass;
}

}  // namespace

void add_check(CLI::App& program, Context& context) {
  CLI::App& sub = add_subcommand(program, context, "check",
                                 "validate scenarios, maps, suites and logs; exits 2 when there are errors",
                                 "bitgoeul check fleet.xosc town.xodr runs/demo/run.mcap");
  CheckArguments& a = keep<CheckArguments>(context);
  sub.add_option("FILE", a.files, "scenarios (.xosc), maps (.xodr or a name), suites (.yaml), logs (.mcap)")
      ->required();
  sub.add_flag("--strict", a.strict, "warnings count as errors");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_check(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
