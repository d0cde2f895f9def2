#include "scenarios/story/longitudinal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "maps/lane_geometry.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kReachedM = 0.05;  // a distance is kept from here on
constexpr double kLookM = 2000;     // how far along the road others are looked for
constexpr double kClosing = 2.0;    // 1/s: how a distance is closed where the limits do not bind
constexpr double kStandsMps = 1e-3;
constexpr std::uint8_t kThrottle = 1, kBrake = 2, kParkingBrake = 8;  // bits of Actors::overridden
constexpr double kDrivenMps = 0.1;                                    // a driver has reached a speed

bool on_lane(const Actors& a, Row row) { return a.frame[row] == Frame::kLane || a.frame[row] == Frame::kDriven; }

double target_speed(const osc::SpeedAction& speed, const Prepared& p, const View& view) {
  if (const double* absolute = std::get_if<double>(&speed.target)) return *absolute;
  const auto& relative = std::get<osc::RelativeTargetSpeed>(speed.target);
  const double other = view.seen[p.entity].speed;
  return relative.type == osc::SpeedTargetValueType::kDelta ? other + relative.value : other * relative.value;
}

bool goes_on(const osc::SpeedAction& speed) {
  const auto* relative = std::get_if<osc::RelativeTargetSpeed>(&speed.target);
  return relative != nullptr && relative->continuous;
}

// Of a way the mean of a transition's speeds makes a time: all shapes are symmetric about their middle.
double transition_time(const osc::TransitionDynamics& dynamics, double from, double to) {
  switch (dynamics.dimension) {
    case osc::DynamicsDimension::kTime:
      return dynamics.value;
    case osc::DynamicsDimension::kRate:
      return time_of_rate(dynamics.shape, to - from, dynamics.value);
    case osc::DynamicsDimension::kDistance:
      return std::abs(from + to) > kStandsMps ? 2.0 * dynamics.value / std::abs(from + to) : 0.0;
  }
  return 0.0;
}

struct Limits {
  double acceleration = kInfinity, deceleration = kInfinity, jerk_up = kInfinity, jerk_down = kInfinity,
         speed = kInfinity;
  explicit Limits(const std::optional<osc::DynamicConstraints>& c) {
    if (!c) return;
    acceleration = c->max_acceleration_mps2.value_or(kInfinity);
    deceleration = c->max_deceleration_mps2.value_or(kInfinity);
    jerk_up = c->max_acceleration_rate_mps3.value_or(kInfinity);
    jerk_down = c->max_deceleration_rate_mps3.value_or(kInfinity);
    speed = c->max_speed_mps.value_or(kInfinity);
  }
  bool none() const { return std::isinf(acceleration) && std::isinf(deceleration); }
};

void finish(Actors& a, Row row) { a.long_action[row] = kNone; }

// Takes the speed as that of the end of the step; the way is that of a steady change.
void take_speed(Actors& a, Motion::Move& move, double speed) {
  const double before = a.speed[move.row];
  a.acceleration[move.row] = (speed - before) / move.dt;
  move.way = 0.5 * (before + speed) * move.dt;
  a.speed[move.row] = speed;
}

}  // namespace

// A distance along the road is kept along the road, however the entity is turned.
void Longitudinal::take_to_lane(Motion& m, Row row) {
  Actors& a = m.actors_;
  if (a.frame[row] != Frame::kFree) return;
  const Place place = place_in_world(*m.map_, a.x[row], a.y[row], a.z[row], a.yaw[row]);
  if (place.lane == kNone) return;
  const LaneSpot at = spot_on_lane(*m.map_, place);
  const double along = maps::lane_pose(*m.map_, at.lane, at.s).heading + (at.dir < 0 ? sim::kPi : 0.0);
  a.frame[row] = Frame::kLane;
  a.yaw_offset[row] = sim::wrap_angle(a.yaw[row] - along);
  m.set_spot(row, at);
}

sim::Result<void> Longitudinal::start(Motion& m, Row action, Row row, const View& view) {
  const Prepared& p = m.actions_[action];
  Actors& a = m.actors_;
  if (p.entity != kNone && !view.seen[p.entity].alive)
    return sim::fail(fmt::format("{} is not there", view.names[p.entity]));
  a.long_action[row] = action;
  a.long_step[row] = view.step;
  a.long_from[row] = a.speed[row];
  a.long_to[row] = a.long_time[row] = a.long_phase_s[row] = 0;
  a.long_phase[row] = 0;
  if (const auto* speed = std::get_if<osc::SpeedAction>(&p.action.action)) {
    if (begin_speed(m, *speed, p, row, view)) finish(a, row);
  } else if (const auto* keep = std::get_if<osc::LongitudinalDistanceAction>(&p.action.action)) {
    if (keep->coordinate_system == osc::CoordinateSystem::kLane ||
        keep->coordinate_system == osc::CoordinateSystem::kRoad)
      take_to_lane(m, row);
    const double ahead = way_ahead(m, view, row, p.entity, keep->coordinate_system);
    a.long_phase[row] = keep->displacement == osc::LongitudinalDisplacement::kAny        ? (ahead >= 0 ? 1 : -1)
                        : keep->displacement == osc::LongitudinalDisplacement::kTrailing ? 1
                                                                                         : -1;
    a.long_time[row] = a.acceleration[row];
    // Without a distance or a time gap it keeps the one there is.
    a.long_to[row] = std::abs(ahead);
    if (!Limits(keep->constraints).none() || !m.present(row)) return {};
    Move jump{row, 0, a.speed[row], 0};  // nothing limits it: it is there now
    keep_distance(m, *keep, p, view, jump);
    if (a.frame[row] == Frame::kLane) {
      m.move_on_lane(row, jump.way, 0);
      m.pose_on_lane(row);
    } else if (a.frame[row] == Frame::kFree) {
      m.move_free(row, jump.way);
    }
  }
  return {};
}

// True when it is done at once.
bool Longitudinal::begin_speed(Motion& m, const osc::SpeedAction& speed, const Prepared& p, Row row, const View& view) {
  Actors& a = m.actors_;
  a.long_to[row] = target_speed(speed, p, view);
  const Body& body = m.bodies_[row];
  a.long_to[row] = std::clamp(a.long_to[row], -body.max_speed_mps, body.max_speed_mps);
  const double from = a.speed[row], to = a.long_to[row];
  a.long_time[row] = 0;
  if (speed.dynamics.shape != DynamicsShape::kStep) {
    const double limit = std::abs(to) > std::abs(from) ? body.max_acceleration_mps2 : body.max_deceleration_mps2;
    const double least = limit > 0 ? time_of_rate(speed.dynamics.shape, to - from, limit) : 0.0;
    a.long_time[row] = std::max(transition_time(speed.dynamics, from, to), least);
  }
  if (a.long_time[row] > 0.0) return false;
  a.speed[row] = a.long_to[row];
  return !goes_on(speed) && a.frame[row] != Frame::kDriven;
}

// Pedals that an OverrideControllerValueAction holds: pressed down they give what the vehicle can do at most, and they
// end the action that gave the speed. False: none is held, or the file does not say what the vehicle can do.
bool Longitudinal::press(Motion& m, Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  const Body& body = m.bodies_[row];
  const std::uint8_t held = a.overridden[row] & (kThrottle | kBrake | kParkingBrake);
  if (held == 0 || body.max_acceleration_mps2 > 1e299 || body.max_deceleration_mps2 > 1e299) return false;
  const auto pedal = [&](std::uint8_t bit, double value) {
    return (held & bit) != 0 ? std::clamp(value, 0.0, 1.0) : 0.0;
  };
  if (a.long_action[row] != kNone) {
    finish(a, row);
    m.mark(row);
  }
  const double brake = std::max(pedal(kBrake, a.brake[row]), pedal(kParkingBrake, a.parking_brake[row]));
  const double change =
      pedal(kThrottle, a.throttle[row]) * body.max_acceleration_mps2 - brake * body.max_deceleration_mps2;
  const double speed = std::clamp(std::abs(a.speed[row]) + change * move.dt, 0.0, body.max_speed_mps);
  take_speed(a, move, a.speed[row] < 0 ? -speed : speed);
  return true;
}

void Longitudinal::advance(Motion& m, const View& view, Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  if (press(m, move)) return;
  move.way = a.speed[row] * move.dt;
  if (a.long_action[row] == kNone) {
    a.acceleration[row] = 0;
    return;
  }
  const Prepared& p = m.actions_[a.long_action[row]];
  const auto& action = p.action.action;
  if (p.entity != kNone && !view.seen[p.entity].alive) {
    finish(a, row);
    m.mark(row);
  } else if (const auto* change = std::get_if<osc::SpeedAction>(&action)) {
    speed(m, *change, p, view, move);
  } else if (const auto* entries = std::get_if<osc::SpeedProfileAction>(&action)) {
    profile(m, *entries, p, view, move);
  } else if (const auto* keep = std::get_if<osc::LongitudinalDistanceAction>(&action)) {
    keep_distance(m, *keep, p, view, move);
  } else if (const auto* sync = std::get_if<osc::SynchronizeAction>(&action)) {
    synchronize(m, *sync, p, view, move);
  }
  if (a.long_action[row] == kNone) m.mark(row);
}

void Longitudinal::speed(Motion& m, const osc::SpeedAction& speed, const Prepared& p, const View& view, Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  if (goes_on(speed)) a.long_to[row] = target_speed(speed, p, view);
  const double u = a.long_time[row] > 0 ? m.elapsed(a.long_step[row], view) / a.long_time[row] : 1.0;
  const bool done = u >= 1.0 - 1e-9;
  const double share = done ? 1.0 : share_done(speed.dynamics.shape, u);
  take_speed(a, move, done ? a.long_to[row] : a.long_from[row] + share * (a.long_to[row] - a.long_from[row]));
  const bool there = a.frame[row] != Frame::kDriven || std::abs(view.seen[row].speed - a.long_to[row]) < kDrivenMps;
  if (done && there && !goes_on(speed)) finish(a, row);
}

void Longitudinal::profile(Motion& m, const osc::SpeedProfileAction& profile, const Prepared& p, const View& view,
                           Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  const Limits limits(profile.constraints);
  const bool smooth = profile.following_mode == osc::FollowingMode::kFollow;
  const double now = m.elapsed(a.long_step[row], view), base = p.entity == kNone ? 0.0 : view.seen[p.entity].speed;
  const double before = a.speed[row];
  double way = 0, from_s = now - move.dt;
  while (static_cast<std::size_t>(a.long_phase[row]) < profile.entries.size()) {
    const osc::SpeedProfileEntry& entry = profile.entries[static_cast<std::size_t>(a.long_phase[row])];
    const double from = a.long_from[row], to = std::min(base + entry.speed_mps, limits.speed);
    const double jerk = !smooth ? kInfinity : to > from ? limits.jerk_up : limits.jerk_down;
    const double limit = to > from ? limits.acceleration : limits.deceleration;
    const SpeedRamp ramp =
        entry.time_s ? timed_ramp(from, to, *entry.time_s, jerk) : fastest_ramp(from, to, limit, jerk);
    const double since = now - a.long_phase_s[row];
    way += ramp.distance(std::min(since, ramp.time_s)) - ramp.distance(std::max(from_s - a.long_phase_s[row], 0.0));
    if (since < ramp.time_s - 1e-9) {
      a.speed[row] = ramp.speed(since);
      from_s = now;
      break;
    }
    a.speed[row] = a.long_from[row] = to;
    a.long_phase_s[row] += ramp.time_s;
    from_s = a.long_phase_s[row];
    ++a.long_phase[row];
  }
  move.way = way + std::max(now - from_s, 0.0) * a.speed[row];
  a.acceleration[row] = (a.speed[row] - before) / move.dt;
  if (static_cast<std::size_t>(a.long_phase[row]) >= profile.entries.size()) finish(a, row);
}

// Metres from the actor to the other along the actor's way, negative behind, from reference point to reference point.
double Longitudinal::way_ahead(const Motion& m, const View& view, Row row, Row other, osc::CoordinateSystem in) {
  const Actors& a = m.actors_;
  const Seen& seen = view.seen[other];
  if (in == osc::CoordinateSystem::kTrajectory && a.frame[row] == Frame::kPath)
    return m.path_of(row).nearest(seen.x, seen.y) - a.path_s[row];
  const bool along = in == osc::CoordinateSystem::kLane || in == osc::CoordinateSystem::kRoad;
  if (along && on_lane(a, row) && seen.lane != kNone) {
    const auto way = way_to(*m.map_, m.spot(row), {seen.lane, seen.lane_s, seen.lane_t, 1}, kLookM, m.route(row));
    if (way) return *way;
  }
  double sine, cosine;
  sim::sincos(a.yaw[row], sine, cosine);
  return (seen.x - a.x[row]) * cosine + (seen.y - a.y[row]) * sine;
}

void Longitudinal::keep_distance(Motion& m, const osc::LongitudinalDistanceAction& keep, const Prepared& p,
                                 const View& view, Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  const Seen &other = view.seen[p.entity], &self = view.seen[row];
  const Limits limits(keep.constraints);
  const int side = a.long_phase[row];  // +1: the other is to be ahead
  const double along = a.frame[row] == Frame::kLane ? a.yaw[row] - a.yaw_offset[row] : a.yaw[row];
  const double towards = other.speed * sim::cos(other.yaw - along);
  double wanted = keep.distance_m   ? *keep.distance_m
                  : keep.time_gap_s ? *keep.time_gap_s * std::max(a.speed[row], 0.0)
                                    : a.long_to[row];
  if (keep.freespace)  // bumper to bumper, said from reference point to reference point
    wanted += side > 0 ? self.center_x + 0.5 * self.length - other.center_x + 0.5 * other.length
                       : other.center_x + 0.5 * other.length - self.center_x + 0.5 * self.length;
  const double error = way_ahead(m, view, row, p.entity, keep.coordinate_system) - side * wanted;
  if (limits.none()) {  // no limit: it is there at the end of the step
    a.speed[row] = std::min(towards, limits.speed);
    move.way = error + towards * move.dt;
    a.acceleration[row] = 0;
    if (!keep.continuous) finish(a, row);
    return;
  }
  const double braking = error > 0 ? limits.deceleration : limits.acceleration;
  const double closing =
      std::min(std::sqrt(2.0 * std::min(braking, 100.0) * std::abs(error)), kClosing * std::abs(error));
  const double aim = std::clamp(towards + (error > 0 ? closing : -closing), 0.0, limits.speed);
  double acceleration = std::clamp((aim - a.speed[row]) / move.dt, -limits.deceleration, limits.acceleration);
  const double last = a.long_time[row];  // of the step before
  acceleration = std::clamp(acceleration, last - limits.jerk_down * move.dt, last + limits.jerk_up * move.dt);
  a.long_time[row] = acceleration;
  take_speed(a, move, std::max(a.speed[row] + acceleration * move.dt, 0.0));
  if (!keep.continuous && std::abs(error) <= kReachedM) finish(a, row);
}

// Metres along the actor's way to a place; beside every road the straight line.
double Longitudinal::way_to_place(const Motion& m, const View& view, Row row, const Place& place) {
  const bool actor = m.actors_.frame[row] != Frame::kAbsent;
  const Seen& seen = view.seen[row];
  if (actor && m.actors_.frame[row] == Frame::kPath)
    return m.path_of(row).nearest(place.x, place.y) - m.actors_.path_s[row];
  LaneSpot from{seen.lane, seen.lane_s, seen.lane_t, 1};
  if (actor && on_lane(m.actors_, row)) {
    from = m.spot(row);
  } else if (seen.lane != kNone) {
    Place here = place_of(seen);
    from = spot_on_lane(*m.map_, here);
  }
  if (from.lane != kNone && place.lane != kNone) {
    const auto way = way_to(*m.map_, from, {place.lane, place.lane_s, place.lane_t, 1}, kLookM, m.route(row));
    if (way) return *way;
  }
  double sine, cosine;
  sim::sincos(seen.yaw, sine, cosine);
  return (place.x - seen.x) * cosine + (place.y - seen.y) * sine;
}

// Both are to be at their places at the same time. Without a final speed: the steady speed that does it. With one: the
// motion with the least squared acceleration (linear in time), found anew in every step from what is left.
void Longitudinal::synchronize(Motion& m, const osc::SynchronizeAction& sync, const Prepared& p, const View& view,
                               Move& move) {
  Actors& a = m.actors_;
  const Row row = move.row;
  const auto own_place = locate(p.target, view), master_place = locate(p.master_target, view);
  if (!own_place || !master_place) return finish(a, row);
  const Seen& master = view.seen[p.entity];
  const double own_way = way_to_place(m, view, row, *own_place);
  const double master_way = way_to_place(m, view, p.entity, *master_place);
  const double own_step = std::max(a.speed[row], 0.0) * move.dt;
  const bool own_there = own_way <= std::max(sync.target_tolerance_m, own_step);
  if (own_there || master_way <= std::max(sync.target_tolerance_master_m, master.speed * move.dt))
    return finish(a, row);
  if (master.speed < kStandsMps) return take_speed(a, move, 0.0);  // it arrives never: wait
  const double arrival = master_way / master.speed;
  if (!sync.final_speed) return take_speed(a, move, std::max(own_way / arrival, 0.0));
  double final = 0;
  const std::optional<osc::SteadyState>* steady = nullptr;
  if (const auto* absolute = std::get_if<osc::AbsoluteSpeed>(&*sync.final_speed)) {
    final = absolute->value_mps;
    steady = &absolute->steady_state;
  } else {
    const auto& relative = std::get<osc::RelativeSpeedToMaster>(*sync.final_speed);
    final = relative.type == osc::SpeedTargetValueType::kDelta ? master.speed + relative.value
                                                               : master.speed * relative.value;
    steady = &relative.steady_state;
  }
  double way = own_way, time = arrival;
  if (*steady) {
    const double value = (*steady)->value;
    const double steady_way = (*steady)->is_time ? final * value : value;
    way -= steady_way;
    time -= (*steady)->is_time ? value : final > kStandsMps ? value / final : 0.0;
  }
  // Who stands waits until a steady acceleration makes it.
  if (std::abs(a.speed[row]) < kStandsMps && final > kStandsMps && time - move.dt > 2.0 * way / final)
    return take_speed(a, move, 0.0);
  if (time <= 3.0 * move.dt || way <= 0) return take_speed(a, move, std::max(final, 0.0));
  const double before = a.speed[row];
  const double start = (6.0 * way / time - 4.0 * before - 2.0 * final) / time;
  const double end = (-6.0 * way / time + 2.0 * before + 4.0 * final) / time;
  const double middle = start + (end - start) * 0.5 * move.dt / time;
  take_speed(a, move, std::max(before + middle * move.dt, 0.0));
}

}  // namespace bitgoeul::scenarios::story
