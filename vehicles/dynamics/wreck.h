// Wreck: a vehicle that has crashed. Nobody drives it; its tyres slide until it rests, and it stays where it is, an
// obstacle on its lane. Coulomb friction of a sliding block on its speed and on its rotation. Thread rule: own row;
// leaving a lane is a message.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// Moves row by one step. Returns the distance moved, m.
double move_wreck(State& state, Row row, std::size_t block);

}  // namespace bitgoeul::vehicles
