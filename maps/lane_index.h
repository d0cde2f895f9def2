// Spatial index: which lanes lie near a point. A uniform grid of 32 m cells over lane centre-line segments, stored in
// the Map (cells ascending by (cy, cx); of each the segments of drivable lanes, then the others), so it is part of the
// compiled file. Each segment's box stands beside it in the index: a query walks through one short stretch of memory
// and looks up the points of the few segments whose box it touches. Ties go to the lower lane row. Thread rule: pure
// reads of the const Map.
#pragma once

#include <optional>
#include <vector>

#include "maps/lane_geometry.h"
#include "maps/map.h"

namespace bitgoeul::maps {

inline constexpr double kIndexCellM = 32.0;

struct LaneMatch {
  Row lane = kNone;
  double s = 0, t = 0, distance = 0;
};

struct LaneQuery {
  double max_distance_m = 10.0;
  bool drivable_only = true;
  bool use_heading = false;  // prefer lanes whose direction is within 90 degrees of heading
  double heading = 0;
  bool use_z = false;  // prefer the level nearest in height (bridges)
  double z = 0;
};

// Nearest lane by distance to its area (0 inside the lane), then by |t|, then by row.
std::optional<LaneMatch> nearest_lane(const Map& map, double x, double y, const LaneQuery& query = {});
// All lanes with a segment within radius, ascending rows, each once, with their projections.
void lanes_near(const Map& map, double x, double y, double radius_m, std::vector<LaneMatch>& out);

// Fills map.cells and map.cell_segments; called by freeze.
void build_lane_index(Map& map);

}  // namespace bitgoeul::maps
