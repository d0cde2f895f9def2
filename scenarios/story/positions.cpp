#include "scenarios/story/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "maps/projection.h"
#include "maps/road_position.h"
#include "maps/routing.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/story/trajectory.h"

namespace bitgoeul::scenarios::story {
namespace {

using maps::Map;

constexpr double kOnLaneM = 0.5;     // farther from every lane is off the roads
constexpr double kRoundingM = 0.01;  // a place no farther beyond an end is at the end: maps round lengths

// The lane of the section at s whose area holds t, else the one nearest to it.
Row lane_at_t(const Map& map, Row road, double s, double t) {
  const maps::Range sections = map.roads[road].sections;
  if (sections.empty()) return kNone;
  Row section = sections.begin;
  while (section + 1 < sections.end && map.sections[section + 1].s <= s) ++section;
  Row best = kNone;
  double best_distance = 0;
  const maps::Range lanes = map.sections[section].lanes;
  for (Row lane = lanes.begin; lane < lanes.end; ++lane) {
    double left = 0, right = 0;
    maps::lane_edges_t(map, lane, s, left, right);
    if (left - right < 1e-3) continue;  // it has no area here
    const double distance = std::max({0.0, right - t, t - left});
    if (best != kNone && distance >= best_distance) continue;
    best = lane;
    best_distance = distance;
  }
  return best;
}

// Pitch and roll of a plane, known for looking along `heading`, for looking along `yaw`.
void tilt(Place& place, double heading, double pitch, double roll, double yaw) {
  double sine, cosine;
  sim::sincos(sim::wrap_angle(yaw - heading), sine, cosine);
  place.yaw = sim::wrap_angle(yaw);
  place.pitch = pitch * cosine - roll * sine;
  place.roll = pitch * sine + roll * cosine;
}

void set_pose(Place& place, const maps::WorldPose& pose, double yaw) {
  place.x = pose.x, place.y = pose.y, place.z = pose.z;
  tilt(place, pose.heading, pose.pitch, pose.roll, yaw);
}

}  // namespace

Place place_on_road(const Map& map, Row road, double s, double t) {
  Place place;
  place.road = road;
  place.road_s = std::clamp(s, 0.0, map.roads[road].length);
  place.road_t = t;
  place.lane = lane_at_t(map, road, place.road_s, t);
  const maps::WorldPose plane = maps::to_world(map, maps::RoadPosition{road, place.road_s, t, 0.0});
  set_pose(place, plane, plane.heading);
  if (place.lane == kNone) return place;
  place.lane_id = map.lanes[place.lane].odr_id;
  const double offset = t - maps::lane_center_t(map, place.lane, place.road_s);
  const maps::RoadLanePosition on_lane{road, place.lane_id, place.road_s, offset};
  if (const auto there = maps::to_lane(map, on_lane)) {
    place.lane_s = there->s;
    place.lane_t = there->t;
  }
  if (const auto pose = maps::to_world(map, on_lane)) place.z = pose->z;
  return place;
}

Place place_on_lane(const Map& map, Row lane, double s, double t) {
  const maps::RoadLanePosition on_lane = maps::to_road_lane(map, lane, s, t);
  Place place;
  place.road = on_lane.road;
  place.road_s = on_lane.s;
  place.road_t = maps::lane_center_t(map, lane, on_lane.s) + on_lane.offset;
  place.lane_id = on_lane.lane_id;
  place.lane = lane;
  place.lane_s = s;
  place.lane_t = t;
  // At its very end the lane belongs to the next section; the pose there is that of just before.
  const double inside = std::min(on_lane.s, std::max(map.lanes[lane].s_begin, map.lanes[lane].s_end - 1e-9));
  if (const auto pose = maps::to_world(map, maps::RoadLanePosition{place.road, place.lane_id, inside, on_lane.offset}))
    set_pose(place, *pose, pose->heading);
  return place;
}

Place place_in_world(const Map& map, double x, double y, std::optional<double> z, double yaw) {
  Place place;
  place.x = x, place.y = y, place.z = z.value_or(0.0), place.yaw = sim::wrap_angle(yaw);
  maps::LaneQuery query;
  query.max_distance_m = kOnLaneM;
  query.drivable_only = false;
  query.use_z = z.has_value();
  query.z = place.z;
  const auto match = maps::nearest_lane(map, x, y, query);
  if (!match) return place;
  const maps::RoadLanePosition near = maps::to_road_lane(map, match->lane, match->s, match->t);
  const auto foot = maps::to_road(map, near.road, x, y);
  if (!foot) return place;
  const Place on_road = place_on_road(map, near.road, foot->s, foot->t);
  // The foot may lie on a lane that another section of the road begins; the one found by its area goes first.
  place = on_road;
  place.x = x, place.y = y;
  if (z) place.z = *z;
  const maps::WorldPose plane = maps::to_world(map, maps::RoadPosition{near.road, foot->s, foot->t, 0.0});
  tilt(place, plane.heading, plane.pitch, plane.roll, yaw);
  return place;
}

Place place_of(const Seen& seen) {
  Place place;
  place.x = seen.x, place.y = seen.y, place.z = seen.z;
  place.yaw = seen.yaw, place.pitch = seen.pitch, place.roll = seen.roll;
  place.road = seen.road, place.road_s = seen.road_s, place.road_t = seen.road_t, place.lane_id = seen.lane_id;
  place.lane = seen.lane, place.lane_s = seen.lane_s, place.lane_t = seen.lane_t;
  return place;
}

void orient(Place& place, const std::optional<openscenario::Orientation>& orientation) {
  if (!orientation) return;
  const openscenario::Orientation& o = *orientation;
  if (o.type == openscenario::ReferenceContext::kAbsolute) {
    if (o.h) {
      const double pitch = place.pitch, roll = place.roll, heading = place.yaw;
      tilt(place, heading, pitch, roll, *o.h);
    }
    if (o.p) place.pitch = *o.p;
    if (o.r) place.roll = *o.r;
    return;
  }
  const double pitch = place.pitch, roll = place.roll, heading = place.yaw;
  tilt(place, heading, pitch, roll, heading + o.h.value_or(0.0));
  place.pitch += o.p.value_or(0.0);
  place.roll += o.r.value_or(0.0);
}

LaneSpot spot_on_lane(const Map& map, const Place& place) {
  LaneSpot at{place.lane, place.lane_s, place.lane_t, 1};
  const double ahead = sim::wrap_angle(place.yaw - maps::lane_pose(map, at.lane, at.s).heading);
  if (std::abs(ahead) > 0.5 * sim::kPi + 1e-9) at.dir = -1;
  return at;
}

// ---- before the run ------------------------------------------------------------------------------------------------

sim::Issue issue_at(const PrepareContext& context, openscenario::Source source, std::string where, std::string what,
                    std::string remedy) {
  return openscenario::issue_at(context.files, {}, source, std::move(where), std::move(what), std::move(remedy));
}

sim::Result<Row> entity_row(const PrepareContext& context, const std::string& name, openscenario::Source source) {
  const auto found = std::find(context.names.begin(), context.names.end(), name);
  if (found != context.names.end()) return static_cast<Row>(found - context.names.begin());
  return tl::unexpected(issue_at(context, source, fmt::format("entityRef \"{}\"", name),
                                 "there is no entity of that name", "name one of <Entities>"));
}

namespace {

namespace osc = openscenario;

// One function per form of the norm. Each fills `spot` or says why not.
class Preparer {
 public:
  Preparer(const PrepareContext& context, Spot& spot) : c_(context), map_(*context.map), spot_(spot) {}

  sim::Result<void> operator()(const osc::WorldPosition& p) {
    spot_.fixed = place_in_world(map_, p.x, p.y, p.z, p.h.value_or(0.0));
    if (p.p) spot_.fixed.pitch = *p.p;
    if (p.r) spot_.fixed.roll = *p.r;
    return {};
  }

  sim::Result<void> operator()(const osc::LanePosition& p) {
    const auto road = find_road(p.road_id, p.s, "<LanePosition>");
    if (!road) return tl::unexpected(road.error());
    const double s = std::min(p.s, map_.roads[*road].length);
    if (p.lane_id == 0) {
      spot_.fixed = place_on_road(map_, *road, s, p.offset);
    } else {
      const auto lane = maps::to_lane(map_, {*road, p.lane_id, s, p.offset});
      if (!lane)
        return fail("<LanePosition>", fmt::format("road \"{}\" has no lane {} at s = {} m", p.road_id, p.lane_id, p.s),
                    lanes_there(*road, s));
      spot_.fixed = place_on_lane(map_, lane->lane, lane->s, lane->t);
    }
    orient(spot_.fixed, p.orientation);
    return {};
  }

  sim::Result<void> operator()(const osc::RoadPosition& p) {
    const auto road = find_road(p.road_id, p.s, "<RoadPosition>");
    if (!road) return tl::unexpected(road.error());
    spot_.fixed = place_on_road(map_, *road, p.s, p.t);
    orient(spot_.fixed, p.orientation);
    return {};
  }

  sim::Result<void> operator()(const osc::RelativeWorldPosition& p) {
    return relative(Spot::Anchor::kWorld, p.entity_ref, p.dx, p.dy, p.dz, p.orientation);
  }
  sim::Result<void> operator()(const osc::RelativeObjectPosition& p) {
    return relative(Spot::Anchor::kObject, p.entity_ref, p.dx, p.dy, p.dz, p.orientation);
  }
  sim::Result<void> operator()(const osc::RelativeRoadPosition& p) {
    return relative(Spot::Anchor::kRoad, p.entity_ref, p.ds, p.dt, 0, p.orientation);
  }
  sim::Result<void> operator()(const osc::RelativeLanePosition& p) {
    spot_.d_lane = p.d_lane;
    spot_.along_lane = p.ds_lane.has_value();
    return relative(Spot::Anchor::kLane, p.entity_ref, p.ds_lane.value_or(p.ds.value_or(0.0)), p.offset, 0,
                    p.orientation);
  }

  sim::Result<void> operator()(const osc::GeoPosition& p) {
    const auto geo = maps::Projection::make(map_.projection, map_.offset_x, map_.offset_y, map_.offset_heading);
    if (map_.projection.empty() || !geo)
      return fail("<GeoPosition>", "the map has no geographic reference", "give the position in road coordinates");
    const auto xy = geo->forward(p.longitude_rad * 180.0 / sim::kPi, p.latitude_rad * 180.0 / sim::kPi);
    if (!xy) return fail("<GeoPosition>", xy.error().what);
    std::optional<double> z;
    if (p.altitude_m) z = *p.altitude_m - map_.offset_z;
    spot_.fixed = place_in_world(map_, xy->x(), xy->y(), z, 0.0);
    orient(spot_.fixed, p.orientation);
    return {};
  }

  sim::Result<void> operator()(const osc::RoutePosition& p) {
    spot_.orientation = p.orientation;
    if (const auto* entity = std::get_if<osc::PositionOfCurrentEntity>(&p.in_route))
      return relative(Spot::Anchor::kEntityOnRoute, entity->entity_ref, 0, 0, 0, p.orientation);
    spot_.anchor = Spot::Anchor::kRoute;
    if (const auto* road = std::get_if<osc::PositionInRoadCoordinates>(&p.in_route)) {
      spot_.a = road->path_s;
      spot_.b = road->t;
    } else if (const auto* lane = std::get_if<osc::PositionInLaneCoordinates>(&p.in_route)) {
      spot_.in_lane = true;
      spot_.a = lane->path_s;
      spot_.b = lane->lane_offset;
      spot_.d_lane = lane->lane_id;
    }
    for (const osc::Waypoint& waypoint : p.route.waypoints) {
      auto at = prepare(waypoint.position, c_);
      if (!at) return tl::unexpected(at.error());
      spot_.waypoints.push_back(*std::move(at));
      spot_.shortest |= waypoint.strategy == osc::RouteStrategy::kShortest;
    }
    spot_.closed = p.route.closed;
    return settle(p.route.source, "<RoutePosition>");
  }

  sim::Result<void> operator()(const osc::TrajectoryPosition& p) {
    auto plan = prepare_trajectory(p.trajectory, c_);
    if (!plan) return tl::unexpected(plan.error());
    spot_.anchor = Spot::Anchor::kTrajectory;
    spot_.trajectory.push_back(*std::move(plan));
    spot_.a = p.s;
    spot_.b = p.t;
    spot_.orientation = p.orientation;
    return settle(p.trajectory.source, "<TrajectoryPosition>");
  }

 private:
  // What does not move is located now, once.
  sim::Result<void> settle(osc::Source source, const char* where) {
    const bool moves =
        std::any_of(spot_.waypoints.begin(), spot_.waypoints.end(), [](const Spot& s) { return !is_fixed(s); }) ||
        (!spot_.trajectory.empty() && !is_fixed(spot_.trajectory.front()));
    if (moves) return {};
    View nothing;
    nothing.map = &map_;
    auto place = locate(spot_, nothing);
    if (!place) return tl::unexpected(issue_at(c_, source, where, place.error().what));
    spot_.fixed = *place;
    spot_.anchor = Spot::Anchor::kFixed;
    spot_.waypoints.clear();
    spot_.trajectory.clear();
    return {};
  }

  sim::Result<void> relative(Spot::Anchor anchor, const std::string& entity, double a, double b, double c,
                             const std::optional<osc::Orientation>& orientation) {
    const auto row = entity_row(c_, entity, spot_.source);
    if (!row) return tl::unexpected(row.error());
    spot_.anchor = anchor;
    spot_.entity = *row;
    spot_.a = a, spot_.b = b, spot_.c = c;
    spot_.orientation = orientation;
    return {};
  }

  tl::unexpected<sim::Issue> fail(std::string where, std::string what, std::string remedy = {}) {
    return tl::unexpected(issue_at(c_, spot_.source, std::move(where), std::move(what), std::move(remedy)));
  }

  sim::Result<Row> find_road(const std::string& id, double s, const char* where) {
    const auto road = maps::find_road(map_, id);
    if (!road) return fail(where, fmt::format("the map has no road \"{}\"", id));
    const double length = map_.roads[*road].length;
    if (s < -1e-3 || s > length + 1e-3)
      return fail(where, fmt::format("s = {} m lies beyond the end of road \"{}\" ({:.3f} m)", s, id, length));
    return *road;
  }

  std::string lanes_there(Row road, double s) {
    std::string ids;
    for (std::int32_t id = 64; id >= -64; --id)
      if (maps::lane_at(map_, road, s, id) != kNone) ids += fmt::format("{}{}", ids.empty() ? "" : ", ", id);
    return ids.empty() ? std::string("the road has no lanes there") : "the lanes there are " + ids;
  }

  const PrepareContext& c_;
  const Map& map_;
  Spot& spot_;
};

}  // namespace

sim::Result<Spot> prepare(const osc::Position& position, const PrepareContext& context) {
  Spot spot;
  spot.source = position.source;
  if (auto done = std::visit(Preparer(context, spot), position.at); !done) return tl::unexpected(done.error());
  return spot;
}

// ---- in a step -----------------------------------------------------------------------------------------------------

namespace {

sim::Result<Place> off_road(const View& view, Row entity, const char* needs) {
  return sim::fail(fmt::format("{} is not on a {}, so nothing lies relative to it there", view.names[entity], needs));
}

Place near_entity(const Spot& spot, const View& view, bool in_its_axes) {
  const Seen& seen = view.seen[spot.entity];
  double dx = spot.a, dy = spot.b;
  if (in_its_axes) {
    double sine, cosine;
    sim::sincos(seen.yaw, sine, cosine);
    dx = spot.a * cosine - spot.b * sine;
    dy = spot.a * sine + spot.b * cosine;
  }
  // Seen from the entity the ground goes on as it does under it; a dz of its own lifts it off.
  Place place = place_in_world(*view.map, seen.x + dx, seen.y + dy, seen.z + spot.c, seen.yaw);
  if (spot.c == 0.0 && place.road != kNone) {
    const Place on_road = place_on_road(*view.map, place.road, place.road_s, place.road_t);
    if (std::abs(on_road.z - place.z) < 0.5 + 0.2 * (std::abs(dx) + std::abs(dy))) place.z = on_road.z;
  }
  orient(place, spot.orientation);
  return place;
}

// The entity's place on a lane, looking along growing road s.
LaneSpot along_s(const View& view, Row entity) {
  const Seen& seen = view.seen[entity];
  const maps::Map& map = *view.map;
  LaneSpot at;
  at.lane = seen.lane_id == 0 ? lane_at_t(map, seen.road, seen.road_s, seen.road_t)
                              : maps::lane_at(map, seen.road, seen.road_s, seen.lane_id);
  if (at.lane == kNone) return at;
  const maps::RoadLanePosition here{seen.road, map.lanes[at.lane].odr_id, seen.road_s,
                                    seen.road_t - maps::lane_center_t(map, at.lane, seen.road_s)};
  if (const auto there = maps::to_lane(map, here)) {
    at.s = there->s;
    at.t = there->t;
  }
  at.dir = map.lanes[at.lane].direction;
  return at;
}

// What lies relative to an entity lies along its route, where it has one (1.3, RelativeLanePosition).
std::span<const Row> route_of(const View& view, Row entity) {
  const auto row = static_cast<std::size_t>(entity);
  return row < view.routes.size() ? std::span<const Row>(view.routes[row]) : std::span<const Row>();
}

// Whether who came here looking along growing s looks along it still.
int sense(const maps::Map& map, const LaneSpot& at) { return at.dir * map.lanes[at.lane].direction; }

sim::Result<Place> beside_road(const Spot& spot, const View& view) {
  const Seen& seen = view.seen[spot.entity];
  if (seen.road == kNone) return off_road(view, spot.entity, "road");
  const double s = seen.road_s + spot.a, t = seen.road_t + spot.b;
  Place place;
  if (s >= 0.0 && s <= view.map->roads[seen.road].length) {
    place = place_on_road(*view.map, seen.road, s, t);
  } else {
    LaneSpot at = along_s(view, spot.entity);
    if (at.lane == kNone) return off_road(view, spot.entity, "lane");
    if (walk_road_s(*view.map, at, spot.a, route_of(view, spot.entity)) > kRoundingM)
      return sim::fail(fmt::format("the road ends before {} m from {}", spot.a, view.names[spot.entity]));
    const maps::RoadLanePosition there = maps::to_road_lane(*view.map, at.lane, at.s, 0);
    place = place_on_road(*view.map, there.road, there.s, t * sense(*view.map, at));
  }
  orient(place, spot.orientation);
  return place;
}

sim::Result<Place> beside_lane(const Spot& spot, const View& view) {
  const Seen& seen = view.seen[spot.entity];
  if (seen.road == kNone) return off_road(view, spot.entity, "lane");
  LaneSpot at = along_s(view, spot.entity);
  if (at.lane == kNone) return off_road(view, spot.entity, "lane");
  at.t = 0;
  const auto route = route_of(view, spot.entity);
  if (spot.along_lane) at.dir = spot_on_lane(*view.map, {.yaw = seen.yaw, .lane = at.lane, .lane_s = at.s}).dir;
  const double left = spot.along_lane ? walk(*view.map, at, spot.a, route) : walk_road_s(*view.map, at, spot.a, route);
  if (left > kRoundingM)
    return sim::fail(fmt::format("the lane ends before {} m from {}", spot.a, view.names[spot.entity]));
  const Row lane = lane_beside(*view.map, at.lane, spot.d_lane);
  if (lane == kNone)
    return sim::fail(fmt::format("there is no lane {} lanes beside that of {}", spot.d_lane, view.names[spot.entity]));
  const LaneSpot there = seen_from(*view.map, at, lane);
  // The offset is in t direction, the lane's t left of its driving direction.
  Place place = place_on_lane(*view.map, lane, there.s, spot.b * view.map->lanes[lane].direction);
  // The norm leaves open what no orientation means: beside who drives against its lane one looks the same way.
  const bool with_lane = view.map->lanes[lane].direction == view.map->lanes[at.lane].direction;
  if (!spot.orientation && with_lane && seen.lane != kNone && spot_on_lane(*view.map, place_of(seen)).dir < 0)
    orient(place, osc::Orientation{sim::kPi, {}, {}, osc::ReferenceContext::kRelative});
  orient(place, spot.orientation);
  return place;
}

sim::Result<Place> on_route(const Spot& spot, const View& view) {
  std::vector<Place> places;
  for (const Spot& waypoint : spot.waypoints) {
    auto place = locate(waypoint, view);
    if (!place) return place;
    places.push_back(*place);
  }
  const auto route = route_through(*view.map, places, spot.shortest, spot.closed);
  if (!route) return tl::unexpected(route.error());
  LaneSpot at{route->lanes.front(), route->start_s, 0, 1};
  if (walk_road_s(*view.map, at, spot.a, route->lanes) > kRoundingM)
    return sim::fail(fmt::format("the route is shorter than {} m", spot.a));
  Place place;
  if (spot.in_lane) {
    const Row lane = lane_in_section(*view.map, at.lane, spot.d_lane);
    if (lane == kNone) return sim::fail(fmt::format("there is no lane {} on the route there", spot.d_lane));
    place = place_on_lane(*view.map, lane, seen_from(*view.map, at, lane).s, spot.b * view.map->lanes[lane].direction);
  } else {
    const maps::RoadLanePosition there = maps::to_road_lane(*view.map, at.lane, at.s, 0);
    place = place_on_road(*view.map, there.road, there.s, spot.b);
    if (view.map->lanes[at.lane].direction < 0)
      orient(place, osc::Orientation{sim::kPi, {}, {}, osc::ReferenceContext::kRelative});
  }
  orient(place, spot.orientation);
  return place;
}

sim::Result<Place> on_trajectory(const Spot& spot, const View& view) {
  auto path = shape_of(spot.trajectory.front(), view);
  if (!path) return tl::unexpected(path.error());
  // s and t are those of the curve, whichever way the file turns who follows it.
  for (Path::Node& node : path->nodes) node.yaw_offset = node.end_offset = 0;
  const PathPose pose = path->at(spot.a);
  double sine, cosine;
  sim::sincos(pose.yaw, sine, cosine);
  Place place = place_in_world(*view.map, pose.x - spot.b * sine, pose.y + spot.b * cosine, pose.z, pose.yaw);
  orient(place, spot.orientation);
  return place;
}

}  // namespace

sim::Result<Place> locate(const Spot& spot, const View& view) {
  if (spot.entity != kNone &&
      (static_cast<std::size_t>(spot.entity) >= view.seen.size() || !view.seen[spot.entity].alive))
    return sim::fail(fmt::format("{} is not there", view.names[spot.entity]));
  switch (spot.anchor) {
    case Spot::Anchor::kFixed:
      return spot.fixed;
    case Spot::Anchor::kWorld:
      return near_entity(spot, view, false);
    case Spot::Anchor::kObject:
      return near_entity(spot, view, true);
    case Spot::Anchor::kRoad:
      return beside_road(spot, view);
    case Spot::Anchor::kLane:
      return beside_lane(spot, view);
    case Spot::Anchor::kRoute:
      return on_route(spot, view);
    case Spot::Anchor::kEntityOnRoute: {
      Place place = place_of(view.seen[spot.entity]);
      orient(place, spot.orientation);
      return place;
    }
    case Spot::Anchor::kTrajectory:
      return on_trajectory(spot, view);
  }
  return spot.fixed;
}

sim::Result<RoutePath> route_through(const Map& map, std::span<const Place> places, bool shortest, bool closed) {
  RoutePath path;
  if (places.empty()) return sim::fail("the route has no waypoints");
  maps::Router router(map);
  const std::size_t legs = closed ? places.size() : places.size() - 1;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i].lane == kNone || !maps::drivable(map.lanes[places[i].lane].type))
      return sim::fail(fmt::format("waypoint {} of the route is not on a driving lane", i + 1));
  path.start_s = places.front().lane_s;
  path.end_s = closed ? path.start_s : places.back().lane_s;
  path.lanes.push_back(places.front().lane);
  for (std::size_t i = 0; i < legs; ++i) {
    const Place &from = places[i], &to = places[(i + 1) % places.size()];
    maps::RouteRequest request;
    request.from_lane = from.lane;
    request.from_s = from.lane_s;
    request.to_lane = to.lane;
    request.to_s = to.lane_s;
    request.shortest = shortest;
    const auto leg = router.find(request);
    if (!leg)
      return sim::fail(fmt::format("waypoint {} cannot be reached from waypoint {}: {}", (i + 1) % places.size() + 1,
                                   i + 1, leg.error().what));
    auto first = leg->lanes.begin();
    if (first != leg->lanes.end() && path.lanes.back() == *first) ++first;
    path.lanes.insert(path.lanes.end(), first, leg->lanes.end());
  }
  return path;
}

}  // namespace bitgoeul::scenarios::story
