// Criteria: what makes a run pass. Pure functions over what was gathered; a run without self-driving vehicles is
// inconclusive. Called by run.cpp at the end of a run. Thread rule: pure.
#pragma once

#include <vector>

#include "scenarios/result.h"
#include "scenarios/simulation.h"
#include "scenarios/statistics.h"

namespace bitgoeul::scenarios {

inline constexpr double kStandstillLimitS = 300.0;

std::vector<Criterion> evaluate_criteria(const Totals& totals, const Statistics& statistics, double sim_time_s,
                                         double dt_s);

}  // namespace bitgoeul::scenarios
