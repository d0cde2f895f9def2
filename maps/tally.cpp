#include "maps/detail/tally.h"

#include "maps/xml.h"

namespace bitgoeul::maps::detail {

void Tally::add(sim::Severity severity, const std::string& file, const std::string& what, const std::string& where,
                int line, const std::string& remedy, int count) {
  if (count <= 0) return;
  Kind& kind = kinds_[{file, what}];
  if (kind.count == 0) {
    kind.issue.severity = severity;
    kind.issue.file = file;
    kind.issue.line = line;
    kind.issue.where = readable(where);
    kind.issue.what = what;
    kind.issue.remedy = remedy;
  }
  kind.count += count;
}

int Tally::count(const std::string& what) const {
  int sum = 0;
  for (const auto& [key, kind] : kinds_)
    if (key.second == what) sum += kind.count;
  return sum;
}

void Tally::flush(sim::Issues& issues) {
  for (auto& [key, kind] : kinds_) {
    kind.issue.what = readable((kind.count > 1 ? std::to_string(kind.count) + " times: " : "") + key.second);
    if (kind.count > 1 && !kind.issue.where.empty()) kind.issue.where += ", first";
    issues.push_back(std::move(kind.issue));
  }
  kinds_.clear();
}

}  // namespace bitgoeul::maps::detail
