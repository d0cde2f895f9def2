#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/folders.h"
#include "tests/vehicles/double_track_rig.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/vehicle_catalogue.h"

using namespace bitgoeul;
using namespace bitgoeul::vehicles;
namespace fs = std::filesystem;

namespace {

Catalogue shipped() {
  sim::Issues issues;
  auto read = read_catalogue(fs::path(bitgoeul::tests::source_dir()) / "assets" / "vehicles" / "vehicles.xosc", issues);
  REQUIRE(read.has_value());
  for (const sim::Issue& issue : issues) FAIL(issue.what);
  return *read;
}

}  // namespace

TEST_CASE("catalogue: every kind of vehicle of a city is there, with sizes and masses of its kind") {
  const Catalogue catalogue = shipped();
  for (const char* name : {"robotaxi", "sedan", "suv", "van", "city_bus", "truck", "semi_tractor", "semi_trailer",
                           "drawbar_trailer", "motorcycle", "bicycle", "scooter", "ambulance", "fire_engine"})
    CHECK_MESSAGE(find_type(catalogue, name).has_value(), name);
  for (const VehicleType& type : catalogue) {
    CAPTURE(type.name);
    CHECK(type.dynamics.mass_kg > 50);
    CHECK(type.dynamics.mass_kg < 44000);  // Korean limit of gross mass: 40 t
    CHECK(type.wheelbase_m < type.length_m);
    CHECK(type.center_x_m + type.length_m / 2 > type.wheelbase_m);  // the box reaches before the front axle
    CHECK(type.center_x_m - type.length_m / 2 < 0);                 // and behind the rear one
  }
}

TEST_CASE("catalogue: what pulls and what is pulled say where they meet") {
  const Catalogue catalogue = shipped();
  const VehicleType& tractor = catalogue[*find_type(catalogue, "semi_tractor")];
  const VehicleType& semi = catalogue[*find_type(catalogue, "semi_trailer")];
  const VehicleType& drawbar = catalogue[*find_type(catalogue, "drawbar_trailer")];
  CHECK(tractor.hitch_m == doctest::Approx(0.6));
  CHECK(semi.coupler_m == doctest::Approx(7.7));
  CHECK(drawbar.coupler_m > drawbar.center_x_m + drawbar.length_m / 2);  // on a bar before the box
  CHECK(catalogue[*find_type(catalogue, "truck")].hitch_m < 0);
  CHECK(catalogue[*find_type(catalogue, "sedan")].hitch_m == 0);
}

TEST_CASE("catalogue: whatever has four wheels reaches its speed, stops as its class does and does not fall over") {
  for (const VehicleType& type : shipped()) {
    if (!has_two_tracks(type) || type.coupler_m > 0) continue;
    CAPTURE(type.name);
    Rig rig(type.dynamics, type.wheelbase_m);
    const double speed = std::min(60 / 3.6, 0.9 * type.max_speed_mps);
    double t = 0;
    for (; t < 90 && rig.pose().forward_mps < speed; t += kRigDt) rig.drive({type.max_acceleration_mps2, 0});
    CHECK(rig.pose().forward_mps >= speed);
    CHECK(t < 60);
    const double from = rig.pose().x;
    for (int i = 0; i < 2000 && rig.pose().forward_mps > 0.02; ++i) rig.drive({-type.max_deceleration_mps2, 0});
    const double mean = speed * speed / 2 / (rig.pose().x - from);
    CHECK(mean > 4.4);  // UN Regulation 13: 5.0 m/s2 fully developed for buses and trucks
    CHECK(mean < type.max_deceleration_mps2 * 1.05);
    Rig turning(type.dynamics, type.wheelbase_m, 8);
    double roll = 0;
    for (int i = 0; i < 800; ++i) {
      turning.drive({0, 0.12});
      roll = std::max(roll, std::fabs(turning.pose().roll_rad));
    }
    CHECK(roll > 0.001);
    CHECK(roll < 0.12);
  }
}

TEST_CASE("catalogue: what is wrong with a file is said with line and element") {
  const fs::path file = fs::path(bitgoeul::tests::binary_dir()) / "broken_catalogue.xosc";
  std::ofstream(file) << R"(<OpenSCENARIO><Catalog name="vehicles">
<Vehicle name="x" vehicleCategory="spaceship">
<BoundingBox><Center x="1.4" y="0" z="0.8"/><Dimensions length="4" width="1.8" height="abc"/></BoundingBox>
<Performance maxSpeed="40" maxAcceleration="3" maxDeceleration="8"/>
<Axles><FrontAxle maxSteering="0.6" wheelDiameter="0.6" trackWidth="1.6" positionX="2.7" positionZ="0.3"/>
<RearAxle maxSteering="0" wheelDiameter="0.6" trackWidth="1.6" positionX="0" positionZ="0.3"/></Axles>
<Properties><Property name="bitgoeul:warp" value="9"/><Property name="bitgoeul:power_w" value="much"/></Properties>
</Vehicle></Catalog></OpenSCENARIO>)";
  sim::Issues issues;
  CHECK(read_catalogue(file, issues).has_value());
  CHECK(issues.size() == 4);
  for (const sim::Issue& issue : issues) CHECK(issue.line > 1);
  CHECK(!read_catalogue(file.parent_path() / "no_such_file.xosc", issues).has_value());
  std::ofstream(file) << "<OpenSCENARIO/>";
  CHECK(!read_catalogue(file, issues).has_value());
  fs::remove(file);
}
