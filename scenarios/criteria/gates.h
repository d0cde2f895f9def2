// Gates: the criteria that every run with self-driving vehicles is judged by. Pure functions over what was gathered; a
// run without self-driving vehicles is inconclusive. Called by run.cpp at the end of a run. Thread rule: pure.
#pragma once

#include <span>
#include <vector>

#include "scenarios/criteria/catalogue.h"
#include "scenarios/result.h"
#include "scenarios/simulation.h"
#include "scenarios/statistics.h"

namespace bitgoeul::scenarios {

// `asked`: limits instead of the usual ones; the last of a kind counts.
std::vector<Criterion> evaluate_criteria(const Totals& totals, const Statistics& statistics, double sim_time_s,
                                         double dt_s, std::span<const criteria::Asked> asked = {});

}  // namespace bitgoeul::scenarios
