#include "sim/result.h"

#include <algorithm>
#include <utility>

namespace bitgoeul::sim {

tl::unexpected<Issue> fail(std::string what, std::string file, int line, std::string where, std::string remedy) {
  Issue issue;
  issue.what = std::move(what);
  issue.file = std::move(file);
  issue.line = line;
  issue.where = std::move(where);
  issue.remedy = std::move(remedy);
  return tl::unexpected<Issue>(std::move(issue));
}

std::string to_string(const Issue& issue) {
  static constexpr const char* kNames[] = {"info", "warning", "error"};
  std::string text;
  if (!issue.file.empty()) {
    text += issue.file + ':';
    if (issue.line > 0) text += std::to_string(issue.line) + ':';
    if (issue.line > 0 && issue.column > 0) text += std::to_string(issue.column) + ':';
    text += ' ';
  }
  text += kNames[static_cast<int>(issue.severity)];
  text += ": ";
  if (!issue.where.empty()) text += issue.where + ": ";
  text += issue.what;
  if (!issue.rule.empty()) text += " [" + issue.rule + "]";
  if (!issue.remedy.empty()) text += " (" + issue.remedy + ")";
  return text;
}

bool has_errors(const Issues& issues) {
  return std::any_of(issues.begin(), issues.end(), [](const Issue& i) { return i.severity == Severity::kError; });
}

}  // namespace bitgoeul::sim
