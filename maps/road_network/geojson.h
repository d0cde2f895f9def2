// Reads a road network folder or file: roads.geojson, junctions.geojson, districts.geojson, places.geojson,
// school_zones.csv, terrain raster, as in assets/gwangju. WGS84 in, local metres out (see RoadNetwork::projection).
#pragma once

#include <filesystem>

#include "maps/road_network/road_network.h"
#include "sim/result.h"

namespace bitgoeul::maps {

sim::Result<RoadNetwork> read_road_network(const std::filesystem::path& folder, sim::Issues& issues);

}  // namespace bitgoeul::maps
