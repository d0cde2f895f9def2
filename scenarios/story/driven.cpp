#include "scenarios/story/driven.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/story/lateral.h"
#include "scenarios/story/longitudinal.h"
#include "scenarios/story/routing.h"
#include "scenarios/story/states.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

constexpr double kInLaneM = 0.1;  // the body is in the lane that it was to change to

// Both domains or none: a driver does not share an entity.
std::optional<bool> both(const std::optional<bool>& lateral, const std::optional<bool>& longitudinal) {
  return lateral && longitudinal && *lateral == *longitudinal ? lateral : std::nullopt;
}
bool shared(const std::optional<bool>& lateral, const std::optional<bool>& longitudinal) {
  return lateral.has_value() != longitudinal.has_value() || (lateral && *lateral != *longitudinal);
}

bool names_driver(const osc::Controller& controller) {
  return osc::find_property(controller.properties, osc::kDriverProperty).has_value();
}

struct Defect {
  std::string operator()(const osc::LongitudinalDistanceAction& keep) const {
    const auto& c = keep.constraints;
    return c && c->max_acceleration_mps2 && c->max_deceleration_mps2
               ? std::string()
               : "asks for a distance without limits of acceleration, which would be there at once";
  }
  std::string operator()(const osc::ActivateControllerAction& a) const {
    return shared(a.lateral, a.longitudinal) ? "gives one of the domains lateral and longitudinal to somebody else"
                                             : std::string();
  }
  std::string operator()(const osc::ControllerAction& a) const {
    if (a.override_values) return "sets pedals or the wheel";
    if (a.assign && shared(a.assign->activate_lateral, a.assign->activate_longitudinal))
      return "gives one of the domains lateral and longitudinal to somebody else";
    return a.activate ? (*this)(*a.activate) : std::string();
  }
  std::string operator()(const osc::LaneOffsetAction&) const { return "asks for an offset to the lane"; }
  std::string operator()(const osc::LateralDistanceAction&) const { return "asks for a lateral distance"; }
  std::string operator()(const osc::FollowTrajectoryAction&) const { return "gives a trajectory"; }
  std::string operator()(const osc::TeleportAction&) const { return "puts it elsewhere"; }
  std::string operator()(const osc::ConnectTrailerAction&) const { return "hangs a trailer on"; }
  std::string operator()(const osc::DisconnectTrailerAction&) const { return "lets a trailer go"; }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

// Lanes from one to the other, positive to the left of the driving direction; 0: it is not beside it.
int hops_between(const maps::Map& map, Row from, Row to) {
  constexpr int kMost = 16;
  for (const int side : {1, -1}) {
    Row lane = from;
    for (int n = 1; n <= kMost; ++n) {
      lane = side > 0 ? map.lanes[lane].left : map.lanes[lane].right;
      if (lane == kNone || !maps::drivable(map.lanes[lane].type)) break;
      if (lane == to) return side * n;
    }
  }
  return 0;
}

}  // namespace

std::string Driven::defect(const osc::PrivateAction& action) { return std::visit(Defect{}, action.action); }

bool Driven::story_does_in_init(const osc::PrivateAction& action) {
  return std::holds_alternative<osc::ActivateControllerAction>(action.action) ||
         std::holds_alternative<osc::ControllerAction>(action.action) ||
         std::holds_alternative<osc::VisibilityAction>(action.action) ||
         std::holds_alternative<osc::LightStateAction>(action.action) ||
         std::holds_alternative<osc::AnimationAction>(action.action);
}

Driven::Charge Driven::charge_of(const osc::PrivateAction& action, const osc::ScenarioObject& object) {
  Charge charge;
  const auto activate = [&](const osc::ActivateControllerAction& a) {
    if (const auto now = both(a.lateral, a.longitudinal)) charge.active = now;
    if (!a.controller_ref) return;
    for (const osc::Controller& controller : object.controllers)
      if (controller.name == *a.controller_ref) charge.assigned = names_driver(controller);
  };
  const auto assign = [&](const osc::AssignControllerAction& a) {
    charge.assigned = a.controller && names_driver(*a.controller);
    if (const auto now = both(a.activate_lateral, a.activate_longitudinal)) charge.active = now;
  };
  if (const auto* a = std::get_if<osc::ActivateControllerAction>(&action.action)) activate(*a);
  if (const auto* c = std::get_if<osc::ControllerAction>(&action.action)) {
    if (c->assign) assign(*c->assign);
    if (c->activate) activate(*c->activate);
  }
  return charge;
}

void Driven::see(Motion& m, Row row, const Seen& seen) {
  Actors& a = m.actors_;
  Wishes& w = m.wishes_;
  if (!seen.alive) {
    if (m.present(row)) m.remove(row);
    return;
  }
  const Row before = a.frame[row] == Frame::kDriven ? a.lane[row] : kNone;
  a.frame[row] = Frame::kDriven;
  a.x[row] = seen.x, a.y[row] = seen.y, a.z[row] = seen.z;
  a.yaw[row] = seen.yaw, a.pitch[row] = seen.pitch, a.roll[row] = seen.roll;
  a.traveled[row] = seen.traveled_m;
  m.set_spot(row, {seen.lane, seen.lane_s, seen.lane_t, 1});
  if (a.long_action[row] == kNone && w.speed_mps[row] < 0) a.speed[row] = seen.speed;
  if (w.hops[row] != 0 && before != kNone && before != seen.lane) {
    if (w.hops[row] > 0 && m.map_->lanes[before].left == seen.lane) --w.hops[row];
    if (w.hops[row] < 0 && m.map_->lanes[before].right == seen.lane) ++w.hops[row];
  }
  m.mark(row);
}

sim::Result<void> Driven::start(Motion& m, Row action, Row row, const View& view) {
  const osc::PrivateAction& what = m.actions_[action].action;
  Actors& a = m.actors_;
  if (const std::string why = defect(what); !why.empty())
    return sim::fail("the action " + why + ", which no driver does");
  const std::uint8_t taken = m.domains(action);
  if ((taken & kRouting) != 0) return Routing::start(m, action, row, view);
  if (taken == kLongitudinal) {
    a.speed[row] = view.seen[row].speed;
    return Longitudinal::start(m, action, row, view);
  }
  if (taken != kLateral) return States::start(m, action, row, view);
  const auto& change = std::get<osc::LaneChangeAction>(what.action);
  const auto lane = Lateral::target(m, action, row, view);
  if (!lane) return tl::unexpected(lane.error());
  const int hops = hops_between(*m.map_, a.lane[row], *lane);
  if (hops == 0 && *lane != a.lane[row]) return sim::fail("no lane of the driver's direction lies there");
  Wishes& w = m.wishes_;
  forget_change(m, row);
  w.hops[row] = hops;
  const osc::TransitionDynamics& dynamics = change.dynamics;
  if (dynamics.shape != DynamicsShape::kStep && hops != 0) {
    const double across = std::abs(seen_from(*m.map_, m.spot(row), *lane).t);
    if (dynamics.dimension == osc::DynamicsDimension::kTime) w.change_s[row] = dynamics.value / std::abs(hops);
    if (dynamics.dimension == osc::DynamicsDimension::kDistance) w.change_m[row] = dynamics.value / std::abs(hops);
    if (dynamics.dimension == osc::DynamicsDimension::kRate)
      w.change_s[row] = time_of_rate(dynamics.shape, across, dynamics.value) / std::abs(hops);
  }
  a.lat_action[row] = action;
  a.lat_step[row] = view.step;
  return {};
}

void Driven::forget(Motion& m, Row row) {
  m.wishes_.speed_mps[row] = -1;
  m.actors_.long_action[row] = m.actors_.lat_action[row] = kNone;
  forget_change(m, row);
  m.mark(row);
}

void Driven::forget_change(Motion& m, Row row) {
  m.wishes_.hops[row] = 0;
  m.wishes_.change_s[row] = m.wishes_.change_m[row] = 0;
}

void Driven::advance(Motion& m, const View& view, Row row) {
  Actors& a = m.actors_;
  Wishes& w = m.wishes_;
  a.acceleration[row] = 0;
  if (a.long_action[row] != kNone) {
    Motion::Move move{row, view.dt_s(), a.speed[row], 0};
    Longitudinal::advance(m, view, move);
    w.speed_mps[row] = std::max(a.speed[row], 0.0);
  }
  if (a.lat_action[row] != kNone && w.hops[row] == 0 && std::abs(a.lane_t[row]) < kInLaneM) {
    a.lat_action[row] = kNone;
    forget_change(m, row);
  }
  Routing::look_for_end(m, row);
  States::advance(m, view, row);
}

void Driven::to_story(Motion& m, Row row, const Seen& seen) {
  const double driven = m.actors_.traveled[row];
  forget(m, row);
  m.wishes_.driven[row] = 0;
  m.place(row, place_of(seen));
  Actors& a = m.actors_;
  a.long_action[row] = a.route_action[row] = kNone;
  a.route_stops[row] = 0;
  m.routes_[row].clear();
  a.speed[row] = seen.speed;
  a.traveled[row] = driven;
}

sim::Result<void> Driven::to_driver(Motion& m, Row row) {
  Actors& a = m.actors_;
  if (!m.present(row)) return sim::fail("it is not there");
  const auto hangs_on = [&](Row other) { return other == row; };
  if (a.towed_by[row] != kNone || std::any_of(a.towed_by.begin(), a.towed_by.end(), hangs_on))
    return sim::fail("it pulls or is a trailer of the story");
  if (a.frame[row] != Frame::kLane) m.settle(row, place_in_world(*m.map_, a.x[row], a.y[row], a.z[row], a.yaw[row]));
  if (a.frame[row] != Frame::kLane || a.dir[row] < 0 || !maps::drivable(m.map_->lanes[a.lane[row]].type))
    return sim::fail("it does not stand on a lane that it could drive along");
  if (a.speed[row] < 0) return sim::fail("it drives backwards");
  forget(m, row);
  m.wishes_.driven[row] = 1;
  a.long_action[row] = a.lat_action[row] = a.path_action[row] = a.route_action[row] = kNone;
  a.route_stops[row] = 0;
  a.left_speed[row] = 0;
  m.routes_[row].clear();
  a.frame[row] = Frame::kDriven;
  m.mark(row);
  return {};
}

}  // namespace bitgoeul::scenarios::story
