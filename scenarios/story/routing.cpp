#include "scenarios/story/routing.h"

#include <algorithm>
#include <cmath>

#include "sim/check.h"
#include "sim/random.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

const osc::FollowTrajectoryAction* following(const Motion& m, Row row) {
  const Row action = m.actors().path_action[row];
  return action == kNone ? nullptr : std::get_if<osc::FollowTrajectoryAction>(&m.prepared(action).action.action);
}

// Two points: for who does not go by the road.
Path straight(std::span<const PathPose> ends) {
  TrajectoryPlan plan;
  plan.oriented = {0, 0};
  plan.vertices.resize(2);
  return shape(plan, ends);
}

// Who drives backwards goes the same way with its back first, unless the file says how it is turned.
void take_pose(Actors& a, Row row, const Path& path) {
  const PathPose pose = path.at(a.path_s[row]);
  const bool back = a.speed[row] < 0 && !path.oriented;
  a.x[row] = pose.x, a.y[row] = pose.y, a.z[row] = pose.z;
  a.yaw[row] = back ? sim::wrap_angle(pose.yaw + sim::kPi) : pose.yaw;
  a.pitch[row] = back ? -pose.pitch : pose.pitch;
  a.roll[row] = 0;
}

Place actor_place(const Motion& m, Row row) {
  const Actors& a = m.actors();
  Place place;
  place.x = a.x[row], place.y = a.y[row], place.z = a.z[row], place.yaw = a.yaw[row];
  if (a.frame[row] != Frame::kLane && a.frame[row] != Frame::kDriven) return place;
  place.lane = a.lane[row], place.lane_s = a.lane_s[row], place.lane_t = a.lane_t[row];
  return place;
}

}  // namespace

sim::Result<void> Routing::start(Motion& m, Row action, Row row, const View& view) {
  const Prepared& p = m.actions_[action];
  const auto& what = p.action.action;
  Actors& a = m.actors_;
  if (std::holds_alternative<osc::TeleportAction>(what)) return teleport(m, p, row, view);
  if (std::holds_alternative<osc::FollowTrajectoryAction>(what)) return follow(m, action, row, view);
  const bool driven = m.driven(row);
  if (driven) m.routed_.push_back(row);
  if (std::holds_alternative<osc::AcquirePositionAction>(what)) return acquire(m, action, row, view);
  if (std::holds_alternative<osc::AssignRouteAction>(what)) {
    if (p.closed && driven) return sim::fail("a closed route is told a driver in <Init> only");
    if (auto done = assign(m, p, row, view); !done) return done;
  } else {  // random: turns are drawn from now on
    m.routes_[row].clear();
    a.route_stops[row] = 0;
  }
  a.route_action[row] = action;
  return {};
}

sim::Result<void> Routing::teleport(Motion& m, const Prepared& p, Row row, const View& view) {
  const auto place = locate(p.target, view);
  if (!place) return tl::unexpected(place.error());
  m.place(row, *place);
  return {};
}

sim::Result<void> Routing::take_stops(Motion& m, Row row, std::span<const Place> places, bool shortest, bool closed) {
  auto route = route_through(*m.map_, places, shortest, closed);
  if (!route) return tl::unexpected(route.error());
  Actors& a = m.actors_;
  CHECK(places.size() <= m.stops_per_row_, "prepare() has counted the stops");
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t at = static_cast<std::size_t>(row) * m.stops_per_row_ + i;
    m.stops_.lane[at] = places[i].lane;
    m.stops_.s[at] = places[i].lane_s;
  }
  a.route_stops[row] = static_cast<std::int32_t>(places.size());
  m.routes_[row].assign(route->lanes.begin(), route->lanes.end());
  m.route_end_s_[row] = route->end_s;
  return {};
}

// From where it stands to the first waypoint, unless it is on the way already, and on.
sim::Result<void> Routing::assign(Motion& m, const Prepared& p, Row row, const View& view) {
  std::vector<Place> places;
  for (const Spot& waypoint : p.waypoints) {
    const auto place = locate(waypoint, view);
    if (!place) return tl::unexpected(place.error());
    places.push_back(*place);
  }
  const Place here = actor_place(m, row);
  if (auto done = take_stops(m, row, places, p.shortest, p.closed); !done) return done;
  const auto& lanes = m.routes_[row];
  const bool on_it = std::find(lanes.begin(), lanes.end(), here.lane) != lanes.end();
  if (on_it || p.closed || here.lane == kNone) return {};
  places.insert(places.begin(), here);
  if (m.driven(row)) return take_stops(m, row, places, p.shortest, false);
  // Who cannot get there keeps the route for when it crosses it.
  if (take_stops(m, row, places, p.shortest, false)) return {};
  places.erase(places.begin());
  return take_stops(m, row, places, p.shortest, p.closed);
}

sim::Result<void> Routing::acquire(Motion& m, Row action, Row row, const View& view) {
  const auto target = locate(m.actions_[action].target, view);
  if (!target) return tl::unexpected(target.error());
  Actors& a = m.actors_;
  const Place here = actor_place(m, row);
  const auto on_lane = [&](const Place& place) {
    return place.lane != kNone && maps::drivable(m.map_->lanes[place.lane].type);
  };
  if (on_lane(here) && on_lane(*target)) {
    const Place places[] = {here, *target};
    if (auto done = take_stops(m, row, places, false, false); !done) return done;
    a.route_action[row] = action;
    return {};
  }
  if (m.driven(row)) return sim::fail("the place lies on no lane that a driver could go to");
  const PathPose ends[] = {{here.x, here.y, here.z, here.yaw, 0, 0}, {target->x, target->y, target->z, 0, 0, 0}};
  save_vertices(m, row, ends);
  m.paths_[row] = straight(ends);
  a.frame[row] = Frame::kPath;
  a.path_action[row] = action;
  a.path_step[row] = view.step;
  a.path_s[row] = 0;
  a.lat_action[row] = kNone;
  return {};
}

void Routing::save_vertices(Motion& m, Row row, std::span<const PathPose> vertices) {
  CHECK(vertices.size() <= m.vertices_per_row_, "prepare() has counted the vertices");
  m.actors_.path_vertices[row] = static_cast<std::int32_t>(vertices.size());
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    const std::size_t at = static_cast<std::size_t>(row) * m.vertices_per_row_ + i;
    m.vertices_.x[at] = vertices[i].x;
    m.vertices_.y[at] = vertices[i].y;
    m.vertices_.z[at] = vertices[i].z;
    m.vertices_.yaw[at] = vertices[i].yaw;
  }
}

sim::Result<void> Routing::follow(Motion& m, Row action, Row row, const View& view) {
  const Prepared& p = m.actions_[action];
  const auto& follow = std::get<osc::FollowTrajectoryAction>(p.action.action);
  Actors& a = m.actors_;
  Path moving;
  if (!p.fixed_path) {
    if (p.plan.from_entity && !m.present(row))
      return sim::fail("the trajectory begins where the entity is, which is nowhere");
    if (auto placed = place_vertices(p.plan, view, m.placed_); !placed) return placed;
    if (p.plan.from_entity)
      m.placed_.insert(m.placed_.begin(), PathPose{a.x[row], a.y[row], a.z[row], a.yaw[row], a.pitch[row], 0});
    moving = shape(p.plan, m.placed_);
  }
  constexpr double kRoundingM = 0.01;  // files give lengths to the centimetre
  const double length = (p.fixed_path ? p.path : moving).length(),
               offset = std::min(follow.initial_distance_offset_m, length);
  if (follow.initial_distance_offset_m < 0 || follow.initial_distance_offset_m > length + kRoundingM)
    return sim::fail("the initial distance offset lies beyond the end of the trajectory");
  a.path_vertices[row] = 0;
  if (!p.fixed_path) {
    save_vertices(m, row, m.placed_);
    m.paths_[row] = std::move(moving);
  }
  const Path& path = p.fixed_path ? p.path : m.paths_[row];
  if (!m.present(row)) a.visible[row] = kToAll;  // it comes into the world where the trajectory begins
  a.path_action[row] = action;
  a.path_step[row] = view.step;
  a.frame[row] = Frame::kPath;
  a.lat_action[row] = kNone;
  a.left_speed[row] = 0;
  a.at_end[row] = 0;
  a.path_s[row] = offset;
  if (timed(m, row)) {
    a.long_action[row] = kNone;
    if (offset == 0) a.path_s[row] = path.s_at(file_time(m, row, view, view.time_s));
  }
  // Position mode: it stands where the trajectory begins from now on.
  take_pose(a, row, path);
  return {};
}

bool Routing::timed(const Motion& m, Row row) {
  const auto* follow = following(m, row);
  return follow != nullptr && follow->time_reference.has_value() && m.path_of(row).timed;
}

// The time that the trajectory's file would say: t = time * scale + offset, from now or from the start of the run.
double Routing::file_time(const Motion& m, Row row, const View& view, double now_s) {
  const auto* follow = following(m, row);
  const osc::TimeReference& reference = *follow->time_reference;
  const double start = static_cast<double>(m.actors_.path_step[row]) * view.dt_s();
  const double now = reference.domain == osc::ReferenceContext::kRelative ? now_s - start : now_s;
  double time = (now - reference.offset_s) / (reference.scale > 0 ? reference.scale : 1.0);
  // A trajectory that begins in its middle: the times count from there.
  const Path& path = m.path_of(row);
  if (follow->initial_distance_offset_m > 0) {
    for (std::size_t i = 0; i + 1 < path.nodes.size(); ++i) {
      const Path::Node &from = path.nodes[i], &to = path.nodes[i + 1];
      if (to.s < follow->initial_distance_offset_m) continue;
      const double u = to.s > from.s ? (follow->initial_distance_offset_m - from.s) / (to.s - from.s) : 0.0;
      return time + from.time_s + u * (to.time_s - from.time_s) - path.start_time_s();
    }
  }
  return time;
}

void Routing::advance_timed(Motion& m, const View& view, Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  const Path& path = m.path_of(row);
  const double time = file_time(m, row, view, static_cast<double>(view.step + 1) * view.dt_s());
  double s = path.s_at(time);
  const bool over = time >= path.end_time_s() - 1e-9 && !path.closed;
  if (path.closed && path.end_time_s() > path.start_time_s() && time > path.end_time_s()) {
    const double lap = path.end_time_s() - path.start_time_s();
    const double laps = std::floor((time - path.start_time_s()) / lap);
    s = laps * path.length() + path.s_at(time - laps * lap);
  }
  move.way = std::max(s - a.path_s[row], 0.0);
  a.speed[row] = move.way / move.dt;
  a.acceleration[row] = (a.speed[row] - move.speed) / move.dt;
  a.path_s[row] = s;
  take_pose(a, row, path);
  if (!over) return;
  // The step may have ended beyond the last time: its speed is that of the last piece.
  const double scale = following(m, row)->time_reference->scale;
  a.speed[row] = path.speed_at(path.end_time_s()) / (scale > 0 ? scale : 1.0);
  end_path(m, row, 0);
}

void Routing::advance_path(Motion& m, const Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  const Path& path = m.path_of(row);
  a.path_s[row] += std::abs(move.way);
  const double over = a.path_s[row] - path.length();
  if (over >= -1e-9 && !path.closed) {
    a.path_s[row] = path.length();
    take_pose(a, row, path);
    return end_path(m, row, std::max(over, 0.0));
  }
  take_pose(a, row, path);
}

void Routing::stop_path(Motion& m, Row row) {
  if (m.actors_.path_action[row] != kNone) end_path(m, row, 0);
}

// It goes on where the path has ended: on the lane there, or straight ahead.
void Routing::end_path(Motion& m, Row row, double left) {
  Actors& a = m.actors_;
  const bool acquired = following(m, row) == nullptr;
  a.path_action[row] = kNone;
  m.mark(row);
  m.settle(row, place_in_world(*m.map_, a.x[row], a.y[row], a.z[row], a.yaw[row]));
  if (acquired) a.speed[row] = 0;  // it has come to where it was to go
  if (left <= 0) return;
  const double way = a.speed[row] < 0 ? -left : left;
  if (a.frame[row] == Frame::kLane) {
    m.move_on_lane(row, way, 0);
    m.pose_on_lane(row);
  } else {
    m.move_free(row, way);
  }
}

void Routing::look_for_end(Motion& m, Row row) {
  Actors& a = m.actors_;
  const Row action = a.route_action[row];
  if (action == kNone || !std::holds_alternative<osc::AcquirePositionAction>(m.actions_[action].action.action)) return;
  const auto& route = m.routes_[row];
  const bool there = !route.empty() && a.lane[row] == route.back() && a.lane_s[row] >= m.route_end_s_[row] - 1e-6;
  if (!there && a.frame[row] == Frame::kDriven) return;  // it finds its way back
  if (!there && std::find(route.begin(), route.end(), a.lane[row]) != route.end()) return;
  if (!there && a.lat_action[row] != kNone) return;
  a.route_action[row] = kNone;
  a.route_stops[row] = 0;
  m.routes_[row].clear();
  m.mark(row);
}

void Routing::derive(Motion& m, Row row) {
  const Actors& a = m.actors_;
  m.routes_[row].clear();
  const auto stops = static_cast<std::size_t>(a.route_stops[row]);
  if (stops > 0 && a.route_action[row] != kNone) {
    std::vector<Place> places(stops);
    for (std::size_t i = 0; i < stops; ++i) {
      const std::size_t at = static_cast<std::size_t>(row) * m.stops_per_row_ + i;
      places[i].lane = m.stops_.lane[at];
      places[i].lane_s = m.stops_.s[at];
    }
    const Prepared& p = m.actions_[a.route_action[row]];
    if (auto route = route_through(*m.map_, places, p.shortest, p.closed && stops == p.waypoints.size())) {
      m.routes_[row] = std::move(route->lanes);
      m.route_end_s_[row] = route->end_s;
    }
  }
  const auto vertices = static_cast<std::size_t>(a.path_vertices[row]);
  if (a.path_action[row] == kNone || vertices == 0) return;
  std::vector<PathPose> placed(vertices);
  for (std::size_t i = 0; i < vertices; ++i) {
    const std::size_t at = static_cast<std::size_t>(row) * m.vertices_per_row_ + i;
    placed[i] = {m.vertices_.x[at], m.vertices_.y[at], m.vertices_.z[at], m.vertices_.yaw[at], 0, 0};
  }
  m.paths_[row] = following(m, row) == nullptr ? straight(placed) : shape(m.actions_[a.path_action[row]].plan, placed);
}

Row Routing::draw(Motion& m, Row row) {
  Actors& a = m.actors_;
  const Row action = a.route_action[row];
  if (action == kNone || a.dir[row] < 0 || a.frame[row] != Frame::kLane ||
      !std::holds_alternative<osc::RandomRouteAction>(m.actions_[action].action.action))
    return kNone;
  const auto next = m.map_->successors(a.lane[row]);
  if (next.size() < 2) return kNone;
  const std::uint32_t i = sim::uniform_index(m.seed_, static_cast<std::uint32_t>(row), a.turns[row], sim::Stream::kTurn,
                                             static_cast<std::uint32_t>(next.size()));
  return next[i];
}

}  // namespace bitgoeul::scenarios::story
