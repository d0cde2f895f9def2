// A scenario brought onto a map: positions become lanes, routes become lists of lanes, vehicles become catalogue rows.
// Made from the openscenario model for run, verify, check and fleet; gives the SimulationSetup. Errors name the file,
// the line, the entity and the waypoint. Routes are found in parallel over entities; the result does not depend on the
// number of threads.
#pragma once

#include <cstdint>
#include <memory>

#include "maps/map.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/simulation.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

struct SetupOptions {
  std::uint64_t seed = 1;
  std::int64_t dt_ns = 10'000'000;
  int threads = 1;
};

// Every defect is an Issue in `issues`; with an error among them the setup is not to be run.
SimulationSetup make_setup(const openscenario::Scenario& scenario, std::shared_ptr<const maps::Map> map,
                           const SetupOptions& options, sim::Issues& issues);

}  // namespace bitgoeul::scenarios
