// The double-track model within the dynamics stage: the driver's command and the road go in, the kernel steps all
// vehicles of a block of rows at once, pose and place on the way come out. Thread rule: own rows and slots only;
// leaving a lane is a message.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// At load, in row order: gives a new vehicle its slot and puts its body where the entity stands. For one that has come
// back to the map: puts its body there.
void add_double_track(State& state, Row row);
// Steps every double-track vehicle of rows [begin, end).
void step_double_track_rows(State& state, Row begin, Row end);
// Takes pose and place from the body. Returns the distance driven, m.
double finish_double_track(State& state, Row row, std::size_t block);

}  // namespace bitgoeul::vehicles
