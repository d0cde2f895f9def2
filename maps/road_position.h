// OpenDRIVE coordinates <-> world: (road, s, t, h) on the exact reference line, (road, lane id, s, offset) on the lane.
// Evaluates the norm's geometry in closed form (not the sampled centre lines): spirals by series/quadrature to 1e-9 m.
// Thread rule: pure reads of the const Map.
#pragma once

#include <optional>
#include <string_view>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct RoadPosition {
  Row road = kNone;
  double s = 0, t = 0, h = 0;
};
struct RoadLanePosition {
  Row road = kNone;
  std::int32_t lane_id = 0;  // OpenDRIVE lane id
  double s = 0;              // road s
  double offset = 0;         // from the lane centre, t direction
};
struct WorldPose {
  double x = 0, y = 0, z = 0, heading = 0, pitch = 0, roll = 0;
};

std::optional<Row> find_road(const Map& map, std::string_view id);
// Lane row at road s with that OpenDRIVE id; kNone when there is none.
Row lane_at(const Map& map, Row road, double s, std::int32_t lane_id);

// Heading along growing s.
WorldPose to_world(const Map& map, const RoadPosition& position);
// Error when the road has no such lane at s. Heading is the lane's driving direction.
sim::Result<WorldPose> to_world(const Map& map, const RoadLanePosition& position);
// t of the lane centre / of its left and right edge (in t: left > right) at road s.
double lane_center_t(const Map& map, Row lane, double road_s);
void lane_edges_t(const Map& map, Row lane, double road_s, double& left_t, double& right_t);

// Foot of the point on the road's reference line; nothing when farther than max_distance.
std::optional<RoadPosition> to_road(const Map& map, Row road, double x, double y, double max_distance_m = 50.0);
// Road position of a driving-graph position (lane row, lane s, t left positive) and back.
RoadLanePosition to_road_lane(const Map& map, Row lane, double lane_s, double t);
struct LaneS {
  Row lane = kNone;
  double s = 0, t = 0;
};
sim::Result<LaneS> to_lane(const Map& map, const RoadLanePosition& position);

}  // namespace bitgoeul::maps
