#include "vehicles/vehicle_catalogue.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "maps/xml.h"
#include "vehicles/dynamics/estimate.h"

namespace bitgoeul::vehicles {
namespace {

using maps::XmlElement;
using Parameters = DoubleTrackParameters;

constexpr std::string_view kPrefix = "bitgoeul:";

struct Scalar {
  std::string_view name;
  double Parameters::*value;
};
constexpr Scalar kScalars[] = {
    {"front_share", &Parameters::front_share},
    {"cg_height_m", &Parameters::cg_height_m},
    {"roll_inertia_kgm2", &Parameters::roll_inertia_kgm2},
    {"pitch_inertia_kgm2", &Parameters::pitch_inertia_kgm2},
    {"yaw_inertia_kgm2", &Parameters::yaw_inertia_kgm2},
    {"wheel_inertia_kgm2", &Parameters::wheel_inertia_kgm2},
    {"drag_area_m2", &Parameters::drag_area_m2},
    {"rolling_resistance", &Parameters::rolling_resistance},
    {"power_w", &Parameters::power_w},
    {"torque_nm", &Parameters::torque_nm},
    {"front_drive", &Parameters::front_drive},
    {"regeneration_nm", &Parameters::regeneration_nm},
    {"response_s", &Parameters::response_s},
    {"torque_from_rpm", &Parameters::torque_from_rpm},
    {"torque_to_rpm", &Parameters::torque_to_rpm},
    {"shift_rpm", &Parameters::shift_rpm},
    {"shift_s", &Parameters::shift_s},
    {"engine_inertia_kgm2", &Parameters::engine_inertia_kgm2},
    {"brake_nm", &Parameters::brake_nm},
    {"brake_front", &Parameters::brake_front},
    {"steering_rate_radps", &Parameters::steering_rate_radps},
    {"steering_lag_s", &Parameters::steering_lag_s},
};

struct PerAxle {
  std::string_view name;  // followed by _front or _rear
  std::array<double, 2> Parameters::*value;
};
constexpr PerAxle kPerAxle[] = {
    {"spring_npm", &Parameters::spring_npm},
    {"damper_nspm", &Parameters::damper_nspm},
    {"antiroll_npm", &Parameters::antiroll_npm},
};

struct OfTyre {
  std::string_view name;  // followed by _front or _rear
  double TyreParameters::*value;
};
constexpr OfTyre kOfTyre[] = {
    {"tyre_friction", &TyreParameters::friction},         {"tyre_load_sensitivity", &TyreParameters::load_sensitivity},
    {"tyre_cornering", &TyreParameters::cornering},       {"tyre_slip_stiffness", &TyreParameters::slip_stiffness},
    {"tyre_relaxation_m", &TyreParameters::relaxation_m},
};

constexpr maps::XmlWord<Category> kCategories[] = {{"car", Category::kCar},
                                                   {"van", Category::kVan},
                                                   {"truck", Category::kTruck},
                                                   {"trailer", Category::kTrailer},
                                                   {"semitrailer", Category::kSemitrailer},
                                                   {"bus", Category::kBus},
                                                   {"motorbike", Category::kMotorbike},
                                                   {"bicycle", Category::kBicycle},
                                                   {"train", Category::kTrain},
                                                   {"tram", Category::kTram},
                                                   {"pedestrian", Category::kPedestrian},
                                                   {"wheelchair", Category::kWheelchair},
                                                   {"miscellaneous", Category::kMiscellaneous}};

struct Read {
  VehicleType type;
  double mass_kg = 0;
  double track_m[2] = {0, 0};
  double wheel_diameter_m = 0;
  double rear_x_m = 0;
};

void read_box(const XmlElement& vehicle, Read& out) {
  const XmlElement box = vehicle.child("BoundingBox");
  if (!box) return vehicle.error("has no <BoundingBox>", "element");
  double ignored = 0;
  if (const XmlElement center = box.child("Center")) {
    center.required("x", out.type.center_x_m);
    center.optional("y", ignored);
    center.optional("z", ignored);
  }
  if (const XmlElement size = box.child("Dimensions")) {
    size.required("length", out.type.length_m);
    size.required("width", out.type.width_m);
    size.required("height", out.type.height_m);
  }
}

void read_axles(const XmlElement& vehicle, Read& out) {
  const XmlElement axles = vehicle.child("Axles");
  if (!axles) return vehicle.error("has no <Axles>", "element");
  double front_x = 0, ignored = 0;
  int at = 0;
  for (const std::string_view name : {"FrontAxle", "RearAxle"}) {
    const XmlElement axle = axles.child(name);
    if (!axle) return axles.error("has no <" + std::string(name) + ">", "element");
    axle.required("maxSteering", at == 0 ? out.type.max_steering_rad : ignored);
    axle.required("positionX", at == 0 ? front_x : out.rear_x_m);
    axle.required("trackWidth", out.track_m[at]);
    axle.required("wheelDiameter", out.wheel_diameter_m);
    axle.optional("positionZ", ignored);
    ++at;
  }
  out.type.wheelbase_m = front_x - out.rear_x_m;
  out.type.center_x_m -= out.rear_x_m;
  if (out.type.wheelbase_m < 0.5) axles.error("the front axle must stand at least 0.5 m before the rear axle", "range");
}

tl::unexpected<sim::Issue> wrong(std::string what, std::string rule) {
  sim::Issue issue;
  issue.what = std::move(what), issue.rule = std::move(rule);
  return tl::unexpected(std::move(issue));
}

sim::Result<void> set_ratios(Parameters& p, std::string_view text) {
  p.powertrain = Powertrain::kCombustion;
  std::size_t gear = 0;
  while (!text.empty() && gear < static_cast<std::size_t>(kGears)) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const auto ratio = maps::parse_double(text.substr(0, end));
    if (!ratio || *ratio <= 0) return wrong("is no list of gear ratios above 0", "value");
    p.ratio[gear++] = *ratio;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

void read_properties(const XmlElement& vehicle, Parameters& p) {
  const XmlElement properties = vehicle.child("Properties");
  if (!properties) return;
  for (const XmlElement& property : properties.children("Property")) {
    std::string name, value;
    property.required("name", name);
    property.required("value", value);
    if (!name.starts_with(kPrefix)) continue;  // another player's
    if (const auto set = set_property(p, name, value); !set) property.error(set.error().what, set.error().rule);
  }
}

VehicleType read_vehicle(const XmlElement& vehicle) {
  Read read;
  VehicleType& type = read.type;
  vehicle.required("name", type.name);
  vehicle.required("vehicleCategory", type.category, std::span<const maps::XmlWord<Category>>(kCategories));
  vehicle.optional("mass", read.mass_kg);
  read_box(vehicle, read);
  if (const XmlElement performance = vehicle.child("Performance")) {
    performance.required("maxSpeed", type.max_speed_mps);
    performance.required("maxAcceleration", type.max_acceleration_mps2);
    performance.required("maxDeceleration", type.max_deceleration_mps2);
  }
  read_axles(vehicle, read);
  if (const XmlElement hitch = vehicle.child("TrailerHitch"); hitch && hitch.required("dx", type.hitch_m))
    type.hitch_m -= read.rear_x_m;
  if (const XmlElement coupler = vehicle.child("TrailerCoupler"); coupler && coupler.required("dx", type.coupler_m))
    type.coupler_m -= read.rear_x_m;
  type.dynamics = estimate_dynamics(type, read.mass_kg);
  if (read.track_m[0] > 0.5 && read.track_m[1] > 0.5) type.dynamics.track_m = {read.track_m[0], read.track_m[1]};
  if (read.wheel_diameter_m > 0.1) type.dynamics.wheel_radius_m = 0.5 * read.wheel_diameter_m;
  read_properties(vehicle, type.dynamics);
  return type;
}

}  // namespace

std::string_view to_string(Category category) {
  for (const auto& word : kCategories)
    if (word.value == category) return word.text;
  return {};
}

bool set_parameter(DoubleTrackParameters& p, std::string_view name, double value) {
  for (const Scalar& scalar : kScalars)
    if (scalar.name == name) return p.*scalar.value = value, true;
  const bool front = name.ends_with("_front"), rear = name.ends_with("_rear");
  if (!front && !rear) return false;
  const std::string_view stem = name.substr(0, name.rfind('_'));
  const std::size_t axle = front ? 0 : 1;
  for (const PerAxle& column : kPerAxle)
    if (column.name == stem) return (p.*column.value)[axle] = value, true;
  for (const OfTyre& column : kOfTyre)
    if (column.name == stem) return p.tyre[axle].*column.value = value, true;
  return false;
}

bool same_dynamics(const DoubleTrackParameters& a, const DoubleTrackParameters& b) {
  const auto same = [&](const auto& list, const auto& of) {
    return std::all_of(std::begin(list), std::end(list), [&](const auto& item) { return of(a, item) == of(b, item); });
  };
  const auto tyres = [](const Parameters& p, const OfTyre& item) {
    return std::pair(p.tyre[0].*item.value, p.tyre[1].*item.value);
  };
  const auto column = [](const Parameters& p, const auto& item) { return p.*item.value; };
  return a.mass_kg == b.mass_kg && a.track_m == b.track_m && a.wheel_radius_m == b.wheel_radius_m &&
         a.powertrain == b.powertrain && a.ratio == b.ratio && same(kScalars, column) && same(kPerAxle, column) &&
         same(kOfTyre, tyres);
}

sim::Result<void> set_property(DoubleTrackParameters& p, std::string_view name, std::string_view value) {
  const std::string_view own = name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : std::string_view();
  if (own == "gear_ratios") return set_ratios(p, value);
  Parameters with = p;
  if (!set_parameter(with, own, 0)) return wrong("property " + std::string(name) + " is not known", "unsupported");
  const auto number = maps::parse_double(value);
  if (!number) return wrong(std::string(value) + " is no number", "value");
  set_parameter(p, own, *number);
  return {};
}

sim::Result<Catalogue> read_catalogue(const std::filesystem::path& file, sim::Issues& issues) {
  auto document = maps::XmlDocument::load_file(file, issues);
  if (!document) return tl::unexpected<sim::Issue>(std::move(document.error()));
  const XmlElement catalog = document->root().child("Catalog");
  Catalogue catalogue;
  if (catalog)
    for (const XmlElement& vehicle : catalog.children("Vehicle")) catalogue.push_back(read_vehicle(vehicle));
  if (catalogue.empty())
    return sim::fail("holds no <Catalog> with a <Vehicle>", file.string(), 0, "<OpenSCENARIO>",
                     "give an OpenSCENARIO vehicle catalogue");
  return catalogue;
}

}  // namespace bitgoeul::vehicles
