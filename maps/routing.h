// Routing over the driving graph: fastest or shortest way from lane position to lane position, lane changes included.
// A Route is the list of lane rows to drive; two neighbours in it are either linked (successor) or side by side (lane
// change). A* over (lane, metres left in it for lane changes); all changes of a section happen at its beginning, each
// uses up lane_change_length_m. Equal costs go to the lower lane row, so a route is a pure function of map and request.
// A Router holds the scratch of one thread; make one per thread and reuse it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct RouteRequest {
  Row from_lane = kNone;
  double from_s = 0;
  Row to_lane = kNone;
  double to_s = 0;
  bool shortest = false;             // by length instead of travel time
  double lane_change_cost_s = 5;     // per change, so that routes prefer to keep their lane; with `shortest`: metres
  double lane_change_length_m = 30;  // a lane shorter than this cannot be changed off (per change)
  double bus_lane_cost_factor = 3;   // >= 1: bus and taxi lanes cost this much more, so that they serve turns only
};

struct Route {
  std::vector<Row> lanes;
  double length_m = 0;
  double time_s = 0;  // free flow at the limits
};

class Router {
 public:
  // Searches maps with at least that many lanes with landmarks, in milliseconds instead of tens. A map that freeze made
  // holds them from 5000 lanes on; a smaller one gets them at the first search, which takes a moment. Routes are the
  // same with and without.
  explicit Router(const Map& map, std::size_t landmarks_from_lanes = 5000);
  ~Router();
  Router(Router&&) noexcept;
  sim::Result<Route> find(const RouteRequest& request);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace bitgoeul::maps
