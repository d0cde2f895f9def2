// Entities (OpenSCENARIO XML 1.3, classes ScenarioObject, Vehicle, BoundingBox, Performance, Axles, ObjectController,
// Controller).
#include <fmt/format.h>

#include <cmath>

#include "scenarios/openscenario/reader.h"
#include "scenarios/stack/spec.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr std::string_view kCategories[] = {"car", "van", "truck", "bus", "motorbike", "bicycle"};

void parse_bounding_box(const Reader& reader, const XmlElement& element, Vehicle& vehicle) {
  reader.shape(element, {"Center", "Dimensions"});
  if (XmlElement center = reader.need(element, "Center")) {
    reader.shape(center, {}, {"x", "y", "z"});
    vehicle.center_x_m = reader.number(center, "x", {-30.0, 30.0});
    vehicle.center_y_m = reader.number(center, "y", {-10.0, 10.0});
    vehicle.center_z_m = reader.number(center, "z", {-10.0, 10.0});
    if (std::abs(vehicle.center_y_m) > 0.01)
      center.error("a box beside the vehicle's centre line (y other than 0) is not supported", "unsupported");
  }
  if (XmlElement size = reader.need(element, "Dimensions")) {
    reader.shape(size, {}, {"width", "length", "height"});
    vehicle.length_m = reader.number(size, "length", {0.2, 40.0});
    vehicle.width_m = reader.number(size, "width", {0.2, 6.0});
    vehicle.height_m = reader.number(size, "height", {0.2, 8.0});
  }
}

void parse_performance(const Reader& reader, const XmlElement& element, Vehicle& vehicle) {
  reader.shape(element, {}, {"maxSpeed", "maxAcceleration", "maxDeceleration"});
  vehicle.max_speed_mps = reader.number(element, "maxSpeed", {0.1, 200.0});
  vehicle.max_acceleration_mps2 = reader.number(element, "maxAcceleration", {0.1, 200.0});
  vehicle.max_deceleration_mps2 = reader.number(element, "maxDeceleration", {0.1, 200.0});
}

Axle parse_axle(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {}, {"maxSteering", "wheelDiameter", "trackWidth", "positionX", "positionZ"});
  Axle axle;
  axle.max_steering_rad = reader.number(element, "maxSteering", {0.0, 3.15});
  axle.wheel_diameter_m = reader.number(element, "wheelDiameter", kPositive);
  axle.track_width_m = reader.number(element, "trackWidth", kNotNegative);
  axle.position_x_m = reader.number(element, "positionX", {-30.0, 30.0});
  axle.position_z_m = reader.number(element, "positionZ", {-5.0, 5.0});
  return axle;
}

void parse_axles(const Reader& reader, const XmlElement& element, Vehicle& vehicle) {
  reader.shape(element, {"FrontAxle", "RearAxle", "AdditionalAxle"});
  if (XmlElement front = reader.need(element, "FrontAxle")) vehicle.front = parse_axle(reader, front);
  if (XmlElement rear = reader.need(element, "RearAxle")) vehicle.rear = parse_axle(reader, rear);
  if (vehicle.front.position_x_m - vehicle.rear.position_x_m < 0.5 && element.child("FrontAxle") &&
      element.child("RearAxle"))
    element.error("the front axle must stand at least 0.5 m before the rear axle", "range");
  for (const XmlElement& extra : element.children("AdditionalAxle"))
    extra.warning("the vehicle model has two axles; this one is not simulated", "axles");
}

void check_properties(const Reader& reader, const XmlElement& element, const std::vector<Property>& list,
                      Reader::Names known) {
  const XmlElement properties = element.child("Properties");
  if (!properties) return;
  const std::vector<XmlElement> items = properties.children("Property");
  for (std::size_t i = 0; i < list.size() && i < items.size(); ++i) {
    bool read = false;
    for (std::string_view name : known) read = read || name == list[i].name;
    if (read) continue;
    if (list[i].name.starts_with("bitgoeul:"))
      items[i].error(fmt::format("property {} is not known", list[i].name), "unsupported");
    else
      items[i].info(fmt::format("property {} is another player's and has no meaning here", list[i].name), "property");
  }
  (void)reader;
}

Controller parse_controller(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"Properties"}, {"name", "controllerType"});
  Controller controller;
  controller.source = source_of(element);
  controller.name = reader.text(element, "name");
  reader.optional_text(element, "controllerType");
  controller.properties = reader.properties(element.child("Properties"));
  check_properties(reader, element, controller.properties, {kDriverProperty, kReenterProperty});
  const auto driver = find_property(controller.properties, kDriverProperty);
  if (!driver)
    element.error(fmt::format("controller {} names no driver that this engine has", controller.name), "unsupported",
                  fmt::format("add <Property name=\"{}\" value=\"{}\"/>", kDriverProperty, kBuiltinDriver));
  else if (const auto spec = stack::parse_spec(*driver); !spec)
    element.error(fmt::format("driver \"{}\": {}", *driver, spec.error().what), "unsupported", spec.error().remedy);
  const auto reenter = find_property(controller.properties, kReenterProperty);
  if (reenter && *reenter != "true" && *reenter != "false")
    element.error(fmt::format("{} is \"{}\"", kReenterProperty, *reenter), "value", "write true or false");
  return controller;
}

}  // namespace

Vehicle parse_vehicle(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"BoundingBox", "Performance", "Axles", "Properties"},
               {"name", "vehicleCategory", "role", "mass", "model3d"});
  Vehicle vehicle;
  vehicle.source = source_of(element);
  vehicle.name = reader.text(element, "name");
  vehicle.category = reader.word(element, "vehicleCategory", kCategories);
  vehicle.mass_kg = reader.optional_number(element, "mass", kPositive);
  if (XmlElement box = reader.need(element, "BoundingBox")) parse_bounding_box(reader, box, vehicle);
  if (XmlElement performance = reader.need(element, "Performance")) parse_performance(reader, performance, vehicle);
  if (XmlElement axles = reader.need(element, "Axles")) parse_axles(reader, axles, vehicle);
  vehicle.properties = reader.properties(element.child("Properties"));
  check_properties(reader, element, vehicle.properties, {kModelProperty, kDynamicsProperty});
  const auto model = find_property(vehicle.properties, kModelProperty);
  if (model && *model != "double_track" && *model != "bicycle" && *model != "rail")
    element.error(fmt::format("{} is \"{}\"", kModelProperty, *model), "value", "write double_track, bicycle or rail");
  return vehicle;
}

ScenarioObject parse_scenario_object(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"Vehicle", "ObjectController"}, {"name"});
  ScenarioObject object;
  object.source = source_of(element);
  object.name = reader.text(element, "name");
  if (object.name.find_first_of(" \t\"<>&,;") != std::string::npos)
    element.error(fmt::format("entity name \"{}\" holds a space or one of \"<>&,;", object.name), "name");
  if (XmlElement vehicle = reader.need(element, "Vehicle")) object.vehicle = parse_vehicle(reader, vehicle);
  for (const XmlElement& holder : element.children("ObjectController")) {
    reader.shape(holder, {"Controller"}, {"name"});
    if (XmlElement controller = reader.need(holder, "Controller"))
      object.controllers.push_back(parse_controller(reader, controller));
  }
  if (object.controllers.size() > 1) element.error("more than one controller is not supported", "unsupported");
  if (object.controllers.empty())
    element.warning(
        "no <ObjectController>: the built-in driver drives it (the norm's default controller would keep lane and "
        "speed)",
        "controller", fmt::format("name {} in a controller", kBuiltinDriver));
  return object;
}

}  // namespace bitgoeul::scenarios::openscenario
