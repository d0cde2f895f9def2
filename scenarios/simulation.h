// Simulation: the world, its stages and their order. The page to read first is simulation.cpp: `step()` is the list of
// stages. Made from a SimulationSetup (by a scenario, a test scene or a benchmark); readers get Snapshots, never
// pointers into the world. step() cannot fail: bad input is refused by make(), our own mistakes CHECK, simulated
// accidents become Events. Thread rule: one caller; inside, the stages marked parallel run on the pool. Same bits for
// every number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maps/map.h"
#include "scenarios/egos.h"
#include "scenarios/openscenario/model.h"
#include "sim/entities.h"
#include "sim/event.h"
#include "sim/hash.h"
#include "sim/result.h"
#include "sim/snapshot.h"
#include "sim/stack.h"
#include "sim/table.h"
#include "vehicles/demand_plan.h"
#include "vehicles/vehicle_table.h"
#include "vehicles/vehicle_type.h"
#include "vehicles/zones.h"

namespace bitgoeul::vehicles {
class Demand;
}

namespace bitgoeul::scenarios {

namespace story {
class Story;
}
namespace closed_loop {
struct LogWorld;
}

struct EntitySetup {
  std::string name;
  sim::Role role = sim::Role::kEgo;  // kActor: the story moves it, and brings it into the world
  std::uint16_t type = 0;            // row of the catalogue
  // kNone: egos double-track (bicycle when they have two wheels), others rail.
  vehicles::Model model = vehicles::Model::kNone;
  maps::Row lane = maps::kNone;  // start on the driving graph; the reference point is at s
  double s = 0, t = 0;
  double speed_mps = 0;
  std::vector<maps::Row> route;    // lanes to drive, first = start lane; empty: turns drawn at random
  double route_end_s = 0;          // on the last lane
  bool route_closed = false;       // start over at the end (the last lane leads to the first)
  sim::Row towed_by = sim::kNone;  // trailers: the entity before this one that pulls it from the start
  int stack = -1;                  // row of SimulationSetup::stacks that drives it; -1: our own driver
  int act_every = 0;               // steps between two acts of its stack; 0: as the stack's
  bool reenters = false;           // one that has left the map enters it again elsewhere, without a route
};

struct TrafficSetup {
  int count = 0;  // background vehicles, held constant: one that leaves the map enters elsewhere
  // Where they drive and when; with flows `count` is the most of them at a time. Nothing: they draw their turns.
  std::optional<vehicles::DemandPlan> demand;
  int pedestrians = 0;  // people at the crosswalks of the map, held constant likewise
  // Shares: of the pedestrians, who cross beside a crosswalk; of the vehicles, bicycles, and buses that serve stops.
  double jaywalking = 0, cyclists = 0, buses = 0;
};

struct SimulationSetup {
  std::shared_ptr<const maps::Map> map;
  std::uint64_t seed = 1;
  std::int64_t dt_ns = 10'000'000;
  int threads = 1;
  double time_of_day_s = 8 * 3600;  // local clock at step 0
  int weekday = 0;                  // 0 = Monday
  double road_friction = 1.0;       // factor on the tyres' friction: 1 dry, about 0.7 wet, 0.2 ice
  double precipitation_mmph = 0;    // rain takes its share of the friction on top
  vehicles::Catalogue catalogue;
  std::vector<EntitySetup> entities;  // entity i gets row i
  std::vector<StackSetup> stacks;
  TrafficSetup traffic;
  std::vector<vehicles::Zone> zones;               // of the scenario's traffic actions
  std::optional<openscenario::Scenario> scenario;  // whose story is run; nothing: there is none
  // Instead of a story: the actors follow its tracks. Outlives the simulation.
  const closed_loop::LogWorld* log = nullptr;
};

// A command as it took effect; enough to re-run a stack-driven ego without its stack.
struct AppliedCommand {
  sim::Row entity = sim::kNone;
  sim::Command command;
};

// A body that has begun to touch something that stands beside the road. Its event has no `other`.
struct StruckObject {
  sim::Row entity = sim::kNone;
  maps::Row object = maps::kNone;  // of Map::objects, whose kind says what it is
  double speed_mps = 0, delta_v_mps = 0;
};

struct Totals {                        // running sums, integers where they can be, for result.json and the report
  std::int64_t collisions = 0;         // begun, all
  std::int64_t collisions_engine = 0;  // those in which every vehicle was driven by our own drivers
  std::int64_t acts_clamped = 0;       // of stacks, beyond what their vehicle can do
  std::int64_t routes_completed = 0;
  std::int64_t spawned = 0, removed = 0;
  std::int64_t traffic_peak = 0;
  std::int64_t traffic_steps = 0;  // sum over steps of the number of background vehicles
  vehicles::TripSums trips;        // with a demand
  double ego_distance_m = 0;       // summed in row order
  double longest_standstill_s = 0;
  sim::Row longest_standstill_entity = sim::kNone;
};

class Simulation {
 public:
  static sim::Result<std::unique_ptr<Simulation>> make(SimulationSetup setup);
  ~Simulation();

  void step();
  // Between two steps: hangs a trailer on a vehicle whose hitch is within reach of its coupler, or lets it go; fails,
  // saying why (OpenSCENARIO ConnectTrailerAction, DisconnectTrailerAction).
  sim::Result<void> connect_trailer(sim::Row trailer, sim::Row vehicle);
  sim::Result<void> disconnect_trailer(sim::Row trailer);
  // Between two steps; part of the state from then on. OpenSCENARIO: RoadCondition frictionScaleFactor, Precipitation.
  void set_weather(double road_friction, double precipitation_mmph);

  std::int64_t steps() const;
  double time_s() const;
  sim::Hash128 state_hash() const;                   // after the last step
  sim::Hash128 state_hash_in_full() const;           // the same, computed from everything; for tests
  std::shared_ptr<const sim::Snapshot> snapshot();   // of the state after the last step; events since the last call
  std::span<const AppliedCommand> commands() const;  // that took effect in the last step, by entity
  const sim::StackInit& stack_init(std::size_t stack) const;
  std::span<const Exchange> exchanges() const;          // with stacks, in the last step
  const std::optional<sim::StackFault>& fault() const;  // a stack has failed: the run is to end
  std::span<const sim::Event> events() const;           // of the last step
  std::span<const StruckObject> struck() const;         // in the last step
  const Totals& totals() const;
  const SimulationSetup& setup() const;

  sim::Bytes save() const;
  sim::Result<void> restore(std::span<const std::byte> saved);  // same setup, any number of threads
  const sim::TableSet& state() const;                           // for compare and diff
  const story::Story* story() const;                            // null: the setup has none
  const vehicles::Demand* demand() const;                       // null: the setup has none
  // What is in a row without a name: `pedestrian`, `cyclist` or `traffic`.
  std::string_view kind_of(sim::Row row) const;
  // One or two lines about what a vehicle is doing and what it waits for, for people.
  std::string describe(sim::Row row) const;

 private:
  struct Impl;
  explicit Simulation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::scenarios
