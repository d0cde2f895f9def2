// Suite: what a suite file (YAML) says: scenarios x parameters x seeds x stacks, limits, tolerances against a baseline,
// expected failures. Made by parse_suite(); read by plan.h, the commands batch and check. Paths are relative to the
// suite's own directory. assets/ci/suite.schema.json describes the same for editors. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::scenarios::batch {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // name, value; in the order of the file

struct Limits {
  std::optional<double> sim_time_s;  // simulated; unset: the scenario's own stop trigger
  double wall_time_s = 600;          // of one run
  double no_progress_s = 120;        // wall time without a simulated step
  double memory_mb = 4096;           // of the run's process
  double output_mb = 2048;           // of any file it writes
};

struct Axis {
  std::string name;
  std::vector<std::string> values;
};

struct Entry {
  std::string file;                  // path or glob (* ? **), or the name of a scenario that ships with the engine
  std::string map;                   // instead of the scenario's own; empty: its own
  std::vector<Axis> grid;            // every combination ...
  std::vector<Parameters> sets;      // ... with every set (none: one empty set)
  std::string distribution;          // OpenSCENARIO parameter value distribution file; empty: none
  std::vector<std::uint64_t> seeds;  // empty: the suite's
  std::vector<Parameters> stacks;    // each: entity -> SPEC; none: built-in drivers
  std::optional<Limits> limits;      // instead of the suite's
  Parameters criteria;               // name -> limit, beside the suite's; of the same name: instead
  std::size_t take = 0;              // at most so many combinations of each scenario, always the same; 0: all
  bool optional = false;             // files that are not there are left out, and said so
  int line = 0;
};

struct Tolerance {  // a metric moved when it differs by more than the larger of both
  std::string metric;
  double absolute = 0, relative = 0;
};

struct ExpectedFailure {
  std::string scenario;   // glob over the run's scenario path
  Parameters parameters;  // that must all be equal; empty: any
  std::string until;      // YYYY-MM-DD, last day on which the failure is excused
  std::string reason;
  int line = 0;
};

struct Suite {
  std::string file, name;
  std::string record = "hash";  // what run.mcap holds: frames, hash, none
  std::string map;              // instead of every scenario's own
  std::vector<std::uint64_t> seeds{1};
  Limits limits;
  std::vector<Entry> entries;
  Parameters criteria;   // name -> limit
  std::string baseline;  // directory of an earlier batch; empty: none
  std::vector<Tolerance> tolerances;
  std::vector<ExpectedFailure> expected;

  std::filesystem::path directory() const { return std::filesystem::path(file).parent_path(); }
};

// All defects are found in one pass, each with its line and column. Fails when the file cannot be read or is no YAML.
sim::Result<Suite> parse_suite(const std::filesystem::path& file, sim::Issues& issues);

std::string today();  // YYYY-MM-DD, UTC: the day that last days of excuses are compared with

}  // namespace bitgoeul::scenarios::batch
