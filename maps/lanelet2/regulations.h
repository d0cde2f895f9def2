// Regulatory elements of a Lanelet2 file: lights, right of way, speed limits, stop lines, all-way stops, applied to the
// lanes and junctions made of its lanelets. Those that the simulation has no use for are counted. Called by
// lanelet2.cpp.
#pragma once

#include "maps/free_lanes.h"
#include "maps/lanelet2/lanelets.h"

namespace bitgoeul::maps::lanelet2 {

// Before roads are made: stop distances, speeds, priorities and control of junctions. rows: lanelet row -> lane row,
// -1.
void apply_rules(const Document& document, const std::vector<Lanelet>& lanelets,
                 const std::vector<std::ptrdiff_t>& rows, FreeNetwork& network, detail::Tally& tally);
// After: lights with the movements they rule and programs, signs.
void add_lights(const Document& document, const std::vector<Lanelet>& lanelets, const std::vector<std::ptrdiff_t>& rows,
                const FreeNetwork& network, MapBuilder& builder, detail::Tally& tally);

}  // namespace bitgoeul::maps::lanelet2
