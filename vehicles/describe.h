// What a vehicle is doing, in words: place, speed, what it waits for, the lanes before it. For soak runs, events and
// people. Thread rule: serial.
#pragma once

#include <string>

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

std::string describe(const State& state, Row row);

}  // namespace bitgoeul::vehicles
