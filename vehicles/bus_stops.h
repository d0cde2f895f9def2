// Bus stops: where buses of background traffic stop for people, and which one each has served. They stand on lanes at
// the kerb: at the map's own objects and signals of that kind or, on a map without any, by rule behind junctions of
// main streets. A bus pulls up, waits for as long as is drawn, and drives on; who is behind it waits or changes lane.
// Metres along the lane, of the front. Made once from the Map; read and written by the drivers. Thread rule: gap_m and
// serve in plan, own row; the rest serial.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// A run that has buses needs their type in its catalogue; one that is there stays. Returns its row.
std::uint16_t add_bus_type(Catalogue& catalogue);

class BusStops {
 public:
  struct Stop {
    Row lane = kNone;
    double s = 0;
  };

  BusStops() = default;
  // `capacity`: rows of the world.
  BusStops(const State& state, std::size_t capacity);
  bool any() const { return !stops_.empty(); }
  const std::vector<Stop>& stops() const { return stops_; }  // ascending by lane, then s
  void bind(sim::TableSet& state);

  // How far the front of that row is from the stop that it has to make next; kFarM: none within `horizon_m`.
  double gap_m(const State& state, Row row, double horizon_m) const;
  // A bus at a stop begins to wait there, or has waited long enough.
  void serve(const State& state, Row row);
  // A new vehicle in that row.
  void forget(Row row);
  std::int64_t served() const;

 private:
  struct Table {                            // per row of the world
    std::vector<Row> last;                  // 1 + the stop served last
    std::vector<std::int64_t> leaves_step;  // 1 + the step in which it may go on; 0: does not stand at a stop
    std::vector<std::int64_t> count;        // of stops made
    template <class F>
    void columns(F&& f) {
      f("last", last);
      f("leaves_step", leaves_step);
      f("count", count);
    }
  };
  struct Next {
    Row stop = kNone;
    double gap_m = 0;
  };
  Next next(const State& state, Row row, double horizon_m) const;
  void add_of_map(const State& state);
  void add_by_rule(const State& state);

  std::vector<Stop> stops_;
  std::vector<Row> first_;  // per lane: its first stop; one more than there are lanes
  Table table_;
};

}  // namespace bitgoeul::vehicles
