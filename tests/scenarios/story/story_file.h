// Scenario files for the tests of stories, put together from pieces of text, and the simulation of one.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/simulation.h"

namespace bitgoeul::tests {

inline const std::string kBox =
    "<BoundingBox><Center x=\"1.4\" y=\"0\" z=\"0.7\"/><Dimensions width=\"1.8\" length=\"4.5\" height=\"1.5\"/>"
    "</BoundingBox>";
inline const std::string kCar =
    "<Vehicle name=\"car\" vehicleCategory=\"car\">" + kBox +
    "<Performance maxSpeed=\"60\" maxAcceleration=\"10\" maxDeceleration=\"10\"/><Axles><FrontAxle maxSteering=\"0.5\" "
    "wheelDiameter=\"0.6\" trackWidth=\"1.6\" positionX=\"2.8\" positionZ=\"0.3\"/><RearAxle maxSteering=\"0\" "
    "wheelDiameter=\"0.6\" trackWidth=\"1.6\" positionX=\"0\" positionZ=\"0.3\"/></Axles></Vehicle>";

inline std::string object(const std::string& name, const std::string& what) {
  return "<ScenarioObject name=\"" + name + "\">" + what + "</ScenarioObject>";
}

inline std::string put(const std::string& name, int lane, double s, double speed) {
  return "<Private entityRef=\"" + name +
         "\"><PrivateAction><TeleportAction><Position><LanePosition roadId=\"1\" laneId=\"" + std::to_string(lane) +
         "\" s=\"" + std::to_string(s) +
         "\"/></Position></TeleportAction></PrivateAction><PrivateAction><LongitudinalAction><SpeedAction>"
         "<SpeedActionDynamics dynamicsShape=\"step\" dynamicsDimension=\"time\" value=\"0\"/><SpeedActionTarget>"
         "<AbsoluteTargetSpeed value=\"" +
         std::to_string(speed) +
         "\"/></SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction></Private>";
}

inline std::string after(double time_s) {
  return "<ConditionGroup><Condition name=\"c\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition>"
         "<SimulationTimeCondition rule=\"greaterOrEqual\" value=\"" +
         std::to_string(time_s) + "\"/></ByValueCondition></Condition></ConditionGroup>";
}

inline std::string event(const std::string& name, const std::string& action, const std::string& trigger) {
  return "<Event name=\"" + name + "\" priority=\"parallel\"><Action name=\"" + name + "_action\">" + action +
         "</Action><StartTrigger>" + trigger + "</StartTrigger></Event>";
}

// An event that never comes: a maneuver has to have one.
inline std::string idle() {
  return event("idle",
               "<GlobalAction><EnvironmentAction><Environment name=\"dry\"><RoadCondition frictionScaleFactor=\"1\"/>"
               "</Environment></EnvironmentAction></GlobalAction>",
               after(1e6));
}

inline std::string file(const std::string& entities, const std::string& init, const std::string& actors,
                        const std::string& events, const std::string& stop) {
  return "<OpenSCENARIO><FileHeader revMajor=\"1\" revMinor=\"3\" date=\"2026-01-01T00:00:00\" description=\"\" "
         "author=\"\"/><CatalogLocations/><RoadNetwork/><Entities>" +
         entities + "</Entities><Storyboard><Init><Actions>" + init +
         "</Actions></Init><Story name=\"s\"><Act name=\"a\"><ManeuverGroup name=\"g\" maximumExecutionCount=\"1\">"
         "<Actors selectTriggeringEntities=\"false\">" +
         actors + "</Actors><Maneuver name=\"m\">" + (events.empty() ? idle() : events) +
         "</Maneuver></ManeuverGroup><StartTrigger>" + after(0) + "</StartTrigger></Act></Story><StopTrigger>" + stop +
         "</StopTrigger></Storyboard></OpenSCENARIO>";
}

inline std::string actor(const std::string& name) { return "<EntityRef entityRef=\"" + name + "\"/>"; }

inline std::unique_ptr<scenarios::Simulation> play(const std::string& text, std::shared_ptr<const maps::Map> map,
                                                   int threads = 1) {
  sim::Issues issues;
  const auto scenario = scenarios::openscenario::parse_text(text, "story.xosc", {}, issues);
  REQUIRE(scenario);
  auto setup = scenarios::make_setup(*scenario, std::move(map), {1, 10'000'000, threads}, issues);
  for (const sim::Issue& issue : issues)
    if (issue.severity == sim::Severity::kError) FAIL_CHECK(sim::to_string(issue));
  REQUIRE_FALSE(sim::has_errors(issues));
  auto simulation = scenarios::Simulation::make(std::move(setup));
  REQUIRE(simulation);
  return std::move(*simulation);
}

// What is said of the file before it runs, of that severity, a line each.
inline std::string told(const std::string& text, std::shared_ptr<const maps::Map> map, sim::Severity severity,
                        const scenarios::openscenario::ParameterValues& values = {}) {
  sim::Issues issues;
  const auto scenario = scenarios::openscenario::parse_text(text, "story.xosc", values, issues);
  REQUIRE(scenario);
  scenarios::make_setup(*scenario, std::move(map), {1, 10'000'000, 1}, issues);
  std::string all;
  for (const sim::Issue& issue : issues)
    if (issue.severity == severity) all += sim::to_string(issue) + "\n";
  return all;
}

}  // namespace bitgoeul::tests
