// State: everything that the driving stages share: the map and its rules, the world, the vehicle table, the lane lists
// and routes. Made by Simulation; each stage is a function over it. Thread rule: see the tables; `map`, `rules` and
// `routes` are read-only inside parallel stages.
#pragma once

#include <memory>
#include <vector>

#include "maps/map.h"
#include "sim/jobs.h"
#include "sim/mailbox.h"
#include "sim/world.h"
#include "vehicles/dynamics/double_track_fleet.h"
#include "vehicles/lane_lists.h"
#include "vehicles/road_rules.h"
#include "vehicles/vehicle_table.h"
#include "vehicles/vehicle_type.h"

namespace bitgoeul::vehicles {

// The lanes to drive, per entity of the setup. Not part of the saved state: a route found anew follows from
// Vehicles::reroute_lane, _next and _join, so restore finds it again.
struct Route {
  std::vector<Row> lanes;
  double end_s = 0;
  std::int32_t loop = -1;  // >= 0: closed, the last lane leads to lanes[loop]
};

// What a parallel stage asks the commit stage to do.
enum class Act : std::uint32_t {
  kTransfer = 1,
  kLeave,
  kChangeLane,
  kAskIn,
  kSideDone,
  kReroute,
  kRouteDone,
  kRedLight,
  kTouch
};

struct State {
  const maps::Map& map;
  const Catalogue& catalogue;
  sim::World& world;
  RoadRules rules;
  Vehicles vehicles;
  LaneLists lists;
  std::vector<Route> routes;     // being driven
  std::vector<Route> originals;  // of the setup
  sim::Mailbox mailbox;
  DoubleTrackFleet double_tracks;
  double friction = 1.0;  // of the road, as a factor: weather

  Row capacity() const { return static_cast<Row>(world.capacity()); }
  Row rows() const { return static_cast<Row>(world.ids.rows()); }
  // Background traffic has no line in the setup; it may leave the map and be replaced.
  bool background(Row row) const { return static_cast<std::size_t>(row) >= routes.size(); }
  bool alive(Row row) const { return world.entities.alive[row] != 0; }
  double half_length(Row row) const { return 0.5 * world.entities.length_m[row]; }
  double speed(Row row) const { return world.entities.speed_mps[row]; }

  // Lane list nodes.
  Row side_node(Row row) const { return row + capacity(); }
  Row node_row(Row node) const { return node < capacity() ? node : node - capacity(); }
  double node_s(Row node) const { return node < capacity() ? vehicles.s[node] : vehicles.side_s[node - capacity()]; }
  // The list order is by s, then by node.
  void enlist(Row lane, Row node);
};

}  // namespace bitgoeul::vehicles
