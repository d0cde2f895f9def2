// What two runs are worth beside each other: the verdicts and numbers of their result.json that differ. Made by `diff
// --metrics`. Times that a machine took, commands and inputs are no metrics. Thread rule: any.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::scenarios {

struct MetricChange {
  std::string metric;           // e.g. "mean_speed_mps", "criteria.collision.value"
  std::string a, b;             // as in the files; "-": that run does not have it
  std::optional<double> delta;  // b - a, of numbers
};

// In the order of the first file. `run`: a run's directory or a file in it. Errors: no result.json, or not one.
sim::Result<std::vector<MetricChange>> metric_changes(const std::filesystem::path& run_a,
                                                      const std::filesystem::path& run_b);

}  // namespace bitgoeul::scenarios
