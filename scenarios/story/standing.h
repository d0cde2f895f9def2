// What the world is told of an actor: where it stands, and on which driving lane everybody else has to look out for it.
// From what View shows of it. Thread rule: pure.
#pragma once

#include "scenarios/story/view.h"
#include "vehicles/placed_rows.h"

namespace bitgoeul::scenarios::story {

// On a lane when its reference point is on a driving one; s is that of its box centre, kept on the lane.
vehicles::Standing standing_of(const maps::Map& map, const Seen& seen);

}  // namespace bitgoeul::scenarios::story
