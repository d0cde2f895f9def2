// HandMap: small Maps put together row by row for tests that need no importer and no freeze. Lanes are polylines.
// Made by tests of routing, map_check and map_picture. Metres, radians. Not thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::tests {

struct HandMap {
  maps::Map map;

  maps::TextRef text(const std::string& value);
  // A road with one section; lanes added afterwards belong to it until the next road.
  maps::Row road(const std::string& id, maps::RoadClass road_class = maps::RoadClass::kSecondary);
  maps::Row junction(const std::string& id, double x, double y, double radius);
  // A lane of the last road. The polyline is resampled nowhere: its corners become the lane's points.
  maps::Row lane(std::int32_t odr_id, const std::vector<sim::Vec3>& line, double width = 3.5, double speed_mps = 15.0,
                 maps::LaneType type = maps::LaneType::kDriving);
  // The polyline of an arc about (cx, cy) from angle a0 to a1, every ~0.5 m.
  static std::vector<sim::Vec3> arc(double cx, double cy, double radius, double a0, double a1, double z = 0);
  static std::vector<sim::Vec3> straight(double x0, double y0, double x1, double y1, double z0 = 0, double z1 = 0);
  void link(maps::Row from, maps::Row to) { links.emplace_back(from, to); }
  void side_by_side(maps::Row left, maps::Row right);  // same direction
  void opposite(maps::Row a, maps::Row b);
  void conflict(maps::Row a, maps::Row b, maps::ConflictKind kind, int priority_of_a);
  // Writes links, conflicts and junction lanes into the map; call once, last.
  maps::Map& finish();

  std::vector<std::pair<maps::Row, maps::Row>> links;
  std::vector<std::pair<maps::Row, maps::Conflict>> conflicts;
};

// Two stadium-shaped lanes side by side (roads `a`, `b`: straights, `c`, `d`: bends), driven counter-clockwise: a map
// without fault.
HandMap stadium();
// A crossing with signals: two lanes cross at a right angle; both are closed to loops far out. A map without fault.
HandMap crossing();

}  // namespace bitgoeul::tests
