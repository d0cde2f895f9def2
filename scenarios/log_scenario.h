// A log as an OpenSCENARIO story: everything that it has seen is an entity that follows its track, as a polyline with
// times, from when it came to when it went. Made by `log convert --to xosc`; whoever runs the file sees the tracks
// again to 5 cm (points that lie within 1 cm and 0.005 rad of the straight way between their neighbours are left out).
// Thread rule: pure.
#pragma once

#include <string>

#include "replay/tracks.h"
#include "scenarios/openscenario/model.h"

namespace bitgoeul::scenarios {

// Time 0 is the first moment of the tracks. `map`: RoadNetwork/LogicFile, empty: no roads.
openscenario::Scenario scenario_of(const replay::Description& log, const replay::Tracks& tracks,
                                   const std::string& map);

}  // namespace bitgoeul::scenarios
