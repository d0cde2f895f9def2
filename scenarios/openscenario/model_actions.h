// Actions of OpenSCENARIO XML 1.3, class by class, as the file says them. Made by the parsers; read by the storyboard's
// actions and by write.h. SI units, radians. Every reference to an entity, signal or trajectory is still a name.
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scenarios/openscenario/model_entities.h"
#include "scenarios/openscenario/model_positions.h"

namespace bitgoeul::scenarios::openscenario {

// ---- longitudinal ------------------------------------------------------------------------------------------------
enum class DynamicsShape : std::uint8_t { kStep, kLinear, kCubic, kSinusoidal };
enum class DynamicsDimension : std::uint8_t { kTime, kDistance, kRate };
enum class FollowingMode : std::uint8_t { kPosition, kFollow };
struct TransitionDynamics {
  DynamicsShape shape = DynamicsShape::kStep;
  DynamicsDimension dimension = DynamicsDimension::kTime;
  double value = 0;  // s, m, or m/s^2 for speeds and m/s for lane changes
  FollowingMode following_mode = FollowingMode::kPosition;
};
struct DynamicConstraints {  // absent = no limit
  std::optional<double> max_acceleration_mps2, max_acceleration_rate_mps3, max_deceleration_mps2,
      max_deceleration_rate_mps3, max_speed_mps;
};
enum class SpeedTargetValueType : std::uint8_t { kDelta, kFactor };
struct RelativeTargetSpeed {
  std::string entity_ref;
  double value = 0;
  SpeedTargetValueType type = SpeedTargetValueType::kDelta;
  bool continuous = false;
};
struct SpeedAction {
  TransitionDynamics dynamics;
  std::variant<double, RelativeTargetSpeed> target;  // double: AbsoluteTargetSpeed, m/s
};
enum class CoordinateSystem : std::uint8_t { kEntity, kLane, kRoad, kTrajectory, kWorld };
enum class LongitudinalDisplacement : std::uint8_t { kAny, kTrailing, kLeading };
struct LongitudinalDistanceAction {
  std::string entity_ref;
  bool continuous = false, freespace = false;
  std::optional<double> distance_m, time_gap_s;  // one of them
  LongitudinalDisplacement displacement = LongitudinalDisplacement::kTrailing;
  CoordinateSystem coordinate_system = CoordinateSystem::kEntity;
  std::optional<DynamicConstraints> constraints;
};
struct SpeedProfileEntry {
  double speed_mps = 0;
  std::optional<double> time_s;
};
struct SpeedProfileAction {
  std::string entity_ref;  // empty: absolute speeds
  FollowingMode following_mode = FollowingMode::kPosition;
  std::optional<DynamicConstraints> constraints;
  std::vector<SpeedProfileEntry> entries;
};

// ---- lateral -----------------------------------------------------------------------------------------------------
struct RelativeTargetLane {
  std::string entity_ref;
  std::int32_t value = 0;
};
struct LaneChangeAction {
  TransitionDynamics dynamics;
  double target_lane_offset_m = 0;
  std::variant<std::int32_t, RelativeTargetLane> target;  // int: AbsoluteTargetLane
};
struct RelativeTargetLaneOffset {
  std::string entity_ref;
  double value_m = 0;
};
struct LaneOffsetAction {
  bool continuous = false;
  DynamicsShape shape = DynamicsShape::kStep;
  std::optional<double> max_lateral_acceleration_mps2;
  std::variant<double, RelativeTargetLaneOffset> target;  // double: AbsoluteTargetLaneOffset, m
};
enum class LateralDisplacement : std::uint8_t { kAny, kLeft, kRight };
struct LateralDistanceAction {
  std::string entity_ref;
  bool continuous = false, freespace = false;
  std::optional<double> distance_m;
  LateralDisplacement displacement = LateralDisplacement::kAny;
  CoordinateSystem coordinate_system = CoordinateSystem::kEntity;
  std::optional<DynamicConstraints> constraints;
};

// ---- other private actions ---------------------------------------------------------------------------------------
struct VisibilityAction {
  bool graphics = true, sensors = true, traffic = true;
  std::vector<std::string> sensor_refs;
};
struct SteadyState {
  bool is_time = false;  // TargetTimeSteadyState, else TargetDistanceSteadyState
  double value = 0;      // s or m
};
struct AbsoluteSpeed {
  double value_mps = 0;
  std::optional<SteadyState> steady_state;
};
struct RelativeSpeedToMaster {
  double value = 0;
  SpeedTargetValueType type = SpeedTargetValueType::kDelta;
  std::optional<SteadyState> steady_state;
};
struct SynchronizeAction {
  std::string master_entity_ref;
  double target_tolerance_master_m = 0, target_tolerance_m = 0;
  Position target_position_master, target_position;
  std::optional<std::variant<AbsoluteSpeed, RelativeSpeedToMaster>> final_speed;
};
struct ActivateControllerAction {
  std::optional<std::string> controller_ref;
  std::optional<bool> lateral, longitudinal, animation, lighting;
};
struct AssignControllerAction {
  std::optional<Controller> controller;  // none: 1.3 without a controller = the default one
  std::optional<bool> activate_lateral, activate_longitudinal, activate_animation, activate_lighting;
};
struct OverrideValue {  // throttle, clutch: 0..1; steering wheel: radians; brakes: 0..1 or newton
  bool active = false;
  double value = 0;
  std::optional<double> max_rate, max_torque;
  bool is_force = false;  // BrakeForce
};
enum class AutomaticGear : std::uint8_t { kN, kP, kR, kD };
struct OverrideGear {
  bool active = false;
  std::variant<std::int32_t, AutomaticGear> gear = std::int32_t{0};  // int: ManualGear, or `number` of 1.0
};
struct OverrideControllerValueAction {
  std::optional<OverrideValue> throttle, brake, clutch, parking_brake, steering_wheel;
  std::optional<OverrideGear> gear;
};
struct ControllerAction {  // any of them may stand together
  std::optional<AssignControllerAction> assign;
  std::optional<OverrideControllerValueAction> override_values;
  std::optional<ActivateControllerAction> activate;
};
struct TeleportAction {
  Position position;
};
struct AssignRouteAction {
  Route route;
};
struct TimeReference {  // Timing; absent: None
  ReferenceContext domain = ReferenceContext::kAbsolute;
  double offset_s = 0, scale = 1;
};
struct FollowTrajectoryAction {
  Trajectory trajectory;
  std::optional<TimeReference> time_reference;
  FollowingMode following_mode = FollowingMode::kPosition;
  double initial_distance_offset_m = 0;
};
struct AcquirePositionAction {
  Position position;
};
struct RandomRouteAction {};
enum class LightMode : std::uint8_t { kOn, kOff, kFlashing };
struct LightStateAction {
  double transition_time_s = 0;
  std::string light;          // VehicleLight's word, or the user-defined type
  bool user_defined = false;  // UserDefinedLight
  LightMode mode = LightMode::kOff;
  std::optional<double> luminous_intensity_cd, flashing_on_s, flashing_off_s;
  std::string color;  // the norm's word; empty: not said
};
struct AnimationAction {
  bool loop = false;
  std::optional<double> duration_s, state;
  std::string kind;   // component, pedestrian, file or userDefined
  std::string value;  // component's or user-defined type, file, or motion
  std::vector<std::string> gestures;
};
struct ConnectTrailerAction {
  std::string trailer_ref;
};
struct DisconnectTrailerAction {};

struct PrivateAction {
  Source source;
  std::variant<TeleportAction, SpeedAction, AssignRouteAction, AcquirePositionAction, RandomRouteAction,
               LongitudinalDistanceAction, SpeedProfileAction, LaneChangeAction, LaneOffsetAction,
               LateralDistanceAction, VisibilityAction, SynchronizeAction, ActivateControllerAction, ControllerAction,
               FollowTrajectoryAction, LightStateAction, AnimationAction, ConnectTrailerAction, DisconnectTrailerAction>
      action;
};

// ---- global actions ----------------------------------------------------------------------------------------------
struct TimeOfDay {
  std::int32_t year = 2026, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  bool animation = true;  // the clock goes on
};
struct Sun {
  double azimuth_rad = 0, elevation_rad = 0;
  std::optional<double> illuminance_lx;
};
struct Precipitation {
  std::string type;  // dry, rain, snow
  double intensity_mmph = 0;
};
struct Wind {
  double direction_rad = 0, speed_mps = 0;
};
struct Weather {
  std::optional<std::string> cloud_state;  // the norm's word
  std::optional<double> pressure_pa, temperature_k;
  std::optional<Sun> sun;
  std::optional<double> fog_visual_range_m;
  std::optional<Precipitation> precipitation;
  std::optional<Wind> wind;
  bool dome_image = false;
};
struct RoadCondition {
  double friction_scale_factor = 1;
  std::string wetness;
};
struct EnvironmentAction {
  std::string name;
  std::optional<TimeOfDay> time_of_day;
  std::optional<Weather> weather;
  std::optional<RoadCondition> road_condition;
};
struct AddEntityAction {
  std::string entity_ref;
  Position position;
};
struct DeleteEntityAction {
  std::string entity_ref;
};
struct TrafficSignalControllerAction {
  std::string controller_ref, phase;
};
struct TrafficSignalStateAction {
  std::string name, state;
};
struct SetMonitorAction {
  std::string monitor_ref;
  bool value = false;
};
enum class ModifyOperator : std::uint8_t { kAdd, kMultiply };
struct ValueSet {
  std::string value;
};
struct ValueModify {
  ModifyOperator op = ModifyOperator::kAdd;
  double value = 0;
};
struct ParameterAction {
  std::string parameter_ref;
  std::variant<ValueSet, ValueModify> change;
};
struct VariableAction {
  std::string variable_ref;
  std::variant<ValueSet, ValueModify> change;
};
// One way of choosing a vehicle of background traffic: TrafficDistributionEntry x EntityDistributionEntry (1.3), or
// TrafficDefinition's category and controller (before).
struct TrafficChoice {
  double weight = 1;
  std::optional<Vehicle> vehicle;
  std::optional<Pedestrian> pedestrian;
  std::string category;  // VehicleCategoryDistributionEntry; empty: `vehicle` says it
  std::vector<Controller> controllers;
  std::vector<Property> properties;  // of the entry; `bitgoeul:mix`
};
struct TrafficSourceAction {
  std::string name;
  double radius_m = 0, rate_per_s = 0;
  std::optional<double> speed_mps;
  Position position;
  std::vector<TrafficChoice> choices;
};
struct TrafficSinkAction {
  std::string name;
  double radius_m = 0;
  std::optional<double> rate_per_s;
  Position position;
};
struct TrafficSwarmAction {
  std::string name;
  double inner_radius_m = 0, semi_major_axis_m = 0, semi_minor_axis_m = 0, offset_m = 0;
  std::uint32_t number_of_vehicles = 0;
  std::string central_object;
  std::optional<double> speed_min_mps, speed_max_mps;
  double same_direction = 1, opposite_direction = 1;  // weights
  std::vector<TrafficChoice> choices;
};
struct RoadCursor {
  std::string road_id;
  std::optional<double> s;
  std::vector<std::int32_t> lanes;  // empty: all
};
struct RoadRange {
  std::optional<double> length_m;
  std::vector<RoadCursor> cursors;
};
struct TrafficAreaAction {
  Source source;
  std::string name;
  std::uint32_t number_of_entities = 0;
  bool continuous = true;
  std::vector<Position> polygon;  // one of the two
  std::vector<RoadRange> road_ranges;
  std::vector<TrafficChoice> choices;
};
struct TrafficStopAction {
  std::string name;
};
struct GlobalAction {
  Source source;
  std::variant<EnvironmentAction, AddEntityAction, DeleteEntityAction, TrafficSignalControllerAction,
               TrafficSignalStateAction, SetMonitorAction, ParameterAction, VariableAction, TrafficSourceAction,
               TrafficSinkAction, TrafficSwarmAction, TrafficAreaAction, TrafficStopAction>
      action;
};
struct CustomCommandAction {
  Source source;
  std::string type, content;
};

}  // namespace bitgoeul::scenarios::openscenario
