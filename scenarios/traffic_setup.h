// Traffic setup: the traffic actions of a scenario as zones of the engine. The area of Init that holds the whole map
// and leaves the mix to the engine is no zone: it is the constant background traffic of the setup. Read by
// scenario_setup.h (what is wrong, types into the catalogue), by the story (which zone an action starts) and by the
// simulation. Thread rule: pure.
#pragma once

#include <vector>

#include "maps/map.h"
#include "scenarios/openscenario/model.h"
#include "sim/result.h"
#include "vehicles/vehicle_type.h"
#include "vehicles/zones.h"

namespace bitgoeul::scenarios {

// The constant background traffic; null: none.
const openscenario::TrafficAreaAction* constant_traffic(const openscenario::Scenario& scenario, const maps::Map& map);
// The pedestrians that are held on the crosswalks of the map: the area of Init that holds it and asks for nothing else.
const openscenario::TrafficAreaAction* constant_pedestrians(const openscenario::Scenario& scenario,
                                                            const maps::Map& map);
// The share of its entries that `bitgoeul:mix` gives that name.
double share_of(const openscenario::TrafficAreaAction& area, const char* mix);
// The actions that start zones, in the order of the file: row = zone.
std::vector<const openscenario::GlobalAction*> zone_actions(const openscenario::Scenario& scenario,
                                                            const maps::Map& map);
// Types of vehicles that are not in the catalogue yet are added to it. Defects go to the issues.
std::vector<vehicles::Zone> make_zones(const openscenario::Scenario& scenario, const maps::Map& map,
                                       vehicles::Catalogue& catalogue, sim::Issues& issues);
// Rows of the world that they may need at a time.
std::size_t room_for(const std::vector<vehicles::Zone>& zones);

}  // namespace bitgoeul::scenarios
