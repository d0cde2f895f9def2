// Urban infill: square tiles of built-up land that no given area covers, recognised by the density of the skeleton's
// junctions, so that the city is whole. Assumed, as the map's notice says. Read by local_streets. Local metres.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

std::vector<UrbanArea> urban_infill(const StreetGraph& skeleton);

}  // namespace bitgoeul::maps
