// Positions, routes and trajectories of OpenSCENARIO XML 1.3, class by class, as the file says them: no map is asked.
// Made by the parsers; read by scenario_setup.h, positions.h and write.h. Metres, seconds, radians; angles in degrees
// are already turned into radians. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bitgoeul::scenarios::openscenario {

struct Source {
  int line = 0, column = 0;  // 0: generated, not read
  int file = 0;              // index into Scenario::files: 0 the scenario itself, others catalogues
};

enum class ReferenceContext : std::uint8_t { kAbsolute, kRelative };
struct Orientation {
  std::optional<double> h, p, r;
  ReferenceContext type = ReferenceContext::kAbsolute;
};

struct LanePosition {
  std::string road_id;
  std::int32_t lane_id = 0;
  double s = 0, offset = 0;
  std::optional<Orientation> orientation;
};
struct RoadPosition {
  std::string road_id;
  double s = 0, t = 0;
  std::optional<Orientation> orientation;
};
struct WorldPosition {
  double x = 0, y = 0;
  std::optional<double> z, h, p, r;
};
struct RelativeWorldPosition {
  std::string entity_ref;
  double dx = 0, dy = 0, dz = 0;
  std::optional<Orientation> orientation;
};
struct RelativeObjectPosition {
  std::string entity_ref;
  double dx = 0, dy = 0, dz = 0;
  std::optional<Orientation> orientation;
};
struct RelativeRoadPosition {
  std::string entity_ref;
  double ds = 0, dt = 0;
  std::optional<Orientation> orientation;
};
struct RelativeLanePosition {
  std::string entity_ref;
  std::int32_t d_lane = 0;
  std::optional<double> ds, ds_lane;  // one of them: along the road, or along the lane
  double offset = 0;
  std::optional<Orientation> orientation;
};
struct GeoPosition {
  double latitude_rad = 0, longitude_rad = 0;
  std::optional<double> altitude_m;
  std::int32_t vertical_road_selection = 0;
  std::optional<Orientation> orientation;
};

struct Waypoint;
enum class RouteStrategy : std::uint8_t { kFastest, kShortest, kLeastIntersections, kRandom };
struct Route {
  Source source;
  std::string name;
  bool closed = false;
  std::vector<Waypoint> waypoints;
};
struct PositionOfCurrentEntity {
  std::string entity_ref;
};
struct PositionInRoadCoordinates {
  double path_s = 0, t = 0;
};
struct PositionInLaneCoordinates {
  double path_s = 0, lane_offset = 0;
  std::int32_t lane_id = 0;
};
struct RoutePosition {
  Route route;
  std::variant<PositionOfCurrentEntity, PositionInRoadCoordinates, PositionInLaneCoordinates> in_route;
  std::optional<Orientation> orientation;
};

// Shapes of a trajectory.
struct Vertex;
struct ControlPoint;
struct Polyline {
  std::vector<Vertex> vertices;
};
struct Clothoid {
  double curvature = 0, curvature_prime = 0, length_m = 0;
  std::optional<double> start_time_s, stop_time_s;
  std::vector<Vertex> start;  // one: where it begins
};
struct ClothoidSplineSegment {
  double curvature_start = 0, curvature_end = 0, length_m = 0, h_offset = 0;
  std::optional<double> time_start_s;
  std::vector<Vertex> start;  // none or one
};
struct ClothoidSpline {
  std::vector<ClothoidSplineSegment> segments;
  std::optional<double> time_end_s;
};
struct Nurbs {
  std::uint32_t order = 0;
  std::vector<ControlPoint> control_points;
  std::vector<double> knots;
};
struct Trajectory {
  Source source;
  std::string name;
  bool closed = false;
  std::variant<Polyline, Clothoid, ClothoidSpline, Nurbs> shape;
};
struct TrajectoryPosition {
  Trajectory trajectory;
  double s = 0, t = 0;
  std::optional<Orientation> orientation;
};

struct Position {
  Source source;
  std::variant<LanePosition, RoadPosition, WorldPosition, RelativeWorldPosition, RelativeObjectPosition,
               RelativeRoadPosition, RelativeLanePosition, RoutePosition, GeoPosition, TrajectoryPosition>
      at;
};
struct Waypoint {
  Position position;
  RouteStrategy strategy = RouteStrategy::kFastest;
};
struct Vertex {
  Position position;
  std::optional<double> time_s;
};
struct ControlPoint {
  Position position;
  std::optional<double> time_s, weight;
};

}  // namespace bitgoeul::scenarios::openscenario
