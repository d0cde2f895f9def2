// RouteBounds: lower bounds of what is left to a destination, from landmarks at the rim of the map (Goldberg and
// Harrelson, "Computing the shortest path: A* search meets graph theory", 2005): by the triangle inequality, going from
// v to t costs at least d(L, t) - d(L, v) and d(v, L) - d(t, L). Distances are exact for free lane changes and no bus
// lane factor, so they bound every request. Big maps hold them, once per kind of cost (made by freeze, part of the
// compiled file); for others RouteSearch makes them when asked to. Reads are const.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "maps/map.h"
#include "sim/prefetch.h"

namespace bitgoeul::maps {

// Maps with at least that many lanes hold landmarks.
inline constexpr std::size_t kLandmarksFromLanes = 5000;

class RouteBounds {
 public:
  static constexpr std::size_t kLandmarks = 8;
  using Values = LandmarkCosts;  // from each landmark to the place, then from the place to each

  // Reads the map's own landmarks, or makes some when it has none. by_length: metres, else seconds.
  RouteBounds(const Map& map, bool by_length);
  // The place that far (a fraction) along the lane; may overestimate the way from it to the landmarks.
  Values at_place(Row lane, double fraction) const;
  // The lane's row will be needed soon.
  void ask(Row lane) const { sim::prefetch(table_ + lane); }
  // Of the way from the lane's beginning to that place.
  double lower_bound(Row lane, const Values& place) const;

 private:
  const Map* map_;
  bool by_length_;
  std::vector<Values> made_;
  const Values* table_;  // per lane, of its beginning
};

// The limit, or 50 km/h where the map has none.
double free_speed_mps(const Lane& lane);
// Fills map.landmark_time and map.landmark_length; called by freeze.
void build_landmarks(Map& map);

}  // namespace bitgoeul::maps
