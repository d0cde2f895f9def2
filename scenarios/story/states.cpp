#include "scenarios/story/states.h"

#include <algorithm>
#include <array>

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

constexpr std::array<std::string_view, kLights - 1> kLightNames = {
    "brakeLights",     "daytimeRunningLights", "fogLights",      "fogLightsFront",           "fogLightsRear",
    "highBeam",        "indicatorLeft",        "indicatorRight", "licensePlateIllumination", "lowBeam",
    "reversingLights", "specialPurposeLights", "warningLights"};

void set_bit(std::uint8_t& bits, int bit, bool on) {
  const auto mask = static_cast<std::uint8_t>(1u << bit);
  bits = static_cast<std::uint8_t>(on ? bits | mask : bits & ~mask);
}

void set_bit(std::uint8_t& bits, int bit, const std::optional<bool>& on) {
  if (on) set_bit(bits, bit, *on);
}

struct Setter {
  Actors& a;
  Row row;

  void operator()(const osc::LightStateAction& light) const {
    const int index = light.user_defined ? kLights - 1 : light_of(light.light);
    a.lights[row][static_cast<std::size_t>(index)] = static_cast<std::uint8_t>(1 + static_cast<int>(light.mode));
  }
  void operator()(const osc::VisibilityAction& v) const {
    a.visible[row] = static_cast<std::uint8_t>((v.graphics ? kToGraphics : 0) | (v.sensors ? kToSensors : 0) |
                                               (v.traffic ? kToTraffic : 0));
  }
  void operator()(const osc::ActivateControllerAction& c) const {
    set_bit(a.controlled[row], 0, c.lateral);
    set_bit(a.controlled[row], 1, c.longitudinal);
    set_bit(a.controlled[row], 2, c.lighting);
    set_bit(a.controlled[row], 3, c.animation);
  }
  void operator()(const osc::AssignControllerAction& c) const {
    set_bit(a.controlled[row], 0, c.activate_lateral);
    set_bit(a.controlled[row], 1, c.activate_longitudinal);
    set_bit(a.controlled[row], 2, c.activate_lighting);
    set_bit(a.controlled[row], 3, c.activate_animation);
  }
  void operator()(const osc::ControllerAction& c) const {
    if (c.assign) (*this)(*c.assign);
    if (c.override_values) (*this)(*c.override_values);
    if (c.activate) (*this)(*c.activate);
  }
  void operator()(const osc::OverrideControllerValueAction& o) const {
    set(0, o.throttle, a.throttle);
    set(1, o.brake, a.brake);
    set(2, o.clutch, a.clutch);
    set(3, o.parking_brake, a.parking_brake);
    set(4, o.steering_wheel, a.steering_rad);
    if (!o.gear) return;
    set_bit(a.overridden[row], 5, o.gear->active);
    if (const auto* manual = std::get_if<std::int32_t>(&o.gear->gear)) {
      a.gear[row] = *manual;
    } else {
      static constexpr double kAutomatic[] = {0, 0, -1, 1};  // N, P, R, D
      a.gear[row] = kAutomatic[static_cast<std::size_t>(std::get<osc::AutomaticGear>(o.gear->gear))];
    }
  }
  template <class Other>
  void operator()(const Other&) const {}

 private:
  void set(int bit, const std::optional<osc::OverrideValue>& value, std::vector<double>& column) const {
    if (!value) return;
    set_bit(a.overridden[row], bit, value->active && !value->is_force);
    column[row] = value->value;
  }
};

}  // namespace

int light_of(std::string_view word) {
  return static_cast<int>(std::find(kLightNames.begin(), kLightNames.end(), word) - kLightNames.begin());
}

sim::Result<void> States::start(Motion& m, Row action, Row row, const View& view) {
  Actors& a = m.actors_;
  const auto& what = m.actions_[action].action.action;
  if (std::holds_alternative<osc::AnimationAction>(what)) {
    a.animation[row] = action;
    a.animation_step[row] = view.step;
    return {};
  }
  std::visit(Setter{a, row}, what);
  return {};
}

void States::advance(Motion& m, const View& view, Row row) {
  Actors& a = m.actors_;
  if (a.animation[row] == kNone) return;
  const auto& animation = std::get<osc::AnimationAction>(m.actions_[a.animation[row]].action.action);
  if (animation.loop || m.elapsed(a.animation_step[row], view) < animation.duration_s.value_or(0.0) - 1e-9) return;
  a.animation[row] = kNone;
  m.mark(row);
}

}  // namespace bitgoeul::scenarios::story
