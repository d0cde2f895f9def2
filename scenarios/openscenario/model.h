// What an OpenSCENARIO XML 1.3 file says, class by class, in the norm's words and without any map: the part of the norm
// that runs. Made by parse.h (from a file) or by fleet.h (generated); read by scenario_setup.h, which brings it onto a
// map, and by write.h. Units as in the norm: metres, seconds, metres per second, radians. Every object that a later
// stage may have to complain about carries the place in the file where it stands. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bitgoeul::scenarios::openscenario {

struct Source {
  int line = 0, column = 0;  // 0: generated, not read
};

struct Property {
  std::string name, value;
};

// Positions (clause 6.3.8 ...): where the reference point of an entity is, or where a route passes.
struct LanePosition {
  std::string road_id;
  std::int32_t lane_id = 0;
  double s = 0, offset = 0;
};
struct RoadPosition {
  std::string road_id;
  double s = 0, t = 0;
};
struct WorldPosition {
  double x = 0, y = 0;
  std::optional<double> z, h;
};
struct Position {
  Source source;
  std::variant<LanePosition, RoadPosition, WorldPosition> at;
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
  Axle front, rear;
  std::vector<Property> properties;
};
struct Controller {
  Source source;
  std::string name;
  std::vector<Property> properties;
};
struct ScenarioObject {
  Source source;
  std::string name;
  Vehicle vehicle;
  std::vector<Controller> controllers;
};

enum class RouteStrategy : std::uint8_t { kFastest, kShortest };
struct Waypoint {
  Position position;
  RouteStrategy strategy = RouteStrategy::kFastest;
};
struct Route {
  Source source;
  std::string name;
  bool closed = false;
  std::vector<Waypoint> waypoints;
};

struct TeleportAction {
  Position position;
};
struct SpeedAction {
  double speed_mps = 0;  // AbsoluteTargetSpeed, as a step
};
struct AssignRouteAction {
  Route route;
};
struct AcquirePositionAction {
  Position position;
};
struct RandomRouteAction {};
struct PrivateAction {
  Source source;
  std::variant<TeleportAction, SpeedAction, AssignRouteAction, AcquirePositionAction, RandomRouteAction> action;
};
struct Private {
  Source source;
  std::string entity_ref;
  std::vector<PrivateAction> actions;
};

struct TrafficAreaAction {
  Source source;
  std::string name;
  std::uint32_t number_of_entities = 0;
  bool continuous = true;
  std::vector<WorldPosition> polygon;
  Vehicle vehicle;  // of the (single) TrafficDistributionEntry
  std::vector<Property>
      properties;  // of that entry; `bitgoeul:mix` says that the engine draws types and drivers itself
};
struct TimeOfDay {
  std::int32_t year = 2026, month = 1, day = 1, hour = 0, minute = 0, second = 0;
};
struct Init {
  std::optional<TimeOfDay> time_of_day;
  std::vector<TrafficAreaAction> traffic;
  std::vector<Private> privates;
};

struct SimulationTimeCondition {
  std::string name;
  double delay_s = 0, value_s = 0;
};
using ConditionGroup = std::vector<SimulationTimeCondition>;  // all of them

struct ParameterDeclaration {
  std::string name, type, value;  // value after --param
};

struct Scenario {
  std::string file;  // as given; may be empty for a generated one
  std::string text;  // the whole file, for the log
  std::string author, date, description;
  std::int32_t rev_major = 1, rev_minor = 3;
  std::vector<ParameterDeclaration> parameters;
  std::string map;  // RoadNetwork/LogicFile: a name that ships with the engine or a path
  Source map_source;
  std::vector<ScenarioObject> entities;
  Init init;
  std::vector<ConditionGroup> stop_trigger;  // any of them
};

// When the stop trigger fires: the first group whose conditions all hold; nothing when there is none.
std::optional<double> stop_time_s(const Scenario& scenario);
std::optional<std::string> find_property(const std::vector<Property>& properties, const std::string& name);

// Vendor properties: what the norm leaves open.
inline constexpr const char* kDriverProperty = "bitgoeul:driver";  // of a Controller: `builtin:driver`
inline constexpr const char* kBuiltinDriver = "builtin:driver";
inline constexpr const char* kReenterProperty =
    "bitgoeul:reenter";  // of a Controller: `true` = one that leaves the map enters it again elsewhere
inline constexpr const char* kModelProperty = "bitgoeul:model";        // of a Vehicle: double_track, bicycle or rail
inline constexpr const char* kDynamicsProperty = "bitgoeul:dynamics";  // of a Vehicle: entry of assets/vehicles
inline constexpr const char* kMixProperty = "bitgoeul:mix";            // of a TrafficDistributionEntry: `builtin`

}  // namespace bitgoeul::scenarios::openscenario
