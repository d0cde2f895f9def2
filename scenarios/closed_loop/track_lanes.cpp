#include "scenarios/closed_loop/track_lanes.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "sim/math.h"
#include "vehicles/way.h"

namespace bitgoeul::scenarios::closed_loop {
namespace {

using maps::Map;
using maps::Row;

constexpr double kMovedM = 0.5;   // points nearer than this to the one before share its lane
constexpr double kBesideM = 1.0;  // off a lane's edge
constexpr double kInside = 0.35;  // of a lane's width, to have changed over to it
constexpr double kSameWayRad = sim::kPi / 3;
constexpr double kDetour = 1.5, kDetourM = 30;
constexpr double kOnRouteM = 3.0;

struct Center {
  double x = 0, y = 0, z = 0, yaw = 0;
};

Center center_of(const replay::LoggedTrack& track, const replay::TrackPoint& p) {
  double sine, cosine;
  sim::sincos(p.yaw, sine, cosine);
  return {p.x + track.center_x_m * cosine, p.y + track.center_x_m * sine, p.z, p.yaw};
}

std::optional<maps::LaneMatch> lane_at(const Map& map, const Center& at) {
  maps::LaneQuery query;
  query.max_distance_m = kBesideM;
  query.use_heading = query.use_z = true;
  query.heading = at.yaw;
  query.z = at.z;
  const auto match = maps::nearest_lane(map, at.x, at.y, query);
  if (!match) return match;
  const double heading = maps::lane_pose(map, match->lane, match->s).heading;
  if (std::fabs(sim::wrap_angle(heading - at.yaw)) > kSameWayRad) return std::nullopt;
  return match;
}

bool beside(const Map& map, Row a, Row b) { return map.lanes[a].left == b || map.lanes[a].right == b; }

class Matcher {
 public:
  Matcher(const Map& map, maps::Router& router, const replay::LoggedTrack& track)
      : map_(map), router_(router), track_(track) {}

  TrackLanes match() {
    find_route();
    walk();
    return std::move(out_);
  }

 private:
  // Joins lane after lane outside junctions; stops where the track cannot have come along lanes.
  void find_route() {
    double driven = 0;
    std::optional<Center> last;
    for (const replay::TrackPoint& point : track_.points) {
      const Center at = center_of(track_, point);
      if (last && point.begins) return;
      const double step = last ? sim::hypot(at.x - last->x, at.y - last->y) : kMovedM;
      if (step < kMovedM) continue;
      driven += step;
      last = at;
      const auto match = lane_at(map_, at);
      if (!match || map_.lanes[match->lane].junction != maps::kNone) continue;
      if (!join(*match, driven)) return;
      if (out_.route.back() == match->lane) driven = 0, last_s_ = match->s;
    }
  }

  bool join(const maps::LaneMatch& match, double driven) {
    auto& route = out_.route;
    if (route.empty() || vehicles::is_successor(map_, route.back(), match.lane)) {
      route.push_back(match.lane);
      return true;
    }
    if (route.back() == match.lane) return true;
    if (beside(map_, route.back(), match.lane)) {
      const double width = maps::lane_pose(map_, match.lane, match.s).width;
      if (std::fabs(match.t) < kInside * width) route.push_back(match.lane);
      return true;
    }
    maps::RouteRequest request;
    request.from_lane = route.back(), request.from_s = last_s_;
    request.to_lane = match.lane, request.to_s = match.s;
    request.shortest = true;
    request.lane_change_length_m = 5;
    const auto way = router_.find(request);
    if (!way || way->length_m > kDetour * driven + kDetourM) return false;
    route.insert(route.end(), way->lanes.begin() + 1, way->lanes.end());
    return true;
  }

  // Along the route: on to the next lane where this one ends, or where the next one beside it is nearer.
  void walk() {
    const auto& route = out_.route;
    std::size_t k = 0;
    Row hint = maps::kNone, next_hint = maps::kNone;
    for (const replay::TrackPoint& point : track_.points) {
      const Center at = center_of(track_, point);
      maps::LaneProjection foot;
      while (!route.empty()) {
        foot = maps::project_to_lane(map_, route[k], at.x, at.y, hint);
        if (k + 1 >= route.size()) break;
        const auto next = maps::project_to_lane(map_, route[k + 1], at.x, at.y, next_hint);
        const bool on = beside(map_, route[k], route[k + 1]) ? std::fabs(next.t) < std::fabs(foot.t)
                                                             : foot.s >= map_.lanes[route[k]].length - 1e-3;
        if (!on) break;
        ++k;
        hint = next_hint;
        next_hint = maps::kNone;
      }
      const bool is_on = !route.empty() && foot.distance < kOnRouteM;
      const auto match = is_on ? std::nullopt : lane_at(map_, at);
      out_.lane.push_back(is_on ? route[k] : match ? match->lane : maps::kNone);
      out_.cursor.push_back(is_on ? static_cast<std::int32_t>(k) : -1);
    }
  }

  const Map& map_;
  maps::Router& router_;
  const replay::LoggedTrack& track_;
  TrackLanes out_;
  double last_s_ = 0;
};

}  // namespace

TrackLanes lanes_under(const maps::Map& map, maps::Router& router, const replay::LoggedTrack& track) {
  return Matcher(map, router, track).match();
}

}  // namespace bitgoeul::scenarios::closed_loop
