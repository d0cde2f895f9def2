// Track lanes: the lanes that a logged track drives along, as a route over the driving graph, and the lane under each
// of its points. Outside junctions a point belongs to the lane nearest to it that leads its way; the lanes between two
// of those are the shortest way that links them, so that ways which cross inside a junction cannot be taken for each
// other. Made once per track by make_log_setup(). Thread rule: pure; a Router per thread.
#pragma once

#include <vector>

#include "maps/map.h"
#include "maps/routing.h"
#include "replay/tracks.h"

namespace bitgoeul::scenarios::closed_loop {

struct TrackLanes {
  std::vector<maps::Row> route;      // linked or side by side; ends where the track leaves the lanes
  std::vector<maps::Row> lane;       // per point; kNone: beside all
  std::vector<std::int32_t> cursor;  // per point: index of its lane in the route, -1: not on it
};

TrackLanes lanes_under(const maps::Map& map, maps::Router& router, const replay::LoggedTrack& track);

}  // namespace bitgoeul::scenarios::closed_loop
