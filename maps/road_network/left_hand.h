// Left-hand traffic: the lane builder knows right-hand traffic; where the left is kept, it builds the mirror image of
// the network (x -> -x), and what it built is mirrored back: reference lines as the source draws them, lanes with
// positive ids along s. Read by lane_builder and the OSM reader. Thread rule: pure.
#pragma once

#include "maps/map_builder.h"
#include "maps/road_network/road_network.h"

namespace bitgoeul::maps {

RoadNetwork mirrored(RoadNetwork network);
// Drafts as the lane builder makes them: no shapes, no superelevation, outlines as objects' only form.
MapBuilder mirrored(MapBuilder builder);
// Whether the left is kept there, by country (boxes about the larger ones; a `driving_side` tag says more).
bool keeps_left(double longitude_deg, double latitude_deg);

}  // namespace bitgoeul::maps
