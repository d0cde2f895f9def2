// Positions and routes (OpenSCENARIO XML 1.3, classes Position, Route, Waypoint).
#include <fmt/format.h>

#include <cmath>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr double kCoordinateMax = 1e7;  // metres: a typing error, not a map
constexpr Limits kCoordinate{-kCoordinateMax, kCoordinateMax};

// The built-in driver follows lanes, so only the lane's own direction can be asked for.
void check_orientation(const Reader& reader, const XmlElement& position) {
  const XmlElement orientation = position.child("Orientation");
  if (!orientation) return;
  reader.shape(orientation, {}, {"type", "h", "p", "r"});
  const std::string type = reader.optional_text(orientation, "type", "absolute");
  for (const char* axis : {"h", "p", "r"}) {
    const double angle = reader.optional_number(orientation, axis).value_or(0.0);
    if (type != "relative" || std::abs(angle) > 1e-9)
      orientation.error("only a relative orientation of 0 is supported on roads and lanes", "unsupported",
                        "remove <Orientation>: vehicles look along their lane");
  }
}

LanePosition parse_lane_position(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"Orientation"}, {"roadId", "laneId", "s", "offset"});
  check_orientation(reader, element);
  LanePosition position;
  position.road_id = reader.text(element, "roadId");
  const std::string lane = reader.text(element, "laneId");
  const auto id = maps::parse_int(lane);
  if (!lane.empty() && (!id || *id == 0))
    element.error(fmt::format("attribute laneId=\"{}\" must be a whole number other than 0", lane), "range");
  position.lane_id = id.value_or(0);
  position.s = reader.number(element, "s", {0.0, kCoordinateMax});
  position.offset = reader.optional_number(element, "offset", {-10.0, 10.0}).value_or(0.0);
  return position;
}

RoadPosition parse_road_position(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"Orientation"}, {"roadId", "s", "t"});
  check_orientation(reader, element);
  return {reader.text(element, "roadId"), reader.number(element, "s", {0.0, kCoordinateMax}),
          reader.number(element, "t", {-1000.0, 1000.0})};
}

WorldPosition parse_world_position(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {}, {"x", "y", "z", "h", "p", "r"});
  for (const char* axis : {"p", "r"})
    if (std::abs(reader.optional_number(element, axis).value_or(0.0)) > 1e-9)
      element.error(fmt::format("attribute {} other than 0 is not supported", axis), "unsupported",
                    "remove it: pitch and roll follow the road");
  WorldPosition position;
  position.x = reader.number(element, "x", kCoordinate);
  position.y = reader.number(element, "y", kCoordinate);
  position.z = reader.optional_number(element, "z", kCoordinate);
  position.h = reader.optional_number(element, "h");
  return position;
}

Waypoint parse_waypoint(const Reader& reader, const XmlElement& element) {
  static constexpr std::string_view kStrategies[] = {"fastest", "shortest"};
  reader.shape(element, {"Position"}, {"routeStrategy"});
  Waypoint waypoint;
  waypoint.strategy = reader.word(element, "routeStrategy", kStrategies) == "shortest" ? RouteStrategy::kShortest
                                                                                       : RouteStrategy::kFastest;
  if (XmlElement position = reader.need(element, "Position")) waypoint.position = parse_position(reader, position);
  return waypoint;
}

}  // namespace

Position parse_position(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"LanePosition", "RoadPosition", "WorldPosition"});
  Position position;
  position.source = source_of(element);
  if (XmlElement lane = element.child("LanePosition"))
    position.at = parse_lane_position(reader, lane);
  else if (XmlElement road = element.child("RoadPosition"))
    position.at = parse_road_position(reader, road);
  else if (XmlElement world = element.child("WorldPosition"))
    position.at = parse_world_position(reader, world);
  else if (element.children().empty())
    element.error("<Position> is empty", "missing element");
  return position;
}

Route parse_route(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {"Waypoint"}, {"name", "closed"});
  Route route;
  route.source = source_of(element);
  route.name = reader.text(element, "name");
  route.closed = reader.boolean(element, "closed");
  for (const XmlElement& waypoint : element.children("Waypoint"))
    route.waypoints.push_back(parse_waypoint(reader, waypoint));
  if (route.waypoints.size() < 2) element.error("a <Route> has two <Waypoint> or more", "cardinality");
  return route;
}

}  // namespace bitgoeul::scenarios::openscenario
