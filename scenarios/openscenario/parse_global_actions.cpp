// Global and user-defined actions (OpenSCENARIO XML 1.3, classes GlobalAction, UserDefinedAction and what stands below
// them).
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

void parse_sky(const Reader& reader, const XmlElement& element, Weather& weather) {
  if (const XmlElement sun = element.child("Sun"))
    weather.sun = Sun{reader.number(sun, "azimuth"), reader.number(sun, "elevation"),
                      sun.attribute("illuminance") ? reader.optional_number(sun, "illuminance", kNotNegative)
                                                   : reader.optional_number(sun, "intensity", kNotNegative)};
  if (const XmlElement fog = element.child("Fog"))
    weather.fog_visual_range_m = reader.number(fog, "visualRange", kNotNegative);
  weather.dome_image = static_cast<bool>(element.child("DomeImage"));
}

Weather parse_weather(const Reader& reader, const XmlElement& element) {
  Weather weather;
  for (const char* name : {"cloudState", "fractionalCloudCover"})
    if (element.attribute(name)) weather.cloud_state = reader.text(element, name);
  weather.pressure_pa = reader.optional_number(element, "atmosphericPressure", kNotNegative);
  weather.temperature_k = reader.optional_number(element, "temperature", kNotNegative);
  parse_sky(reader, element, weather);
  if (const XmlElement rain = element.child("Precipitation"))
    weather.precipitation = Precipitation{reader.text(rain, "precipitationType"),
                                          rain.attribute("precipitationIntensity")
                                              ? reader.number(rain, "precipitationIntensity", kNotNegative)
                                              : reader.number(rain, "intensity", kNotNegative)};
  if (const XmlElement wind = element.child("Wind"))
    weather.wind = Wind{reader.number(wind, "direction"), reader.number(wind, "speed", kNotNegative)};
  return weather;
}

EnvironmentAction parse_environment(Reader& reader, const XmlElement& holder) {
  EnvironmentAction action;
  reader.either(holder, "Environment", [&](const XmlElement& element) {
    action.name = reader.text(element, "name");
    if (const XmlElement time = element.child("TimeOfDay")) {
      action.time_of_day = parse_date_time(reader.text(time, "dateTime"));
      action.time_of_day->animation = reader.boolean(time, "animation");
    }
    if (const XmlElement weather = element.child("Weather")) action.weather = parse_weather(reader, weather);
    if (const XmlElement road = element.child("RoadCondition"))
      action.road_condition =
          RoadCondition{reader.number(road, "frictionScaleFactor", kNotNegative), reader.text(road, "wetness")};
  });
  return action;
}

void parse_entity_action(Reader& reader, const XmlElement& element, GlobalAction& action) {
  const std::string entity = reader.entity_ref(element);
  if (const XmlElement add = element.child("AddEntityAction"))
    action.action = AddEntityAction{entity, parse_position(reader, add)};
  if (element.child("DeleteEntityAction")) action.action = DeleteEntityAction{entity};
}

void parse_infrastructure(const Reader& reader, const XmlElement& element, GlobalAction& action) {
  const XmlElement signal = element.child("TrafficSignalAction");
  if (const XmlElement controller = signal.child("TrafficSignalControllerAction"))
    action.action = TrafficSignalControllerAction{reader.text(controller, "trafficSignalControllerRef"),
                                                  reader.text(controller, "phase")};
  if (const XmlElement state = signal.child("TrafficSignalStateAction"))
    action.action = TrafficSignalStateAction{reader.text(state, "name"), reader.text(state, "state")};
}

void report_undeclared(const XmlElement& element, std::string_view what, const std::string& name,
                       const std::vector<std::string_view>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const auto close = maps::closest_name(name, known);
  element.error(fmt::format("{} {} is not declared", what, name), "asam.net:xosc:1.0.0:reference_control.resolvable",
                close ? fmt::format("did you mean {}?", *close) : fmt::format("declare the {}", what));
}

std::variant<ValueSet, ValueModify> parse_change(const Reader& reader, const XmlElement& element) {
  if (const XmlElement set = element.child("SetAction")) return ValueSet{reader.text(set, "value")};
  const XmlElement rule = element.child("ModifyAction").child("Rule");
  if (const XmlElement add = rule.child("AddValue"))
    return ValueModify{ModifyOperator::kAdd, reader.number(add, "value")};
  return ValueModify{ModifyOperator::kMultiply, reader.number(rule.child("MultiplyByValue"), "value")};
}

// The name, also written with its $.
std::string reference_of(const XmlElement& element, std::string_view attribute) {
  std::string_view name = element.attribute(attribute).value_or("");
  if (name.starts_with('$')) name.remove_prefix(1);
  return std::string(name);
}

void parse_values(const Reader& reader, const XmlElement& element, GlobalAction& action) {
  if (const XmlElement parameter = element.child("ParameterAction"))
    action.action = ParameterAction{reader.parameter_ref(parameter), parse_change(reader, parameter)};
  if (const XmlElement variable = element.child("VariableAction")) {
    const std::string name = reference_of(variable, "variableRef");
    std::vector<std::string_view> known;
    for (const VariableDeclaration& declared : reader.scenario.variables) known.push_back(declared.name);
    report_undeclared(variable, "variable", name, known);
    action.action = VariableAction{name, parse_change(reader, variable)};
  }
  if (const XmlElement monitor = element.child("SetMonitorAction")) {
    const std::string name = reference_of(monitor, "monitorRef");
    std::vector<std::string_view> known;
    for (const MonitorDeclaration& declared : reader.scenario.monitors) known.push_back(declared.name);
    report_undeclared(monitor, "monitor", name, known);
    action.action = SetMonitorAction{name, reader.boolean(monitor, "value")};
  }
}

std::vector<Controller> parse_controllers(Reader& reader, const XmlElement& element) {
  std::vector<Controller> controllers;
  for (const XmlElement& entry : element.children("ControllerDistributionEntry"))
    reader.either(entry, "Controller",
                  [&](const XmlElement& controller) { controllers.push_back(parse_controller(reader, controller)); });
  return controllers;
}

constexpr Limits kWeight{0.0, 1e9};

// TrafficDefinition: before 1.3, by category.
void parse_definition(Reader& reader, const XmlElement& element, std::vector<TrafficChoice>& choices) {
  if (!element) return;
  if (const XmlElement roles = element.child("VehicleRoleDistribution"))
    roles.warning("roles of background traffic have no effect", "unsupported");
  const std::vector<Controller> controllers = parse_controllers(reader, element.child("ControllerDistribution"));
  for (const XmlElement& entry :
       element.child("VehicleCategoryDistribution").children("VehicleCategoryDistributionEntry")) {
    TrafficChoice choice;
    choice.weight = reader.number(entry, "weight", kWeight);
    choice.category = reader.text(entry, "category");
    choice.controllers = controllers;
    choices.push_back(std::move(choice));
  }
}

TrafficChoice parse_choice(Reader& reader, const XmlElement& element) {
  TrafficChoice choice;
  ScenarioObject object = parse_object(reader, element.child("ScenarioObjectTemplate"));
  if (auto* pedestrian = std::get_if<Pedestrian>(&object.other))
    choice.pedestrian = std::move(*pedestrian);
  else
    choice.vehicle = std::move(object.vehicle);
  choice.controllers = std::move(object.controllers);
  choice.weight = reader.number(element, "weight", kWeight);
  return choice;
}

void parse_distribution(Reader& reader, const XmlElement& element, std::vector<TrafficChoice>& choices) {
  if (!element) return;
  for (const XmlElement& entry : element.children("TrafficDistributionEntry"))
    for (const XmlElement& item : entry.child("EntityDistribution").children("EntityDistributionEntry")) {
      TrafficChoice choice = parse_choice(reader, item);
      choice.weight *= reader.number(entry, "weight", kWeight);
      choice.properties = reader.properties(entry.child("Properties"));
      choices.push_back(std::move(choice));
    }
}

std::vector<TrafficChoice> parse_choices(Reader& reader, const XmlElement& element) {
  std::vector<TrafficChoice> choices;
  parse_definition(reader, element.child("TrafficDefinition"), choices);
  parse_distribution(reader, element.child("TrafficDistribution"), choices);
  return choices;
}

constexpr Limits kRate{0.0, 1000.0};  // vehicles a second: more leave no place

void check_number(const XmlElement& element, std::uint32_t number) {
  if (number > 1'000'000) element.error("more than 1000000 background vehicles", "range");
}

TrafficSourceAction parse_source(Reader& reader, const XmlElement& element, const std::string& name) {
  TrafficSourceAction action;
  action.name = name;
  action.radius_m = reader.number(element, "radius", kNotNegative);
  action.rate_per_s = reader.number(element, "rate", kRate);
  action.speed_mps = reader.optional_number(element, "speed", kNotNegative);
  if (!action.speed_mps) action.speed_mps = reader.optional_number(element, "velocity", kNotNegative);
  action.position = parse_position(reader, element);
  action.choices = parse_choices(reader, element);
  return action;
}

TrafficSwarmAction parse_swarm(Reader& reader, const XmlElement& element, const std::string& name) {
  TrafficSwarmAction action;
  action.name = name;
  action.inner_radius_m = reader.number(element, "innerRadius", kNotNegative);
  action.semi_major_axis_m = reader.number(element, "semiMajorAxis", kNotNegative);
  action.semi_minor_axis_m = reader.number(element, "semiMinorAxis", kNotNegative);
  action.offset_m = reader.number(element, "offset");
  action.number_of_vehicles = reader.count(element, "numberOfVehicles");
  check_number(element, action.number_of_vehicles);
  action.central_object = reader.entity_ref(element.child("CentralObject"));
  action.speed_min_mps = action.speed_max_mps = reader.optional_number(element, "velocity", kNotNegative);
  if (const XmlElement range = element.child("InitialSpeedRange")) {
    action.speed_min_mps = reader.number(range, "lowerLimit", kNotNegative);
    action.speed_max_mps = reader.number(range, "upperLimit", kNotNegative);
  }
  if (const XmlElement direction = element.child("DirectionOfTravelDistribution")) {
    action.same_direction = reader.number(direction, "same", kNotNegative);
    action.opposite_direction = reader.number(direction, "opposite", kNotNegative);
  }
  action.choices = parse_choices(reader, element);
  return action;
}

RoadRange parse_road_range(const Reader& reader, const XmlElement& element) {
  RoadRange range;
  range.length_m = reader.optional_number(element, "length", kNotNegative);
  for (const XmlElement& item : element.children("RoadCursor")) {
    RoadCursor cursor{reader.text(item, "roadId"), reader.optional_number(item, "s", kNotNegative), {}};
    for (const XmlElement& lane : item.children("Lane")) cursor.lanes.push_back(reader.integer(lane, "id"));
    range.cursors.push_back(std::move(cursor));
  }
  return range;
}

TrafficAreaAction parse_area(Reader& reader, const XmlElement& element, const std::string& name) {
  TrafficAreaAction action;
  action.source = reader.source(element);
  action.name = name;
  action.number_of_entities = reader.count(element, "numberOfEntities");
  action.continuous = reader.boolean(element, "continuous");
  check_number(element, action.number_of_entities);
  const XmlElement area = element.child("TrafficArea");
  for (const XmlElement& corner : area.child("Polygon").children("Position"))
    action.polygon.push_back(parse_position_itself(reader, corner));
  for (const XmlElement& range : area.children("RoadRange"))
    action.road_ranges.push_back(parse_road_range(reader, range));
  action.choices = parse_choices(reader, element);
  return action;
}

void parse_traffic(Reader& reader, const XmlElement& element, GlobalAction& action) {
  const std::string name = reader.text(element, "trafficName");
  if (const XmlElement source = element.child("TrafficSourceAction"))
    action.action = parse_source(reader, source, name);
  if (const XmlElement sink = element.child("TrafficSinkAction"))
    action.action = TrafficSinkAction{name, reader.number(sink, "radius", kNotNegative),
                                      reader.optional_number(sink, "rate", kRate), parse_position(reader, sink)};
  if (const XmlElement swarm = element.child("TrafficSwarmAction")) action.action = parse_swarm(reader, swarm, name);
  if (const XmlElement area = element.child("TrafficAreaAction")) action.action = parse_area(reader, area, name);
  if (element.child("TrafficStopAction")) action.action = TrafficStopAction{name};
}

}  // namespace

// xsd:dateTime, of which the clock of the town is used: no time zone arithmetic.
TimeOfDay parse_date_time(const std::string& text) {
  TimeOfDay t;
  std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &t.year, &t.month, &t.day, &t.hour, &t.minute, &t.second);
  return t;
}

CustomCommandAction parse_user_defined(const Reader& reader, const XmlElement& element) {
  const XmlElement command = element.child("CustomCommandAction");
  return {reader.source(element), reader.text(command, "type"), command.text()};
}

GlobalAction parse_global_action(Reader& reader, const XmlElement& element) {
  GlobalAction action;
  action.source = reader.source(element);
  if (const XmlElement environment = element.child("EnvironmentAction"))
    action.action = parse_environment(reader, environment);
  if (const XmlElement entity = element.child("EntityAction")) parse_entity_action(reader, entity, action);
  if (const XmlElement signals = element.child("InfrastructureAction")) parse_infrastructure(reader, signals, action);
  if (const XmlElement traffic = element.child("TrafficAction")) parse_traffic(reader, traffic, action);
  parse_values(reader, element, action);
  return action;
}

}  // namespace bitgoeul::scenarios::openscenario
