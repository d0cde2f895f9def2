// Locate: where a vehicle that moves freely is on its way: s and t of the box centre on its lane, and on the next one
// when it has passed the end. Called by the models that do not run on rails. Thread rule: own row; leaving a lane is a
// message.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

void locate(State& state, Row row, std::size_t block);

}  // namespace bitgoeul::vehicles
