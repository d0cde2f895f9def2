#include "scenarios/story/motion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "scenarios/story/driven.h"
#include "scenarios/story/lateral.h"
#include "scenarios/story/longitudinal.h"
#include "scenarios/story/routing.h"
#include "scenarios/story/states.h"
#include "scenarios/story/towing.h"
#include "sim/check.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

// Who looks farther than this away from the lane's line goes straight ahead, not along the lane.
constexpr double kAcrossRad = 0.25 * sim::kPi;

// Resolves what an action names; one function per class that names anything.
class Resolver {
 public:
  Resolver(const PrepareContext& context, Prepared& p) : c_(context), p_(p) {}

  sim::Result<void> operator()(const osc::SpeedAction& a) {
    if (const auto* relative = std::get_if<osc::RelativeTargetSpeed>(&a.target)) return entity(relative->entity_ref);
    return {};
  }
  sim::Result<void> operator()(const osc::SpeedProfileAction& a) {
    return a.entity_ref.empty() ? sim::Result<void>{} : entity(a.entity_ref);
  }
  sim::Result<void> operator()(const osc::LongitudinalDistanceAction& a) { return entity(a.entity_ref); }
  sim::Result<void> operator()(const osc::LateralDistanceAction& a) { return entity(a.entity_ref); }
  sim::Result<void> operator()(const osc::ConnectTrailerAction& a) { return entity(a.trailer_ref); }
  sim::Result<void> operator()(const osc::LaneChangeAction& a) {
    if (const auto* relative = std::get_if<osc::RelativeTargetLane>(&a.target)) return entity(relative->entity_ref);
    return {};
  }
  sim::Result<void> operator()(const osc::LaneOffsetAction& a) {
    if (const auto* relative = std::get_if<osc::RelativeTargetLaneOffset>(&a.target))
      return entity(relative->entity_ref);
    return {};
  }
  sim::Result<void> operator()(const osc::SynchronizeAction& a) {
    if (auto done = spot(a.target_position, p_.target); !done) return done;
    if (auto done = spot(a.target_position_master, p_.master_target); !done) return done;
    return entity(a.master_entity_ref);
  }
  sim::Result<void> operator()(const osc::TeleportAction& a) { return spot(a.position, p_.target); }
  sim::Result<void> operator()(const osc::AcquirePositionAction& a) { return spot(a.position, p_.target); }
  sim::Result<void> operator()(const osc::AssignRouteAction& a) {
    p_.closed = a.route.closed;
    for (const osc::Waypoint& waypoint : a.route.waypoints) {
      p_.waypoints.emplace_back();
      if (auto done = spot(waypoint.position, p_.waypoints.back()); !done) return done;
      p_.shortest |= waypoint.strategy == osc::RouteStrategy::kShortest;
    }
    return {};
  }
  sim::Result<void> operator()(const osc::FollowTrajectoryAction& a) {
    auto plan = prepare_trajectory(a.trajectory, c_);
    if (!plan) return tl::unexpected(plan.error());
    p_.plan = *std::move(plan);
    if (a.time_reference && !p_.plan.timed)
      return tl::unexpected(issue_at(c_, p_.action.source, "<FollowTrajectoryAction>",
                                     "asks for the trajectory's times, but the trajectory has none",
                                     "give its vertices times or use <None> as the time reference"));
    p_.fixed_path = is_fixed(p_.plan);
    if (!p_.fixed_path) return {};
    View nothing;
    nothing.map = c_.map;
    auto path = shape_of(p_.plan, nothing);
    if (!path) return tl::unexpected(path.error());
    p_.path = *std::move(path);
    return {};
  }
  template <class Other>
  sim::Result<void> operator()(const Other&) {
    return {};
  }

 private:
  sim::Result<void> entity(const std::string& name) {
    const auto row = entity_row(c_, name, p_.action.source);
    if (!row) return tl::unexpected(row.error());
    p_.entity = *row;
    return {};
  }
  sim::Result<void> spot(const osc::Position& position, Spot& out) {
    auto made = story::prepare(position, c_);
    if (!made) return tl::unexpected(made.error());
    out = *std::move(made);
    return {};
  }

  const PrepareContext& c_;
  Prepared& p_;
};

std::uint8_t domains_of(const osc::PrivateAction& action) {
  return std::visit(
      []<class A>(const A& a) -> std::uint8_t {
        if constexpr (std::is_same_v<A, osc::SpeedAction> || std::is_same_v<A, osc::SpeedProfileAction> ||
                      std::is_same_v<A, osc::LongitudinalDistanceAction> || std::is_same_v<A, osc::SynchronizeAction>)
          return kLongitudinal;
        if constexpr (std::is_same_v<A, osc::LaneChangeAction> || std::is_same_v<A, osc::LaneOffsetAction> ||
                      std::is_same_v<A, osc::LateralDistanceAction>)
          return kLateral;
        if constexpr (std::is_same_v<A, osc::FollowTrajectoryAction>)
          return a.time_reference ? kLateral | kLongitudinal : kLateral;
        if constexpr (std::is_same_v<A, osc::AssignRouteAction> || std::is_same_v<A, osc::AcquirePositionAction> ||
                      std::is_same_v<A, osc::RandomRouteAction>)
          return kRouting;
        if constexpr (std::is_same_v<A, osc::LightStateAction>) return kLighting;
        if constexpr (std::is_same_v<A, osc::AnimationAction>) return kAnimation;
        return kNoDomain;
      },
      action.action);
}

// Columns that change in every step of whoever moves; the others change by an action's start and end only.
bool moves(std::string_view column) {
  static constexpr std::string_view kStill[] = {
      "frame",   "yaw_offset",    "route_action", "animation", "animation_step", "lat_step", "path_step",  "long_step",
      "lat_way", "path_vertices", "route_stops",  "visible",   "controlled",     "throttle", "overridden", "brake",
      "clutch",  "parking_brake", "steering_rad", "gear",      "lights",         "towed_by"};
  return std::find(std::begin(kStill), std::end(kStill), column) == std::end(kStill);
}

// Where a lane grows wider its middle is askew to the road: what lies beside it on the road does not on the lane.
LaneSpot foot_of(const maps::Map& map, LaneSpot at, const Place& place) {
  const maps::Lane& lane = map.lanes[at.lane];
  const maps::Road& road = map.roads[lane.road];
  if (at.t == 0 || !road.superelevation.empty() || !road.shape.empty() || !lane.heights.empty()) return at;
  const maps::LanePose pose = maps::lane_pose(map, at.lane, at.s, at.t);
  if (sim::hypot(pose.x - place.x, pose.y - place.y) < 1e-3) return at;
  Row hint = kNone;
  const auto foot = maps::project_to_lane(map, at.lane, place.x, place.y, hint);
  at.s = foot.s, at.t = foot.t;
  return at;
}

}  // namespace

Motion::Motion(const maps::Map& map, std::size_t entities, std::uint64_t seed)
    : map_(&map),
      seed_(seed),
      bodies_(entities),
      acted_(entities),
      paths_(entities),
      routes_(entities),
      route_end_s_(entities),
      trace_(map) {
  sim::resize_table(actors_, entities);
  sim::resize_table(wishes_, entities);
  std::fill(wishes_.speed_mps.begin(), wishes_.speed_mps.end(), -1.0);
  routed_.reserve(2 * entities);
  for (Row row = 0; row < static_cast<Row>(entities); ++row) remove(row);
}

sim::Result<Row> Motion::prepare(const osc::PrivateAction& action, const PrepareContext& context) {
  Prepared p;
  p.action = action;
  if (auto done = std::visit(Resolver(context, p), action.action); !done) return tl::unexpected(done.error());
  if (!p.fixed_path) vertices_per_row_ = std::max(vertices_per_row_, p.plan.vertices.size() + 1);
  stops_per_row_ = std::max(stops_per_row_, p.waypoints.size() + 1);
  sim::resize_table(vertices_, actors_.frame.size() * vertices_per_row_);
  sim::resize_table(stops_, actors_.frame.size() * stops_per_row_);
  placed_.reserve(vertices_per_row_);
  actions_.push_back(std::move(p));
  return static_cast<Row>(actions_.size() - 1);
}

std::uint8_t Motion::domains(Row action) const { return domains_of(actions_[action].action); }

void Motion::bind(sim::TableSet& state) {
  state.add("actors", actors_, [this](std::string_view column) { return moves(column) ? nullptr : &acted_; });
  state.add("actor_vertices", vertices_);
  state.add("actor_stops", stops_);
}

void Motion::derive() {
  for (Row row = 0; row < static_cast<Row>(actors_.frame.size()); ++row) Routing::derive(*this, row);
  acted_.all();
  count_trailers();
}

void Motion::count_trailers() {
  trailers_ = 0;
  for (const Row vehicle : actors_.towed_by) trailers_ += vehicle != kNone ? 1 : 0;
}

void Motion::see(Row row, const Seen& seen) { Driven::see(*this, row, seen); }

sim::Result<bool> Motion::charge(Row row, std::optional<bool> assigned, std::optional<bool> active, const View& view) {
  Wishes& w = wishes_;
  const Row at = row;
  const bool has = assigned.value_or(w.assigned[at] != 0), drives = active.value_or(w.active[at] != 0);
  const bool was = driven(row), now = has && drives;
  if (now && !was)
    if (auto done = Driven::to_driver(*this, row); !done) return tl::unexpected(done.error());
  if (was && !now) Driven::to_story(*this, row, view.seen[row]);
  w.assigned[at] = has ? 1 : 0, w.active[at] = drives ? 1 : 0;
  if (now && was && active) Driven::forget(*this, row);  // it drives as it likes again
  return now != was;
}

sim::Result<void> Motion::connect(Row vehicle, Row trailer, const View& view) {
  auto done = Towing::connect(*this, vehicle, trailer, view);
  count_trailers();
  return done;
}

// ---- from outside --------------------------------------------------------------------------------------------------

sim::Result<void> Motion::start(Row action, Row row, const View& view) {
  const std::uint8_t taken = domains(action);
  const auto& what = actions_[action].action.action;
  const bool follows = std::holds_alternative<osc::FollowTrajectoryAction>(what);
  const bool needs_place = (taken & (kLateral | kRouting)) != 0 && !follows;
  if (!present(row) && needs_place) return sim::fail(fmt::format("{} is not there", view.names[row]));
  mark(row);
  if (driven(row)) return Driven::start(*this, action, row, view);
  if ((taken & (kLighting | kAnimation)) != 0 || taken == kNoDomain) {
    if (std::holds_alternative<osc::TeleportAction>(what)) return Routing::start(*this, action, row, view);
    if (std::holds_alternative<osc::ConnectTrailerAction>(what)) return connect(row, actions_[action].entity, view);
    if (std::holds_alternative<osc::DisconnectTrailerAction>(what)) {
      Towing::release(*this, row);
      count_trailers();
      return {};
    }
    return States::start(*this, action, row, view);
  }
  if ((taken & kRouting) != 0) return Routing::start(*this, action, row, view);
  // Who is on a path and gets another lateral (or, on a timed one, longitudinal) action leaves it where it is.
  if (!follows && actors_.path_action[row] != kNone && ((taken & kLateral) != 0 || Routing::timed(*this, row))) {
    if ((taken & kLateral) != 0)
      if (auto could = Lateral::possible(*this, action, row, view); !could) return could;
    Routing::stop_path(*this, row);
  }
  if (follows) return Routing::start(*this, action, row, view);
  return taken == kLongitudinal ? Longitudinal::start(*this, action, row, view)
                                : Lateral::start(*this, action, row, view);
}

bool Motion::running(Row action, Row row) const {
  const Actors& a = actors_;
  const auto& what = actions_[action].action.action;
  if (std::holds_alternative<osc::AcquirePositionAction>(what))
    return a.route_action[row] == action || a.path_action[row] == action;
  const std::uint8_t taken = domains(action);
  if ((taken & kRouting) != 0) return false;  // assigned: done
  return a.long_action[row] == action || a.lat_action[row] == action || a.path_action[row] == action ||
         a.animation[row] == action;
}

void Motion::stop(Row action, Row row) {
  Actors& a = actors_;
  mark(row);
  if (a.path_action[row] == action) Routing::stop_path(*this, row);
  if (a.long_action[row] == action) a.long_action[row] = kNone;
  if (a.lat_action[row] == action) {
    a.lat_action[row] = kNone, a.left_speed[row] = 0;
    Driven::forget_change(*this, row);
  }
  if (a.animation[row] == action) a.animation[row] = kNone;
  if (a.route_action[row] != action) return;
  a.route_action[row] = kNone;
  a.route_stops[row] = 0;
  routes_[row].clear();
}

void Motion::place(Row row, const Place& place) {
  Actors& a = actors_;
  mark(row);
  if (!present(row)) a.visible[row] = kToAll;
  a.path_action[row] = kNone;
  a.lat_action[row] = kNone;
  a.left_speed[row] = 0;
  a.yaw_rate[row] = 0;
  actors_.towed_by[row] = kNone;
  settle(row, place);
  if (trailers_ > 0) Towing::align(*this, row);
  count_trailers();
}

void Motion::remove(Row row) {
  if (trailers_ > 0) {
    Towing::release(*this, row);
    actors_.towed_by[row] = kNone;
    count_trailers();
  }
  sim::clear_row(actors_, static_cast<std::size_t>(row));
  Actors& a = actors_;
  for (auto* column :
       {&a.lane, &a.hint, &a.long_action, &a.lat_action, &a.path_action, &a.route_action, &a.animation, &a.towed_by})
    (*column)[row] = kNone;
  a.dir[row] = 1;
  routes_[row].clear();
  mark(row);
}

// ---- frames --------------------------------------------------------------------------------------------------------

const Path& Motion::path_of(Row row) const {
  const Row action = actors_.path_action[row];
  return action != kNone && actions_[action].fixed_path ? actions_[action].path : paths_[row];
}

LaneSpot Motion::spot(Row row) const {
  return {actors_.lane[row], actors_.lane_s[row], actors_.lane_t[row], actors_.dir[row]};
}

void Motion::set_spot(Row row, const LaneSpot& spot) {
  if (actors_.lane[row] != spot.lane) actors_.hint[row] = kNone;
  actors_.lane[row] = spot.lane;
  actors_.lane_s[row] = spot.s;
  actors_.lane_t[row] = spot.t;
  actors_.dir[row] = spot.dir;
}

void Motion::settle(Row row, const Place& place) {
  Actors& a = actors_;
  a.x[row] = place.x, a.y[row] = place.y, a.z[row] = place.z;
  a.yaw[row] = place.yaw, a.pitch[row] = place.pitch, a.roll[row] = place.roll;
  a.at_end[row] = 0;
  a.yaw_offset[row] = 0;
  a.dir[row] = 1;
  a.frame[row] = Frame::kFree;
  if (place.lane == kNone) return;
  const LaneSpot at = spot_on_lane(*map_, place);
  const double along = maps::lane_pose(*map_, at.lane, at.s).heading + (at.dir < 0 ? sim::kPi : 0.0);
  const double askew = sim::wrap_angle(place.yaw - along);
  if (std::abs(askew) > kAcrossRad) return;
  a.frame[row] = Frame::kLane;
  a.yaw_offset[row] = std::abs(askew) < 1e-6 ? 0.0 : askew;
  set_spot(row, foot_of(*map_, at, place));
}

void Motion::pose_on_lane(Row row) {
  Actors& a = actors_;
  const maps::Lane& lane = map_->lanes[a.lane[row]];
  const maps::Road& road = map_->roads[lane.road];
  const maps::LanePose pose = maps::lane_pose(*map_, a.lane[row], a.lane_s[row], a.lane_t[row], a.hint[row]);
  a.x[row] = pose.x, a.y[row] = pose.y, a.z[row] = pose.z;
  const int dir = a.dir[row];
  double yaw = pose.heading + (dir < 0 ? sim::kPi : 0.0) + a.yaw_offset[row];
  if (a.left_speed[row] != 0 && std::abs(a.speed[row]) > 0.5)
    yaw += sim::atan2(a.left_speed[row] * dir, std::abs(a.speed[row])) * (a.speed[row] < 0 ? -1 : 1);
  a.yaw[row] = sim::wrap_angle(yaw);
  a.pitch[row] = pose.pitch * dir;
  a.roll[row] = 0;
  if (road.superelevation.empty() && road.shape.empty() && lane.heights.empty()) return;
  const Place place = place_on_lane(*map_, a.lane[row], a.lane_s[row], a.lane_t[row]);
  a.x[row] = place.x, a.y[row] = place.y, a.z[row] = place.z;
  a.pitch[row] = place.pitch * dir;
  a.roll[row] = place.roll * dir;
}

// ---- a step --------------------------------------------------------------------------------------------------------

void Motion::move_on_lane(Row row, double way, double) {
  Actors& a = actors_;
  LaneSpot at = spot(row);
  const double length = map_->lanes[at.lane].length;
  std::array<Row, 1> drawn{kNone};
  std::span<const Row> route = routes_[row];
  if (at.dir > 0 && at.s + way > length) {
    drawn[0] = Routing::draw(*this, row);
    if (drawn[0] != kNone) route = drawn, ++a.turns[row];
  }
  const double left = walk(*map_, at, way, route);
  set_spot(row, at);
  if (way != 0) a.at_end[row] = left > 1e-9 ? 1 : 0;
  if (left > 1e-9) a.speed[row] = a.acceleration[row] = 0;
}

void Motion::move_free(Row row, double way) {
  double sine, cosine;
  sim::sincos(actors_.yaw[row], sine, cosine);
  actors_.x[row] += way * cosine;
  actors_.y[row] += way * sine;
}

void Motion::advance(const View& view) {
  Actors& a = actors_;
  for (Row row = 0; row < static_cast<Row>(a.frame.size()); ++row) {
    if (a.frame[row] == Frame::kAbsent || a.towed_by[row] != kNone) continue;
    if (a.frame[row] == Frame::kDriven) {
      Driven::advance(*this, view, row);
      continue;
    }
    Move move{row, view.dt_s(), a.speed[row], 0};
    const double yaw = a.yaw[row];
    if (a.frame[row] == Frame::kPath && Routing::timed(*this, row)) {
      Routing::advance_timed(*this, view, move);
      a.traveled[row] += move.way;
    } else {
      Longitudinal::advance(*this, view, move);
      a.traveled[row] += std::abs(move.way);
      if (a.frame[row] == Frame::kPath) {
        Routing::advance_path(*this, move);
      } else if (a.frame[row] == Frame::kFree) {
        const double along = Lateral::way_along(*this, move);
        move_free(row, along);
        if (a.lat_action[row] != kNone) Lateral::advance(*this, view, move, along);
      } else {
        Lateral::follow_route(*this, row, view);
        const double along = Lateral::way_along(*this, move);
        move_on_lane(row, along, move.dt);
        Lateral::advance(*this, view, move, along);
        if (move.way != 0 || a.left_speed[row] != 0 || a.lat_action[row] != kNone) pose_on_lane(row);
        Routing::look_for_end(*this, row);
      }
    }
    a.yaw_rate[row] = sim::wrap_angle(a.yaw[row] - yaw) / move.dt;
    States::advance(*this, view, row);
  }
  if (trailers_ > 0) Towing::advance(*this, view.dt_s());
}

void Motion::show(Row row, Seen& seen) {
  Actors& a = actors_;
  seen.alive = present(row);
  if (!seen.alive) return;
  seen.x = a.x[row], seen.y = a.y[row], seen.z = a.z[row];
  seen.yaw = a.yaw[row], seen.pitch = a.pitch[row], seen.roll = a.roll[row];
  seen.speed = a.speed[row];
  seen.left_speed = a.left_speed[row] * a.dir[row];
  seen.up_speed = 0;
  seen.left_acceleration = a.yaw_rate[row] * a.speed[row];
  seen.acceleration = a.acceleration[row];
  seen.yaw_rate = a.yaw_rate[row];
  seen.traveled_m = a.traveled[row];
  seen.lane = seen.road = kNone;
  seen.lane_s = seen.lane_t = seen.road_s = seen.road_t = 0;
  seen.lane_id = 0;
  LaneSpot at{kNone, 0, 0, 1};
  Row hint = kNone;
  if (a.frame[row] == Frame::kLane) {
    at = spot(row);
    hint = a.hint[row];
    if (std::abs(at.t) > 0.5 * maps::lane_pose(*map_, at.lane, at.s, 0.0, hint).width) at.lane = kNone;
  }
  if (at.lane == kNone) {
    maps::LaneQuery query;
    query.max_distance_m = 0.5;
    query.drivable_only = false;
    query.use_z = true;
    query.z = seen.z;
    hint = kNone;
    if (const auto match = maps::nearest_lane(*map_, seen.x, seen.y, query))
      at = {match->lane, match->s, match->t, 1};
    else if (a.frame[row] == Frame::kLane)
      at = spot(row);
  }
  if (at.lane == kNone) return;
  const RoadTrace::At road = trace_.at(at.lane, at.s, at.t, hint);
  seen.lane = at.lane, seen.lane_s = at.s, seen.lane_t = at.t;
  seen.road = map_->lanes[at.lane].road, seen.road_s = road.s, seen.road_t = road.t;
  seen.lane_id = map_->lanes[at.lane].odr_id;
}

}  // namespace bitgoeul::scenarios::story
