#include "maps/place.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"

namespace bitgoeul::maps {

Place place_on_lane(const Map& map, Row lane, double s, double t) {
  Place place;
  place.lane = {lane, std::clamp(s, 0.0, map.lanes[lane].length), t};
  place.road_lane = to_road_lane(map, lane, place.lane.s, t);
  place.road = {place.road_lane.road, place.road_lane.s,
                lane_center_t(map, lane, place.road_lane.s) + place.road_lane.offset, 0};
  if (const auto pose = to_world(map, place.road_lane)) place.world = *pose;
  const LanePose on_centre = lane_pose(map, lane, place.lane.s);
  place.curvature = on_centre.curvature;
  place.width = on_centre.width;
  return place;
}

// The index knows the sampled centre line; a few steps along the exact one find the foot of the point.
std::optional<Place> place_near(const Map& map, double x, double y, const LaneQuery& query) {
  const auto match = nearest_lane(map, x, y, query);
  if (!match) return std::nullopt;
  Place place = place_on_lane(map, match->lane, match->s, match->t);
  for (int i = 0; i < 8; ++i) {
    double sine, cosine;
    sim::sincos(place.world.heading, sine, cosine);
    const double dx = x - place.world.x, dy = y - place.world.y;
    const double ahead = dx * cosine + dy * sine, aside = dy * cosine - dx * sine;
    if (std::abs(ahead) + std::abs(aside) < 1e-6) break;
    const double stretch = std::clamp(1.0 - place.curvature * place.lane.t, 0.2, 5.0);
    place = place_on_lane(map, match->lane, place.lane.s + ahead / stretch, place.lane.t + aside);
  }
  return place;
}

LaneRules lane_rules(const Map& map, Row row, int weekday, int minute) {
  const Lane& lane = map.lanes[row];
  LaneRules rules{lane.speed_limit_mps, lane.type == LaneType::kBus};
  for (const TimedLimit& limit : Map::rows(map.timed_limits, lane.limits)) {
    if (minute < limit.from_minute || minute >= limit.to_minute || !(limit.weekdays >> weekday & 1u)) continue;
    if (limit.speed_limit_mps > 0) rules.speed_limit_mps = limit.speed_limit_mps;
    if (limit.bus_only != 0) rules.buses_only = true;
  }
  return rules;
}

}  // namespace bitgoeul::maps
