// View: what the storyboard sees of the world at the beginning of a step, as plain data: positions, conditions, actions
// and criteria read it and nothing else, so that each can be tested with a view filled by hand. Filled by the story
// stage, row = entity row; rows from `entities` on are background traffic (filled only when something asks for it).
// Units: m, s, rad, m/s, map frame. Thread rule: const while a step reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "maps/map.h"
#include "scenarios/openscenario/model_conditions.h"
#include "sim/id.h"

namespace bitgoeul::scenarios::story {

using sim::kNone;
using sim::Row;

struct Path;

// One entity. (x, y, z) is the reference point: rear axle on the ground; the box centre lies center_x_m ahead of it.
struct Seen {
  bool alive = false;
  openscenario::ObjectType object = openscenario::ObjectType::kVehicle;
  double x = 0, y = 0, z = 0, yaw = 0, pitch = 0, roll = 0;
  double speed = 0, left_speed = 0, up_speed = 0;  // along the body's x, y, z axes
  double acceleration = 0, left_acceleration = 0, up_acceleration = 0;
  double yaw_rate = 0;
  double length = 0, width = 0, height = 0, center_x = 0;
  double traveled_m = 0;  // along its way since it was placed
  // On the driving graph: where its reference point is; lane kNone: not on any lane.
  Row lane = kNone;
  double lane_s = 0, lane_t = 0;
  // On a road of the map (also beside the lanes, up to the edge of the road); road kNone: off the road.
  Row road = kNone;
  double road_s = 0, road_t = 0;
  std::int32_t lane_id = 0;  // the norm's, 0: none
};

struct View {
  const maps::Map* map = nullptr;  // may be a map without roads
  std::int64_t step = 0;
  std::int64_t dt_ns = 10'000'000;
  double time_s = 0;         // simulation time at the beginning of this step
  double time_of_day_s = 0;  // local clock; date in `day` (days since 1970-01-01)
  std::int64_t day = 0;
  std::size_t entities = 0;  // rows below are the scenario's
  std::vector<Seen> seen;
  std::vector<std::string> names;             // of the scenario's entities
  std::vector<std::vector<Row>> routes;       // lanes to drive, per entity; empty: none assigned
  std::vector<const Path*> paths;             // the trajectory each follows, null: none (trajectory.h); may be empty
  std::vector<std::pair<Row, Row>> touching;  // bodies in contact now, a < b, ascending
  double dt_s() const { return static_cast<double>(dt_ns) * 1e-9; }
};

}  // namespace bitgoeul::scenarios::story
