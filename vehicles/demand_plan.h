// DemandPlan: what a demand asks for, as a setup holds it; TripSums: what has become of it. Made by
// scenarios/traffic_demand.h, tests and scenes; read by Demand. Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace bitgoeul::vehicles {

struct DemandPlace {
  std::string name, district;
  double x = 0, y = 0;         // m, map frame
  double homes = 0, jobs = 0;  // how many trips begin or end there, beside those of other places
};
struct DemandPlan {
  std::vector<DemandPlace> places;
  double outside = 0;                   // share of the ends of trips that lie beyond the map's edge
  double radius_m = 1000;               // about a place, where its trips begin and end
  double trips_per_day = 0;             // 0: the number of vehicles is held instead
  std::array<double, 24> hours{};       // shares of the day's trips that begin in each hour; their sum is 1
  std::array<double, 24> from_homes{};  // of an hour's trips, those from homes to jobs; the others go the other way
};

// underway + begun = arrived + strayed + vehicles in the world.
struct TripSums {
  std::int64_t underway = 0;  // at the beginning of the run
  std::int64_t begun = 0, arrived = 0;
  std::int64_t strayed = 0;  // left the world elsewhere
  std::int64_t waiting = 0;  // their vehicles have found no room yet
};

}  // namespace bitgoeul::vehicles
