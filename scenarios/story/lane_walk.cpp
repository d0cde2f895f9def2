#include "scenarios/story/lane_walk.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "maps/road_position.h"

namespace bitgoeul::scenarios::story {
namespace {

using maps::kNone;
using maps::Map;

constexpr int kMaxLanes = 100000;  // of one walk: no map makes it run for ever

const maps::LanePoint& end_point(const Map& map, Row lane, int dir) {
  const auto points = map.lane_points(lane);
  return dir > 0 ? points.back() : points.front();
}

// How much one has turned at the far end of `next`.
double turn_over(const Map& map, Row lane, Row next, int dir) {
  return std::abs(sim::wrap_angle(end_point(map, next, dir).heading - end_point(map, lane, dir).heading));
}

// 0: on the route, 1: beside it, 2: neither.
int off_route(const Map& map, Row lane, std::span<const Row> route) {
  if (route.empty()) return 2;
  int rank = 2;
  for (const Row on : route) {
    if (on == lane) return 0;
    if (map.lanes[on].section == map.lanes[lane].section) rank = 1;
  }
  return rank;
}

LaneSpot at_begin(const Map& map, Row lane, const LaneSpot& from) {
  return {lane, from.dir > 0 ? 0.0 : map.lanes[lane].length, from.t, from.dir};
}

// Lanes that nobody drives on have no links: the lane whose centre line goes on where this one ends.
std::optional<LaneSpot> touching_lane(const Map& map, const LaneSpot& at) {
  const maps::LanePoint& end = end_point(map, at.lane, at.dir);
  const double heading = at.dir > 0 ? end.heading : end.heading + sim::kPi;
  double sine, cosine;
  sim::sincos(heading, sine, cosine);
  maps::LaneQuery query;
  query.max_distance_m = 0.5;
  query.drivable_only = maps::drivable(map.lanes[at.lane].type);
  query.use_z = true;
  query.z = end.z;
  const auto match = maps::nearest_lane(map, end.x + 0.3 * cosine, end.y + 0.3 * sine, query);
  if (!match || map.lanes[match->lane].section == map.lanes[at.lane].section || std::abs(match->t) > 1.5) return {};
  const double ahead = sim::wrap_angle(maps::lane_pose(map, match->lane, match->s).heading - heading);
  LaneSpot next = at;
  next.lane = match->lane;
  next.dir = std::abs(ahead) <= 0.5 * sim::kPi ? 1 : -1;
  if (next.dir != at.dir) next.t = -next.t;
  next.s = next.dir > 0 ? 0.0 : map.lanes[next.lane].length;
  return next;
}

// Metres of centre line per metre driven at t.
double stretch(const Map& map, const LaneSpot& at) {
  if (at.t == 0.0) return 1.0;
  const double rest = 1.0 - at.t * maps::lane_pose(map, at.lane, at.s).curvature;
  return 1.0 / std::max(rest, 0.1);
}

}  // namespace

std::optional<LaneSpot> lane_after(const Map& map, const LaneSpot& at, std::span<const Row> route) {
  const auto links = at.dir > 0 ? map.successors(at.lane) : map.predecessors(at.lane);
  Row best = kNone;
  int best_rank = 3;
  double best_turn = 0;
  for (const Row next : links) {
    const int rank = off_route(map, next, route);
    const double turn = turn_over(map, at.lane, next, at.dir);
    if (best != kNone && (rank > best_rank || (rank == best_rank && turn >= best_turn - 1e-9))) continue;
    best = next, best_rank = rank, best_turn = turn;
  }
  if (best != kNone) return at_begin(map, best, at);
  return touching_lane(map, at);
}

double walk(const Map& map, LaneSpot& at, double metres, std::span<const Row> route) {
  const bool back = metres < 0;
  if (back) at.dir = static_cast<std::int8_t>(-at.dir);
  double left = std::abs(metres);
  for (int i = 0; i < kMaxLanes && left > 0; ++i) {
    const double length = map.lanes[at.lane].length, scale = stretch(map, at);
    const double room = (at.dir > 0 ? length - at.s : at.s) / scale;
    if (left <= room) {
      at.s = std::clamp(at.s + at.dir * left * scale, 0.0, length);
      left = 0;
      break;
    }
    left -= std::max(room, 0.0);
    at.s = at.dir > 0 ? length : 0.0;
    const auto next = lane_after(map, at, route);
    if (!next) break;
    at = *next;
  }
  if (back) at.dir = static_cast<std::int8_t>(-at.dir);
  return left;
}

double walk_road_s(const Map& map, LaneSpot& at, double metres, std::span<const Row> route) {
  const bool back = metres < 0;
  if (back) at.dir = static_cast<std::int8_t>(-at.dir);
  double left = std::abs(metres);
  for (int i = 0; i < kMaxLanes; ++i) {
    const maps::Lane& lane = map.lanes[at.lane];
    const bool grows = at.dir * lane.direction > 0;
    maps::RoadLanePosition here = maps::to_road_lane(map, at.lane, at.s, at.t);
    const double room = grows ? lane.s_end - here.s : here.s - lane.s_begin;
    if (left <= room) {
      here.s += grows ? left : -left;
      const maps::RoadLanePosition inside{here.road, here.lane_id, std::clamp(here.s, lane.s_begin, lane.s_end - 1e-9),
                                          here.offset};
      if (const auto there = maps::to_lane(map, inside); there && there->lane == at.lane) at.s = there->s;
      left = 0;
      break;
    }
    left -= std::max(room, 0.0);
    at.s = at.dir > 0 ? lane.length : 0.0;
    const auto next = lane_after(map, at, route);
    if (!next) break;
    at = *next;
  }
  if (back) at.dir = static_cast<std::int8_t>(-at.dir);
  return left;
}

Row lane_in_section(const Map& map, Row lane, std::int32_t odr_id) {
  const maps::Range lanes = map.sections[map.lanes[lane].section].lanes;
  for (Row row = lanes.begin; row < lanes.end; ++row)
    if (map.lanes[row].odr_id == odr_id) return row;
  return kNone;
}

Row lane_beside(const Map& map, Row lane, std::int32_t steps) {
  const std::int32_t from = map.lanes[lane].odr_id;
  std::int32_t id = from + steps;
  if ((from < 0) != (id < 0) || id == 0) id += steps > 0 ? 1 : -1;
  return steps == 0 ? lane : lane_in_section(map, lane, id);
}

LaneSpot seen_from(const Map& map, const LaneSpot& at, Row lane) {
  if (lane == at.lane) return at;
  const maps::RoadLanePosition here = maps::to_road_lane(map, at.lane, at.s, at.t);
  const maps::Lane& target = map.lanes[lane];
  const double s = std::clamp(here.s, target.s_begin, target.s_end - 1e-9);
  const double road_t = maps::lane_center_t(map, at.lane, s) + here.offset;
  LaneSpot out{lane, 0, 0, at.dir};
  const double offset = road_t - maps::lane_center_t(map, lane, s);
  if (const auto there = maps::to_lane(map, {here.road, target.odr_id, s, offset})) {
    out.s = there->s;
    out.t = there->t;
  }
  if (target.direction != map.lanes[at.lane].direction) out.dir = static_cast<std::int8_t>(-at.dir);
  return out;
}

namespace {

// s on a lane of the same section abreast of a place; cheaper than seen_from().
double s_abreast(const Map& map, const LaneSpot& of, Row lane) {
  if (of.lane == lane) return of.s;
  const maps::LanePose pose = maps::lane_pose(map, of.lane, of.s, of.t);
  Row hint = kNone;
  return maps::project_to_lane(map, lane, pose.x, pose.y, hint).s;
}

// Only forward.
std::optional<double> ahead_to(const Map& map, LaneSpot at, const LaneSpot& to, double limit_m,
                               std::span<const Row> route) {
  const Row section = map.lanes[to.lane].section;
  double gone = 0;
  for (int i = 0; i < kMaxLanes && gone <= limit_m; ++i) {
    if (map.lanes[at.lane].section == section) {
      const double there = s_abreast(map, to, at.lane);
      const double ahead = at.dir * (there - at.s);
      if (ahead >= -1e-9) return gone + std::max(ahead, 0.0);
    }
    gone += at.dir > 0 ? map.lanes[at.lane].length - at.s : at.s;
    at.s = at.dir > 0 ? map.lanes[at.lane].length : 0.0;
    const auto next = lane_after(map, at, route);
    if (!next) return {};
    at = *next;
  }
  return {};
}

}  // namespace

std::optional<double> way_to(const Map& map, const LaneSpot& from, const LaneSpot& to, double limit_m,
                             std::span<const Row> route) {
  if (map.lanes[from.lane].section == map.lanes[to.lane].section)
    return from.dir * (s_abreast(map, to, from.lane) - from.s);
  const auto ahead = ahead_to(map, from, to, limit_m, route);
  LaneSpot turned = from;
  turned.dir = static_cast<std::int8_t>(-from.dir);
  const auto behind = ahead_to(map, turned, to, ahead ? *ahead : limit_m, route);
  if (ahead && (!behind || *ahead <= *behind)) return ahead;
  if (behind) return -*behind;
  return {};
}

}  // namespace bitgoeul::scenarios::story
