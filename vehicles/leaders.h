// What lies ahead of a vehicle on its way: the nearest vehicle (on its lanes, on a lane that has just branched off,
// beside it on the lane it is leaving or asking into), the nearest place where it has to stop, and the braking that
// lower limits ahead ask for. Read by the drivers. Distances in metres from the front bumper. Thread rule: pure reads
// of the state before the dynamics stage.
#pragma once

#include <limits>

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

inline constexpr double kFarM = 1e9;

struct Outlook {
  Row leader = kNone;
  double leader_gap_m = kFarM;  // bumper to bumper
  double leader_mps = 0;
  double stop_gap_m = kFarM;
  Wait stop = Wait::kFree;  // why it has to stop there
  double slowing_mps2 = 0;  // <= 0: braking for slower lanes ahead
};

Outlook look_ahead(const State& state, Row row, double horizon_m);

}  // namespace bitgoeul::vehicles
