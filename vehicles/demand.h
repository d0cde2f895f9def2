// Demand: from where to where background vehicles drive, and when. A zone is a place with the streets about it, or a
// gate: an edge of the map where roads lead in or out. A trip begins in one zone and ends in another, both drawn by the
// hour; on its way a vehicle prefers the turns and lanes from which the end is near. What is left to drive is a table
// per zone, made at load, so that a turn costs one look per way out. Read by way (turns), mobil (lanes), traffic
// (starts). Costs are tenths of a second of free flow. Thread rule: reads anywhere; whatever counts or draws: serial.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/jobs.h"
#include "sim/result.h"
#include "sim/table.h"
#include "vehicles/demand_plan.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

class Demand {
 public:
  using Cost = std::uint16_t;
  static constexpr Cost kFar = 0xffff;  // no way leads there
  using Goal = std::uint16_t;           // 1 + zone; 0: none, turns are drawn
  struct Trip {
    Goal goal = 0;
    Cost end = 0;  // it ends where no more than this is left
    Row from = kNone, lane = kNone;
    double s = 0;  // of the box centre
  };
  struct Zone {
    std::string name, district;
    bool gate = false;
    std::vector<Row> starts;         // lanes on which its trips begin ...
    std::vector<double> cumulative;  // ... and their weights
    std::vector<Row> ends;           // lanes from which nothing is left to drive
  };

  Demand() = default;
  // Makes the zones and hands itself to the state, to which it belongs from then on. The jobs find the costs zone by
  // zone, by the rules of that time of day. Places without a lane near them have no trips; fails when no trip is
  // possible.
  sim::Result<void> begin(State& state, const DemandPlan& plan, sim::Jobs& jobs, double clock_s);
  bool any() const { return !zones_.empty(); }
  const std::vector<Zone>& zones() const { return zones_; }

  // Of the beginning of a lane, to the end of trips of that zone.
  Cost left(Row zone, Row lane) const { return costs_[static_cast<std::size_t>(zone) * lanes_ + lane]; }
  Goal goal(Row row) const { return trips_.goal[row]; }
  // The way out of a lane that the row takes; draw() gives a number in [0, 1) where there is a choice. kNone: its goal
  // decides nothing.
  template <class Draw>
  Row turn(const State& state, Row row, std::span<const Row> ways, Draw&& draw) const;
  // Whether the row's goal lies nearer from that lane than from the one beside it that it is on: 1, -1; 0: no matter.
  int prefers(Row row, Row own, Row other) const;

  void look(double clock_s);  // before anything is drawn
  // Once in a tick: trips that begin now, when they come by flows.
  void come(const State& state, double clock_s);
  bool by_flows() const { return plan_.trips_per_day > 0; }
  std::int64_t waiting() const { return count_.waiting[0]; }  // trips whose vehicles have found no room yet
  double mean_trip_s(const State& state) const;               // at this hour, in free flow; 0: no trip is possible
  // Vehicles to begin with: as many as are held, or as many as are underway at this hour in free flow.
  std::int64_t to_begin_with(const State& state, std::int64_t most) const;
  // A trip that begins now; one that is underway at a random moment (s then is not yet fit for a body). False: this
  // draw gives none.
  bool draw_begin(const State& state, std::int64_t draw, double half, Trip& trip) const;
  bool draw_underway(const State& state, std::uint32_t key, std::int64_t draw, Trip& trip) const;
  void set_off(Row row, const Trip& trip, bool underway);
  // On a moving tick: vehicles that have arrived, looked at once a second each; added to `left`, ascending, each once.
  void choose_arrived(const State& state, std::vector<Row>& left) const;
  void forget(const State& state, Row row);  // before it is removed

  struct Count {
    std::vector<std::int64_t> waiting{0}, underway{0}, strayed{0};
    template <class F>
    void columns(F&& f) {
      f("waiting", waiting);
      f("underway", underway);
      f("strayed", strayed);
    }
  };
  struct Ends {  // per zone
    std::vector<std::int64_t> begun, arrived;
    template <class F>
    void columns(F&& f) {
      f("begun", begun);
      f("arrived", arrived);
    }
  };
  const Ends& ends() const { return ends_; }
  TripSums sums() const;

 private:
  struct Trips {  // per row of the world
    std::vector<Goal> goal;
    std::vector<Cost> end;
    template <class F>
    void columns(F&& f) {
      f("goal", goal);
      f("end", end);
    }
  };
  void add_places(const State& state);
  void add_gates(const State& state);
  void find_costs(const State& state, Row zone);
  bool draw_ends(const State& state, std::uint32_t key, std::int64_t draw, Trip& trip) const;
  bool follow(const State& state, double seconds, Trip& trip) const;

  DemandPlan plan_;
  std::vector<Zone> zones_;
  std::vector<double> homes_, jobs_, gates_;  // cumulative over zones
  std::size_t lanes_ = 0;
  std::vector<Cost> costs_;
  std::size_t hour_ = 0;
  Trips trips_;
  Count count_;
  Ends ends_;
};

template <class Draw>
Row Demand::turn(const State& state, Row row, std::span<const Row> ways, Draw&& draw) const {
  const Goal goal = trips_.goal[row];
  if (goal == 0) return kNone;
  // Logit of what is left: a detour of kSpread costs all but 1/e of those who would take it (Dial, 1971: a
  // probabilistic multipath traffic assignment model).
  constexpr double kSpread = 150;
  constexpr int kMost = 16;
  std::array<double, kMost> weight;
  const int n = std::min<int>(kMost, static_cast<int>(ways.size()));
  Cost least = kFar;
  for (int i = 0; i < n; ++i) least = std::min(least, left(goal - 1, ways[i]));
  if (least == kFar) return kNone;
  double sum = 0;
  int choices = 0;
  for (int i = 0; i < n; ++i) {
    const Cost cost = left(goal - 1, ways[i]);
    weight[i] = cost == kFar || state.rules.lanes[ways[i]].closed ? 0.0 : sim::exp((least - cost) / kSpread);
    if (weight[i] < 1e-3) weight[i] = 0;
    sum += weight[i];
    choices += weight[i] > 0;
  }
  if (choices == 0) return kNone;
  double pick = choices == 1 ? 0.0 : draw() * sum;
  for (int i = 0; i < n; ++i) {
    if (weight[i] > 0 && (pick < weight[i] || --choices == 0)) return ways[i];
    pick -= weight[i];
  }
  return kNone;
}

}  // namespace bitgoeul::vehicles
