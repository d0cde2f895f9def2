// Vehicle setup: what a scenario says of a body as a row of the engine's catalogue. Thread rule: pure.
#pragma once

#include <cstdint>

#include "scenarios/openscenario/model_entities.h"
#include "vehicles/vehicle_type.h"

namespace bitgoeul::scenarios {

vehicles::VehicleType type_of(const openscenario::Vehicle& vehicle);
// Of whatever the story moves: vehicle, pedestrian or thing.
vehicles::VehicleType type_of_actor(const openscenario::ScenarioObject& object);
// The row of that type in the catalogue; added when there is none.
std::uint16_t add_type(vehicles::Catalogue& catalogue, const vehicles::VehicleType& type);
// Why no driver can drive it; null: one can.
const char* not_for_a_driver(const openscenario::Vehicle& vehicle);

}  // namespace bitgoeul::scenarios
