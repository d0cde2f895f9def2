// RouteBounds: lower bounds of what is left to a destination, from landmarks at the rim of the map (Goldberg and
// Harrelson, "Computing the shortest path: A* search meets graph theory", 2005): by the triangle inequality, going from
// v to t costs at least d(L, t) - d(L, v) and d(v, L) - d(t, L). Distances are exact for free lane changes and no bus
// lane factor, so they bound every request. Made by RouteSearch for big maps, once per kind of cost; about 64 bytes per
// lane. Reads are const.
#pragma once

#include <array>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps {

class RouteBounds {
 public:
  static constexpr std::size_t kLandmarks = 8;
  using Values = std::array<float, 2 * kLandmarks>;  // from each landmark to the place, then from the place to each

  // cost: of driving each lane from end to end; nobody enters a lane that is not drivable.
  RouteBounds(const Map& map, const std::vector<double>& cost);
  // The place that far (a fraction) along the lane; may overestimate the way from it to the landmarks.
  Values at_place(Row lane, double fraction) const;
  // Of the way from the lane's beginning to that place.
  double lower_bound(Row lane, const Values& place) const;

 private:
  const Map* map_;
  std::vector<double> cost_;
  std::vector<Values> table_;  // per lane, of its beginning
};

}  // namespace bitgoeul::maps
