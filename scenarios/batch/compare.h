// Compare: a batch beside an older one (its baseline), and pass rates over seeds with their intervals. Rows are paired
// by case. Read by the reports and the command batch. Thread rule: pure.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/batch/results.h"

namespace bitgoeul::scenarios::batch {

struct MovedMetric {
  std::size_t row = 0;  // of the new batch
  std::string metric;   // a metric, or `criterion NAME`
  double before = 0, now = 0;
};

struct Comparison {
  std::string directory;
  std::vector<std::size_t> newly_failing, newly_passing;  // rows of the new batch
  std::vector<std::size_t> other_bits;                    // same case, other state hash
  std::vector<MovedMetric> moved;
  std::size_t paired = 0, same_bits = 0, only_before = 0, only_now = 0;
  std::vector<Row> before;
};

// results.jsonl of `directory`. Errors: file, line, what is wrong.
sim::Result<std::vector<Row>> read_results(const std::filesystem::path& directory);
// A metric counts as moved beyond its tolerance; metrics without one when they differ at all.
Comparison compare(const std::vector<Row>& now, std::vector<Row> before, const std::vector<Tolerance>& tolerances);

struct Interval {
  double low = 0, high = 1;
};
// 95 % score interval of a proportion (Wilson 1927, JASA 22:209-212).
Interval wilson(int successes, int trials);

struct SeedGroup {  // runs that differ in the seed only
  std::string scenario;
  Parameters parameters, stacks;
  int runs = 0, passed = 0;
  Interval rate;
};
std::vector<SeedGroup> over_seeds(const std::vector<Row>& rows);  // of more than one run, in the order of the rows

}  // namespace bitgoeul::scenarios::batch
