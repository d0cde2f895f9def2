// Indicators: which way a vehicle would show that it turns. A frame says nothing of lamps, so this is a guess from the
// place: the lane that turns, the lane that leads one way only, the course across the lane; without a map from the yaw
// rate. Thread rule: pure.
#pragma once

#include "maps/map.h"
#include "viewer/moment.h"

namespace bitgoeul::viewer {

// 1 left, -1 right, 0 none. map: null where the log has none.
int indicator_of(const maps::Map* map, const Mover& mover);

}  // namespace bitgoeul::viewer
