#include "scenarios/story/road_trace.h"

#include <algorithm>

#include "maps/lane_geometry.h"
#include "maps/road_position.h"

namespace bitgoeul::scenarios::story {

void RoadTrace::trace(maps::Row lane) {
  first_[static_cast<std::size_t>(lane)] = static_cast<std::int64_t>(at_.size());
  for (const maps::LanePoint& point : map_->lane_points(lane)) {
    const maps::RoadLanePosition there = maps::to_road_lane(*map_, lane, point.s, 0.0);
    at_.push_back({there.s, maps::lane_center_t(*map_, lane, there.s)});
  }
}

RoadTrace::At RoadTrace::at(maps::Row lane, double lane_s, double lane_t, maps::Row& hint) {
  if (first_[static_cast<std::size_t>(lane)] < 0) trace(lane);
  maps::lane_pose(*map_, lane, lane_s, 0.0, hint);
  const maps::Lane& row = map_->lanes[lane];
  const auto point = static_cast<std::size_t>(first_[static_cast<std::size_t>(lane)] + (hint - row.points.begin));
  const At &a = at_[point], &b = at_[point + 1];
  const double from = map_->points[hint].s, span = map_->points[hint + 1].s - from;
  const double u = span > 0 ? std::clamp((lane_s - from) / span, 0.0, 1.0) : 0.0;
  return {a.s + u * (b.s - a.s), a.t + u * (b.t - a.t) + lane_t * row.direction};
}

}  // namespace bitgoeul::scenarios::story
