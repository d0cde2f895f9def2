// Conditions and triggers of OpenSCENARIO XML 1.3, class by class, as the file says them. Made by the parsers; read by
// the storyboard's conditions. SI units, radians. References are still names. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scenarios/openscenario/model_actions.h"
#include "scenarios/openscenario/model_positions.h"

namespace bitgoeul::scenarios::openscenario {

enum class Rule : std::uint8_t { kEqualTo, kGreaterThan, kLessThan, kGreaterOrEqual, kLessOrEqual, kNotEqualTo };
enum class RelativeDistanceType : std::uint8_t { kEuclidian, kLongitudinal, kLateral };  // cartesianDistance: euclidian
enum class RoutingAlgorithm : std::uint8_t { kUndefined, kAssignedRoute, kFastest, kShortest, kLeastIntersections };
enum class DirectionalDimension : std::uint8_t { kLongitudinal, kLateral, kVertical };
enum class AngleType : std::uint8_t { kHeading, kPitch, kRoll };
enum class ObjectType : std::uint8_t { kMiscellaneous, kPedestrian, kVehicle, kExternal };

// How a distance is measured; `alongRoute` of 1.0 is already turned into a coordinate system.
struct Measure {
  CoordinateSystem coordinate_system = CoordinateSystem::kEntity;
  RelativeDistanceType distance_type = RelativeDistanceType::kEuclidian;
  RoutingAlgorithm routing_algorithm = RoutingAlgorithm::kUndefined;
  bool freespace = false;
};

struct EndOfRoadCondition {
  double duration_s = 0;
};
struct CollisionCondition {
  std::variant<std::string, ObjectType> with;  // string: EntityRef
};
struct OffroadCondition {
  double duration_s = 0;
};
struct TimeHeadwayCondition {
  std::string entity_ref;
  Rule rule = Rule::kEqualTo;
  double value_s = 0;
  Measure measure;
};
struct TimeToCollisionCondition {
  Rule rule = Rule::kEqualTo;
  double value_s = 0;
  Measure measure;
  std::variant<std::string, Position> target;  // string: EntityRef
};
struct AccelerationCondition {
  Rule rule = Rule::kEqualTo;
  double value_mps2 = 0;
  std::optional<DirectionalDimension> direction;
};
struct StandStillCondition {
  double duration_s = 0;
};
struct SpeedCondition {
  Rule rule = Rule::kEqualTo;
  double value_mps = 0;
  std::optional<DirectionalDimension> direction;
};
struct RelativeSpeedCondition {
  std::string entity_ref;
  Rule rule = Rule::kEqualTo;
  double value_mps = 0;
  std::optional<DirectionalDimension> direction;
};
struct TraveledDistanceCondition {
  double value_m = 0;
};
struct ReachPositionCondition {
  double tolerance_m = 0;
  Position position;
};
struct DistanceCondition {
  Rule rule = Rule::kEqualTo;
  double value_m = 0;
  Measure measure;
  Position position;
};
struct RelativeDistanceCondition {
  std::string entity_ref;
  Rule rule = Rule::kEqualTo;
  double value_m = 0;
  Measure measure;
};
struct RelativeLaneRange {
  std::optional<std::int32_t> from, to;
};
struct RelativeClearanceCondition {
  bool opposite_lanes = false, freespace = false;
  double distance_forward_m = 0, distance_backward_m = 0;
  std::vector<RelativeLaneRange> lane_ranges;  // empty: all lanes
  std::vector<std::string> entity_refs;        // empty: all entities
};
struct AngleCondition {
  AngleType type = AngleType::kHeading;
  double angle_rad = 0, tolerance_rad = 0;
  std::optional<CoordinateSystem> coordinate_system;
};
struct RelativeAngleCondition {
  std::string entity_ref;
  AngleType type = AngleType::kHeading;
  double angle_rad = 0, tolerance_rad = 0;
  std::optional<CoordinateSystem> coordinate_system;
};
enum class TriggeringEntitiesRule : std::uint8_t { kAny, kAll };
struct ByEntityCondition {
  TriggeringEntitiesRule rule = TriggeringEntitiesRule::kAny;
  std::vector<std::string> entity_refs;
  std::variant<EndOfRoadCondition, CollisionCondition, OffroadCondition, TimeHeadwayCondition, TimeToCollisionCondition,
               AccelerationCondition, StandStillCondition, SpeedCondition, RelativeSpeedCondition,
               TraveledDistanceCondition, ReachPositionCondition, DistanceCondition, RelativeDistanceCondition,
               RelativeClearanceCondition, AngleCondition, RelativeAngleCondition>
      condition;
};

struct ParameterCondition {
  std::string parameter_ref, value;
  Rule rule = Rule::kEqualTo;
};
struct VariableCondition {
  std::string variable_ref, value;
  Rule rule = Rule::kEqualTo;
};
struct TimeOfDayCondition {
  TimeOfDay date_time;
  Rule rule = Rule::kEqualTo;
};
struct SimulationTimeCondition {
  double value_s = 0;
  Rule rule = Rule::kEqualTo;
};
enum class StoryboardElementType : std::uint8_t { kStory, kAct, kManeuverGroup, kManeuver, kEvent, kAction };
enum class StoryboardElementState : std::uint8_t {
  kStandby,
  kRunning,
  kComplete,
  kStartTransition,
  kEndTransition,
  kStopTransition,
  kSkipTransition
};
struct StoryboardElementStateCondition {
  StoryboardElementType type = StoryboardElementType::kEvent;
  std::string element_ref;
  StoryboardElementState state = StoryboardElementState::kComplete;
};
struct UserDefinedValueCondition {
  std::string name, value;
  Rule rule = Rule::kEqualTo;
};
struct TrafficSignalCondition {
  std::string name, state;
};
struct TrafficSignalControllerCondition {
  std::string controller_ref, phase;
};
using ByValueCondition = std::variant<ParameterCondition, TimeOfDayCondition, SimulationTimeCondition,
                                      StoryboardElementStateCondition, UserDefinedValueCondition,
                                      TrafficSignalCondition, TrafficSignalControllerCondition, VariableCondition>;

enum class ConditionEdge : std::uint8_t { kNone, kRising, kFalling, kRisingOrFalling };
struct Condition {
  Source source;
  std::string name;
  double delay_s = 0;
  ConditionEdge edge = ConditionEdge::kNone;
  std::variant<ByEntityCondition, ByValueCondition> condition;
};
using ConditionGroup = std::vector<Condition>;  // all of them
using Trigger = std::vector<ConditionGroup>;    // any of them

}  // namespace bitgoeul::scenarios::openscenario
