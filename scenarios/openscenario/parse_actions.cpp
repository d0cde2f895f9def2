// Actions (OpenSCENARIO XML 1.3, classes PrivateAction, GlobalAction and what stands below them), as they may stand in
// Init.
#include <fmt/format.h>

#include <cstdio>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

TeleportAction parse_teleport(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"Position"});
  const XmlElement position = reader.need(element, "Position");
  return {position ? parse_position(reader, position) : Position{}};
}

SpeedAction parse_speed(const Reader& reader, const XmlElement& element) {
  static constexpr std::string_view kShapes[] = {"step"};
  static constexpr std::string_view kDimensions[] = {"time", "rate", "distance"};
  reader.shape(element, {"SpeedActionDynamics", "SpeedActionTarget"});
  if (XmlElement dynamics = reader.need(element, "SpeedActionDynamics")) {
    reader.shape(dynamics, {}, {"dynamicsShape", "dynamicsDimension", "value"});
    reader.word(dynamics, "dynamicsShape", kShapes);
    reader.word(dynamics, "dynamicsDimension", kDimensions);
    reader.number(dynamics, "value", kNotNegative);
  }
  SpeedAction action;
  if (XmlElement target = reader.need(element, "SpeedActionTarget")) {
    reader.shape(target, {"AbsoluteTargetSpeed"});
    if (XmlElement speed = reader.need(target, "AbsoluteTargetSpeed")) {
      reader.shape(speed, {}, {"value"});
      action.speed_mps = reader.number(speed, "value", {0.0, 100.0});
    }
  }
  return action;
}

void parse_routing(const Reader& reader, const XmlElement& element, PrivateAction& action) {
  reader.shape(element, {"AssignRouteAction", "AcquirePositionAction", "RandomRouteAction"});
  if (XmlElement assign = element.child("AssignRouteAction")) {
    reader.shape(assign, {"Route"});
    AssignRouteAction routed;
    if (XmlElement route = reader.need(assign, "Route")) routed.route = parse_route(reader, route);
    action.action = std::move(routed);
  } else if (XmlElement acquire = element.child("AcquirePositionAction")) {
    reader.shape(acquire, {"Position"});
    const XmlElement position = reader.need(acquire, "Position");
    action.action = AcquirePositionAction{position ? parse_position(reader, position) : Position{}};
  } else if (XmlElement random = element.child("RandomRouteAction")) {
    reader.shape(random, {});
    action.action = RandomRouteAction{};
  } else if (element.children().empty()) {
    element.error("<RoutingAction> is empty", "missing element");
  }
}

PrivateAction parse_private_action(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"TeleportAction", "LongitudinalAction", "RoutingAction"});
  PrivateAction action;
  action.source = source_of(element);
  if (XmlElement teleport = element.child("TeleportAction")) {
    action.action = parse_teleport(reader, teleport);
  } else if (XmlElement longitudinal = element.child("LongitudinalAction")) {
    reader.shape(longitudinal, {"SpeedAction"});
    if (XmlElement speed = reader.need(longitudinal, "SpeedAction")) action.action = parse_speed(reader, speed);
  } else if (XmlElement routing = element.child("RoutingAction")) {
    parse_routing(reader, routing, action);
  } else if (element.children().empty()) {
    element.error("<PrivateAction> is empty", "missing element");
  }
  return action;
}

// xsd:dateTime, of which the clock of the town is used: no time zone arithmetic.
std::optional<TimeOfDay> parse_date_time(const std::string& text) {
  TimeOfDay t;
  int used = 0;
  const int fields =
      std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d%n", &t.year, &t.month, &t.day, &t.hour, &t.minute, &t.second, &used);
  if (fields != 6 || used < 19) return std::nullopt;
  const bool valid = t.year >= 1 && t.year <= 9999 && t.month >= 1 && t.month <= 12 && t.day >= 1 && t.day <= 31 &&
                     t.hour >= 0 && t.hour <= 23 && t.minute >= 0 && t.minute <= 59 && t.second >= 0 && t.second <= 59;
  return valid ? std::optional(t) : std::nullopt;
}

void parse_environment(const Reader& reader, const XmlElement& element, Init& init) {
  reader.shape(element, {"Environment"});
  const XmlElement environment = reader.need(element, "Environment");
  if (!environment) return;
  reader.shape(environment, {"TimeOfDay"}, {"name"});
  reader.text(environment, "name");
  const XmlElement time = environment.child("TimeOfDay");
  if (!time) return;
  reader.shape(time, {}, {"animation", "dateTime"});
  if (!reader.boolean(time, "animation"))
    time.error("a clock that stands still (animation=\"false\") is not supported", "unsupported",
               "set animation=\"true\"");
  const std::string text = reader.text(time, "dateTime");
  init.time_of_day = parse_date_time(text);
  if (!init.time_of_day && !text.empty())
    time.error(fmt::format("attribute dateTime=\"{}\" is not a date and time", text), "date",
               "write 2026-11-23T08:00:00");
}

std::vector<WorldPosition> parse_polygon(const Reader& reader, const XmlElement& area) {
  std::vector<WorldPosition> corners;
  reader.shape(area, {"Polygon"});
  const XmlElement polygon = reader.need(area, "Polygon");
  if (!polygon) return corners;
  reader.shape(polygon, {"Position"});
  for (const XmlElement& element : polygon.children("Position")) {
    const Position position = parse_position(reader, element);
    if (const auto* world = std::get_if<WorldPosition>(&position.at))
      corners.push_back(*world);
    else
      element.error("corners of a traffic area other than <WorldPosition> are not supported", "unsupported");
  }
  if (corners.size() < 3) polygon.error("a <Polygon> has three corners or more", "cardinality");
  return corners;
}

void parse_distribution(const Reader& reader, const XmlElement& element, TrafficAreaAction& action) {
  reader.shape(element, {"TrafficDistributionEntry"});
  const std::vector<XmlElement> entries = element.children("TrafficDistributionEntry");
  if (entries.size() != 1) {
    element.error("exactly one <TrafficDistributionEntry> is supported", "unsupported");
    return;
  }
  const XmlElement entry = entries.front();
  reader.shape(entry, {"EntityDistribution", "Properties"}, {"weight"});
  reader.number(entry, "weight", kNotNegative);
  action.properties = reader.properties(entry.child("Properties"));
  if (find_property(action.properties, kMixProperty) != "builtin")
    entry.error("a mix of background vehicles given by the scenario is not supported yet", "unsupported",
                fmt::format("add <Properties><Property name=\"{}\" value=\"builtin\"/></Properties>", kMixProperty));
  const XmlElement distribution = reader.need(entry, "EntityDistribution");
  if (!distribution) return;
  reader.shape(distribution, {"EntityDistributionEntry"});
  for (const XmlElement& item : distribution.children("EntityDistributionEntry")) {
    reader.shape(item, {"ScenarioObjectTemplate"}, {"weight"});
    reader.number(item, "weight", kNotNegative);
    const XmlElement object = reader.need(item, "ScenarioObjectTemplate");
    if (!object) continue;
    reader.shape(object, {"Vehicle"});
    if (XmlElement vehicle = reader.need(object, "Vehicle")) action.vehicle = parse_vehicle(reader, vehicle);
  }
}

void parse_traffic(const Reader& reader, const XmlElement& element, Init& init) {
  reader.shape(element, {"TrafficAreaAction"}, {"trafficName"});
  const XmlElement area_action = reader.need(element, "TrafficAreaAction");
  if (!area_action) return;
  reader.shape(area_action, {"TrafficDistribution", "TrafficArea"}, {"numberOfEntities", "continuous"});
  TrafficAreaAction action;
  action.source = source_of(area_action);
  action.name = reader.optional_text(element, "trafficName");
  action.number_of_entities = reader.count(area_action, "numberOfEntities");
  action.continuous = reader.boolean(area_action, "continuous");
  if (action.number_of_entities > 1'000'000) area_action.error("more than 1000000 background vehicles", "range");
  if (!action.continuous && area_action.attribute("continuous"))
    area_action.error("traffic that is not refilled (continuous=\"false\") is not supported yet", "unsupported",
                      "set continuous=\"true\"");
  if (XmlElement distribution = reader.need(area_action, "TrafficDistribution"))
    parse_distribution(reader, distribution, action);
  if (XmlElement area = reader.need(area_action, "TrafficArea")) action.polygon = parse_polygon(reader, area);
  if (!init.traffic.empty()) area_action.error("more than one traffic area is not supported yet", "unsupported");
  init.traffic.push_back(std::move(action));
}

}  // namespace

void parse_private(const Reader& reader, const XmlElement& element, Init& init) {
  reader.shape(element, {"PrivateAction"}, {"entityRef"});
  Private actions;
  actions.source = source_of(element);
  actions.entity_ref = reader.text(element, "entityRef");
  reader.entity_ref(element, actions.entity_ref);
  for (const XmlElement& action : element.children("PrivateAction"))
    actions.actions.push_back(parse_private_action(reader, action));
  init.privates.push_back(std::move(actions));
}

void parse_global_action(const Reader& reader, const XmlElement& element, Init& init) {
  reader.shape(element, {"EnvironmentAction", "TrafficAction"});
  if (XmlElement environment = element.child("EnvironmentAction")) parse_environment(reader, environment, init);
  if (XmlElement traffic = element.child("TrafficAction")) parse_traffic(reader, traffic, init);
}

}  // namespace bitgoeul::scenarios::openscenario
