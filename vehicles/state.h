// State: everything that the driving stages share: the map and its rules, the world, the vehicle table, the lane lists
// and routes. Made by Simulation; each stage is a function over it. Background vehicles think and move once in a tick
// of tick_steps steps; in between their rows hold what was true at the tick, and speed() and node_s() say what is true
// now. Thread rule: see the tables; `map`, `rules` and `routes` are read-only inside parallel stages.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "maps/map.h"
#include "sim/jobs.h"
#include "sim/mailbox.h"
#include "sim/world.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/dynamics/double_track_fleet.h"
#include "vehicles/lane_lists.h"
#include "vehicles/road_rules.h"
#include "vehicles/road_surface.h"
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

// What somebody outside (a story) asks of our driver of an entity; told anew in every step, so it is no state.
struct Wish {
  double speed_mps =
      -1;  // to drive at instead of what the road allows; bends still slow it. Negative: nothing is asked
  double acceleration_mps2 = 0;       // with which that speed is changing
  int side = 0;                       // to change to the lane left (1) or right (-1) of its own
  double change_s = 0, change_m = 0;  // ... in that time or way; 0: as the driver sees fit
};

// What the sky does to the road, one row; may change while the run lasts. Friction is a factor on the tyres' (1 dry,
// about 0.7 wet, 0.2 ice; OpenSCENARIO's frictionScaleFactor); rain takes its share on top.
struct Weather {
  std::vector<double> friction{1.0}, precipitation_mmph{0.0};
  template <class F>
  void columns(F&& f) {
    f("friction", friction);
    f("precipitation_mmph", precipitation_mmph);
  }
  double factor() const { return friction[0] * wet_friction(precipitation_mmph[0]); }
  // Wet asphalt gives about 0.7 of the grip of dry asphalt at city speed, and a film of water of heavy rain less yet.
  static double wet_friction(double mmph) {
    return mmph <= 0 ? 1.0 : mmph < 1.0 ? 1.0 - 0.3 * mmph : std::max(0.5, 0.7 - 0.004 * (mmph - 1.0));
  }
};

// What a parallel stage asks the commit stage to do.
enum class Act : std::uint32_t {
  kTransfer = 1,
  kRelist,
  kLeave,
  kChangeLane,
  kAskIn,
  kSideDone,
  kReroute,
  kRouteDone,
  kRedLight,
  kTouch
};

// The next lanes that a vehicle may not enter yet: way[first..last] are one movement through one junction; first = 0:
// none.
struct Gate {
  int first = 0, last = 0;
  double distance = 0;  // from the vehicle's front to where it has to wait; negative: passed
};

// The piece of the map under a vehicle on rails: x, y, z, heading, curvature and speed cap at its start, and how much
// they grow to its end.
struct RailSegment {
  Row point = kNone;
  double s = 0, end = 0, pitch = 0;
  std::array<double, 6> value = {}, rise = {};
};

class BusStops;
class Walkers;
class Demand;

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
  const Walkers* walkers = nullptr;   // null: nobody walks
  BusStops* bus_stops = nullptr;      // null: nobody stops for passengers
  std::vector<std::uint8_t> ridden;   // per type: a bicycle; empty: there is none
  Demand* demand = nullptr;           // null: background vehicles draw their turns
  std::vector<std::uint8_t> outside;  // per entity of the setup: driven by a stack, not by a driver of ours
  std::vector<std::uint8_t> asking;   // ... by a driver of ours, which asks a stack what to do
  std::vector<Wish> wishes;           // per entity of the setup; empty: nobody asks for anything
  std::vector<Row> wrecks;            // of background vehicles; follows from the tables
  RoadSurface surface;
  Weather weather;
  std::vector<RailSegment> segments;  // per row, where it runs on rails; scratch
  std::vector<Gate> gates;            // of rows that think in this tick; scratch
  sim::Marks thought{0};              // rows of which Vehicles::thinks() columns have changed
  std::int64_t tick_steps = 10;
  double ahead_s = 0;  // how long ago the rows on ticks were moved; 0 while they think

  // Factor on the tyres' friction where the row stands.
  double friction(Row row) const {
    return weather.factor() * surface.friction(map, vehicles.lane(row), vehicles.s[row]);
  }
  Row capacity() const { return static_cast<Row>(world.capacity()); }
  Row rows() const { return static_cast<Row>(world.ids.rows()); }
  // Background traffic has no line in the setup; it may leave the map and be replaced.
  bool background(Row row) const { return static_cast<std::size_t>(row) >= routes.size(); }
  bool driven_outside(Row row) const {
    return static_cast<std::size_t>(row) < outside.size() && outside[static_cast<std::size_t>(row)] != 0;
  }
  bool asks_stack(Row row) const {
    return static_cast<std::size_t>(row) < asking.size() && asking[static_cast<std::size_t>(row)] != 0;
  }
  Wish wish(Row row) const {
    return static_cast<std::size_t>(row) < wishes.size() ? wishes[static_cast<std::size_t>(row)] : Wish{};
  }
  bool alive(Row row) const { return world.entities.alive[row] != 0; }
  double half_length(Row row) const { return 0.5 * world.entities.length_m[row]; }
  // Its row has changed by a message, not by thinking or moving.
  void mark(Row row) {
    world.mark(row);
    thought.row(static_cast<std::size_t>(row));
  }

  bool ticked(Row row) const {
    return vehicles.model[row] == Model::kRail && world.entities.role[row] == sim::Role::kTraffic;
  }
  double tick_s() const { return static_cast<double>(tick_steps) * world.dt_s(); }
  bool thinking_tick() const { return world.step() % tick_steps == 0; }
  bool moving_tick() const { return (world.step() + 1) % tick_steps == 0; }
  // How far it has driven since its row was written, and how fast it is now.
  struct Since {
    double driven_m = 0, speed_mps = 0;
  };
  Since since_tick(Row row) const {
    Since out{0, world.entities.speed_mps[row]};
    if (ahead_s > 0 && ticked(row))
      out.driven_m = ballistic(out.speed_mps, vehicles.command_acceleration_mps2[row], ahead_s);
    return out;
  }
  double speed(Row row) const { return since_tick(row).speed_mps; }

  // Lane list nodes.
  Row side_node(Row row) const { return row + capacity(); }
  Row node_row(Row node) const { return node < capacity() ? node : node - capacity(); }
  double node_s(Row node) const {
    const Row row = node_row(node);
    const double s = node < capacity() ? vehicles.s[row] : vehicles.side_s[row];
    return ahead_s > 0 ? s + since_tick(row).driven_m : s;
  }
  // The list order is by s, then by node.
  void enlist(Row lane, Row node);
};

}  // namespace bitgoeul::vehicles
