// Triggers and conditions (OpenSCENARIO XML 1.3, classes Trigger, ConditionGroup, Condition and what stands below
// them).
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

Rule parse_rule(const Reader& reader, const XmlElement& element) {
  return reader.word<Rule>(element, "rule",
                           {{"equalTo", Rule::kEqualTo},
                            {"greaterThan", Rule::kGreaterThan},
                            {"lessThan", Rule::kLessThan},
                            {"greaterOrEqual", Rule::kGreaterOrEqual},
                            {"lessOrEqual", Rule::kLessOrEqual},
                            {"notEqualTo", Rule::kNotEqualTo}},
                           Rule::kEqualTo);
}

std::optional<DirectionalDimension> parse_direction(const Reader& reader, const XmlElement& element) {
  if (!element.attribute("direction")) return std::nullopt;
  return reader.word<DirectionalDimension>(element, "direction",
                                           {{"longitudinal", DirectionalDimension::kLongitudinal},
                                            {"lateral", DirectionalDimension::kLateral},
                                            {"vertical", DirectionalDimension::kVertical}},
                                           DirectionalDimension::kLongitudinal);
}

// alongRoute of 1.0 is a distance along the road.
Measure parse_measure(const Reader& reader, const XmlElement& element) {
  Measure measure;
  const bool along = reader.boolean(element, "alongRoute");
  measure.coordinate_system =
      parse_coordinates(reader, element).value_or(along ? CoordinateSystem::kRoad : CoordinateSystem::kEntity);
  measure.distance_type =
      reader.word<RelativeDistanceType>(element, "relativeDistanceType",
                                        {{"longitudinal", RelativeDistanceType::kLongitudinal},
                                         {"lateral", RelativeDistanceType::kLateral},
                                         {"cartesianDistance", RelativeDistanceType::kEuclidian},
                                         {"euclidianDistance", RelativeDistanceType::kEuclidian}},
                                        along ? RelativeDistanceType::kLongitudinal : RelativeDistanceType::kEuclidian);
  measure.routing_algorithm =
      reader.word<RoutingAlgorithm>(element, "routingAlgorithm",
                                    {{"undefined", RoutingAlgorithm::kUndefined},
                                     {"assignedRoute", RoutingAlgorithm::kAssignedRoute},
                                     {"fastest", RoutingAlgorithm::kFastest},
                                     {"shortest", RoutingAlgorithm::kShortest},
                                     {"leastIntersections", RoutingAlgorithm::kLeastIntersections}},
                                    RoutingAlgorithm::kUndefined);
  measure.freespace = reader.boolean(element, "freespace");
  return measure;
}

CollisionCondition parse_collision(const Reader& reader, const XmlElement& element) {
  if (const XmlElement entity = element.child("EntityRef")) return {reader.entity_ref(entity)};
  return {reader.word<ObjectType>(element.child("ByType"), "type",
                                  {{"vehicle", ObjectType::kVehicle},
                                   {"pedestrian", ObjectType::kPedestrian},
                                   {"miscellaneous", ObjectType::kMiscellaneous},
                                   {"external", ObjectType::kExternal}},
                                  ObjectType::kVehicle)};
}

TimeToCollisionCondition parse_time_to_collision(Reader& reader, const XmlElement& element) {
  TimeToCollisionCondition condition{
      parse_rule(reader, element), reader.number(element, "value"), parse_measure(reader, element), {}};
  const XmlElement target = element.child("TimeToCollisionConditionTarget");
  if (const XmlElement entity = target.child("EntityRef"))
    condition.target = reader.entity_ref(entity);
  else
    condition.target = parse_position(reader, target);
  return condition;
}

RelativeClearanceCondition parse_clearance(const Reader& reader, const XmlElement& element) {
  RelativeClearanceCondition condition;
  condition.opposite_lanes = reader.boolean(element, "oppositeLanes");
  condition.freespace = reader.boolean(element, "freeSpace");
  condition.distance_forward_m = reader.number(element, "distanceForward", kNotNegative);
  condition.distance_backward_m = reader.number(element, "distanceBackward", kNotNegative);
  for (const XmlElement& range : element.children("RelativeLaneRange")) {
    RelativeLaneRange lanes;
    if (range.attribute("from")) lanes.from = reader.integer(range, "from");
    if (range.attribute("to")) lanes.to = reader.integer(range, "to");
    condition.lane_ranges.push_back(lanes);
  }
  for (const XmlElement& entity : element.children("EntityRef"))
    condition.entity_refs.push_back(reader.entity_ref(entity));
  return condition;
}

AngleType parse_angle_type(const Reader& reader, const XmlElement& element) {
  return reader.word<AngleType>(
      element, "angleType",
      {{"heading", AngleType::kHeading}, {"pitch", AngleType::kPitch}, {"roll", AngleType::kRoll}},
      AngleType::kHeading);
}

// Conditions about where an entity is, and to whom.
void parse_spatial(Reader& reader, const XmlElement& element, ByEntityCondition& by) {
  const std::string_view name = element.name();
  if (name == "TimeHeadwayCondition")
    by.condition = TimeHeadwayCondition{reader.entity_ref(element), parse_rule(reader, element),
                                        reader.number(element, "value"), parse_measure(reader, element)};
  if (name == "TimeToCollisionCondition") by.condition = parse_time_to_collision(reader, element);
  if (name == "ReachPositionCondition")
    by.condition =
        ReachPositionCondition{reader.number(element, "tolerance", kNotNegative), parse_position(reader, element)};
  if (name == "DistanceCondition")
    by.condition = DistanceCondition{parse_rule(reader, element), reader.number(element, "value", kNotNegative),
                                     parse_measure(reader, element), parse_position(reader, element)};
  if (name == "RelativeDistanceCondition")
    by.condition = RelativeDistanceCondition{reader.entity_ref(element), parse_rule(reader, element),
                                             reader.number(element, "value"), parse_measure(reader, element)};
  if (name == "RelativeClearanceCondition") by.condition = parse_clearance(reader, element);
  if (name == "AngleCondition")
    by.condition =
        AngleCondition{parse_angle_type(reader, element), reader.number(element, "angle"),
                       reader.number(element, "angleTolerance", kNotNegative), parse_coordinates(reader, element)};
  if (name == "RelativeAngleCondition")
    by.condition = RelativeAngleCondition{
        reader.entity_ref(element), parse_angle_type(reader, element), reader.number(element, "angle"),
        reader.number(element, "angleTolerance", kNotNegative), parse_coordinates(reader, element)};
}

// Conditions about how an entity moves, and what happens to it.
void parse_moving(const Reader& reader, const XmlElement& element, ByEntityCondition& by) {
  const std::string_view name = element.name();
  const auto duration = [&] { return reader.number(element, "duration", kNotNegative); };
  if (name == "EndOfRoadCondition") by.condition = EndOfRoadCondition{duration()};
  if (name == "OffroadCondition") by.condition = OffroadCondition{duration()};
  if (name == "StandStillCondition") by.condition = StandStillCondition{duration()};
  if (name == "CollisionCondition") by.condition = parse_collision(reader, element);
  if (name == "TraveledDistanceCondition")
    by.condition = TraveledDistanceCondition{reader.number(element, "value", kNotNegative)};
  if (name == "AccelerationCondition")
    by.condition = AccelerationCondition{parse_rule(reader, element), reader.number(element, "value"),
                                         parse_direction(reader, element)};
  if (name == "SpeedCondition")
    by.condition =
        SpeedCondition{parse_rule(reader, element), reader.number(element, "value"), parse_direction(reader, element)};
  if (name == "RelativeSpeedCondition")
    by.condition = RelativeSpeedCondition{reader.entity_ref(element), parse_rule(reader, element),
                                          reader.number(element, "value"), parse_direction(reader, element)};
}

ByEntityCondition parse_by_entity(Reader& reader, const XmlElement& element) {
  ByEntityCondition by;
  const XmlElement triggering = element.child("TriggeringEntities");
  by.rule = reader.word<TriggeringEntitiesRule>(
      triggering, "triggeringEntitiesRule",
      {{"any", TriggeringEntitiesRule::kAny}, {"all", TriggeringEntitiesRule::kAll}}, TriggeringEntitiesRule::kAny);
  for (const XmlElement& entity : triggering.children("EntityRef")) by.entity_refs.push_back(reader.entity_ref(entity));
  for (const XmlElement& condition : element.child("EntityCondition").children()) {
    parse_moving(reader, condition, by);
    parse_spatial(reader, condition, by);
  }
  return by;
}

// Parameters and variables are named with or without their $.
std::string name_of(const XmlElement& element, std::string_view attribute) {
  std::string_view name = element.attribute(attribute).value_or("");
  if (name.starts_with('$')) name.remove_prefix(1);
  return std::string(name);
}

template <class Declared>
void check_declared(const XmlElement& element, std::string_view what, const std::string& name,
                    const std::vector<Declared>& declared) {
  std::vector<std::string_view> known;
  for (const Declared& d : declared) known.push_back(d.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const auto close = maps::closest_name(name, known);
  element.error(fmt::format("{} {} is not declared", what, name), "asam.net:xosc:1.0.0:reference_control.resolvable",
                close ? fmt::format("did you mean {}?", *close) : fmt::format("declare the {}", what));
}

StoryboardElementStateCondition parse_element_state(const Reader& reader, const XmlElement& element) {
  using Type = StoryboardElementType;
  using State = StoryboardElementState;
  return {reader.word<Type>(element, "storyboardElementType",
                            {{"story", Type::kStory},
                             {"act", Type::kAct},
                             {"maneuverGroup", Type::kManeuverGroup},
                             {"maneuver", Type::kManeuver},
                             {"event", Type::kEvent},
                             {"action", Type::kAction}},
                            Type::kEvent),
          reader.text(element, "storyboardElementRef"),
          reader.word<State>(element, "state",
                             {{"standbyState", State::kStandby},
                              {"runningState", State::kRunning},
                              {"completeState", State::kComplete},
                              {"startTransition", State::kStartTransition},
                              {"endTransition", State::kEndTransition},
                              {"stopTransition", State::kStopTransition},
                              {"skipTransition", State::kSkipTransition}},
                             State::kComplete)};
}

// CARLA's scenario_runner writes its criteria as conditions on parameters, declared by nobody, under a name of its own.
bool is_foreign_criterion(const Reader& reader, const XmlElement& element, std::string_view condition) {
  const std::string parameter = name_of(element, "parameterRef");
  const auto& known = reader.scopes.parameters;
  return parameter.empty() ||
         (condition.starts_with("criteria_") &&
          std::none_of(known.begin(), known.end(), [&](const auto& p) { return p.name == parameter; }));
}

ByValueCondition parse_value(const Reader& reader, const XmlElement& element, std::string_view condition) {
  const std::string_view name = element.name();
  if (name == "ParameterCondition") {
    const bool foreign = is_foreign_criterion(reader, element, condition);
    if (foreign)
      element.warning("names no parameter of this file: another player's criterion, which never holds here",
                      "parameter", "ask for a criterion of the engine: --criterion NAME");
    return ParameterCondition{foreign ? std::string() : reader.parameter_ref(element), reader.text(element, "value"),
                              parse_rule(reader, element)};
  }
  if (name == "VariableCondition") {
    const std::string variable = name_of(element, "variableRef");
    check_declared(element, "variable", variable, reader.scenario.variables);
    return VariableCondition{variable, reader.text(element, "value"), parse_rule(reader, element)};
  }
  if (name == "TimeOfDayCondition")
    return TimeOfDayCondition{parse_date_time(reader.text(element, "dateTime")), parse_rule(reader, element)};
  if (name == "StoryboardElementStateCondition") return parse_element_state(reader, element);
  if (name == "UserDefinedValueCondition")
    return UserDefinedValueCondition{reader.text(element, "name"), reader.text(element, "value"),
                                     parse_rule(reader, element)};
  if (name == "TrafficSignalCondition")
    return TrafficSignalCondition{reader.text(element, "name"), reader.text(element, "state")};
  if (name == "TrafficSignalControllerCondition")
    return TrafficSignalControllerCondition{reader.text(element, "trafficSignalControllerRef"),
                                            reader.text(element, "phase")};
  return SimulationTimeCondition{reader.number(element, "value"), parse_rule(reader, element)};
}

Condition parse_condition(Reader& reader, const XmlElement& element) {
  Condition condition;
  condition.source = reader.source(element);
  condition.name = reader.text(element, "name");
  condition.delay_s = reader.number(element, "delay", {0.0, 1e9});
  condition.edge = reader.word<ConditionEdge>(element, "conditionEdge",
                                              {{"none", ConditionEdge::kNone},
                                               {"rising", ConditionEdge::kRising},
                                               {"falling", ConditionEdge::kFalling},
                                               {"risingOrFalling", ConditionEdge::kRisingOrFalling}},
                                              ConditionEdge::kNone);
  if (const XmlElement entity = element.child("ByEntityCondition"))
    condition.condition = parse_by_entity(reader, entity);
  for (const XmlElement& value : element.child("ByValueCondition").children())
    condition.condition = parse_value(reader, value, condition.name);
  return condition;
}

}  // namespace

Trigger parse_trigger(Reader& reader, const XmlElement& trigger) {
  Trigger groups;
  for (const XmlElement& group : trigger.children("ConditionGroup")) {
    groups.emplace_back();
    for (const XmlElement& condition : group.children("Condition"))
      groups.back().push_back(parse_condition(reader, condition));
  }
  return groups;
}

}  // namespace bitgoeul::scenarios::openscenario
