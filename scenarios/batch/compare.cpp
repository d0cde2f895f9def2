#include "scenarios/batch/compare.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

namespace bitgoeul::scenarios::batch {
namespace {

bool good(const Row& row) { return row.verdict == Class::kPass; }

bool beyond(double before, double now, const Tolerance& t) {
  return std::fabs(now - before) > std::max(t.absolute, t.relative * std::fabs(before));
}

Tolerance tolerance_of(const std::string& metric, const std::vector<Tolerance>& tolerances) {
  for (const Tolerance& t : tolerances)
    if (t.metric == metric) return t;
  return {metric, 0, 0};
}

std::map<std::string, double> values_of(const Row& row) {
  std::map<std::string, double> values = row.metrics;
  for (const RowCriterion& c : row.criteria) values["criterion " + c.name] = c.value;
  return values;
}

void compare_metrics(Comparison& out, std::size_t index, const Row& now, const Row& before,
                     const std::vector<Tolerance>& tolerances) {
  const auto old_values = values_of(before);
  for (const auto& [metric, value] : values_of(now)) {
    const auto old = old_values.find(metric);
    if (old != old_values.end() && beyond(old->second, value, tolerance_of(metric, tolerances)))
      out.moved.push_back({index, metric, old->second, value});
  }
}

}  // namespace

sim::Result<std::vector<Row>> read_results(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "results.jsonl";
  std::ifstream in(file, std::ios::binary);
  if (!in) return sim::fail("cannot be read", file.string(), 0, "", "name the directory of a finished batch");
  std::vector<Row> rows;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    auto row = row_from_json(line);
    if (!row) {
      sim::Issue issue = row.error();
      issue.file = file.string();
      issue.line = number;
      return tl::unexpected(std::move(issue));
    }
    rows.push_back(std::move(*row));
  }
  return rows;
}

Comparison compare(const std::vector<Row>& now, std::vector<Row> before, const std::vector<Tolerance>& tolerances) {
  Comparison out;
  std::map<std::string, const Row*> by_case;
  for (const Row& row : before) by_case[row.case_id] = &row;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto found = by_case.find(now[i].case_id);
    if (found == by_case.end()) {
      ++out.only_now;
      continue;
    }
    const Row& old = *found->second;
    ++out.paired;
    if (good(old) && !good(now[i])) out.newly_failing.push_back(i);
    if (!good(old) && good(now[i])) out.newly_passing.push_back(i);
    if (now[i].state_hash == old.state_hash)
      ++out.same_bits;
    else
      out.other_bits.push_back(i);
    compare_metrics(out, i, now[i], old, tolerances);
  }
  out.only_before = before.size() - out.paired;
  out.before = std::move(before);
  return out;
}

Interval wilson(int successes, int trials) {
  if (trials <= 0) return {};
  constexpr double z = 1.959963984540054;  // two-sided 95 %
  const double n = trials, p = successes / n, z2 = z * z;
  const double center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {std::max(0.0, center - half), std::min(1.0, center + half)};
}

std::vector<SeedGroup> over_seeds(const std::vector<Row>& rows) {
  std::vector<SeedGroup> groups;
  std::map<std::tuple<std::string, Parameters, Parameters>, std::size_t> known;
  for (const Row& row : rows) {
    if (row.verdict == Class::kNotRun) continue;
    const auto [it, fresh] = known.try_emplace({row.scenario, row.parameters, row.stacks}, groups.size());
    if (fresh) groups.push_back({row.scenario, row.parameters, row.stacks});
    ++groups[it->second].runs;
    groups[it->second].passed += good(row);
  }
  std::erase_if(groups, [](const SeedGroup& g) { return g.runs < 2; });
  for (SeedGroup& g : groups) g.rate = wilson(g.passed, g.runs);
  return groups;
}

}  // namespace bitgoeul::scenarios::batch
