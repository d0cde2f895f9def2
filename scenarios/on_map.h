// What a scenario says of its map is brought into a form that all later stages take: entities that are objects of the
// road network (OpenSCENARIO 1.3, ExternalObjectReference; in OpenDRIVE an <object>, named by its id or name) become
// things with the box and the place that the map gives, and waypoints beyond the end of their road lie at its end, with
// a warning: a route asks for the lane. Called by scenario_setup before anything else. Thread rule: pure.
#pragma once

#include <optional>

#include "maps/map.h"
#include "scenarios/openscenario/model.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

// Nothing: the scenario is as it has to be. What is not on the map goes to the issues.
std::optional<openscenario::Scenario> brought_onto(const maps::Map& map, const openscenario::Scenario& scenario,
                                                   sim::Issues& issues);

}  // namespace bitgoeul::scenarios
