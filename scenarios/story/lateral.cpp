#include "scenarios/story/lateral.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "maps/lane_geometry.h"
#include "maps/road_position.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kReachedM = 0.01;
constexpr double kRouteChangeS = 3.0;  // how long a lane change takes that only the route asks for
constexpr double kClosing = 1.0;       // 1/s
constexpr auto kEntity = osc::CoordinateSystem::kEntity;

osc::DynamicsShape shape_of_action(const Motion& m, Row action) {
  if (action < 0) return osc::DynamicsShape::kCubic;
  const auto& what = m.prepared(action).action.action;
  if (const auto* change = std::get_if<osc::LaneChangeAction>(&what)) return change->dynamics.shape;
  if (const auto* offset = std::get_if<osc::LaneOffsetAction>(&what)) return offset->shape;
  return osc::DynamicsShape::kStep;
}

sim::Result<void> not_on_lane() {
  return sim::fail("the entity is not on a lane, so it has none to change or to keep");
}

}  // namespace

sim::Result<void> Lateral::start(Motion& m, Row action, Row row, const View& view) {
  Actors& a = m.actors_;
  const Prepared& p = m.actions_[action];
  // Beside the roads only a distance to somebody has a meaning.
  const auto* keep = std::get_if<osc::LateralDistanceAction>(&p.action.action);
  const bool free = a.frame[row] == Frame::kFree && keep != nullptr && keep->coordinate_system == kEntity;
  if (a.frame[row] != Frame::kLane && !free) return not_on_lane();
  if (p.entity != kNone && !view.seen[p.entity].alive)
    return sim::fail(fmt::format("{} is not there", view.names[p.entity]));
  const auto& what = p.action.action;
  const auto begun = std::holds_alternative<osc::LaneChangeAction>(what)   ? begin_lane_change(m, p, row, view)
                     : std::holds_alternative<osc::LaneOffsetAction>(what) ? begin_offset(m, p, row, view)
                                                                           : begin_distance(m, p, row, view);
  if (!begun) return begun;
  a.lat_action[row] = action;
  a.lat_step[row] = view.step;
  a.lat_gone[row] = 0;
  return {};
}

namespace {

// The lane that the action means, in the section that the actor is in.
Row target_lane(const maps::Map& map, const osc::LaneChangeAction& change, const Prepared& p, const LaneSpot& at,
                const View& view) {
  if (const auto* id = std::get_if<std::int32_t>(&change.target)) return lane_in_section(map, at.lane, *id);
  const auto& relative = std::get<osc::RelativeTargetLane>(change.target);
  const Seen& other = view.seen[p.entity];
  if (other.lane == kNone) return kNone;
  const maps::Lane& lane = map.lanes[other.lane];
  // Positive: to the left of who looks the way the other one does.
  const double ahead = sim::wrap_angle(other.yaw - maps::lane_pose(map, other.lane, other.lane_s).heading);
  const int sense = (std::abs(ahead) <= 0.5 * sim::kPi ? 1 : -1) * lane.direction;
  if (lane.section == map.lanes[at.lane].section) return lane_beside(map, other.lane, relative.value * sense);
  // On another road or section: its lane is counted on from here.
  const int own_sense = at.dir * map.lanes[at.lane].direction;
  const Row same = lane_in_section(map, at.lane, lane.odr_id * (own_sense == sense ? 1 : -1));
  return same == kNone ? kNone : lane_beside(map, same, relative.value * own_sense);
}

}  // namespace

sim::Result<void> Lateral::possible(const Motion& m, Row action, Row row, const View& view) {
  const Prepared& p = m.actions_[action];
  const Seen& seen = view.seen[row];
  if (seen.lane == kNone) return not_on_lane();
  if (p.entity != kNone && !view.seen[p.entity].alive)
    return sim::fail(fmt::format("{} is not there", view.names[p.entity]));
  const auto* change = std::get_if<osc::LaneChangeAction>(&p.action.action);
  if (change && target_lane(*m.map_, *change, p, spot_on_lane(*m.map_, place_of(seen)), view) == kNone)
    return sim::fail("there is no such lane beside the entity");
  return {};
}

sim::Result<Row> Lateral::target(const Motion& m, Row action, Row row, const View& view) {
  const Prepared& p = m.actions_[action];
  if (auto could = possible(m, action, row, view); !could) return tl::unexpected(could.error());
  return target_lane(*m.map_, std::get<osc::LaneChangeAction>(p.action.action), p, m.spot(row), view);
}

sim::Result<void> Lateral::begin_lane_change(Motion& m, const Prepared& p, Row row, const View& view) {
  Actors& a = m.actors_;
  const auto& change = std::get<osc::LaneChangeAction>(p.action.action);
  const Row lane = target_lane(*m.map_, change, p, m.spot(row), view);
  if (lane == kNone) {
    const maps::Lane& here = m.map_->lanes[a.lane[row]];
    return sim::fail(fmt::format("there is no such lane beside lane {} of road {}", here.odr_id,
                                 m.map_->text_of(m.map_->roads[here.road].id)));
  }
  m.set_spot(row, seen_from(*m.map_, m.spot(row), lane));
  a.lat_from[row] = a.lane_t[row];
  a.lat_to[row] = change.target_lane_offset_m * m.map_->lanes[lane].direction;
  a.lat_time[row] = a.lat_way[row] = 0;
  const osc::TransitionDynamics& dynamics = change.dynamics;
  if (dynamics.shape == DynamicsShape::kStep) return {};
  switch (dynamics.dimension) {
    case osc::DynamicsDimension::kTime:
      a.lat_time[row] = dynamics.value;
      break;
    case osc::DynamicsDimension::kDistance:
      a.lat_way[row] = dynamics.value;
      break;
    case osc::DynamicsDimension::kRate:
      a.lat_time[row] = time_of_rate(dynamics.shape, a.lat_to[row] - a.lat_from[row], dynamics.value);
      break;
  }
  return {};
}

sim::Result<void> Lateral::begin_offset(Motion& m, const Prepared& p, Row row, const View& view) {
  Actors& a = m.actors_;
  const auto& offset = std::get<osc::LaneOffsetAction>(p.action.action);
  const int direction = m.map_->lanes[a.lane[row]].direction;
  double to = 0;
  if (const double* absolute = std::get_if<double>(&offset.target)) {
    to = *absolute;
  } else {
    const Seen& other = view.seen[p.entity];
    if (other.lane == kNone) return sim::fail(fmt::format("{} is not on a lane", view.names[p.entity]));
    to = std::get<osc::RelativeTargetLaneOffset>(offset.target).value_m +
         other.lane_t * m.map_->lanes[other.lane].direction;
  }
  a.lat_from[row] = a.lane_t[row];
  a.lat_to[row] = to * direction;
  a.lat_way[row] = 0;
  a.lat_time[row] =
      offset.max_lateral_acceleration_mps2
          ? time_of_acceleration(offset.shape, a.lat_to[row] - a.lat_from[row], *offset.max_lateral_acceleration_mps2)
          : 0.0;
  return {};
}

// Metres that the other is to the left of the actor, seen the way the actor looks.
double Lateral::left_of(const Motion& m, const View& view, Row row, Row other, osc::CoordinateSystem in) {
  const Actors& a = m.actors_;
  const Seen &self = view.seen[row], &seen = view.seen[other];
  const bool along = in == osc::CoordinateSystem::kLane || in == osc::CoordinateSystem::kRoad;
  if (along && self.road != kNone && self.road == seen.road)
    return (seen.road_t - self.road_t) * a.dir[row] * m.map_->lanes[a.lane[row]].direction;
  double sine, cosine;
  sim::sincos(a.yaw[row], sine, cosine);
  return (seen.y - a.y[row]) * cosine - (seen.x - a.x[row]) * sine;
}

sim::Result<void> Lateral::begin_distance(Motion& m, const Prepared& p, Row row, const View& view) {
  Actors& a = m.actors_;
  const auto& keep = std::get<osc::LateralDistanceAction>(p.action.action);
  const double left = left_of(m, view, row, p.entity, keep.coordinate_system);
  // lat_way: +1 the other is to be on the left; lat_to: the distance.
  a.lat_way[row] = keep.displacement == osc::LateralDisplacement::kRight  ? 1
                   : keep.displacement == osc::LateralDisplacement::kLeft ? -1
                   : left >= 0                                            ? 1
                                                                          : -1;
  const double bodies = keep.freespace ? 0.5 * (view.seen[row].width + view.seen[p.entity].width) : 0.0;
  a.lat_to[row] = keep.distance_m ? *keep.distance_m + bodies : std::abs(left);
  a.lat_from[row] = a.lane_t[row];
  a.lat_time[row] = 0;
  return {};
}

void Lateral::keep_distance(Motion& m, const Prepared& p, const View& view, const Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  const auto& keep = std::get<osc::LateralDistanceAction>(p.action.action);
  // How far it has to go to the left of the way it looks.
  const double error = left_of(m, view, row, p.entity, keep.coordinate_system) - a.lat_way[row] * a.lat_to[row];
  double acceleration = kInfinity, speed = kInfinity;
  if (keep.constraints) {
    acceleration = keep.constraints->max_acceleration_mps2.value_or(kInfinity);
    speed = keep.constraints->max_speed_mps.value_or(kInfinity);
  }
  double step = error;
  const bool limited = !std::isinf(acceleration) || !std::isinf(speed);
  if (limited) {
    const double room = std::min({std::sqrt(2.0 * acceleration * std::abs(error)), kClosing * std::abs(error), speed});
    const double wanted = error > 0 ? room : -room, before = a.left_speed[row] * a.dir[row];
    const double now = std::clamp(wanted, before - acceleration * move.dt, before + acceleration * move.dt);
    step = now * move.dt;
  }
  if (a.frame[row] == Frame::kFree) {
    double sine, cosine;
    sim::sincos(a.yaw[row], sine, cosine);
    a.x[row] -= step * sine;
    a.y[row] += step * cosine;
  } else {
    a.lane_t[row] += step * a.dir[row];
  }
  a.left_speed[row] = limited ? step / move.dt * a.dir[row] : 0.0;
  if (!keep.continuous && std::abs(error - step) <= kReachedM) {
    a.lat_action[row] = kNone;
    m.mark(row);
  }
}

double Lateral::way_along(const Motion& m, const Move& move) {
  const double across = m.actors_.left_speed[move.row] * move.dt;
  if (across == 0) return move.way;
  const double along = std::sqrt(std::max(move.way * move.way - across * across, 0.0));
  return move.way < 0 ? -along : along;
}

void Lateral::advance(Motion& m, const View& view, const Move& move, double along) {
  Actors& a = m.actors_;
  const Row row = move.row, action = a.lat_action[row];
  if (action == kNone || (a.frame[row] != Frame::kLane && a.frame[row] != Frame::kFree)) {
    a.left_speed[row] = 0;
    return;
  }
  if (action >= 0) {
    const Prepared& p = m.actions_[action];
    if (p.entity != kNone && !view.seen[p.entity].alive) {
      a.lat_action[row] = kNone;
      return m.mark(row);
    }
    if (std::holds_alternative<osc::LateralDistanceAction>(p.action.action)) return keep_distance(m, p, view, move);
  }
  const osc::LaneOffsetAction* offset =
      action >= 0 ? std::get_if<osc::LaneOffsetAction>(&m.actions_[action].action.action) : nullptr;
  const bool goes_on = offset != nullptr && offset->continuous;
  if (goes_on && std::holds_alternative<osc::RelativeTargetLaneOffset>(offset->target)) {
    const Seen& other = view.seen[m.actions_[action].entity];
    if (other.lane != kNone)
      a.lat_to[row] = (std::get<osc::RelativeTargetLaneOffset>(offset->target).value_m +
                       other.lane_t * m.map_->lanes[other.lane].direction) *
                      m.map_->lanes[a.lane[row]].direction;
  }
  double u = 1.0;
  a.lat_gone[row] += std::abs(along);
  if (a.lat_way[row] > 0)
    u = a.lat_gone[row] / a.lat_way[row];
  else if (a.lat_time[row] > 0)
    u = m.elapsed(a.lat_step[row], view) / a.lat_time[row];
  const bool done = u >= 1.0 - 1e-9;
  const double before = a.lane_t[row];
  a.lane_t[row] = done
                      ? a.lat_to[row]
                      : a.lat_from[row] + share_done(shape_of_action(m, action), u) * (a.lat_to[row] - a.lat_from[row]);
  const bool jump = a.lat_way[row] <= 0 && a.lat_time[row] <= 0;
  a.left_speed[row] = jump || done ? 0.0 : (a.lane_t[row] - before) / move.dt;
  if (!done || goes_on) return;
  a.lat_action[row] = kNone;
  m.mark(row);
}

void Lateral::follow_route(Motion& m, Row row, const View& view) {
  Actors& a = m.actors_;
  const std::span<const Row> route = m.route(row);
  if (route.empty() || a.lat_action[row] != kNone || a.frame[row] != Frame::kLane || a.dir[row] < 0) return;
  const auto here = std::find(route.begin(), route.end(), a.lane[row]);
  if (here == route.end() || here + 1 == route.end()) return;
  const maps::Lane& lane = m.map_->lanes[a.lane[row]];
  const Row next = *(here + 1);
  if (m.map_->lanes[next].section != lane.section || next == a.lane[row]) return;
  m.set_spot(row, seen_from(*m.map_, m.spot(row), next));
  a.lat_action[row] = kRouteChange;
  a.lat_step[row] = view.step;
  a.lat_from[row] = a.lane_t[row];
  a.lat_to[row] = a.lat_way[row] = 0;
  const double left = m.map_->lanes[next].length - a.lane_s[row];
  a.lat_time[row] = std::max(std::min(kRouteChangeS, left / std::max(a.speed[row], 1.0)), 0.1);
  m.mark(row);
}

}  // namespace bitgoeul::scenarios::story
