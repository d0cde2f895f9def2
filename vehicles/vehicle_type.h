// VehicleType: what a vehicle is (size, axles, limits), as an OpenSCENARIO Vehicle states it. Catalogue = the list of
// types of a run; row = Entities::type. Built-in types are the fallback; assets/vehicles and scenario files add theirs.
// Lengths in metres; the reference point is the rear axle centre, center_x_m the box centre ahead of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vehicles/dynamics/double_track_parameters.h"

namespace bitgoeul::vehicles {

enum class Category : std::uint8_t {
  kCar,
  kVan,
  kTruck,
  kTrailer,
  kSemitrailer,
  kBus,
  kMotorbike,
  kBicycle,
  kTrain,
  kTram,
  kPedestrian,
  kWheelchair,
  kMiscellaneous  // no vehicle: a MiscObject
};

struct VehicleType {
  std::string name;
  Category category = Category::kCar;
  double length_m = 4.6, width_m = 1.9, height_m = 1.5;
  double center_x_m = 1.4;
  double wheelbase_m = 2.8;
  double max_steering_rad = 0.61;
  double max_speed_mps = 50.0;
  double max_acceleration_mps2 = 3.0;
  double max_deceleration_mps2 = 8.0;
  // Where a trailer hangs: fifth wheel or tow ball ahead of the rear axle (behind: negative), and a trailer's own
  // coupler ahead of its axle (OpenSCENARIO TrailerHitch and TrailerCoupler). 0: has none.
  double hitch_m = 0, coupler_m = 0;
  DoubleTrackParameters dynamics;  // mass_kg = 0: to be estimated
};

using Catalogue = std::vector<VehicleType>;

Catalogue builtin_catalogue();  // robotaxi, sedan, suv, van, city_bus, truck, motorcycle
// Types of background traffic that a run adds to its catalogue when it has some (riders.h, bus_stops.h).
inline constexpr const char* kBicycle = "bicycle";
inline constexpr const char* kVillageBus = "village_bus";

std::optional<std::uint16_t> find_type(const Catalogue& catalogue, std::string_view name);

}  // namespace bitgoeul::vehicles
