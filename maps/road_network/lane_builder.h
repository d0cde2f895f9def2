// lane_builder: RoadNetwork -> MapBuilder: roads with lanes, junctions with a connecting lane for each movement, signal
// heads with Korean four-phase programs, stop lines, crosswalks, kerbside bus lanes, school-zone limits, elevation from
// the terrain. The result is a synthetic HD map on real road facts, and MapBuilder::notice says so. Deterministic,
// single thread.
#pragma once

#include "maps/map_builder.h"
#include "maps/road_network/road_network.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct LaneBuilderOptions {
  double lane_width_m = 3.25;
  double local_lane_width_m = 3.0;
  bool fill_local_streets = true;
};

sim::Result<MapBuilder> build_lanes(RoadNetwork network, sim::Issues& issues, const LaneBuilderOptions& options = {});

}  // namespace bitgoeul::maps
