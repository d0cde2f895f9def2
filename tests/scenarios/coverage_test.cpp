// What of OpenSCENARIO XML 1.3 runs: every action, condition, position and trajectory shape of the norm once in a
// scenario of its own on the street of story_map.h. An action has to begin and not to fail, a condition has to become
// true. The table in scenarios/openscenario/COVERAGE.md is what came out (written anew with
// BITGOEUL_UPDATE_COVERAGE=1): `runs`, `told` (accepted, has no effect, listed before the run) or `refused`.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "scenarios/openscenario/schema.h"
#include "scenarios/story/story.h"
#include "tests/conformance/sets.h"
#include "tests/scenarios/story/story_file.h"
#include "tests/scenarios/story/story_map.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace tests;

namespace {

struct Item {
  const char* kind;
  const char* name;
  std::string xml;
};

std::string global(const std::string& a) { return "<GlobalAction>" + a + "</GlobalAction>"; }
std::string own(const std::string& a) { return "<PrivateAction>" + a + "</PrivateAction>"; }
std::string along(const std::string& a) { return own("<LongitudinalAction>" + a + "</LongitudinalAction>"); }
std::string across(const std::string& a) { return own("<LateralAction>" + a + "</LateralAction>"); }
std::string routing(const std::string& a) { return own("<RoutingAction>" + a + "</RoutingAction>"); }
std::string controller(const std::string& a) { return own("<ControllerAction>" + a + "</ControllerAction>"); }
std::string traffic(const std::string& a) {
  return global("<TrafficAction trafficName=\"t\">" + a + "</TrafficAction>");
}
std::string at(const std::string& p) { return "<Position>" + p + "</Position>"; }
std::string lane_position(int lane, double s) {
  return "<LanePosition roadId=\"1\" laneId=\"" + std::to_string(lane) + "\" s=\"" + std::to_string(s) + "\"/>";
}
std::string signals(const std::string& a) {
  return global("<InfrastructureAction><TrafficSignalAction>" + a + "</TrafficSignalAction></InfrastructureAction>");
}

const std::string kDynamics = "dynamicsShape=\"cubic\" dynamicsDimension=\"time\" value=\"2\"/>";
const std::string kMix =
    "<TrafficDistribution><TrafficDistributionEntry weight=\"1\"><EntityDistribution><EntityDistributionEntry "
    "weight=\"1\"><ScenarioObjectTemplate>" +
    kCar +
    "</ScenarioObjectTemplate></EntityDistributionEntry></EntityDistribution></TrafficDistributionEntry>"
    "</TrafficDistribution>";
const std::string kRoute = "<Route name=\"r\" closed=\"false\"><Waypoint routeStrategy=\"shortest\">" +
                           at(lane_position(-1, 60)) + "</Waypoint><Waypoint routeStrategy=\"shortest\">" +
                           at("<LanePosition roadId=\"2\" laneId=\"-1\" s=\"100\"/>") + "</Waypoint></Route>";

std::string trajectory(const std::string& shape) {
  return "<Trajectory name=\"t\" closed=\"false\"><Shape>" + shape + "</Shape></Trajectory>";
}
std::string vertex(double s, double time) {
  return "<Vertex time=\"" + std::to_string(time) + "\">" + at(lane_position(-1, s)) + "</Vertex>";
}
std::string polyline() { return "<Polyline>" + vertex(60, 0) + vertex(90, 3) + vertex(130, 6) + "</Polyline>"; }
std::string follow(const std::string& shape) {
  return routing("<FollowTrajectoryAction><TrajectoryRef>" + trajectory(shape) +
                 "</TrajectoryRef><TimeReference><None/></TimeReference><TrajectoryFollowingMode "
                 "followingMode=\"position\"/></FollowTrajectoryAction>");
}
std::string control_point(double s) { return "<ControlPoint>" + at(lane_position(-1, s)) + "</ControlPoint>"; }
std::string teleport(const std::string& position) {
  return own("<TeleportAction>" + at(position) + "</TeleportAction>");
}
std::string change(const std::string& what, const std::string& inner) {
  return global("<" + what + "Action " + (what == "Parameter" ? "parameterRef=\"p\"" : "variableRef=\"v\"") + ">" +
                inner + "</" + what + "Action>");
}
std::string modify() { return "<ModifyAction><Rule><AddValue value=\"1\"/></Rule></ModifyAction>"; }

const std::vector<Item>& actions() {
  static const std::vector<Item> items = {
      {"action", "EnvironmentAction (friction, rain, time of day)",
       global("<EnvironmentAction><Environment name=\"e\"><TimeOfDay animation=\"true\" "
              "dateTime=\"2026-01-01T12:00:00\"/><Weather><Precipitation precipitationType=\"rain\" "
              "precipitationIntensity=\"2\"/></Weather><RoadCondition frictionScaleFactor=\"0.8\"/></Environment>"
              "</EnvironmentAction>")},
      {"action", "EnvironmentAction (clouds, sun, fog, wind)",
       global("<EnvironmentAction><Environment name=\"e\"><Weather fractionalCloudCover=\"fourOktas\"><Sun "
              "azimuth=\"0\" elevation=\"1\" illuminance=\"1000\"/><Fog visualRange=\"100\"/><Wind direction=\"0\" "
              "speed=\"3\"/></Weather></Environment></EnvironmentAction>")},
      {"action", "AddEntityAction",
       global("<EntityAction entityRef=\"two\"><AddEntityAction>" + at(lane_position(-2, 120)) +
              "</AddEntityAction></EntityAction>")},
      {"action", "DeleteEntityAction", global("<EntityAction entityRef=\"two\"><DeleteEntityAction/></EntityAction>")},
      {"action", "TrafficSignalStateAction", signals("<TrafficSignalStateAction name=\"lamp\" state=\"red\"/>")},
      {"action", "TrafficSignalControllerAction",
       signals("<TrafficSignalControllerAction trafficSignalControllerRef=\"ctl\" phase=\"go\"/>")},
      {"action", "SetMonitorAction", global("<SetMonitorAction monitorRef=\"m\" value=\"true\"/>")},
      {"action", "ParameterSetAction", change("Parameter", "<SetAction value=\"3\"/>")},
      {"action", "ParameterModifyAction", change("Parameter", modify())},
      {"action", "VariableSetAction", change("Variable", "<SetAction value=\"3\"/>")},
      {"action", "VariableModifyAction", change("Variable", modify())},
      {"action", "TrafficSourceAction",
       traffic("<TrafficSourceAction radius=\"5\" rate=\"1\" speed=\"5\">" + at(lane_position(1, 150)) + kMix +
               "</TrafficSourceAction>")},
      {"action", "TrafficSinkAction",
       traffic("<TrafficSinkAction radius=\"5\">" + at(lane_position(1, 20)) + "</TrafficSinkAction>")},
      {"action", "TrafficSwarmAction",
       traffic("<TrafficSwarmAction innerRadius=\"20\" numberOfVehicles=\"3\" offset=\"0\" semiMajorAxis=\"150\" "
               "semiMinorAxis=\"50\"><CentralObject entityRef=\"one\"/>" +
               kMix + "</TrafficSwarmAction>")},
      {"action", "TrafficAreaAction",
       traffic("<TrafficAreaAction numberOfEntities=\"3\" continuous=\"true\">" + kMix +
               "<TrafficArea><RoadRange length=\"100\"><RoadCursor roadId=\"1\" s=\"150\"/><RoadCursor roadId=\"1\" "
               "s=\"250\"/></RoadRange></TrafficArea>"
               "</TrafficAreaAction>")},
      {"action", "TrafficStopAction", traffic("<TrafficStopAction/>")},
      {"action", "CustomCommandAction",
       "<UserDefinedAction><CustomCommandAction type=\"x\">y</CustomCommandAction></UserDefinedAction>"},
      {"action", "SpeedAction",
       along("<SpeedAction><SpeedActionDynamics " + kDynamics +
             "<SpeedActionTarget><AbsoluteTargetSpeed value=\"15\"/></SpeedActionTarget></SpeedAction>")},
      {"action", "LongitudinalDistanceAction",
       along("<LongitudinalDistanceAction entityRef=\"two\" continuous=\"false\" freespace=\"true\" distance=\"20\" "
             "coordinateSystem=\"lane\" displacement=\"trailingReferencedEntity\"><DynamicConstraints "
             "maxAcceleration=\"3\" maxDeceleration=\"3\" maxSpeed=\"30\"/></LongitudinalDistanceAction>")},
      {"action", "SpeedProfileAction",
       along("<SpeedProfileAction followingMode=\"position\"><SpeedProfileEntry speed=\"15\" time=\"2\"/>"
             "<SpeedProfileEntry speed=\"8\" time=\"2\"/></SpeedProfileAction>")},
      {"action", "LaneChangeAction",
       across("<LaneChangeAction><LaneChangeActionDynamics " + kDynamics +
              "<LaneChangeTarget><AbsoluteTargetLane value=\"-2\"/></LaneChangeTarget></LaneChangeAction>")},
      {"action", "LaneOffsetAction",
       across("<LaneOffsetAction continuous=\"false\"><LaneOffsetActionDynamics dynamicsShape=\"sinusoidal\" "
              "maxLateralAcc=\"1\"/><LaneOffsetTarget><AbsoluteTargetLaneOffset value=\"0.5\"/></LaneOffsetTarget>"
              "</LaneOffsetAction>")},
      {"action", "LateralDistanceAction",
       across("<LateralDistanceAction entityRef=\"two\" continuous=\"false\" freespace=\"true\" distance=\"1\" "
              "coordinateSystem=\"lane\" displacement=\"any\"><DynamicConstraints maxAcceleration=\"2\" "
              "maxDeceleration=\"2\" maxSpeed=\"3\"/></LateralDistanceAction>")},
      {"action", "VisibilityAction", own("<VisibilityAction graphics=\"true\" sensors=\"false\" traffic=\"true\"/>")},
      {"action", "SynchronizeAction",
       own("<SynchronizeAction masterEntityRef=\"two\"><TargetPositionMaster>" + lane_position(-2, 180) +
           "</TargetPositionMaster><TargetPosition>" + lane_position(-1, 160) +
           "</TargetPosition><FinalSpeed><AbsoluteSpeed value=\"10\"/></FinalSpeed></SynchronizeAction>")},
      {"action", "ActivateControllerAction",
       own("<ActivateControllerAction lateral=\"false\" longitudinal=\"false\"/>")},
      {"action", "AssignControllerAction",
       controller("<AssignControllerAction activateLateral=\"true\" activateLongitudinal=\"true\"><Controller "
                  "name=\"c\"><Properties/></Controller></AssignControllerAction>")},
      {"action", "OverrideControllerValueAction (throttle, brake, parking brake)",
       controller("<OverrideControllerValueAction><Throttle active=\"true\" value=\"0.5\"/><Brake active=\"false\">"
                  "<BrakePercent value=\"0.5\"/></Brake><ParkingBrake active=\"false\"><BrakePercent value=\"1\"/>"
                  "</ParkingBrake></OverrideControllerValueAction>")},
      {"action", "OverrideControllerValueAction (clutch, gear, steering wheel)",
       controller(
           "<OverrideControllerValueAction><Clutch active=\"true\" value=\"0.5\"/><SteeringWheel active=\"true\" "
           "value=\"0.1\"/><Gear active=\"true\"><ManualGear number=\"2\"/></Gear>"
           "</OverrideControllerValueAction>")},
      {"action", "TeleportAction", teleport(lane_position(-2, 150))},
      {"action", "AssignRouteAction", routing("<AssignRouteAction>" + kRoute + "</AssignRouteAction>")},
      {"action", "FollowTrajectoryAction", follow(polyline())},
      {"action", "AcquirePositionAction",
       routing("<AcquirePositionAction>" + at(lane_position(-1, 250)) + "</AcquirePositionAction>")},
      {"action", "RandomRouteAction", routing("<RandomRouteAction/>")},
      {"action", "LightStateAction",
       own("<AppearanceAction><LightStateAction transitionTime=\"0\"><LightType><VehicleLight "
           "vehicleLightType=\"lowBeam\"/></LightType><LightState "
           "mode=\"on\"/></LightStateAction></AppearanceAction>")},
      {"action", "AnimationAction",
       own("<AppearanceAction><AnimationAction loop=\"false\" animationDuration=\"2\"><AnimationType>"
           "<ComponentAnimation><VehicleComponent vehicleComponentType=\"hood\"/></ComponentAnimation></AnimationType>"
           "</AnimationAction></AppearanceAction>")},
      {"action", "ConnectTrailerAction",
       own("<TrailerAction><ConnectTrailerAction trailerRef=\"trailer\"/></TrailerAction>")},
      {"action", "DisconnectTrailerAction", own("<TrailerAction><DisconnectTrailerAction/></TrailerAction>")},
      {"shape", "Polyline", follow(polyline())},
      {"shape", "Clothoid",
       follow("<Clothoid curvature=\"0\" curvaturePrime=\"0.0001\" length=\"80\">" + at(lane_position(-1, 60)) +
              "</Clothoid>")},
      {"shape", "ClothoidSpline",
       follow("<ClothoidSpline><ClothoidSplineSegment curvatureStart=\"0\" curvatureEnd=\"0.01\" length=\"40\">"
              "<PositionStart>" +
              lane_position(-1, 60) +
              "</PositionStart></ClothoidSplineSegment><ClothoidSplineSegment curvatureStart=\"0.01\" "
              "curvatureEnd=\"0\" length=\"40\"/></ClothoidSpline>")},
      {"shape", "Nurbs",
       follow("<Nurbs order=\"3\">" + control_point(60) + control_point(80) + control_point(120) +
              "<Knot value=\"0\"/><Knot value=\"0\"/><Knot value=\"0\"/><Knot value=\"1\"/><Knot value=\"1\"/><Knot "
              "value=\"1\"/></Nurbs>")},
      {"position", "WorldPosition", teleport("<WorldPosition x=\"100\" y=\"-2\" h=\"0\"/>")},
      {"position", "RelativeWorldPosition", teleport("<RelativeWorldPosition entityRef=\"two\" dx=\"10\" dy=\"0\"/>")},
      {"position", "RelativeObjectPosition",
       teleport("<RelativeObjectPosition entityRef=\"two\" dx=\"10\" dy=\"0\"/>")},
      {"position", "RoadPosition", teleport("<RoadPosition roadId=\"1\" s=\"100\" t=\"-2\"/>")},
      {"position", "RelativeRoadPosition", teleport("<RelativeRoadPosition entityRef=\"two\" ds=\"20\" dt=\"1\"/>")},
      {"position", "LanePosition", teleport(lane_position(-2, 150))},
      {"position", "RelativeLanePosition", teleport("<RelativeLanePosition entityRef=\"two\" dLane=\"0\" ds=\"20\"/>")},
      {"position", "RoutePosition",
       teleport("<RoutePosition><RouteRef>" + kRoute +
                "</RouteRef><InRoutePosition><FromLaneCoordinates laneId=\"-1\" pathS=\"20\"/></InRoutePosition>"
                "</RoutePosition>")},
      {"position", "GeoPosition", teleport("<GeoPosition latitudeDeg=\"35.0\" longitudeDeg=\"127.001\"/>")},
      {"position", "TrajectoryPosition",
       teleport("<TrajectoryPosition s=\"20\"><TrajectoryRef>" + trajectory(polyline()) +
                "</TrajectoryRef></TrajectoryPosition>")},
  };
  return items;
}

std::string entity_condition(const std::string& c, const std::string& who = "one") {
  return "<ConditionGroup><Condition name=\"c\" delay=\"0\" conditionEdge=\"none\"><ByEntityCondition>"
         "<TriggeringEntities triggeringEntitiesRule=\"any\"><EntityRef entityRef=\"" +
         who + "\"/></TriggeringEntities><EntityCondition>" + c +
         "</EntityCondition></ByEntityCondition></Condition></ConditionGroup>";
}
std::string value_condition(const std::string& c) {
  return "<ConditionGroup><Condition name=\"c\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition>" + c +
         "</ByValueCondition></Condition></ConditionGroup>";
}

// Each becomes true: `one` drives 10 m/s behind `two` with 6 m/s on the next lane, `walker` stands off the road, the
// chaser meets a wall of a vehicle, the street ends after 800 m.
const std::vector<Item>& conditions() {
  const std::string rule = "freespace=\"false\" rule=\"lessThan\" ";
  static const std::vector<Item> items = {
      {"condition", "EndOfRoadCondition", entity_condition("<EndOfRoadCondition duration=\"1\"/>", "fast")},
      {"condition", "CollisionCondition",
       entity_condition("<CollisionCondition><EntityRef entityRef=\"wall\"/></CollisionCondition>", "fast")},
      {"condition", "OffroadCondition", entity_condition("<OffroadCondition duration=\"1\"/>", "walker")},
      {"condition", "TimeHeadwayCondition",
       entity_condition("<TimeHeadwayCondition entityRef=\"two\" value=\"2\" " + rule +
                        "coordinateSystem=\"road\" relativeDistanceType=\"longitudinal\"/>")},
      {"condition", "TimeToCollisionCondition",
       entity_condition("<TimeToCollisionCondition value=\"4\" " + rule +
                        "coordinateSystem=\"road\" relativeDistanceType=\"longitudinal\">"
                        "<TimeToCollisionConditionTarget><EntityRef entityRef=\"two\"/>"
                        "</TimeToCollisionConditionTarget></TimeToCollisionCondition>")},
      {"condition", "AccelerationCondition",
       entity_condition("<AccelerationCondition value=\"1\" rule=\"lessThan\"/>")},
      {"condition", "StandStillCondition", entity_condition("<StandStillCondition duration=\"1\"/>", "wall")},
      {"condition", "SpeedCondition", entity_condition("<SpeedCondition value=\"5\" rule=\"greaterThan\"/>")},
      {"condition", "RelativeSpeedCondition",
       entity_condition("<RelativeSpeedCondition entityRef=\"two\" value=\"1\" rule=\"greaterThan\"/>")},
      {"condition", "TraveledDistanceCondition", entity_condition("<TraveledDistanceCondition value=\"30\"/>")},
      {"condition", "ReachPositionCondition",
       entity_condition("<ReachPositionCondition tolerance=\"3\">" + at(lane_position(-1, 90)) +
                        "</ReachPositionCondition>")},
      {"condition", "DistanceCondition",
       entity_condition("<DistanceCondition value=\"40\" " + rule +
                        "coordinateSystem=\"entity\" "
                        "relativeDistanceType=\"euclidianDistance\">" +
                        at(lane_position(-1, 120)) + "</DistanceCondition>")},
      {"condition", "RelativeDistanceCondition",
       entity_condition("<RelativeDistanceCondition entityRef=\"two\" value=\"15\" " + rule +
                        "coordinateSystem=\"lane\" relativeDistanceType=\"longitudinal\"/>")},
      {"condition", "RelativeClearanceCondition",
       entity_condition("<RelativeClearanceCondition oppositeLanes=\"false\" distanceForward=\"5\" "
                        "distanceBackward=\"5\" freeSpace=\"true\"><RelativeLaneRange from=\"0\" to=\"0\"/>"
                        "</RelativeClearanceCondition>")},
      {"condition", "AngleCondition",
       entity_condition("<AngleCondition angleType=\"heading\" angle=\"0\" angleTolerance=\"0.1\" "
                        "coordinateSystem=\"road\"/>")},
      {"condition", "RelativeAngleCondition",
       entity_condition("<RelativeAngleCondition entityRef=\"two\" angleType=\"heading\" angle=\"0\" "
                        "angleTolerance=\"0.1\" coordinateSystem=\"world\"/>")},
      {"condition", "ParameterCondition",
       value_condition("<ParameterCondition parameterRef=\"p\" rule=\"equalTo\" value=\"1\"/>")},
      {"condition", "VariableCondition",
       value_condition("<VariableCondition variableRef=\"v\" rule=\"equalTo\" value=\"2\"/>")},
      {"condition", "TimeOfDayCondition",
       value_condition("<TimeOfDayCondition rule=\"greaterThan\" dateTime=\"1970-01-01T07:00:00\"/>")},
      {"condition", "SimulationTimeCondition", after(2)},
      {"condition", "StoryboardElementStateCondition",
       value_condition("<StoryboardElementStateCondition storyboardElementType=\"act\" storyboardElementRef=\"a\" "
                       "state=\"runningState\"/>")},
      {"condition", "UserDefinedValueCondition",
       value_condition("<UserDefinedValueCondition name=\"u\" rule=\"equalTo\" value=\"7\"/>")},
      {"condition", "TrafficSignalCondition",
       value_condition("<TrafficSignalCondition name=\"lamp\" state=\"green\"/>")},
      {"condition", "TrafficSignalControllerCondition",
       value_condition("<TrafficSignalControllerCondition trafficSignalControllerRef=\"ctl\" phase=\"go\"/>")},
  };
  return items;
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

std::string trailer() {
  return with(with(kCar, "vehicleCategory=\"car\"", "vehicleCategory=\"trailer\""), "</Axles>",
              "</Axles><TrailerCoupler dx=\"4.0\" dz=\"0.4\"/>");
}

std::string whole(const std::string& events) {
  const std::string walker =
      "<Pedestrian name=\"p\" pedestrianCategory=\"pedestrian\" mass=\"80\"><BoundingBox><Center x=\"0\" y=\"0\" "
      "z=\"0.9\"/><Dimensions width=\"0.5\" length=\"0.5\" height=\"1.8\"/></BoundingBox></Pedestrian>";
  const std::string one = with(kCar, "</Axles>", "</Axles><TrailerHitch dx=\"-0.9\" dz=\"0.4\"/>");
  const std::string off = "<Private entityRef=\"walker\"><PrivateAction><TeleportAction>" +
                          at("<WorldPosition x=\"10\" y=\"80\"/>") + "</TeleportAction></PrivateAction></Private>";
  std::string text = file(object("one", one) + object("two", kCar) + object("trailer", trailer()) +
                              object("fast", kCar) + object("wall", kCar) + object("walker", walker),
                          put("one", -1, 50, 10) + put("two", -2, 80, 6) + put("trailer", -1, 45.1, 0) +
                              put("fast", 1, 60, 15) + put("wall", 1, 25, 0) + off,
                          actor("one"), events, after(1e6));
  text =
      with(text, "<CatalogLocations/>",
           "<ParameterDeclarations><ParameterDeclaration name=\"p\" parameterType=\"integer\" value=\"1\"/>"
           "</ParameterDeclarations><VariableDeclarations><VariableDeclaration name=\"v\" variableType=\"integer\" "
           "value=\"2\"/></VariableDeclarations><MonitorDeclarations><MonitorDeclaration name=\"m\" value=\"false\"/>"
           "</MonitorDeclarations><CatalogLocations/>");
  return with(text, "<RoadNetwork/>",
              "<RoadNetwork><TrafficSignals><TrafficSignalController name=\"ctl\"><Phase name=\"go\" duration=\"9\">"
              "<TrafficSignalState trafficSignalId=\"lamp\" state=\"green\"/></Phase></TrafficSignalController>"
              "</TrafficSignals></RoadNetwork>");
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

struct Outcome {
  std::string status = "runs", note;
};

// On a map without signals a signal of the story is known to its conditions only: said, but not against it.
Outcome play_item(const std::string& text, const std::shared_ptr<const maps::Map>& map) {
  Outcome outcome;
  sim::Issues issues;
  scenarios::openscenario::ParameterValues values;
  if (text.find("name=\"u\"") != std::string::npos) values.emplace_back("u", "7");
  const auto scenario = scenarios::openscenario::parse_text(text, "c.xosc", values, issues);
  if (!scenario) return {"refused", scenario.error().what};
  auto setup = scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
  for (const sim::Issue& issue : issues) {
    if (issue.severity == sim::Severity::kError) return {"refused", issue.what};
    if (issue.severity == sim::Severity::kWarning && issue.rule == "unsupported" && outcome.note.empty())
      outcome = {"told", issue.what};
  }
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return {"refused", made.error().what};
  bool begun = false;
  while (!begun && (*made)->time_s() < 60) {
    (*made)->step();
    const auto& story = *(*made)->story();
    for (const auto& failure : story.failures()) return {"fails", failure.what};
    for (const auto& change : story.storyboard().changes())
      begun |= change.transition == scenarios::story::kStartTransition &&
               story.storyboard().elements()[change.element].path == "s::a::g::m::e";
  }
  for (int i = 0; i < 200; ++i) (*made)->step();
  for (const auto& failure : (*made)->story()->failures()) return {"fails", failure.what};
  return begun ? outcome : Outcome{"never true", ""};
}

// `sentence`: the same counts, as the README of the repository says them.
std::string table_of(std::string& sentence) {
  const auto map = story_map();
  std::string rows;
  std::map<std::string, std::pair<int, int>> counts;
  const auto add = [&](const Item& item, const Outcome& outcome) {
    auto& [runs, all] = counts[item.kind];
    ++all;
    runs += outcome.status == "runs" ? 1 : 0;
    rows += std::string("| ") + item.kind + " | " + item.name + " | " + outcome.status + " | " +
            first_line(outcome.note) + " |\n";
    const std::string name = item.name;
    CAPTURE(name);
    CAPTURE(outcome.note);
    CHECK((outcome.status == "runs" || outcome.status == "told"));
  };
  for (const Item& item : actions()) {
    std::string before;
    const std::string name = item.name;
    if (name == "TrafficStopAction")
      before =
          event("b", traffic("<TrafficSinkAction radius=\"5\">" + at(lane_position(1, 20)) + "</TrafficSinkAction>"),
                after(0.5));
    if (name == "DisconnectTrailerAction")
      before =
          event("b", own("<TrailerAction><ConnectTrailerAction trailerRef=\"trailer\"/></TrailerAction>"), after(0.5));
    // The map has no signals: those of the story stand on no road.
    const bool bare = name == "TrafficSignalStateAction";
    std::string text = whole(before + event("e", item.xml, after(1)));
    if (bare) text = file("", "", "", event("e", item.xml, after(1)), after(1e6));
    add(item, play_item(text, bare ? std::make_shared<const maps::Map>() : map));
  }
  const std::string idle_action = global("<SetMonitorAction monitorRef=\"m\" value=\"true\"/>");
  for (const Item& item : conditions()) add(item, play_item(whole(event("e", idle_action, item.xml)), map));
  std::string head =
      "# OpenSCENARIO XML 1.3: what runs\n\nWritten by `tests/scenarios/coverage_test.cpp` "
      "(BITGOEUL_UPDATE_COVERAGE=1), "
      "which runs each of them.\n`runs`: has its effect. `told`: accepted, has no effect, and is listed before the run "
      "and by `check`.\n\n| | run | of |\n|---|---|---|\n";
  const auto of = [&](const std::string& kind) {
    return std::to_string(counts[kind].first) + " of " + std::to_string(counts[kind].second) + " " + kind + "s";
  };
  for (const auto& [kind, count] : counts)
    head += "| " + kind + "s | " + std::to_string(count.first) + " | " + std::to_string(count.second) + " |\n";
  const std::size_t classes = scenarios::openscenario::schema().size();
  head += "| classes held against the schema | " + std::to_string(classes) + " | " + std::to_string(classes) + " |\n";
  sentence = "Of OpenSCENARIO XML 1.3 run " + of("action") + ", " + of("condition") + ", " + of("position") + " and " +
             of("shape") + " of trajectories; " + std::to_string(classes) + " of " + std::to_string(classes) +
             " classes are checked";
  return head + "\n| kind | class | outcome | told |\n|---|---|---|---|\n" + rows;
}

}  // namespace

TEST_CASE("coverage of OpenSCENARIO 1.3: every action, condition, position and shape runs, or is told before the run") {
  const std::string path = tests::source_dir() + "/scenarios/openscenario/COVERAGE.md";
  std::string sentence;
  const std::string table = table_of(sentence);
  if (std::getenv("BITGOEUL_UPDATE_COVERAGE") != nullptr) std::ofstream(path) << table;
  std::ifstream in(path);
  std::stringstream there;
  there << in.rdbuf();
  CHECK(there.str() == table);
  CAPTURE(sentence);
  CHECK(text_of(tests::source_dir() + "/README.md").find(sentence) != std::string::npos);
}

namespace {

// Refused with a place, or run for a while without a number that is none.
void survives(const std::string& text, const std::shared_ptr<const maps::Map>& map, int& refused) {
  sim::Issues issues;
  const auto scenario = scenarios::openscenario::parse_text(text, "bad.xosc", {}, issues);
  if (!scenario || sim::has_errors(issues)) {
    ++refused;
    CHECK((scenario || !scenario.error().what.empty()));
    return;
  }
  auto setup = scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
  if (sim::has_errors(issues)) {
    ++refused;
    return;
  }
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return;
  for (int i = 0; i < 20; ++i) (*made)->step();
  const auto snapshot = (*made)->snapshot();
  const auto& e = snapshot->entities;
  for (std::size_t i = 0; i < e.alive.size(); ++i)
    if (e.alive[i]) CHECK(std::isfinite(e.x[i] + e.y[i] + e.z[i] + e.yaw_rad[i] + e.speed_mps[i]));
}

}  // namespace

TEST_CASE("S2: every attribute of every action, condition, position and shape with sixteen bad values") {
  const auto map = story_map();
  const std::vector<std::string> bad = {
      "",     "NaN",  "INF", "-INF", "1e308", "1e309", "-1",     "0",
      "2^63", "0x10", "1,5", "5m",   "one",   "$none", "${1/0}", std::string(100'000, 'x')};
  int done = 0, refused = 0;
  const auto spoil = [&](const Item& item, const auto& text_with) {
    const std::string name = item.name;
    CAPTURE(name);
    int unspoiled = 0;
    survives(text_with(item.xml), map, unspoiled);
    CHECK(unspoiled == 0);
    std::size_t at = 0;
    while ((at = item.xml.find("=\"", at)) != std::string::npos) {
      const std::size_t begin = at + 2, end = item.xml.find('"', begin);
      for (const std::string& value : bad) {
        std::string xml = item.xml;
        xml.replace(begin, end - begin, value);
        const std::string shown = value.substr(0, 20), after_name = item.xml.substr(at > 20 ? at - 20 : 0, 20);
        CAPTURE(shown);
        CAPTURE(after_name);
        CHECK_NOTHROW(survives(text_with(xml), map, refused));
        ++done;
      }
      at = end;
    }
  };
  for (const Item& item : actions()) {
    // Refused as they stand here: a signal that the map lacks, an end of traffic that has not begun.
    const std::string_view name = item.name;
    if (name == "TrafficSignalStateAction" || name == "TrafficStopAction") continue;
    spoil(item, [](const std::string& xml) { return whole(event("e", xml, after(0.05))); });
  }
  const std::string idle_action = global("<SetMonitorAction monitorRef=\"m\" value=\"true\"/>");
  for (const Item& item : conditions())
    spoil(item, [&](const std::string& xml) { return whole(event("e", idle_action, xml)); });
  MESSAGE(done, " changed attributes, ", refused, " refused");
  CHECK(done >= 5000);
  CHECK(refused > done / 3);
}
