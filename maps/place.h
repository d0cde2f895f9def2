// Place: one point of the map in every way of naming it: on the lane (row, s, t), on the road (OpenDRIVE s, t and lane
// id), in the world, with what a driver meets there. And the rules of a lane at a time of day. Answers queries of
// tools and tests; the step reads lane_geometry. Units: metres, radians. Thread rule: pure reads of the const Map.
#pragma once

#include <optional>

#include "maps/lane_index.h"
#include "maps/map.h"
#include "maps/road_position.h"

namespace bitgoeul::maps {

struct Place {
  LaneS lane;                  // s along the centre line in driving direction, t left of it
  RoadLanePosition road_lane;  // s of the road, offset from the lane's centre along t
  RoadPosition road;           // s, t of the road
  WorldPose world;             // exact; heading, pitch and roll along the driving direction
  double curvature = 0;        // 1/m of the lane's centre, left positive
  double width = 0;
};

// Of the lane nearest to the point; nothing when none lies within the query's distance.
std::optional<Place> place_near(const Map& map, double x, double y, const LaneQuery& query = {});
// s is clamped to the lane.
Place place_on_lane(const Map& map, Row lane, double s, double t = 0);

struct LaneRules {
  double speed_limit_mps = 0;  // 0: the map says nothing
  bool buses_only = false;
};
// weekday: 0 = Monday; minute: of the day, 0 to 1439. Of several rules for that time the last one counts.
LaneRules lane_rules(const Map& map, Row lane, int weekday, int minute);

}  // namespace bitgoeul::maps
