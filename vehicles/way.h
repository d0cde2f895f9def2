// The way of a vehicle: filling it from its route or, without one, by drawn turns; shifting it when a lane is left
// behind. Positions along it are metres from the vehicle's centre, negative behind. Thread rule: extend, shift and
// redraw only in serial stages; reads anywhere.
#pragma once

#include "maps/lane_geometry.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

bool is_successor(const maps::Map& map, Row lane, Row next);
// The lane that the vehicle has to change to on way[kBack] before it can go on; kNone when its route goes straight on.
Row wanted_lane(const State& state, Row row);
// The same of the route alone, whatever else is asked of the driver (Wish).
Row route_lane(const State& state, Row row);
// How many lane changes in a row the route asks for on the lane where the way ends.
int changes_at_way_end(const State& state, Row row);

// anywhere: the first turn that is drawn is one of all, whatever the vehicle's trip says.
void extend_way(State& state, Row row, bool anywhere = false);
void shift_way(State& state, Row row);
// Forgets what lies after way[keep] and draws or reads it again.
void redraw_way(State& state, Row row, int keep, bool anywhere = false);
// Puts the vehicle on another lane (start, lane change): what lies ahead is filled anew, what lies behind is kept.
void enter_lane(State& state, Row row, Row lane);

// Where lane way[index] starts, from the vehicle's centre.
double start_of(const State& state, Row row, int index);
// Lane, s on it and index in the way `ahead_m` along the way from the centre (negative: behind).
struct WayPlace {
  Row lane = kNone;
  double s = 0;
  int index = kBack;
};
WayPlace way_place(const State& state, Row row, double ahead_m);
// Pose `ahead_m` along the way from the centre (negative: behind), clamped to the lanes it knows.
maps::LanePose way_pose(const State& state, Row row, double ahead_m, Row& hint);

}  // namespace bitgoeul::vehicles
