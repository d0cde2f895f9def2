// Crossings: where people walk over the road: the crosswalks of the map, from kerb to kerb, with the lanes that each
// one crosses and the lights whose green would send vehicles over it; and, if wanted, places beside them where people
// cross without any right. Made once from the Map; drivers find what crosses a lane through LaneRule::crossed. Metres,
// map frame. Thread rule: const after making.
#pragma once

#include <array>
#include <vector>

#include "vehicles/road_rules.h"

namespace bitgoeul::vehicles {

// A lane under a crosswalk.
struct Crossed {
  Row crossing = kNone, lane = kNone;
  double s_begin = 0, s_end = 0;  // of the crosswalk, on the lane
  double near_m = 0, far_m = 0;   // of the lane, from the crossing's `from`
};

struct Crossing {
  Row object = kNone;                                  // of Map::objects; kNone: beside the crosswalks
  std::array<double, 3> from = {}, to = {};            // x, y, z: the ends of its middle line, at the kerbs
  double length_m = 0, half_width_m = 0, heading = 0;  // heading: of from -> to
  maps::Range crossed;                                 // of Crossings::by_crossing, ascending by near_m
  maps::Range groups;                                  // of Crossings::groups; empty: no light rules it
};

bool has_crosswalks(const maps::Map& map);

struct Crossings {
  std::vector<Crossing> all;     // crosswalks first
  std::size_t crosswalks = 0;    // of `all`
  std::vector<Crossed> crossed;  // ascending by lane, then s_begin
  std::vector<Row> by_crossing;  // rows of `crossed`
  // Signal groups that let vehicles over a crossing, but for turns into its road that have to yield.
  std::vector<Row> groups;

  Crossings() = default;
  // `beside`: also places away from crosswalks and junctions, every 60 m of two-way or one-way streets of up to four
  // lanes without a median and with a limit of up to 50 km/h, where people cross against the rules.
  explicit Crossings(const maps::Map& map, bool beside = false);
  // Tells the lanes what crosses them.
  void mark(RoadRules& rules) const;

 private:
  void add_crosswalks(const maps::Map& map);
  void add_beside(const maps::Map& map);
  void index();
};

}  // namespace bitgoeul::vehicles
