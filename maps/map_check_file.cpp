// check_map_file: the import's own report, the norm's rules over the file, and the rules over the map, as one list.
#include <algorithm>
#include <set>

#include "maps/detail/map_source.h"
#include "maps/load_map.h"
#include "maps/map_check.h"
#include "maps/opendrive/check_file.h"

namespace bitgoeul::maps {

namespace {

constexpr CheckRule kImport = {"import", "what the importer repaired, left out or could not read",
                               sim::Severity::kWarning, ""};

// What reader and freeze say about defects that a file rule names too: at the same line, or a reference that leads
// nowhere.
bool said_twice(const sim::Issue& issue, const std::set<int>& lines) {
  if (issue.rule.empty() && !lines.empty() &&
      (issue.what.ends_with("which is not in the file") || issue.what.ends_with("which has no such lane there")))
    return true;
  static const std::set<std::string_view> kSame = {
      "ascending_order", "attribute_required", "geometry_shape",  "geometry_s",       "header_required", "id_unique",
      "lane_id",         "lane_id_gap",        "lane_section_s",  "lane_width_start", "road_lanes",      "road_length",
      "road_plan_view",  "priority_roads",     "controller_empty"};
  return kSame.count(issue.rule) != 0 && lines.count(issue.line) != 0;
}

void add_import(const sim::Issues& import, sim::Issues& issues) {
  std::set<int> lines;
  for (const sim::Issue& issue : issues) lines.insert(issue.line);
  for (const sim::Issue& issue : import) {
    if (said_twice(issue, lines)) continue;
    issues.push_back(issue);
    if (issue.rule.empty()) issues.back().rule = kImport.name;
  }
}

}  // namespace

std::vector<CheckRule> all_check_rules() {
  std::vector<CheckRule> rules;
  for (const CheckRule& rule : opendrive::file_rules()) rules.push_back(rule);
  rules.push_back(kImport);
  for (const CheckRule& rule : check_rules()) rules.push_back(rule);
  return rules;
}

MapReport check_map_file(const std::string& name_or_path, const CheckOptions& options) {
  MapReport report;
  sim::Issues import;
  auto map = load_map(name_or_path, import);
  if (map) report.map = *map;
  SourceLines lines;
  const auto source = detail::find_map_source(name_or_path, assets_dir());
  if (source && source->kind == detail::SourceKind::kOpenDrive)
    report.issues = opendrive::check_file(source->path, report.map.get(), &lines);
  add_import(import, report.issues);
  if (!map) {
    const bool said = std::any_of(report.issues.begin(), report.issues.end(),
                                  [&](const sim::Issue& issue) { return issue.what == map.error().what; });
    if (!said) report.issues.push_back(map.error());
    if (report.issues.back().rule.empty()) report.issues.back().rule = kImport.name;
    return report;
  }
  const sim::Issues found = check_map(**map, options, lines);
  report.issues.insert(report.issues.end(), found.begin(), found.end());
  return report;
}

}  // namespace bitgoeul::maps
