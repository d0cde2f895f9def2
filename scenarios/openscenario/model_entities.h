// Entities of OpenSCENARIO XML 1.3 as the file says them: vehicles, pedestrians, objects, controllers, selections.
// Made by the parsers and by fleet.h; read by scenario_setup.h and write.h. SI units. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scenarios/openscenario/model_positions.h"

namespace bitgoeul::scenarios::openscenario {

struct Property {
  std::string name, value;
};

struct Axle {
  double max_steering_rad = 0, wheel_diameter_m = 0.6, track_width_m = 1.6, position_x_m = 0, position_z_m = 0.3;
};
struct Vehicle {
  Source source;
  std::string name, category = "car";
  std::optional<double> mass_kg;
  double center_x_m = 0, center_y_m = 0, center_z_m = 0;  // of the box, from the rear axle on the ground
  double length_m = 0, width_m = 0, height_m = 0;
  double max_speed_mps = 0, max_acceleration_mps2 = 0, max_deceleration_mps2 = 0;
  std::optional<double> max_acceleration_rate_mps3, max_deceleration_rate_mps3;
  Axle front, rear;
  std::string role, model3d;
  std::optional<double> hitch_dx_m, coupler_dx_m;  // TrailerHitch, TrailerCoupler
  std::string trailer;                             // name of the entity that is hung on from the start
  std::vector<Property> properties;
};
struct Pedestrian {
  Source source;
  std::string name, category = "pedestrian", role, model3d;  // category: pedestrian, wheelchair, animal
  double mass_kg = 0;
  double center_x_m = 0, center_y_m = 0, center_z_m = 0;
  double length_m = 0, width_m = 0, height_m = 0;
  std::vector<Property> properties;
};
struct MiscObject {
  Source source;
  std::string name, category = "none", model3d;  // the norm's word
  double mass_kg = 0;
  double center_x_m = 0, center_y_m = 0, center_z_m = 0;
  double length_m = 0, width_m = 0, height_m = 0;
  std::vector<Property> properties;
};
struct ExternalObjectReference {
  std::string name;
};
struct Controller {
  Source source;
  std::string name;
  std::string type;  // ControllerType's word (1.3); empty: not said
  std::vector<Property> properties;
};
struct ScenarioObject {
  Source source;
  std::string name;
  Vehicle vehicle;  // when `other` is empty
  std::variant<std::monostate, Pedestrian, MiscObject, ExternalObjectReference> other;
  std::vector<Controller> controllers;
};
// An EntitySelection with its members by name; ByType is resolved by the parser, in the order of the entities.
struct EntitySelection {
  Source source;
  std::string name;
  std::vector<std::string> members;
};

}  // namespace bitgoeul::scenarios::openscenario
