#include "scenarios/story/measures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/road_position.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;
using maps::Map;
using System = osc::CoordinateSystem;
using Direction = osc::RelativeDistanceType;

constexpr int kMaxLanes = 10'000;
constexpr double kAbreastM = 1e-6;  // no farther behind is beside: two who drive alike stay so, whatever is rounded

struct Axis {
  double x = 1, y = 0;
};
Axis axis_of(double yaw) {
  Axis axis;
  sim::sincos(yaw, axis.y, axis.x);
  return axis;
}
Axis left_of(const Axis& a) { return {-a.y, a.x}; }

struct Interval {
  double lo = 0, hi = 0;
};
// The box, from its reference point, along an axis of the map frame.
Interval extent(const Thing& thing, const Axis& axis) {
  const Axis body = axis_of(thing.yaw);
  const double along = body.x * axis.x + body.y * axis.y;
  const double across = std::abs(body.x * axis.y - body.y * axis.x) * thing.half_width;
  const double a = thing.rear * along, b = thing.front * along;
  return {std::min(a, b) - across, std::max(a, b) + across};
}
double speed_along(const Thing& thing, const Axis& axis) { return thing.vx * axis.x + thing.vy * axis.y; }

// One direction: how far the reference points are apart, and what each body takes of it.
Distance between(double apart, Interval from, Interval to, double closing_ahead, bool freespace) {
  if (!freespace) from = to = {};
  Distance out;
  out.ahead = apart >= -kAbreastM;
  const double gap = out.ahead ? apart + to.lo - from.hi : from.lo - apart - to.hi;
  out.value = std::max(gap, 0.0);
  out.closing = out.ahead ? closing_ahead : -closing_ahead;
  return out;
}

Distance along_axis(const Thing& from, const Thing& to, const Axis& axis, bool freespace) {
  const double apart = (to.x - from.x) * axis.x + (to.y - from.y) * axis.y;
  return between(apart, extent(from, axis), extent(to, axis), speed_along(from, axis) - speed_along(to, axis),
                 freespace);
}

LaneSpot spot_at(const Map& map, Row lane, double s, double t, double yaw) {
  const double heading = maps::lane_pose(map, lane, s).heading;
  const bool against = std::abs(sim::wrap_angle(yaw - heading)) > 0.5 * sim::kPi;
  return {lane, s, t, static_cast<std::int8_t>(against ? -1 : 1)};
}

// The lane that a road position lies on, of any type.
LaneSpot spot_on_road(const Map& map, const Thing& thing, std::int32_t lane_id) {
  if (thing.road == kNone || lane_id == 0) return {};
  const Row lane = maps::lane_at(map, thing.road, thing.road_s, lane_id);
  if (lane == kNone) return {};
  const double offset = thing.road_t - maps::lane_center_t(map, lane, thing.road_s);
  const auto at = maps::to_lane(map, {thing.road, lane_id, thing.road_s, offset});
  return at ? spot_at(map, at->lane, at->s, at->t, thing.yaw) : LaneSpot{};
}

template <class Source>
void take_place(const View& view, const Source& source, Thing& thing) {
  thing.x = source.x, thing.y = source.y, thing.z = source.z, thing.yaw = source.yaw;
  thing.road = source.road, thing.road_s = source.road_s, thing.road_t = source.road_t;
  if (view.map == nullptr) return;
  if (source.lane != kNone)
    thing.spot = spot_at(*view.map, source.lane, source.lane_s, source.lane_t, source.yaw);
  else
    thing.spot = spot_on_road(*view.map, thing, source.lane_id);
}

// The way along the roads from one cross-section to another.
struct Way {
  double metres = 0;  // negative: behind
  LaneSpot arrival;   // abreast of the other, looking as the way does
};

double road_room(const Map& map, const LaneSpot& at) {
  const maps::Lane& lane = map.lanes[at.lane];
  const double s = maps::to_road_lane(map, at.lane, at.s, at.t).s;
  return at.dir * lane.direction > 0 ? lane.s_end - s : s - lane.s_begin;
}

// Metres between two places of one lane, as `dir` looks: along its centre line, or along the road.
double within_lane(const Map& map, const LaneSpot& from, double to_s, bool road) {
  if (!road) return from.dir * (to_s - from.s);
  const double a = maps::to_road_lane(map, from.lane, from.s, 0).s;
  const double b = maps::to_road_lane(map, from.lane, to_s, 0).s;
  return from.dir * map.lanes[from.lane].direction * (b - a);
}

std::optional<Way> way_ahead(const Map& map, LaneSpot at, const LaneSpot& to, bool road, std::span<const Row> route) {
  const Row section = map.lanes[to.lane].section;
  double gone = 0;
  for (int i = 0; i < kMaxLanes && gone <= kFarM; ++i) {
    if (map.lanes[at.lane].section == section) {
      const double there = seen_from(map, to, at.lane).s, on = within_lane(map, at, there, road);
      if (on >= -1e-9) {
        at.s = there;
        return Way{gone + std::max(on, 0.0), at};
      }
    }
    gone += road ? road_room(map, at) : at.dir > 0 ? map.lanes[at.lane].length - at.s : at.s;
    at.s = at.dir > 0 ? map.lanes[at.lane].length : 0.0;
    const auto next = lane_after(map, at, route);
    if (!next) return {};
    at = *next;
  }
  return {};
}

LaneSpot turned(LaneSpot spot) {
  spot.dir = static_cast<std::int8_t>(-spot.dir);
  return spot;
}

std::optional<Way> nearer_way(const Map& map, const LaneSpot& from, const LaneSpot& to, bool road,
                              std::span<const Row> route) {
  auto ahead = way_ahead(map, from, to, road, route);
  auto behind = way_ahead(map, turned(from), to, road, route);
  if (behind) behind->metres = -behind->metres, behind->arrival = turned(behind->arrival);
  if (!behind || (ahead && ahead->metres <= -behind->metres)) return ahead;
  return behind;
}

Place place_of_spot(const Thing& thing) {
  Place place;
  place.x = thing.x, place.y = thing.y, place.z = thing.z, place.yaw = thing.yaw;
  place.lane = thing.spot.lane, place.lane_s = thing.spot.s, place.lane_t = thing.spot.t;
  return place;
}

// Along the lanes that a search finds, in their driving direction.
std::optional<Way> searched_way(const View& view, const Thing& from, const Thing& to, bool road, bool shortest) {
  const std::array places{place_of_spot(from), place_of_spot(to)};
  const std::array back{places[1], places[0]};
  std::optional<Way> best;
  if (const auto found = route_through(*view.map, places, shortest, false))
    best = way_ahead(*view.map, from.spot, to.spot, road, found->lanes);
  if (const auto found = route_through(*view.map, back, shortest, false)) {
    auto behind = way_ahead(*view.map, to.spot, from.spot, road, found->lanes);
    if (behind && (!best || behind->metres < best->metres)) {
      LaneSpot arrival = to.spot;
      arrival.t = 0;
      best = Way{-behind->metres, arrival};
    }
  }
  return best;
}

std::optional<Way> way_between(const View& view, const Thing& from, const Thing& to, bool road,
                               osc::RoutingAlgorithm routing, std::span<const Row> route) {
  const Map& map = *view.map;
  if (from.spot.lane == kNone || to.spot.lane == kNone) return {};
  if (map.lanes[from.spot.lane].section == map.lanes[to.spot.lane].section) {
    Way way{0, from.spot};
    way.arrival.s = seen_from(map, to.spot, from.spot.lane).s;
    way.metres = within_lane(map, from.spot, way.arrival.s, road);
    return way;
  }
  using Routing = osc::RoutingAlgorithm;
  if (routing == Routing::kUndefined || routing == Routing::kAssignedRoute)
    if (const auto way = nearer_way(map, from.spot, to.spot, road, route)) return way;
  if (routing == Routing::kAssignedRoute) return {};
  return searched_way(view, from, to, road, routing != Routing::kFastest);
}

// Heading of the way at a place, the way `dir` looks.
double heading_of(const Map& map, const LaneSpot& at) {
  return maps::lane_pose(map, at.lane, at.s).heading + (at.dir > 0 ? 0.0 : sim::kPi);
}

std::optional<Distance> along_road(const View& view, const Thing& from, const Thing& to, const osc::Measure& measure,
                                   std::span<const Row> route) {
  if (view.map == nullptr) return {};
  const Map& map = *view.map;
  const bool road = measure.coordinate_system == System::kRoad;
  const auto way = way_between(view, from, to, road, measure.routing_algorithm, route);
  if (!way) return {};
  const Axis here = axis_of(heading_of(map, from.spot)), there = axis_of(heading_of(map, way->arrival));
  if (measure.distance_type == Direction::kLongitudinal)
    return between(way->metres, extent(from, here), extent(to, there), speed_along(from, here) - speed_along(to, there),
                   measure.freespace);
  const Axis left_here = left_of(here), left_there = left_of(there);
  const double own_t = from.spot.dir * from.spot.t;
  const LaneSpot other = seen_from(map, to.spot, way->arrival.lane);
  double apart = way->arrival.dir * other.t - own_t;
  if (road && from.road != kNone && from.road == to.road)
    apart = from.spot.dir * map.lanes[from.spot.lane].direction * (to.road_t - from.road_t);
  return between(apart, extent(from, left_here), extent(to, left_there),
                 speed_along(from, left_here) - speed_along(to, left_there), measure.freespace);
}

std::optional<Distance> along_path(const Thing& from, const Thing& to, const osc::Measure& measure, const Path* path) {
  if (path == nullptr || path->nodes.empty()) return {};
  const double s0 = path->nearest(from.x, from.y), s1 = path->nearest(to.x, to.y);
  const PathPose a = path->at(s0), b = path->at(s1);
  Axis here = axis_of(a.yaw), there = axis_of(b.yaw);
  double apart = s1 - s0;
  if (measure.distance_type == Direction::kLateral) {
    here = left_of(here), there = left_of(there);
    apart = (to.x - b.x) * there.x + (to.y - b.y) * there.y - (from.x - a.x) * here.x - (from.y - a.y) * here.y;
  }
  return between(apart, extent(from, here), extent(to, there), speed_along(from, here) - speed_along(to, there),
                 measure.freespace);
}

Distance euclidian(const Thing& from, const Thing& to, bool freespace) {
  Distance out;
  BoxGap gap;
  if (freespace) {
    gap = box_gap(from, to);
  } else {
    gap.gap = sim::hypot(to.x - from.x, to.y - from.y);
    if (gap.gap > 0) gap.nx = (to.x - from.x) / gap.gap, gap.ny = (to.y - from.y) / gap.gap;
  }
  out.value = gap.gap;
  out.closing = (from.vx - to.vx) * gap.nx + (from.vy - to.vy) * gap.ny;
  const Axis nose = axis_of(from.yaw);
  out.ahead = (to.x - from.x) * nose.x + (to.y - from.y) * nose.y >= -kAbreastM;
  return out;
}

std::array<Axis, 4> corners(const Thing& thing) {
  const Axis nose = axis_of(thing.yaw);
  std::array<Axis, 4> out;
  const double along[] = {thing.rear, thing.front, thing.front, thing.rear};
  const double left[] = {-thing.half_width, -thing.half_width, thing.half_width, thing.half_width};
  for (std::size_t i = 0; i < 4; ++i)
    out[i] = {thing.x + along[i] * nose.x - left[i] * nose.y, thing.y + along[i] * nose.y + left[i] * nose.x};
  return out;
}

bool overlap_along(const Thing& a, const Thing& b, const Axis& axis) {
  const double apart = (b.x - a.x) * axis.x + (b.y - a.y) * axis.y;
  const Interval ea = extent(a, axis), eb = extent(b, axis);
  return apart + eb.lo <= ea.hi && ea.lo <= apart + eb.hi;
}

bool boxes_overlap(const Thing& a, const Thing& b) {
  const Axis na = axis_of(a.yaw), nb = axis_of(b.yaw);
  return overlap_along(a, b, na) && overlap_along(a, b, left_of(na)) && overlap_along(a, b, nb) &&
         overlap_along(a, b, left_of(nb));
}

// The nearest point of a box to a point.
Axis nearest_of(const Thing& box, const Axis& point) {
  const Axis nose = axis_of(box.yaw);
  const double dx = point.x - box.x, dy = point.y - box.y;
  const double along = std::clamp(dx * nose.x + dy * nose.y, box.rear, box.front);
  const double left = std::clamp(dy * nose.x - dx * nose.y, -box.half_width, box.half_width);
  return {box.x + along * nose.x - left * nose.y, box.y + along * nose.y + left * nose.x};
}

}  // namespace

Thing thing_of(const View& view, Row entity) {
  const Seen& seen = view.seen[entity];
  Thing thing;
  take_place(view, seen, thing);
  const Axis nose = axis_of(seen.yaw);
  thing.vx = seen.speed * nose.x - seen.left_speed * nose.y;
  thing.vy = seen.speed * nose.y + seen.left_speed * nose.x;
  thing.rear = seen.center_x - 0.5 * seen.length;
  thing.front = seen.center_x + 0.5 * seen.length;
  thing.half_width = 0.5 * seen.width;
  return thing;
}

Thing thing_of(const View& view, const Place& place) {
  Thing thing;
  take_place(view, place, thing);
  return thing;
}

BoxGap box_gap(const Thing& a, const Thing& b) {
  BoxGap out;
  const double dx = b.x - a.x, dy = b.y - a.y, centre = sim::hypot(dx, dy);
  if (centre > 0) out.nx = dx / centre, out.ny = dy / centre;
  if (boxes_overlap(a, b)) return out;
  double best = 1e300;
  const auto look = [&](const Axis& p, const Axis& q) {  // p of a, q of b
    const double gap = sim::hypot(q.x - p.x, q.y - p.y);
    if (gap >= best) return;
    best = gap;
    if (gap > 0) out.nx = (q.x - p.x) / gap, out.ny = (q.y - p.y) / gap;
  };
  for (const Axis& p : corners(a)) look(p, nearest_of(b, p));
  for (const Axis& q : corners(b)) look(nearest_of(a, q), q);
  out.gap = best;
  return out;
}

std::optional<Distance> distance(const View& view, const Thing& from, const Thing& to, const osc::Measure& measure,
                                 std::span<const Row> route, const Path* path) {
  if (measure.distance_type == Direction::kEuclidian) return euclidian(from, to, measure.freespace);
  const bool lateral = measure.distance_type == Direction::kLateral;
  switch (measure.coordinate_system) {
    case System::kEntity: {
      const Axis nose = axis_of(from.yaw);
      return along_axis(from, to, lateral ? left_of(nose) : nose, measure.freespace);
    }
    case System::kWorld:
      return along_axis(from, to, lateral ? Axis{0, 1} : Axis{1, 0}, measure.freespace);
    case System::kTrajectory:
      return along_path(from, to, measure, path);
    case System::kLane:
    case System::kRoad:
      break;
  }
  return along_road(view, from, to, measure, route);
}

bool has_clearance_area(const View& view, const Thing& self, const osc::RelativeClearanceCondition& condition) {
  if (view.map == nullptr || self.spot.lane == kNone) return false;
  const Map& map = *view.map;
  const maps::Lane& own = map.lanes[self.spot.lane];
  const maps::Range lanes = map.sections[own.section].lanes;
  const int sense = self.spot.dir * own.direction;
  const auto there = [&](const std::optional<std::int32_t>& steps) {
    if (!steps) return true;
    const std::int64_t row = self.spot.lane - std::int64_t{sense} * *steps;
    if (row < lanes.begin || row >= lanes.end) return false;
    return condition.opposite_lanes || map.lanes[static_cast<Row>(row)].direction == own.direction;
  };
  return std::all_of(condition.lane_ranges.begin(), condition.lane_ranges.end(),
                     [&](const auto& range) { return there(range.from) && there(range.to); });
}

bool in_clearance(const View& view, const Thing& self, const Thing& other, std::span<const Row> route,
                  const osc::RelativeClearanceCondition& condition) {
  if (view.map == nullptr) return false;
  const Map& map = *view.map;
  const auto way = way_between(view, self, other, false, osc::RoutingAlgorithm::kUndefined, route);
  if (!way) return false;
  const Axis there = axis_of(heading_of(map, way->arrival));
  const Distance gap = between(way->metres, {}, extent(other, there), 0, condition.freespace);
  if (gap.value > (gap.ahead ? condition.distance_forward_m : condition.distance_backward_m)) return false;
  const maps::Lane& own = map.lanes[way->arrival.lane];
  const int sense = way->arrival.dir * own.direction;
  const maps::RoadLanePosition at = maps::to_road_lane(map, other.spot.lane, other.spot.s, other.spot.t);
  const double t = maps::lane_center_t(map, other.spot.lane, at.s) + at.offset;
  Interval body = condition.freespace ? extent(other, left_of(there)) : Interval{};
  if (sense < 0) body = {-body.hi, -body.lo};
  const maps::Range lanes = map.sections[own.section].lanes;
  const int own_place = static_cast<int>(way->arrival.lane - lanes.begin);
  for (Row row = lanes.begin; row < lanes.end; ++row) {
    const maps::Lane& lane = map.lanes[row];
    if (!condition.opposite_lanes && lane.direction != own.direction) continue;
    double left = 0, right = 0;
    maps::lane_edges_t(map, row, std::clamp(at.s, lane.s_begin, lane.s_end - 1e-9), left, right);
    if (t + body.hi < right || t + body.lo > left) continue;
    const int steps = sense * (own_place - static_cast<int>(row - lanes.begin));
    if (condition.lane_ranges.empty()) return true;
    for (const osc::RelativeLaneRange& range : condition.lane_ranges)
      if ((!range.from || steps >= *range.from) && (!range.to || steps <= *range.to)) return true;
  }
  return false;
}

std::optional<double> angle(const View& view, Row entity, osc::AngleType type, System system, const Path* path) {
  const Seen& seen = view.seen[entity];
  Place base;  // the world's
  if (system == System::kRoad || system == System::kLane) {
    if (view.map == nullptr || seen.road == kNone) return {};
    const maps::WorldPose line = maps::to_world(*view.map, maps::RoadPosition{seen.road, seen.road_s, seen.road_t, 0});
    base.yaw = line.heading, base.pitch = line.pitch, base.roll = line.roll;
    const Thing thing = thing_of(view, entity);
    if (system == System::kLane && thing.spot.lane != kNone) {
      LaneSpot along = thing.spot;
      along.dir = view.map->lanes[along.lane].direction;
      base.yaw = heading_of(*view.map, along);
    }
  } else if (system == System::kTrajectory) {
    if (path == nullptr || path->nodes.empty()) return {};
    const PathPose pose = path->at(path->nearest(seen.x, seen.y));
    base.yaw = pose.yaw, base.pitch = pose.pitch;
  }
  if (type == osc::AngleType::kHeading) return sim::wrap_angle(seen.yaw - base.yaw);
  // The surface's tilt as seen by who looks another way.
  const Axis turn = axis_of(seen.yaw - base.yaw);
  const double pitch = base.pitch * turn.x - base.roll * turn.y, roll = base.roll * turn.x + base.pitch * turn.y;
  return sim::wrap_angle(type == osc::AngleType::kPitch ? seen.pitch - pitch : seen.roll - roll);
}

bool holds(osc::Rule rule, double value, double limit) {
  const bool equal = std::abs(value - limit) <= 1e-9 * (1.0 + std::abs(limit));
  switch (rule) {
    case osc::Rule::kEqualTo:
      return equal;
    case osc::Rule::kNotEqualTo:
      return !equal;
    case osc::Rule::kGreaterThan:
      return value > limit && !equal;
    case osc::Rule::kGreaterOrEqual:
      return value > limit || equal;
    case osc::Rule::kLessThan:
      return value < limit && !equal;
    case osc::Rule::kLessOrEqual:
      break;
  }
  return value < limit || equal;
}

}  // namespace bitgoeul::scenarios::story
