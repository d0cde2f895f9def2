// CriteriaList: what a run was judged by, from the result.json beside its log: for the list, the jumps and the places
// of what failed. Any one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "viewer/mesh.h"

namespace bitgoeul::viewer {

struct ShownCriterion {
  std::string name, verdict;  // PASS, FAIL, INCONCLUSIVE, ERROR
  std::string entity, other, unit, lane;
  double value = 0, limit = 0;
  std::int64_t time_ns = -1;  // of the offence; -1: none
  std::optional<Vec3> place;
  bool failed() const { return verdict == "FAIL"; }
};

// A missing file gives none; of a damaged one what can be read.
std::vector<ShownCriterion> load_criteria(const std::filesystem::path& result_json);

}  // namespace bitgoeul::viewer
