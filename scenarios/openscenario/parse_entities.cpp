// Entities (OpenSCENARIO XML 1.3, classes Entities, ScenarioObject, Vehicle, Pedestrian, MiscObject, EntitySelection,
// ObjectController, Controller and what stands below them).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/openscenario/reader.h"
#include "scenarios/stack/spec.h"
#include "vehicles/vehicle_catalogue.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

// Box and mass stand alike in vehicles, pedestrians and objects.
template <class T>
void parse_bounding_box(const Reader& reader, const XmlElement& element, T& object) {
  const XmlElement center = element.child("Center"), size = element.child("Dimensions");
  object.center_x_m = reader.number(center, "x", {-1000.0, 1000.0});
  object.center_y_m = reader.number(center, "y", {-1000.0, 1000.0});
  object.center_z_m = reader.number(center, "z", {-1000.0, 1000.0});
  object.length_m = reader.number(size, "length", {0.0, 10000.0});
  object.width_m = reader.number(size, "width", {0.0, 10000.0});
  object.height_m = reader.number(size, "height", {0.0, 10000.0});
}

void parse_performance(const Reader& reader, const XmlElement& element, Vehicle& vehicle) {
  vehicle.max_speed_mps = reader.number(element, "maxSpeed", kNotNegative);
  vehicle.max_acceleration_mps2 = reader.number(element, "maxAcceleration", kNotNegative);
  vehicle.max_deceleration_mps2 = reader.number(element, "maxDeceleration", kNotNegative);
  vehicle.max_acceleration_rate_mps3 = reader.optional_number(element, "maxAccelerationRate", kNotNegative);
  vehicle.max_deceleration_rate_mps3 = reader.optional_number(element, "maxDecelerationRate", kNotNegative);
}

Axle parse_axle(const Reader& reader, const XmlElement& element) {
  Axle axle;
  axle.max_steering_rad = reader.number(element, "maxSteering", kNotNegative);
  axle.wheel_diameter_m = reader.number(element, "wheelDiameter", kNotNegative);
  axle.track_width_m = reader.number(element, "trackWidth", kNotNegative);
  axle.position_x_m = reader.number(element, "positionX", {-1000.0, 1000.0});
  axle.position_z_m = reader.number(element, "positionZ", {-1000.0, 1000.0});
  return axle;
}

void parse_axles(const Reader& reader, const XmlElement& element, Vehicle& vehicle) {
  if (const XmlElement front = element.child("FrontAxle")) vehicle.front = parse_axle(reader, front);
  if (const XmlElement rear = element.child("RearAxle")) vehicle.rear = parse_axle(reader, rear);
  if (const XmlElement extra = element.child("AdditionalAxle"))
    extra.info("the vehicle model has two axles; others are not simulated", "axles");
}

// Vendor properties that this place does not know are errors; a vehicle also has those of its dynamics. Criteria are
// looked at by name when the questions of a run are made (criteria/questions.h).
void check_properties(const XmlElement& element, const std::vector<Property>& list,
                      std::initializer_list<std::string_view> known, bool vehicle = false) {
  const std::vector<XmlElement> items = element.child("Properties").children("Property");
  vehicles::DoubleTrackParameters scratch;
  for (std::size_t i = 0; i < list.size() && i < items.size(); ++i) {
    const auto& [name, value] = list[i];
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (name.starts_with("bitgoeul:criterion:")) continue;
    if (!name.starts_with("bitgoeul:"))
      items[i].info(fmt::format("property {} is another player's and has no meaning here", name), "property");
    else if (!vehicle)
      items[i].error(fmt::format("property {} is not known", name), "unsupported");
    else if (const auto set = vehicles::set_property(scratch, name, value); !set)
      items[i].error(set.error().what, set.error().rule);
  }
}

void parse_trailer(Reader& reader, const XmlElement& element, Vehicle& vehicle) {
  if (const XmlElement hitch = element.child("TrailerHitch")) vehicle.hitch_dx_m = reader.number(hitch, "dx");
  if (const XmlElement coupler = element.child("TrailerCoupler")) vehicle.coupler_dx_m = reader.number(coupler, "dx");
  const XmlElement trailer = element.child("Trailer");
  if (const XmlElement reference = trailer.child("TrailerRef")) vehicle.trailer = reader.text(reference, "entityRef");
  if (const XmlElement object = trailer.child("Trailer")) vehicle.trailer = reader.text(object, "name");
}

Vehicle parse_vehicle(Reader& reader, const XmlElement& element) {
  Vehicle vehicle;
  vehicle.source = reader.source(element);
  vehicle.name = reader.text(element, "name");
  vehicle.category = reader.text(element, "vehicleCategory", "car");
  vehicle.role = reader.text(element, "role");
  vehicle.model3d = reader.text(element, "model3d");
  vehicle.mass_kg = reader.optional_number(element, "mass", kPositive);
  parse_bounding_box(reader, element.child("BoundingBox"), vehicle);
  parse_performance(reader, element.child("Performance"), vehicle);
  parse_axles(reader, element.child("Axles"), vehicle);
  parse_trailer(reader, element, vehicle);
  vehicle.properties = reader.properties(element.child("Properties"));
  check_properties(element, vehicle.properties, {kModelProperty, kDynamicsProperty, kCompanyProperty}, true);
  const auto model = find_property(vehicle.properties, kModelProperty);
  if (model && *model != "double_track" && *model != "bicycle" && *model != "rail")
    element.error(fmt::format("{} is \"{}\"", kModelProperty, *model), "value", "write double_track, bicycle or rail");
  return vehicle;
}

Pedestrian parse_pedestrian(Reader& reader, const XmlElement& element) {
  Pedestrian pedestrian;
  pedestrian.source = reader.source(element);
  pedestrian.name = reader.text(element, "name");
  pedestrian.category = reader.text(element, "pedestrianCategory", "pedestrian");
  pedestrian.role = reader.text(element, "role");
  pedestrian.model3d = reader.text(element, "model3d", reader.text(element, "model"));
  pedestrian.mass_kg = reader.number(element, "mass", kNotNegative);
  parse_bounding_box(reader, element.child("BoundingBox"), pedestrian);
  pedestrian.properties = reader.properties(element.child("Properties"));
  check_properties(element, pedestrian.properties, {});
  return pedestrian;
}

MiscObject parse_misc_object(Reader& reader, const XmlElement& element) {
  MiscObject object;
  object.source = reader.source(element);
  object.name = reader.text(element, "name");
  object.category = reader.text(element, "miscObjectCategory", "none");
  object.model3d = reader.text(element, "model3d");
  object.mass_kg = reader.number(element, "mass", kNotNegative);
  parse_bounding_box(reader, element.child("BoundingBox"), object);
  object.properties = reader.properties(element.child("Properties"));
  check_properties(element, object.properties, {});
  return object;
}

// What a ScenarioObject or a ScenarioObjectTemplate is.
void parse_kind(Reader& reader, const XmlElement& element, ScenarioObject& object) {
  if (element.name() == "Vehicle") object.vehicle = parse_vehicle(reader, element);
  if (element.name() == "Pedestrian") object.other = parse_pedestrian(reader, element);
  if (element.name() == "MiscObject") object.other = parse_misc_object(reader, element);
  if (element.name() == "ExternalObjectReference") object.other = ExternalObjectReference{reader.text(element, "name")};
}

void parse_object_controller(Reader& reader, const XmlElement& holder, ScenarioObject& object) {
  reader.either(holder, "Controller", [&](const XmlElement& element) {
    object.controllers.push_back(parse_controller(reader, element));
    // ActivateControllerAction and AssignControllerAction may call it by the holder's name (1.3).
    if (const std::string name = reader.text(holder, "name"); !name.empty()) object.controllers.back().name = name;
  });
}

void parse_trailer(Reader& reader, const XmlElement& vehicle, std::size_t holder, bool from_catalog);

// `name`: where it is not the file's.
void parse_scenario_object(Reader& reader, const XmlElement& element, const std::string& name = {}) {
  ScenarioObject object = parse_object(reader, element);
  if (!name.empty()) object.name = name;
  if (object.name.find_first_of("\"<>&,;\n") != std::string::npos)
    element.error(fmt::format("entity name \"{}\" holds one of \"<>&,;", object.name), "name");
  if (!reader.entity_names.insert(object.name).second)
    element.error(fmt::format("entity {} is declared twice", object.name), "duplicate");
  const std::size_t row = reader.scenario.entities.size();
  reader.scenario.entities.push_back(std::move(object));
  parse_trailer(reader, element.child("Vehicle"), row, false);
  reader.follow(element.child("CatalogReference"),
                [&](const XmlElement& entry) { parse_trailer(reader, entry, row, true); });
}

// A trailer is an entity of its own. Two vehicles of one catalogue entry bring two: the second is called after its
// vehicle, with a +.
void parse_trailer(Reader& reader, const XmlElement& vehicle, std::size_t holder, bool from_catalog) {
  const XmlElement trailer = vehicle.child("Trailer").child("Trailer");
  if (!trailer) return;
  std::string name = reader.text(trailer, "name");
  if (from_catalog && reader.entity_names.count(name) > 0) name = reader.scenario.entities[holder].name + "+";
  reader.scenario.entities[holder].vehicle.trailer = name;
  parse_scenario_object(reader, trailer, name);
}

std::string_view type_of(const ScenarioObject& object) {
  if (std::holds_alternative<Pedestrian>(object.other)) return "pedestrian";
  if (std::holds_alternative<MiscObject>(object.other)) return "miscellaneous";
  return std::holds_alternative<ExternalObjectReference>(object.other) ? "external" : "vehicle";
}

void parse_selection(Reader& reader, const XmlElement& element) {
  EntitySelection selection;
  selection.source = reader.source(element);
  selection.name = reader.text(element, "name");
  const XmlElement members = element.child("Members");
  for (const XmlElement& member : members.children("EntityRef")) selection.members.push_back(reader.entity_ref(member));
  for (const XmlElement& by_type : members.children("ByType"))
    for (const ScenarioObject& object : reader.scenario.entities)
      if (type_of(object) == reader.text(by_type, "objectType")) selection.members.push_back(object.name);
  if (!reader.entity_names.insert(selection.name).second)
    element.error(fmt::format("{} is the name of an entity too", selection.name), "duplicate");
  reader.scenario.selections.push_back(std::move(selection));
}

}  // namespace

Controller parse_controller(Reader& reader, const XmlElement& element) {
  Controller controller;
  controller.source = reader.source(element);
  controller.name = reader.text(element, "name");
  controller.type = reader.text(element, "controllerType");
  controller.properties = reader.properties(element.child("Properties"));
  check_properties(element, controller.properties, {kDriverProperty, kReenterProperty});
  const auto driver = find_property(controller.properties, kDriverProperty);
  if (!driver)
    element.info(fmt::format("controller {} names no driver that this engine has: the default controller moves its "
                             "entity",
                             controller.name),
                 "controller",
                 fmt::format("add <Property name=\"{}\" value=\"{}\"/>", kDriverProperty, kBuiltinDriver));
  else if (const auto spec = stack::parse_spec(*driver); !spec)
    element.error(fmt::format("driver \"{}\": {}", *driver, spec.error().what), "unsupported", spec.error().remedy);
  const auto reenter = find_property(controller.properties, kReenterProperty);
  if (reenter && *reenter != "true" && *reenter != "false")
    element.error(fmt::format("{} is \"{}\"", kReenterProperty, *reenter), "value", "write true or false");
  return controller;
}

ScenarioObject parse_object(Reader& reader, const XmlElement& holder) {
  ScenarioObject object;
  object.source = reader.source(holder);
  object.name = reader.text(holder, "name");
  for (const std::string_view kind : {"Vehicle", "Pedestrian", "MiscObject", "ExternalObjectReference"})
    reader.with(holder.child(kind), [&](const XmlElement& element) { parse_kind(reader, element, object); });
  reader.follow(holder.child("CatalogReference"),
                [&](const XmlElement& element) { parse_kind(reader, element, object); });
  for (const XmlElement& controller : holder.children("ObjectController"))
    parse_object_controller(reader, controller, object);
  return object;
}

void parse_entities(Reader& reader, const XmlElement& entities) {
  for (const XmlElement& item : entities.children("ScenarioObject")) parse_scenario_object(reader, item);
  for (const XmlElement& item : entities.children("EntitySelection")) parse_selection(reader, item);
}

}  // namespace bitgoeul::scenarios::openscenario
