// A four-arm crossing with a lane per direction, drawn by hand: lanes 3.5 m wide, right-hand traffic, straight arms of
// 100 m along the axes that end `half_m` from the centre; turns are quarter arcs. Shared by the tests of freeze. Roads
// "W", "E", "S", "N" grow east or north; connecting roads are named by where they come from and go to, as "W-N".
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "maps/map_builder.h"
#include "maps/road_position.h"

namespace bitgoeul::tests {

inline maps::LaneDraft driving_lane(std::int32_t id, std::vector<std::int32_t> before = {},
                                    std::vector<std::int32_t> after = {}) {
  maps::LaneDraft lane;
  lane.id = id;
  lane.type = maps::LaneType::kDriving;
  lane.widths = {{0, 3.5, 0, 0, 0}};
  lane.predecessors = before;
  lane.successors = after;
  lane.mark = maps::MarkType::kBroken;
  return lane;
}

inline maps::RoadDraft line_road(const std::string& id, double x, double y, double heading, double length) {
  maps::RoadDraft road;
  road.id = id;
  road.length = length;
  road.plan_view = {{0, x, y, heading, length, {}, maps::GeometryKind::kLine, 0}};
  road.sections.resize(1);
  return road;
}

struct Arm {
  const char* id;
  double x, y;     // where it meets the crossing, in units of half_m
  double heading;  // into the crossing
  bool ends;       // its road's end is at the crossing
};

inline const std::vector<Arm>& arms() {
  static const std::vector<Arm> kArms = {{"W", -1, 0, 0, true},
                                         {"S", 0, -1, sim::kPi / 2, true},
                                         {"E", 1, 0, sim::kPi, false},
                                         {"N", 0, 1, -sim::kPi / 2, false}};
  return kArms;
}

// From arm `from` to the arm `quarter` places on, counter-clockwise: 1 right turn, 2 straight, 3 left turn.
inline maps::RoadDraft connecting_road(std::size_t from, std::size_t quarter, double half) {
  const Arm &in = arms()[from], &out = arms()[(from + quarter) % 4];
  maps::RoadDraft road;
  road.id = std::string(in.id) + "-" + out.id;
  road.junction = "J";
  const double bend = quarter == 1 ? -1.0 / half : quarter == 3 ? 1.0 / half : 0.0;
  road.length = quarter == 2 ? 2 * half : half * sim::kPi / 2;
  road.plan_view = {{0,
                     in.x * half,
                     in.y * half,
                     in.heading,
                     road.length,
                     {bend},
                     quarter == 2 ? maps::GeometryKind::kLine : maps::GeometryKind::kArc,
                     0}};
  road.predecessor = {maps::ElementType::kRoad, in.id, in.ends ? maps::Contact::kEnd : maps::Contact::kStart};
  road.successor = {maps::ElementType::kRoad, out.id, out.ends ? maps::Contact::kEnd : maps::Contact::kStart};
  road.sections.resize(1);
  road.sections[0].lanes = {driving_lane(-1, {in.ends ? -1 : 1}, {out.ends ? 1 : -1})};
  return road;
}

inline maps::MapBuilder crossing(double half = 10.0) {
  maps::MapBuilder builder;
  builder.name = "crossing";
  builder.source = "crossing.xodr";
  maps::JunctionDraft junction;
  junction.id = "J";
  for (std::size_t i = 0; i < 4; ++i) {
    const Arm& arm = arms()[i];
    const double far = arm.ends ? half + 100.0 : half;
    maps::RoadDraft road =
        line_road(arm.id, arm.x * far, arm.y * far, arm.ends ? arm.heading : arm.heading + sim::kPi, 100.0);
    (arm.ends ? road.successor : road.predecessor) = {maps::ElementType::kJunction, "J", maps::Contact::kStart};
    road.sections[0].lanes = {driving_lane(1), driving_lane(-1)};
    builder.roads.push_back(road);
  }
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t quarter = 1; quarter < 4; ++quarter) {
      builder.roads.push_back(connecting_road(i, quarter, half));
      maps::ConnectionDraft connection;
      connection.id = builder.roads.back().id;
      connection.incoming_road = arms()[i].id;
      connection.connecting_road = builder.roads.back().id;
      connection.links = {{arms()[i].ends ? -1 : 1, -1}};
      junction.connections.push_back(connection);
    }
  builder.junctions = {junction};
  return builder;
}

inline maps::Row lane_of(const maps::Map& map, const std::string& road, std::int32_t id) {
  const auto row = maps::find_road(map, road);
  return row ? maps::lane_at(map, *row, 0.0, id) : maps::kNone;
}

inline const maps::Conflict* conflict(const maps::Map& map, maps::Row lane, maps::Row other) {
  for (const maps::Conflict& c : map.lane_conflicts(lane))
    if (c.lane == other) return &c;
  return nullptr;
}

}  // namespace bitgoeul::tests
