// bitgoeul map check: every rule over a map and its source file; the list of rules.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "maps/map_check.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/map.h"

namespace bitgoeul::scenarios::commands {

namespace {

using nlohmann::json;

const char* severity_name(sim::Severity severity) {
  return severity == sim::Severity::kError ? "error" : severity == sim::Severity::kWarning ? "warning" : "info";
}

using Norms = std::map<std::string, std::string, std::less<>>;

Norms norms_of(const std::vector<maps::CheckRule>& rules) {
  Norms norms;
  for (const maps::CheckRule& rule : rules) norms.emplace(rule.name, rule.norm);
  return norms;
}

std::string norm_of(const Norms& norms, const std::string& rule) {
  const auto found = norms.find(rule);
  return found == norms.end() ? "" : found->second;
}

json as_json(const sim::Issue& issue, const Norms& norms) {
  return {{"severity", severity_name(issue.severity)},
          {"rule", issue.rule},
          {"norm", norm_of(norms, issue.rule)},
          {"file", issue.file},
          {"line", issue.line},
          {"column", issue.column},
          {"where", issue.where},
          {"what", issue.what},
          {"remedy", issue.remedy}};
}

// The first 20 of each rule; a map with one mistake in its source has it ten thousand times.
void print_findings(const Context& context, const sim::Issues& issues, const Norms& norms) {
  constexpr int kPerRule = 20;
  std::map<std::string, int> shown;
  for (const sim::Issue& issue : issues) {
    if (context.quiet && issue.severity != sim::Severity::kError) continue;
    if (++shown[issue.rule] > kPerRule) continue;
    sim::Issue told = issue;
    if (const std::string norm = norm_of(norms, issue.rule); !norm.empty()) told.rule += ", " + norm;
    print(told);
  }
  for (const auto& [rule, count] : shown)
    if (count > kPerRule) note(context, fmt::format("... and {} more of rule {}", count - kPerRule, rule));
}

auto count_of(const sim::Issues& issues, sim::Severity severity) {
  return std::count_if(issues.begin(), issues.end(), [&](const sim::Issue& i) { return i.severity == severity; });
}

json report_of(const maps::MapReport& found, const std::string& name, const std::vector<maps::CheckRule>& rules) {
  json by_rule = json::object(), list = json::array();
  for (const maps::CheckRule& rule : rules) by_rule[std::string(rule.name)] = 0;
  const Norms norms = norms_of(rules);
  for (const sim::Issue& issue : found.issues) {
    json& count = by_rule[issue.rule];
    count = count.is_null() ? 1 : count.get<int>() + 1;
    list.push_back(as_json(issue, norms));
  }
  return {{"map", found.map ? found.map->name : name},
          {"loaded", found.map != nullptr},
          {"hash", found.map ? sim::to_hex(found.map->hash) : ""},
          {"errors", count_of(found.issues, sim::Severity::kError)},
          {"warnings", count_of(found.issues, sim::Severity::kWarning)},
          {"by_rule", by_rule},
          {"issues", list}};
}

}  // namespace

int map_rules(const Context& context) {
  json list = json::array();
  std::string text;
  for (const maps::CheckRule& rule : maps::all_check_rules()) {
    list.push_back({{"rule", rule.name},
                    {"severity", severity_name(rule.severity)},
                    {"summary", rule.summary},
                    {"norm", rule.norm}});
    text += fmt::format("{:<32} {:<8} {}{}\n", rule.name, severity_name(rule.severity), rule.summary,
                        rule.norm.empty() ? "" : fmt::format(" [{}]", rule.norm));
  }
  result(context, text + fmt::format("{} rules", list.size()));
  json_result(context, list.dump(2));
  return kPass;
}

int map_check(const Context& context, const std::string& name) {
  const std::vector<maps::CheckRule> rules = maps::all_check_rules();
  const maps::MapReport found = maps::check_map_file(name);
  print_findings(context, found.issues, norms_of(rules));
  const json report = report_of(found, name, rules);
  json_result(context, report.dump(2, ' ', false, json::error_handler_t::replace));
  if (!found.map) return kInvalid;
  const auto errors = report["errors"].get<long>();
  result(context, fmt::format("{}: {} errors, {} warnings from {} rules on {} lanes", found.map->name, errors,
                              report["warnings"].get<long>(), rules.size(), found.map->lanes.size()));
  return errors == 0 ? kPass : kFailed;
}

}  // namespace bitgoeul::scenarios::commands
