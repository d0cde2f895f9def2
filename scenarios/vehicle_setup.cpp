#include "scenarios/vehicle_setup.h"

#include <algorithm>
#include <cmath>

#include "vehicles/dynamics/estimate.h"
#include "vehicles/vehicle_catalogue.h"

namespace bitgoeul::scenarios {

namespace osc = openscenario;

namespace {

vehicles::Category category_of(const std::string& word) {
  using vehicles::Category;
  if (word == "van") return Category::kVan;
  if (word == "truck") return Category::kTruck;
  if (word == "bus") return Category::kBus;
  if (word == "motorbike") return Category::kMotorbike;
  if (word == "bicycle") return Category::kBicycle;
  return Category::kCar;
}

bool same_type(const vehicles::VehicleType& a, const vehicles::VehicleType& b) {
  return a.name == b.name && a.category == b.category && a.length_m == b.length_m && a.width_m == b.width_m &&
         a.height_m == b.height_m && a.center_x_m == b.center_x_m && a.wheelbase_m == b.wheelbase_m &&
         a.max_steering_rad == b.max_steering_rad && a.max_speed_mps == b.max_speed_mps &&
         a.max_acceleration_mps2 == b.max_acceleration_mps2 && a.max_deceleration_mps2 == b.max_deceleration_mps2 &&
         vehicles::same_dynamics(a.dynamics, b.dynamics);
}

}  // namespace

vehicles::VehicleType type_of(const osc::Vehicle& v) {
  vehicles::VehicleType type;
  type.name = v.name;
  type.category = category_of(v.category);
  type.length_m = v.length_m;
  type.width_m = v.width_m;
  type.height_m = v.height_m;
  // Our reference point is the rear axle; the norm allows an axle that stands off it.
  type.center_x_m = v.center_x_m - v.rear.position_x_m;
  type.wheelbase_m = v.front.position_x_m - v.rear.position_x_m;
  type.max_steering_rad = v.front.max_steering_rad;
  type.max_speed_mps = v.max_speed_mps;
  type.max_acceleration_mps2 = v.max_acceleration_mps2;
  type.max_deceleration_mps2 = v.max_deceleration_mps2;
  if (v.mass_kg) type.dynamics = vehicles::estimate_dynamics(type, *v.mass_kg);
  if (v.front.track_width_m > 0.5 && v.rear.track_width_m > 0.5)
    type.dynamics.track_m = {v.front.track_width_m, v.rear.track_width_m};
  if (v.rear.wheel_diameter_m > 0.1) type.dynamics.wheel_radius_m = 0.5 * v.rear.wheel_diameter_m;
  for (const osc::Property& property : v.properties)
    (void)vehicles::set_property(type.dynamics, property.name, property.value);
  return type;
}

vehicles::VehicleType type_of_actor(const osc::ScenarioObject& object) {
  vehicles::VehicleType type = type_of(object.vehicle);
  const auto take = [&](const auto& from) {
    type.name = from.name;
    type.length_m = from.length_m, type.width_m = from.width_m, type.height_m = from.height_m;
    type.center_x_m = from.center_x_m;
  };
  if (const auto* pedestrian = std::get_if<osc::Pedestrian>(&object.other)) {
    take(*pedestrian);
    type.category = vehicles::Category::kPedestrian;
  }
  if (const auto* thing = std::get_if<osc::MiscObject>(&object.other)) {
    take(*thing);
    type.category = vehicles::Category::kMiscellaneous;
  }
  type.hitch_m = type.coupler_m = 0;
  return type;
}

std::uint16_t add_type(vehicles::Catalogue& catalogue, const vehicles::VehicleType& type) {
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& t) { return same_type(t, type); });
  const auto row = static_cast<std::uint16_t>(found - catalogue.begin());
  if (row == catalogue.size()) catalogue.push_back(type);
  return row;
}

const char* not_for_a_driver(const osc::Vehicle& v) {
  if (v.length_m < 0.2 || v.length_m > 40 || v.width_m < 0.2 || v.width_m > 6 || v.height_m < 0.2 || v.height_m > 8)
    return "a size that no vehicle has";
  if (std::abs(v.center_y_m) > 0.01) return "a box beside its centre line";
  if (v.front.position_x_m - v.rear.position_x_m < 0.5)
    return "its front axle does not stand 0.5 m before the rear axle or more";
  if (v.max_speed_mps < 0.1 || v.max_acceleration_mps2 < 0.1 || v.max_deceleration_mps2 < 0.1) return "cannot move";
  return nullptr;
}

}  // namespace bitgoeul::scenarios
