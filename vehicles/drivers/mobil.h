// MOBIL (Kesting, Treiber, Helbing: General lane-changing model MOBIL for car-following models, Transp. Res. Rec. 1999,
// 2007): a lane change pays when what the driver wins in acceleration outweighs what it takes from its followers, and
// is safe when the new follower need not brake hard. By choice only, by background vehicles, away from junctions; the
// gap itself is checked as for any lane change (lane_change.h). Thread rule: mobil_gain is pure; the other posts
// messages.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

struct Mobil {
  double politeness = 0.3;
  double threshold_mps2 = 0.3;
  double safe_braking_mps2 = 3.0;
};

// Accelerations now and after the change: of the driver, the follower it would get and the one it would leave.
struct MobilOutlook {
  double own_now = 0, own_then = 0;
  double new_now = 0, new_then = 0;
  double old_now = 0, old_then = 0;
};
// m/s2 above the threshold; positive: change. Negative infinity when it is not safe.
double mobil_gain(const Mobil& m, const MobilOutlook& o);

void choose_lane(State& state, Row row, std::size_t block);

}  // namespace bitgoeul::vehicles
