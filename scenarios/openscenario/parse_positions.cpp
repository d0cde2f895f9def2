// Positions, routes and trajectories (OpenSCENARIO XML 1.3, classes Position, Route, Waypoint, Trajectory, Shape).
#include <fmt/format.h>

#include <cmath>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr double kCoordinateMax = 1e7;  // metres: a typing error, not a map
constexpr Limits kCoordinate{-kCoordinateMax, kCoordinateMax};
constexpr Limits kAngle{-1e6, 1e6};
constexpr Limits kCurvature{-100.0, 100.0};        // 1/m: a circle of 1 cm
constexpr Limits kCurvatureChange{-100.0, 100.0};  // 1/m2
constexpr Limits kCurveLength{1e-9, 1e5};
constexpr Limits kTime{-1e9, 1e9};
constexpr double kRadPerDeg = 3.14159265358979323846 / 180.0;

std::optional<Orientation> orientation_of(const Reader& reader, const XmlElement& position) {
  const XmlElement orientation = position.child("Orientation");
  return orientation ? std::optional(parse_orientation(reader, orientation)) : std::nullopt;
}

std::int32_t parse_lane_id(const Reader& reader, const XmlElement& element) {
  const std::string lane = reader.text(element, "laneId");
  const auto id = maps::parse_int(lane);
  if (!lane.empty() && !id)  // 0: the line between the lanes of both directions
    element.error(fmt::format("attribute laneId=\"{}\" must be a whole number", lane), "range");
  return id.value_or(0);
}

LanePosition parse_lane_position(const Reader& reader, const XmlElement& element) {
  return {reader.text(element, "roadId"), parse_lane_id(reader, element),
          reader.number(element, "s", {0.0, kCoordinateMax}), reader.number(element, "offset", {-1000.0, 1000.0}),
          orientation_of(reader, element)};
}

RoadPosition parse_road_position(const Reader& reader, const XmlElement& element) {
  return {reader.text(element, "roadId"), reader.number(element, "s", {0.0, kCoordinateMax}),
          reader.number(element, "t", {-1000.0, 1000.0}), orientation_of(reader, element)};
}

WorldPosition parse_world_position(const Reader& reader, const XmlElement& element) {
  return {reader.number(element, "x", kCoordinate),          reader.number(element, "y", kCoordinate),
          reader.optional_number(element, "z", kCoordinate), reader.optional_number(element, "h", kAngle),
          reader.optional_number(element, "p", kAngle),      reader.optional_number(element, "r", kAngle)};
}

// RelativeWorldPosition and RelativeObjectPosition have the same attributes.
template <class T>
T parse_relative_point(const Reader& reader, const XmlElement& element) {
  return {reader.entity_ref(element), reader.number(element, "dx", kCoordinate),
          reader.number(element, "dy", kCoordinate), reader.number(element, "dz", kCoordinate),
          orientation_of(reader, element)};
}

RelativeRoadPosition parse_relative_road(const Reader& reader, const XmlElement& element) {
  return {reader.entity_ref(element), reader.number(element, "ds", kCoordinate),
          reader.number(element, "dt", kCoordinate), orientation_of(reader, element)};
}

RelativeLanePosition parse_relative_lane(const Reader& reader, const XmlElement& element) {
  RelativeLanePosition position{reader.entity_ref(element),
                                reader.integer(element, "dLane"),
                                reader.optional_number(element, "ds", kCoordinate),
                                reader.optional_number(element, "dsLane", kCoordinate),
                                reader.number(element, "offset", {-1000.0, 1000.0}),
                                orientation_of(reader, element)};
  if (position.ds && position.ds_lane)
    element.error("<RelativeLanePosition> has both ds and dsLane", "choice", "keep one of them");
  return position;
}

GeoPosition parse_geo_position(const Reader& reader, const XmlElement& element) {
  GeoPosition position;
  const auto latitude = reader.optional_number(element, "latitudeDeg", {-90.0, 90.0});
  const auto longitude = reader.optional_number(element, "longitudeDeg", {-180.0, 360.0});
  position.latitude_rad = latitude ? *latitude * kRadPerDeg : reader.number(element, "latitude", {-1.5708, 1.5708});
  position.longitude_rad =
      longitude ? *longitude * kRadPerDeg : reader.number(element, "longitude", {-3.14160, 6.28319});
  position.altitude_m = reader.optional_number(element, "altitude");
  if (!position.altitude_m) position.altitude_m = reader.optional_number(element, "height");
  position.vertical_road_selection = reader.integer(element, "verticalRoadSelection");
  position.orientation = orientation_of(reader, element);
  return position;
}

void parse_in_route(const Reader& reader, const XmlElement& element, RoutePosition& position) {
  if (const XmlElement current = element.child("FromCurrentEntity"))
    position.in_route = PositionOfCurrentEntity{reader.entity_ref(current)};
  if (const XmlElement road = element.child("FromRoadCoordinates"))
    position.in_route = PositionInRoadCoordinates{reader.number(road, "pathS"), reader.number(road, "t")};
  if (const XmlElement lane = element.child("FromLaneCoordinates"))
    position.in_route = PositionInLaneCoordinates{reader.number(lane, "pathS"), reader.number(lane, "laneOffset"),
                                                  parse_lane_id(reader, lane)};
}

RoutePosition parse_route_position(Reader& reader, const XmlElement& element) {
  RoutePosition position;
  position.route = parse_route(reader, element.child("RouteRef"));
  parse_in_route(reader, element.child("InRoutePosition"), position);
  position.orientation = orientation_of(reader, element);
  return position;
}

TrajectoryPosition parse_trajectory_position(Reader& reader, const XmlElement& element) {
  return {parse_trajectory(reader, element.child("TrajectoryRef")), reader.number(element, "s", kNotNegative),
          reader.number(element, "t"), orientation_of(reader, element)};
}

Waypoint parse_waypoint(Reader& reader, const XmlElement& element) {
  Waypoint waypoint;
  waypoint.strategy = reader.word<RouteStrategy>(element, "routeStrategy",
                                                 {{"fastest", RouteStrategy::kFastest},
                                                  {"shortest", RouteStrategy::kShortest},
                                                  {"leastIntersections", RouteStrategy::kLeastIntersections},
                                                  {"random", RouteStrategy::kRandom}},
                                                 RouteStrategy::kFastest);
  waypoint.position = parse_position(reader, element);
  return waypoint;
}

Polyline parse_polyline(Reader& reader, const XmlElement& element) {
  Polyline line;
  for (const XmlElement& vertex : element.children("Vertex"))
    line.vertices.push_back({parse_position(reader, vertex), reader.optional_number(vertex, "time", kTime)});
  return line;
}

Clothoid parse_clothoid(Reader& reader, const XmlElement& element) {
  Clothoid clothoid;
  clothoid.curvature = reader.number(element, "curvature", kCurvature);
  clothoid.curvature_prime =
      reader.optional_number(element, "curvaturePrime", kCurvatureChange)
          .value_or(reader.number(element, "curvatureDot", kCurvatureChange));  // the name in 1.0
  clothoid.length_m = reader.number(element, "length", kCurveLength);
  clothoid.start_time_s = reader.optional_number(element, "startTime", kTime);
  clothoid.stop_time_s = reader.optional_number(element, "stopTime", kTime);
  clothoid.start.push_back({parse_position(reader, element), clothoid.start_time_s});
  return clothoid;
}

ClothoidSpline parse_clothoid_spline(Reader& reader, const XmlElement& element) {
  ClothoidSpline spline;
  spline.time_end_s = reader.optional_number(element, "timeEnd", kTime);
  for (const XmlElement& item : element.children("ClothoidSplineSegment")) {
    ClothoidSplineSegment segment;
    segment.curvature_start = reader.number(item, "curvatureStart", kCurvature);
    segment.curvature_end = reader.number(item, "curvatureEnd", kCurvature);
    segment.length_m = reader.number(item, "length", kCurveLength);
    segment.h_offset = reader.number(item, "hOffset", kAngle);
    segment.time_start_s = reader.optional_number(item, "timeStart", kTime);
    if (item.child("PositionStart"))
      segment.start.push_back({parse_position(reader, item, "PositionStart"), segment.time_start_s});
    spline.segments.push_back(std::move(segment));
  }
  return spline;
}

Nurbs parse_nurbs(Reader& reader, const XmlElement& element) {
  Nurbs nurbs;
  nurbs.order = reader.count(element, "order");
  for (const XmlElement& item : element.children("ControlPoint"))
    nurbs.control_points.push_back({parse_position(reader, item), reader.optional_number(item, "time", kTime),
                                    reader.optional_number(item, "weight", Limits{1e-9, 1e9})});
  for (const XmlElement& item : element.children("Knot")) nurbs.knots.push_back(reader.number(item, "value", kTime));
  if (nurbs.knots.size() != nurbs.control_points.size() + nurbs.order)
    element.error(
        fmt::format("a <Nurbs> of order {} with {} control points has {} knots, not {}", nurbs.order,
                    nurbs.control_points.size(), nurbs.control_points.size() + nurbs.order, nurbs.knots.size()),
        "cardinality");
  return nurbs;
}

void parse_shape(Reader& reader, const XmlElement& element, Trajectory& trajectory) {
  if (const XmlElement line = element.child("Polyline")) trajectory.shape = parse_polyline(reader, line);
  if (const XmlElement clothoid = element.child("Clothoid")) trajectory.shape = parse_clothoid(reader, clothoid);
  if (const XmlElement spline = element.child("ClothoidSpline"))
    trajectory.shape = parse_clothoid_spline(reader, spline);
  if (const XmlElement nurbs = element.child("Nurbs")) trajectory.shape = parse_nurbs(reader, nurbs);
}

}  // namespace

Orientation parse_orientation(const Reader& reader, const XmlElement& element) {
  return {reader.optional_number(element, "h", kAngle), reader.optional_number(element, "p", kAngle),
          reader.optional_number(element, "r", kAngle),
          reader.word<ReferenceContext>(
              element, "type", {{"absolute", ReferenceContext::kAbsolute}, {"relative", ReferenceContext::kRelative}},
              ReferenceContext::kAbsolute)};
}

Position parse_position(Reader& reader, const XmlElement& holder, std::string_view name) {
  return parse_position_itself(reader, holder.child(name));
}

Position parse_position_itself(Reader& reader, const XmlElement& element) {
  Position position;
  if (!element) return position;
  position.source = reader.source(element);
  if (const XmlElement lane = element.child("LanePosition")) position.at = parse_lane_position(reader, lane);
  if (const XmlElement road = element.child("RoadPosition")) position.at = parse_road_position(reader, road);
  if (const XmlElement world = element.child("WorldPosition")) position.at = parse_world_position(reader, world);
  if (const XmlElement point = element.child("RelativeWorldPosition"))
    position.at = parse_relative_point<RelativeWorldPosition>(reader, point);
  if (const XmlElement point = element.child("RelativeObjectPosition"))
    position.at = parse_relative_point<RelativeObjectPosition>(reader, point);
  if (const XmlElement road = element.child("RelativeRoadPosition")) position.at = parse_relative_road(reader, road);
  if (const XmlElement lane = element.child("RelativeLanePosition")) position.at = parse_relative_lane(reader, lane);
  if (const XmlElement route = element.child("RoutePosition")) position.at = parse_route_position(reader, route);
  if (const XmlElement geo = element.child("GeoPosition")) position.at = parse_geo_position(reader, geo);
  if (const XmlElement on = element.child("TrajectoryPosition")) position.at = parse_trajectory_position(reader, on);
  return position;
}

Route parse_route(Reader& reader, const XmlElement& holder) {
  Route route;
  reader.either(holder, "Route", [&](const XmlElement& element) {
    route.source = reader.source(element);
    route.name = reader.text(element, "name");
    route.closed = reader.boolean(element, "closed");
    for (const XmlElement& waypoint : element.children("Waypoint"))
      route.waypoints.push_back(parse_waypoint(reader, waypoint));
  });
  return route;
}

Trajectory parse_trajectory(Reader& reader, const XmlElement& holder) {
  Trajectory trajectory;
  reader.either(holder, "Trajectory", [&](const XmlElement& element) {
    trajectory.source = reader.source(element);
    trajectory.name = reader.text(element, "name");
    trajectory.closed = reader.boolean(element, "closed");
    parse_shape(reader, element.child("Shape"), trajectory);
  });
  return trajectory;
}

}  // namespace bitgoeul::scenarios::openscenario
