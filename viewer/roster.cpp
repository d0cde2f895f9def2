#include "viewer/roster.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

namespace bitgoeul::viewer {

Roster::Roster(std::span<const Member> members, std::span<const ShownCriterion> criteria) {
  std::set<std::string> companies, failed;
  std::size_t rows = 0;
  for (const Member& m : members) {
    if (!m.company.empty()) companies.insert(m.company);
    if (m.row >= 0) rows = std::max(rows, static_cast<std::size_t>(m.row) + 1);
  }
  for (const ShownCriterion& c : criteria)
    if (c.failed()) failed.insert(c.entity), failed.insert(c.other);
  companies_.assign(companies.begin(), companies.end());
  company_.assign(rows, -1), judged_.assign(rows, Judged::kNot);
  for (const Member& m : members) {
    if (m.row < 0) continue;
    const auto row = static_cast<std::size_t>(m.row);
    if (!m.company.empty())
      company_[row] =
          static_cast<int>(std::lower_bound(companies_.begin(), companies_.end(), m.company) - companies_.begin());
    if (!criteria.empty()) judged_[row] = failed.count(m.name) > 0 ? Judged::kFail : Judged::kPass;
  }
}

std::string stack_name(const std::string& spec) {
  if (spec.rfind("exec:", 0) != 0) return spec;
  // The last word that is a file: an interpreter comes before its program.
  std::istringstream words(spec.substr(5));
  std::string name;
  for (std::string word; words >> word;)
    if (name.empty() || (word.find('/') != std::string::npos && word[0] != '-'))
      name = std::filesystem::path(word).filename().string();
  return name;
}

}  // namespace bitgoeul::viewer
