// Parameter value distributions of OpenSCENARIO 1.1 to 1.3: a file that names a scenario and says which values its
// parameters take, one after the other (deterministic: every combination) or drawn (stochastic, from the seed of the
// file: the same values everywhere). Read by `batch` (suites) and `check`; each set goes to a run as --param.
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/openscenario/parse.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::openscenario {

struct Distribution {
  std::string scenario;               // path of the file that it varies, as seen from here
  std::vector<ParameterValues> sets;  // in the order of the file, the last parameter running fastest
};

inline constexpr std::size_t kMaxSets = 2'000'000;

// Whether the file holds a <ParameterValueDistribution> (false also for what is no XML).
bool is_distribution(const std::filesystem::path& file);

// Every defect stands in `issues`, with line and column; fails when there is no XML or no distribution to read.
sim::Result<Distribution> read_distribution(const std::filesystem::path& file, sim::Issues& issues);

}  // namespace bitgoeul::scenarios::openscenario
