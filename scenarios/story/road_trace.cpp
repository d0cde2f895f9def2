#include "scenarios/story/road_trace.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_curve.h"
#include "maps/lane_geometry.h"
#include "maps/road_position.h"

namespace bitgoeul::scenarios::story {

// From point to point, so that a lane of many kilometres costs no more per point than a short one: the road s at which
// the centre line is as much longer as the points say, by Newton's iteration.
void RoadTrace::trace(maps::Row lane) {
  first_[static_cast<std::size_t>(lane)] = static_cast<std::int64_t>(at_.size());
  const maps::LaneCurve curve(*map_, lane);
  const maps::Lane& row = map_->lanes[lane];
  const double dir = row.direction;
  double s = dir > 0 ? row.s_begin : row.s_end, lane_s = 0;
  for (const maps::LanePoint& point : map_->lane_points(lane)) {
    const double wanted = point.s - lane_s, from = s;
    for (int i = 0; i < 30; ++i) {
      const double old = s;
      s -= dir * (dir * curve.length(from, s) - wanted) / curve.at(s).rate;
      s = std::clamp(s, row.s_begin, row.s_end);
      if (std::fabs(s - old) < 1e-11) break;
    }
    lane_s = point.s;
    at_.push_back({s, maps::lane_center_t(*map_, lane, s)});
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
