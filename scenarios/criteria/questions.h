// Questions: which criteria a run is asked, from the words of `--criterion` (and of suites, which use them) and from
// properties `bitgoeul:criterion:NAME` of a scenario's entities. Made for run.h. Thread rule: pure.
#pragma once

#include <string>
#include <vector>

#include "scenarios/criteria/observer.h"
#include "scenarios/openscenario/model.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::criteria {

// Every wrong word or property is an error among the issues.
Questions questions_of(const openscenario::Scenario& scenario, const std::vector<std::string>& words,
                       sim::Issues& issues);

}  // namespace bitgoeul::scenarios::criteria
