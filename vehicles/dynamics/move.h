// The dynamics stage: every vehicle moves by one step, by the model of its row.
// Thread rule: parallel over rows, own row only.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

inline constexpr double kStandingMps = 0.1;

void move(State& state, Row begin, Row end, std::size_t block);

}  // namespace bitgoeul::vehicles
