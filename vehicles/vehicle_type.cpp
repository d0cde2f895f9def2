#include "vehicles/vehicle_type.h"

namespace bitgoeul::vehicles {

Catalogue builtin_catalogue() {
  // name, category, length, width, height, centre ahead of the rear axle, wheelbase, steering, top speed, acceleration,
  // braking
  return {{"robotaxi", Category::kCar, 4.6, 1.9, 1.7, 1.4, 2.8, 0.61, 38, 3.0, 8.0},
          {"sedan", Category::kCar, 4.8, 1.86, 1.47, 1.4, 2.8, 0.61, 50, 3.0, 8.0},
          {"suv", Category::kCar, 4.7, 1.9, 1.68, 1.35, 2.7, 0.6, 50, 3.0, 8.0},
          {"compact", Category::kCar, 3.6, 1.6, 1.5, 1.2, 2.4, 0.62, 42, 2.6, 8.0},
          {"van", Category::kVan, 5.2, 2.0, 2.0, 1.6, 3.2, 0.6, 42, 2.4, 7.5},
          {"city_bus", Category::kBus, 11.0, 2.5, 3.3, 3.0, 5.6, 0.75, 25, 1.5, 6.0},
          {"truck", Category::kTruck, 6.2, 2.2, 2.6, 1.75, 3.4, 0.68, 30, 1.6, 6.5},
          {"motorcycle", Category::kMotorbike, 2.2, 0.8, 1.5, 0.7, 1.45, 0.6, 45, 4.0, 8.0},
          // With a fifth wheel 0.6 m ahead of the rear axle; kingpin 7.7 m ahead of the middle of three axles.
          {"tractor", Category::kTruck, 6.0, 2.5, 3.8, 1.6, 3.7, 0.7, 25, 1.4, 6.0, 0.6, 0.0},
          {"semitrailer", Category::kSemitrailer, 13.6, 2.5, 4.0, 2.5, 7.7, 0.0, 25, 0.0, 6.0, 0.0, 7.7}};
}

std::optional<std::uint16_t> find_type(const Catalogue& catalogue, std::string_view name) {
  for (std::size_t i = 0; i < catalogue.size(); ++i)
    if (catalogue[i].name == name) return static_cast<std::uint16_t>(i);
  return std::nullopt;
}

}  // namespace bitgoeul::vehicles
