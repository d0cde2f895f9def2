// Background traffic: where vehicles start, and keeping their number: one that leaves the map enters elsewhere. Also
// the making and removing of any vehicle row, entities of a scenario included. Thread rule: serial (load and commit).
#pragma once

#include <algorithm>
#include <vector>

#include "vehicles/demand.h"

namespace bitgoeul::vehicles {

struct Placement {
  sim::Role role = sim::Role::kTraffic;
  Model model = Model::kRail;
  std::uint16_t type = 0;
  Row lane = kNone;
  double s = 0;  // of the box centre
  double t = 0;
  double speed_mps = 0;
  std::int32_t route_cursor = -1;
  const Demand::Trip* trip = nullptr;  // of background traffic with a demand
  bool underway = false;               // ... which began before the run
};

// Creates the vehicle: row, driver, way, lane list, pose.
Row add_vehicle(State& state, const Placement& placement);
void remove_vehicle(State& state, Row row);

// How often a type is among background vehicles, beside the others: of the catalogue, three of four are passenger cars.
// 0: never, what cannot run on rails.
std::uint32_t share_of_mix(const VehicleType& type);

// Shares of background vehicles that are wanted beside the mix; 0: none.
struct Shares {
  double cyclists = 0, buses = 0;
};

class Traffic {
 public:
  Traffic(const State& state, int count, Shares shares = {});
  // Fills the map at load: positions drawn over lane length, speeds that let everybody stop for what is ahead.
  void fill(State& state);
  // Brings in what is missing, a few per tick. Calls on_spawn(row).
  template <class F>
  void refill(State& state, F&& on_spawn) {
    for (int tries = 0; missing(state) > 0 && tries < 40; ++tries)
      if (const Row row = enter(state); row != kNone) on_spawn(row);
  }
  // Brings a scenario's entity that has left the map back into its own row, where there is room; false when there is
  // none now. It keeps its name and its odometer and has no route.
  bool reenter(State& state, Row row, Placement as);
  // Vehicles of role kTraffic that belong here; state, one row.
  struct Count {
    std::vector<std::int64_t> now{0}, attempts{0};
    template <class F>
    void columns(F&& f) {
      f("now", now);
      f("attempts", attempts);
    }
  } count;
  std::int64_t missing(const State& state) const {
    const std::int64_t room = wanted_ - count.now[0];
    return state.demand != nullptr && state.demand->by_flows() ? std::min(room, state.demand->waiting()) : room;
  }

 private:
  struct Placed {
    double s = 0, half = 0;
    std::uint16_t type = 0;
    Demand::Trip trip;
  };
  bool draw_place(const State& state, std::uint32_t key, std::vector<std::vector<Placed>>& taken) const;
  Row draw_lane(double u) const;
  // Whether one of that type may start on that lane; long ones do not in alleys, whose bends are too tight for
  // them, when there is anything else.
  bool suits(const State& state, std::uint16_t type, Row lane) const;
  bool draw_start(const State& state, std::uint32_t key, int draw, Placed& place, Row& lane) const;
  std::uint16_t draw_type(const State& state, Row row, std::int64_t draw) const;
  Row enter(State& state);
  // There is room for it in moving traffic.
  bool may_enter(const State& state, const Placement& p) const;
  // A free place for one of that type where the map begins, or anywhere when it begins nowhere.
  bool place_at_edge(const State& state, std::uint32_t key, std::int64_t draw, Placement& p) const;
  // The beginning of a trip.
  bool place_trip(const State& state, std::int64_t draw, Placement& p, Demand::Trip& trip) const;
  std::int64_t wanted_;
  std::vector<Row> lanes_;          // where a vehicle may start
  std::vector<double> cumulative_;  // of their weights
  std::vector<Row> entries_;        // lanes that begin at the edge of the map
  std::vector<std::uint16_t> types_;
  Shares shares_;
  std::uint16_t cyclist_ = 0, bus_ = 0;  // types, where they are wanted
  bool wide_ = false;                    // there are streets beside alleys
};

}  // namespace bitgoeul::vehicles
