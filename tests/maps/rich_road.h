// A road with everything that bends a lane: line, spirals, arc, hills, superelevation, lane offset, tapering widths,
// two lane sections. Shared by the tests of positions, sampling, index and compiled map.
#pragma once

#include "maps/map_builder.h"
#include "maps/reference_line.h"
#include "tests/maps/crossing.h"

namespace bitgoeul::tests {

inline void append_piece(maps::RoadDraft& road, maps::GeometryKind kind, double length, double a = 0, double b = 0) {
  maps::Geometry g;
  g.kind = kind;
  g.length = length;
  g.p[0] = a, g.p[1] = b;
  if (!road.plan_view.empty()) {
    const maps::Geometry& last = road.plan_view.back();
    const maps::CurvePoint end = maps::evaluate(last, last.length);
    g.s = last.s + last.length, g.x = end.x, g.y = end.y, g.heading = end.heading;
  }
  road.plan_view.push_back(g);
  road.length = g.s + length;
}

inline maps::MapBuilder rich_road() {
  using maps::GeometryKind;
  maps::RoadDraft road;
  road.id = "rich";
  append_piece(road, GeometryKind::kLine, 50);
  append_piece(road, GeometryKind::kSpiral, 40, 0.0, 0.02);
  append_piece(road, GeometryKind::kArc, 60, 0.02);
  append_piece(road, GeometryKind::kSpiral, 50, 0.02, -0.03);
  append_piece(road, GeometryKind::kArc, 30, -0.03);
  road.elevation = {{0, 10, 0.02, 0, 0}, {60, 11.2, 0.02, -0.0004, 0.000001}};
  road.superelevation = {{0, 0, 0, 0, 0}, {50, 0, 0.001, 0, 0}, {90, 0.04, 0, 0, 0}};
  road.lane_offset = {{0, 0.5, 0, 0, 0}, {100, 0.5, 0, 0.0006, -0.000008}};
  road.sections.resize(2);
  road.sections[1].s = 120;
  for (maps::SectionDraft& section : road.sections) {
    section.lanes = {driving_lane(2, {2}, {2}), driving_lane(1, {1}, {1}), driving_lane(-1, {-1}, {-1}),
                     driving_lane(-2, {-2}, {-2})};
    section.lanes[0].widths = {{0, 3.0, 0.01, 0, 0}, {30, 3.3, 0, 0, 0}};
    section.lanes[3].type = maps::LaneType::kSidewalk;
    section.lanes[3].widths = {{0, 2.0, 0, 0.0003, -0.000002}};
  }
  road.sections[0].lanes[3].widths = {{0, 2.0, 0, 0, 0}};
  maps::MapBuilder builder;
  builder.name = "rich";
  builder.source = "rich.xodr";
  builder.roads = {road};
  return builder;
}

}  // namespace bitgoeul::tests
