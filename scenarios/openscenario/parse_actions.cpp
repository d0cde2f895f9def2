// Private actions (OpenSCENARIO XML 1.3, class PrivateAction and what stands below it).
#include <fmt/format.h>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr Limits kSpeed{-500.0, 500.0};

DynamicsShape parse_shape(const Reader& reader, const XmlElement& element) {
  return reader.word<DynamicsShape>(element, "dynamicsShape",
                                    {{"step", DynamicsShape::kStep},
                                     {"linear", DynamicsShape::kLinear},
                                     {"cubic", DynamicsShape::kCubic},
                                     {"sinusoidal", DynamicsShape::kSinusoidal}},
                                    DynamicsShape::kStep);
}

FollowingMode parse_following(const Reader& reader, const XmlElement& element) {
  return reader.word<FollowingMode>(element, "followingMode",
                                    {{"position", FollowingMode::kPosition}, {"follow", FollowingMode::kFollow}},
                                    FollowingMode::kPosition);
}

SpeedTargetValueType parse_value_type(const Reader& reader, const XmlElement& element) {
  return reader.word<SpeedTargetValueType>(
      element, "speedTargetValueType",
      {{"delta", SpeedTargetValueType::kDelta}, {"factor", SpeedTargetValueType::kFactor}},
      SpeedTargetValueType::kDelta);
}

TransitionDynamics parse_dynamics(const Reader& reader, const XmlElement& element) {
  TransitionDynamics dynamics;
  dynamics.shape = parse_shape(reader, element);
  dynamics.dimension = reader.word<DynamicsDimension>(element, "dynamicsDimension",
                                                      {{"time", DynamicsDimension::kTime},
                                                       {"distance", DynamicsDimension::kDistance},
                                                       {"rate", DynamicsDimension::kRate}},
                                                      DynamicsDimension::kTime);
  dynamics.value =
      reader.number(element, "value", dynamics.dimension == DynamicsDimension::kRate ? Limits{} : kNotNegative);
  // The norm's own examples brake with a negative rate; which way it goes follows from the target.
  if (dynamics.value < 0 && dynamics.dimension == DynamicsDimension::kRate) {
    element.warning("a rate is not negative in the norm; its sign is not used", "range", "write it without the sign");
    dynamics.value = -dynamics.value;
  }
  dynamics.following_mode = parse_following(reader, element);
  return dynamics;
}

std::optional<DynamicConstraints> parse_constraints(const Reader& reader, const XmlElement& holder) {
  const XmlElement element = holder.child("DynamicConstraints");
  if (!element) return std::nullopt;
  return DynamicConstraints{reader.optional_number(element, "maxAcceleration", kNotNegative),
                            reader.optional_number(element, "maxAccelerationRate", kNotNegative),
                            reader.optional_number(element, "maxDeceleration", kNotNegative),
                            reader.optional_number(element, "maxDecelerationRate", kNotNegative),
                            reader.optional_number(element, "maxSpeed", kNotNegative)};
}

SpeedAction parse_speed(const Reader& reader, const XmlElement& element) {
  SpeedAction action;
  action.dynamics = parse_dynamics(reader, element.child("SpeedActionDynamics"));
  const XmlElement target = element.child("SpeedActionTarget");
  if (const XmlElement absolute = target.child("AbsoluteTargetSpeed"))
    action.target = reader.number(absolute, "value", kSpeed);
  if (const XmlElement relative = target.child("RelativeTargetSpeed"))
    action.target = RelativeTargetSpeed{reader.entity_ref(relative), reader.number(relative, "value"),
                                        parse_value_type(reader, relative), reader.boolean(relative, "continuous")};
  return action;
}

LongitudinalDistanceAction parse_longitudinal_distance(const Reader& reader, const XmlElement& element) {
  LongitudinalDistanceAction action;
  action.entity_ref = reader.entity_ref(element);
  action.continuous = reader.boolean(element, "continuous");
  action.freespace = reader.boolean(element, "freespace");
  action.distance_m = reader.optional_number(element, "distance", kNotNegative);
  action.time_gap_s = reader.optional_number(element, "timeGap", kNotNegative);
  action.displacement =
      reader.word<LongitudinalDisplacement>(element, "displacement",
                                            {{"any", LongitudinalDisplacement::kAny},
                                             {"trailingReferencedEntity", LongitudinalDisplacement::kTrailing},
                                             {"leadingReferencedEntity", LongitudinalDisplacement::kLeading}},
                                            LongitudinalDisplacement::kTrailing);
  action.coordinate_system = parse_coordinates(reader, element).value_or(CoordinateSystem::kEntity);
  action.constraints = parse_constraints(reader, element);
  if (action.distance_m.has_value() == action.time_gap_s.has_value())
    element.error("<LongitudinalDistanceAction> needs one of distance and timeGap", "choice", "give one of them");
  return action;
}

SpeedProfileAction parse_speed_profile(const Reader& reader, const XmlElement& element) {
  SpeedProfileAction action;
  if (element.attribute("entityRef")) action.entity_ref = reader.entity_ref(element);
  action.following_mode = parse_following(reader, element);
  action.constraints = parse_constraints(reader, element);
  for (const XmlElement& entry : element.children("SpeedProfileEntry"))
    action.entries.push_back(
        {reader.number(entry, "speed", kSpeed), reader.optional_number(entry, "time", kNotNegative)});
  return action;
}

void parse_longitudinal(const Reader& reader, const XmlElement& element, PrivateAction& action) {
  if (const XmlElement speed = element.child("SpeedAction")) action.action = parse_speed(reader, speed);
  if (const XmlElement distance = element.child("LongitudinalDistanceAction"))
    action.action = parse_longitudinal_distance(reader, distance);
  if (const XmlElement profile = element.child("SpeedProfileAction"))
    action.action = parse_speed_profile(reader, profile);
}

LaneChangeAction parse_lane_change(const Reader& reader, const XmlElement& element) {
  LaneChangeAction action;
  action.dynamics = parse_dynamics(reader, element.child("LaneChangeActionDynamics"));
  action.target_lane_offset_m = reader.number(element, "targetLaneOffset");
  const XmlElement target = element.child("LaneChangeTarget");
  if (const XmlElement absolute = target.child("AbsoluteTargetLane")) {
    const std::string lane = reader.text(absolute, "value");
    const auto id = maps::parse_int(lane);
    if (!id || *id == 0) absolute.error(fmt::format("lane \"{}\" is not a whole number other than 0", lane), "range");
    action.target = id.value_or(0);
  }
  if (const XmlElement relative = target.child("RelativeTargetLane"))
    action.target = RelativeTargetLane{reader.entity_ref(relative), reader.integer(relative, "value")};
  return action;
}

LaneOffsetAction parse_lane_offset(const Reader& reader, const XmlElement& element) {
  LaneOffsetAction action;
  action.continuous = reader.boolean(element, "continuous");
  const XmlElement dynamics = element.child("LaneOffsetActionDynamics"), target = element.child("LaneOffsetTarget");
  action.shape = parse_shape(reader, dynamics);
  action.max_lateral_acceleration_mps2 = reader.optional_number(dynamics, "maxLateralAcc", kNotNegative);
  if (const XmlElement absolute = target.child("AbsoluteTargetLaneOffset"))
    action.target = reader.number(absolute, "value", {-1000.0, 1000.0});
  if (const XmlElement relative = target.child("RelativeTargetLaneOffset"))
    action.target = RelativeTargetLaneOffset{reader.entity_ref(relative), reader.number(relative, "value")};
  return action;
}

LateralDistanceAction parse_lateral_distance(const Reader& reader, const XmlElement& element) {
  LateralDistanceAction action;
  action.entity_ref = reader.entity_ref(element);
  action.continuous = reader.boolean(element, "continuous");
  action.freespace = reader.boolean(element, "freespace");
  action.distance_m = reader.optional_number(element, "distance", kNotNegative);
  action.displacement = reader.word<LateralDisplacement>(element, "displacement",
                                                         {{"any", LateralDisplacement::kAny},
                                                          {"leftToReferencedEntity", LateralDisplacement::kLeft},
                                                          {"rightToReferencedEntity", LateralDisplacement::kRight}},
                                                         LateralDisplacement::kAny);
  action.coordinate_system = parse_coordinates(reader, element).value_or(CoordinateSystem::kEntity);
  action.constraints = parse_constraints(reader, element);
  return action;
}

void parse_lateral(const Reader& reader, const XmlElement& element, PrivateAction& action) {
  if (const XmlElement change = element.child("LaneChangeAction")) action.action = parse_lane_change(reader, change);
  if (const XmlElement offset = element.child("LaneOffsetAction")) action.action = parse_lane_offset(reader, offset);
  if (const XmlElement distance = element.child("LateralDistanceAction"))
    action.action = parse_lateral_distance(reader, distance);
}

VisibilityAction parse_visibility(const Reader& reader, const XmlElement& element) {
  VisibilityAction action{
      reader.boolean(element, "graphics"), reader.boolean(element, "sensors"), reader.boolean(element, "traffic"), {}};
  for (const XmlElement& sensor : element.child("SensorReferenceSet").children("SensorReference"))
    action.sensor_refs.push_back(reader.text(sensor, "name"));
  return action;
}

std::optional<SteadyState> parse_steady_state(const Reader& reader, const XmlElement& element) {
  if (const XmlElement time = element.child("TargetTimeSteadyState"))
    return SteadyState{true, reader.number(time, "time", kNotNegative)};
  if (const XmlElement distance = element.child("TargetDistanceSteadyState"))
    return SteadyState{false, reader.number(distance, "distance", kNotNegative)};
  return std::nullopt;
}

SynchronizeAction parse_synchronize(Reader& reader, const XmlElement& element) {
  SynchronizeAction action;
  action.master_entity_ref = reader.entity_ref(element, "masterEntityRef");
  action.target_tolerance_master_m = reader.number(element, "targetToleranceMaster", kNotNegative);
  action.target_tolerance_m = reader.number(element, "targetTolerance", kNotNegative);
  action.target_position_master = parse_position(reader, element, "TargetPositionMaster");
  action.target_position = parse_position(reader, element, "TargetPosition");
  const XmlElement speed = element.child("FinalSpeed");
  if (const XmlElement absolute = speed.child("AbsoluteSpeed"))
    action.final_speed = AbsoluteSpeed{reader.number(absolute, "value", kSpeed), parse_steady_state(reader, absolute)};
  if (const XmlElement relative = speed.child("RelativeSpeedToMaster"))
    action.final_speed = RelativeSpeedToMaster{reader.number(relative, "value"), parse_value_type(reader, relative),
                                               parse_steady_state(reader, relative)};
  return action;
}

ActivateControllerAction parse_activate(const Reader& reader, const XmlElement& element) {
  ActivateControllerAction action;
  for (const char* name : {"controllerRef", "objectControllerRef"})
    if (element.attribute(name)) action.controller_ref = reader.text(element, name);
  action.lateral = reader.optional_boolean(element, "lateral");
  action.longitudinal = reader.optional_boolean(element, "longitudinal");
  action.animation = reader.optional_boolean(element, "animation");
  action.lighting = reader.optional_boolean(element, "lighting");
  return action;
}

AssignControllerAction parse_assign_controller(Reader& reader, const XmlElement& element) {
  AssignControllerAction action;
  const auto take = [&](const XmlElement& controller) { action.controller = parse_controller(reader, controller); };
  reader.either(element, "Controller", take);
  if (const XmlElement object = element.child("ObjectController")) reader.either(object, "Controller", take);
  action.activate_lateral = reader.optional_boolean(element, "activateLateral");
  action.activate_longitudinal = reader.optional_boolean(element, "activateLongitudinal");
  action.activate_animation = reader.optional_boolean(element, "activateAnimation");
  action.activate_lighting = reader.optional_boolean(element, "activateLighting");
  return action;
}

OverrideValue parse_override(const Reader& reader, const XmlElement& element) {
  OverrideValue value{reader.boolean(element, "active"), reader.number(element, "value"),
                      reader.optional_number(element, "maxRate", kNotNegative),
                      reader.optional_number(element, "maxTorque", kNotNegative), false};
  for (const char* name : {"BrakePercent", "BrakeForce"})
    if (const XmlElement brake = element.child(name)) {
      value.value = reader.number(brake, "value");
      value.max_rate = reader.optional_number(brake, "maxRate", kNotNegative);
      value.is_force = brake.name() == "BrakeForce";
    }
  return value;
}

OverrideGear parse_override_gear(const Reader& reader, const XmlElement& element) {
  OverrideGear gear;
  gear.active = reader.boolean(element, "active");
  gear.gear = reader.integer(element, "number");
  if (const XmlElement manual = element.child("ManualGear")) gear.gear = reader.integer(manual, "number");
  if (const XmlElement automatic = element.child("AutomaticGear"))
    gear.gear = reader.word<AutomaticGear>(
        automatic, "gear",
        {{"n", AutomaticGear::kN}, {"p", AutomaticGear::kP}, {"r", AutomaticGear::kR}, {"d", AutomaticGear::kD}},
        AutomaticGear::kN);
  return gear;
}

OverrideControllerValueAction parse_override_values(const Reader& reader, const XmlElement& element) {
  OverrideControllerValueAction action;
  const auto value = [&](std::string_view name) -> std::optional<OverrideValue> {
    const XmlElement child = element.child(name);
    return child ? std::optional(parse_override(reader, child)) : std::nullopt;
  };
  action.throttle = value("Throttle");
  action.brake = value("Brake");
  action.clutch = value("Clutch");
  action.parking_brake = value("ParkingBrake");
  action.steering_wheel = value("SteeringWheel");
  if (const XmlElement gear = element.child("Gear")) action.gear = parse_override_gear(reader, gear);
  return action;
}

ControllerAction parse_controller_action(Reader& reader, const XmlElement& element) {
  ControllerAction action;
  if (const XmlElement assign = element.child("AssignControllerAction"))
    action.assign = parse_assign_controller(reader, assign);
  if (const XmlElement values = element.child("OverrideControllerValueAction"))
    action.override_values = parse_override_values(reader, values);
  if (const XmlElement activate = element.child("ActivateControllerAction"))
    action.activate = parse_activate(reader, activate);
  return action;
}

std::optional<TimeReference> parse_time_reference(const Reader& reader, const XmlElement& element) {
  const XmlElement timing = element.child("Timing");
  if (!timing) return std::nullopt;
  return TimeReference{reader.word<ReferenceContext>(
                           timing, "domainAbsoluteRelative",
                           {{"absolute", ReferenceContext::kAbsolute}, {"relative", ReferenceContext::kRelative}},
                           ReferenceContext::kAbsolute),
                       reader.number(timing, "offset"), reader.number(timing, "scale", kPositive, 1.0)};
}

// The first and the last time are needed; those between follow by the way.
struct HasTimes {
  template <class T>
  static bool ends(const T& first, const T& last) {
    return first.time_s && last.time_s;
  }
  bool operator()(const Polyline& line) const {
    return !line.vertices.empty() && ends(line.vertices.front(), line.vertices.back());
  }
  bool operator()(const Clothoid& c) const { return c.start_time_s && c.stop_time_s; }
  bool operator()(const ClothoidSpline& s) const {
    return !s.segments.empty() && s.segments.front().time_start_s && s.time_end_s;
  }
  bool operator()(const Nurbs& n) const {
    return !n.control_points.empty() && ends(n.control_points.front(), n.control_points.back());
  }
};

FollowTrajectoryAction parse_follow_trajectory(Reader& reader, const XmlElement& element) {
  const XmlElement reference = element.child("TrajectoryRef");
  FollowTrajectoryAction action;
  action.trajectory = parse_trajectory(reader, reference ? reference : element);  // directly below it in 1.0
  action.time_reference = parse_time_reference(reader, element.child("TimeReference"));
  if (action.time_reference && !std::visit(HasTimes{}, action.trajectory.shape)) {
    element.warning("asks for the times of a trajectory that has none: it is followed at the entity's own speed",
                    "trajectory", "give the first and the last vertex a time, or write <TimeReference><None/>");
    action.time_reference.reset();
  }
  action.following_mode = parse_following(reader, element.child("TrajectoryFollowingMode"));
  action.initial_distance_offset_m = reader.number(element, "initialDistanceOffset", kNotNegative);
  return action;
}

void parse_routing(Reader& reader, const XmlElement& element, PrivateAction& action) {
  if (const XmlElement assign = element.child("AssignRouteAction"))
    action.action = AssignRouteAction{parse_route(reader, assign)};
  if (const XmlElement follow = element.child("FollowTrajectoryAction"))
    action.action = parse_follow_trajectory(reader, follow);
  if (const XmlElement acquire = element.child("AcquirePositionAction"))
    action.action = AcquirePositionAction{parse_position(reader, acquire)};
  if (element.child("RandomRouteAction")) action.action = RandomRouteAction{};
}

std::string parse_color(const Reader& reader, const XmlElement& element) {
  return element ? reader.text(element, "colorType") : std::string();
}

LightStateAction parse_light_state(const Reader& reader, const XmlElement& element) {
  LightStateAction action;
  action.transition_time_s = reader.number(element, "transitionTime", kNotNegative);
  const XmlElement type = element.child("LightType"), state = element.child("LightState");
  if (const XmlElement light = type.child("VehicleLight")) action.light = reader.text(light, "vehicleLightType");
  if (const XmlElement light = type.child("UserDefinedLight")) {
    action.light = reader.text(light, "userDefinedLightType");
    action.user_defined = true;
  }
  action.mode = reader.word<LightMode>(
      state, "mode", {{"on", LightMode::kOn}, {"off", LightMode::kOff}, {"flashing", LightMode::kFlashing}},
      LightMode::kOff);
  action.luminous_intensity_cd = reader.optional_number(state, "luminousIntensity", kNotNegative);
  action.flashing_on_s = reader.optional_number(state, "flashingOnDuration", kNotNegative);
  action.flashing_off_s = reader.optional_number(state, "flashingOffDuration", kNotNegative);
  action.color = parse_color(reader, state.child("Color"));
  return action;
}

void parse_animation_type(const Reader& reader, const XmlElement& type, AnimationAction& action) {
  if (const XmlElement component = type.child("ComponentAnimation")) {
    action.kind = "component";
    if (const XmlElement part = component.child("VehicleComponent"))
      action.value = reader.text(part, "vehicleComponentType");
    if (const XmlElement part = component.child("UserDefinedComponent"))
      action.value = reader.text(part, "userDefinedComponentType");
  }
  if (const XmlElement pedestrian = type.child("PedestrianAnimation")) {
    action.kind = "pedestrian";
    action.value = reader.text(pedestrian, "motion", reader.text(pedestrian, "userDefinedPedestrianAnimation"));
    for (const XmlElement& gesture : pedestrian.children("PedestrianGesture"))
      action.gestures.push_back(reader.text(gesture, "gesture"));
  }
  if (const XmlElement file = type.child("AnimationFile")) {
    action.kind = "file";
    action.value = reader.text(file.child("File"), "filepath");
  }
  if (const XmlElement user = type.child("UserDefinedAnimation")) {
    action.kind = "userDefined";
    action.value = reader.text(user, "userDefinedAnimationType");
  }
}

AnimationAction parse_animation(const Reader& reader, const XmlElement& element) {
  AnimationAction action;
  action.loop = reader.boolean(element, "loop");
  action.duration_s = reader.optional_number(element, "animationDuration", kNotNegative);
  if (const XmlElement state = element.child("AnimationState"))
    action.state = reader.optional_number(state, "state", {0.0, 1.0});
  parse_animation_type(reader, element.child("AnimationType"), action);
  return action;
}

void parse_appearance(const Reader& reader, const XmlElement& element, PrivateAction& action) {
  if (const XmlElement light = element.child("LightStateAction")) action.action = parse_light_state(reader, light);
  if (const XmlElement animation = element.child("AnimationAction")) action.action = parse_animation(reader, animation);
}

void parse_trailer_action(const Reader& reader, const XmlElement& element, PrivateAction& action) {
  if (const XmlElement connect = element.child("ConnectTrailerAction"))
    action.action = ConnectTrailerAction{reader.entity_ref(connect, "trailerRef")};
  if (element.child("DisconnectTrailerAction")) action.action = DisconnectTrailerAction{};
}

}  // namespace

PrivateAction parse_private_action(Reader& reader, const XmlElement& element) {
  PrivateAction action;
  action.source = reader.source(element);
  if (const XmlElement longitudinal = element.child("LongitudinalAction"))
    parse_longitudinal(reader, longitudinal, action);
  if (const XmlElement lateral = element.child("LateralAction")) parse_lateral(reader, lateral, action);
  if (const XmlElement visible = element.child("VisibilityAction")) action.action = parse_visibility(reader, visible);
  if (const XmlElement together = element.child("SynchronizeAction"))
    action.action = parse_synchronize(reader, together);
  if (const XmlElement activate = element.child("ActivateControllerAction"))
    action.action = parse_activate(reader, activate);
  if (const XmlElement controller = element.child("ControllerAction"))
    action.action = parse_controller_action(reader, controller);
  if (const XmlElement teleport = element.child("TeleportAction"))
    action.action = TeleportAction{parse_position(reader, teleport)};
  if (const XmlElement routing = element.child("RoutingAction")) parse_routing(reader, routing, action);
  if (const XmlElement appearance = element.child("AppearanceAction")) parse_appearance(reader, appearance, action);
  if (const XmlElement trailer = element.child("TrailerAction")) parse_trailer_action(reader, trailer, action);
  return action;
}

}  // namespace bitgoeul::scenarios::openscenario
