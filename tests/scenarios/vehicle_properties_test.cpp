// Vendor properties of a scenario's vehicles: a vehicle by catalogue is the catalogue's, a slip is named.
#include <doctest/doctest.h>

#include "maps/load_map.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "tests/support/folders.h"
#include "vehicles/vehicle_catalogue.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios;

namespace {

const std::string kAssets = bitgoeul::tests::source_dir() + "/assets";

std::string scenario_with(const std::string& vehicle) {
  return R"(<?xml version="1.0"?>
<OpenSCENARIO>
  <FileHeader revMajor="1" revMinor="3" date="2026-11-26T00:00:00" description="test" author="test"/>
  <CatalogLocations><VehicleCatalog><Directory path="../vehicles"/></VehicleCatalog></CatalogLocations>
  <RoadNetwork><LogicFile filepath="loop.xodr"/></RoadNetwork>
  <Entities><ScenarioObject name="ego">)" +
         vehicle + R"(
    <ObjectController><Controller name="driver"><Properties>
      <Property name="bitgoeul:driver" value="builtin:driver"/>
      <Property name="bitgoeul:criterion:ttc" value="1.5"/>
    </Properties></Controller></ObjectController>
  </ScenarioObject></Entities>
  <Storyboard><Init><Actions><Private entityRef="ego"><PrivateAction><TeleportAction>
    <Position><LanePosition roadId="1" laneId="-1" s="20"/></Position>
  </TeleportAction></PrivateAction></Private></Actions></Init>
  <StopTrigger><ConditionGroup><Condition name="end" delay="0" conditionEdge="none"><ByValueCondition>
    <SimulationTimeCondition rule="greaterOrEqual" value="1"/>
  </ByValueCondition></Condition></ConditionGroup></StopTrigger></Storyboard>
</OpenSCENARIO>)";
}

std::string vehicle_with(const std::string& property) {
  return R"(<Vehicle name="car" vehicleCategory="car" mass="1500">
    <BoundingBox><Center x="1.4" y="0" z="0.7"/><Dimensions length="4.5" width="1.8" height="1.5"/></BoundingBox>
    <Performance maxSpeed="50" maxAcceleration="3" maxDeceleration="8"/>
    <Axles><FrontAxle maxSteering="0.6" wheelDiameter="0.66" trackWidth="1.5" positionX="2.8" positionZ="0.33"/>
    <RearAxle maxSteering="0" wheelDiameter="0.66" trackWidth="1.52" positionX="0" positionZ="0.33"/></Axles>
    <Properties>)" +
         property + "</Properties></Vehicle>";
}

SimulationSetup setup_of(const std::string& vehicle, sim::Issues& issues) {
  const auto scenario = openscenario::parse_text(scenario_with(vehicle), kAssets + "/scenarios/test.xosc", {}, issues);
  if (!scenario || sim::has_errors(issues)) return {};
  const auto map = maps::load_map(kAssets + "/scenarios/loop.xodr", issues);
  REQUIRE(map.has_value());
  return make_setup(*scenario, *map, {}, issues);
}

}  // namespace

TEST_CASE("vehicle properties: a vehicle by catalogue has the dynamics of its entry") {
  sim::Issues issues;
  const auto shipped = vehicles::read_catalogue(kAssets + "/vehicles/vehicles.xosc", issues);
  REQUIRE(shipped.has_value());
  for (const char* name : {"robotaxi", "sedan", "city_bus", "motorcycle"}) {
    INFO(name);
    const auto setup =
        setup_of("<CatalogReference catalogName=\"vehicles\" entryName=\"" + std::string(name) + "\"/>", issues);
    CHECK(!sim::has_errors(issues));
    REQUIRE(setup.entities.size() == 1);
    const vehicles::VehicleType &type = setup.catalogue[setup.entities[0].type],
                                &entry = (*shipped)[*vehicles::find_type(*shipped, name)];
    CHECK(type.length_m == entry.length_m);
    CHECK(type.wheelbase_m == doctest::Approx(entry.wheelbase_m));
    CHECK(vehicles::same_dynamics(type.dynamics, entry.dynamics));
  }
}

TEST_CASE("vehicle properties: values of a scenario's own vehicle count, slips are named") {
  sim::Issues issues;
  const auto setup = setup_of(vehicle_with(R"(<Property name="bitgoeul:power_w" value="61000"/>
    <Property name="bitgoeul:tyre_friction_rear" value="0.8"/>)"),
                              issues);
  CHECK(!sim::has_errors(issues));
  REQUIRE(setup.entities.size() == 1);
  const auto& dynamics = setup.catalogue[setup.entities[0].type].dynamics;
  CHECK(dynamics.power_w == 61000);
  CHECK(dynamics.tyre[1].friction == 0.8);
  CHECK(dynamics.track_m == std::array{1.5, 1.52});
  setup_of(vehicle_with(R"(<Property name="bitgoeul:power_kw" value="61"/>)"), issues);
  REQUIRE(sim::has_errors(issues));
  CHECK(sim::to_string(issues.back()).find("property bitgoeul:power_kw is not known [unsupported]") !=
        std::string::npos);
  issues.clear();
  setup_of(vehicle_with(R"(<Property name="bitgoeul:power_w" value="much"/>)"), issues);
  REQUIRE(sim::has_errors(issues));
  CHECK(sim::to_string(issues.back()).find("much is no number") != std::string::npos);
}
