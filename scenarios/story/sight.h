// Sight: what View shows of a row that drivers drive (egos, background traffic, wrecks): its pose of now, and where it
// is on the roads. Actors show themselves (Motion::show). Thread rule: as RoadTrace.
#pragma once

#include "scenarios/story/road_trace.h"
#include "scenarios/story/view.h"
#include "vehicles/state.h"

namespace bitgoeul::scenarios::story {

// Everything but `object`, which only the scenario knows. Gone: alive = false.
void see(const vehicles::State& state, Row row, RoadTrace& trace, Seen& seen);

}  // namespace bitgoeul::scenarios::story
