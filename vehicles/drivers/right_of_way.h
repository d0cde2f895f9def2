// Right of way by reservation. A lane that crosses or merges with another, or with a signal, is driven on only by its
// holder; what a vehicle may not enter is a wall at the stop line. Granted: signal green, no holder on a conflicting
// lane whose rear has not cleared it, nobody with priority asks, the vehicle ahead has its own grant, and the exit has
// room. So no conflict area is shared, and a junction empties. Priority ages: after kPatience of asking, who asked
// first goes first; it is then kept back only by holders (who drive on), its signal (which turns) or a full exit
// (traffic without a route picks another turn). Who turns right on red yields to everybody and keeps nobody back; who
// has flashing red asks after a full stop, and yields to who has not. Made on ticks: ask() and check() parallel over
// rows, grant(), for the next tick, serial over those whom only others keep back.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// First movement on the way that the vehicle does not hold, no farther than `horizon` metres from its front.
std::optional<Gate> closed_gate(const State& state, Row row, double horizon_m);
// How far ahead a driver looks, and from where a vehicle asks.
inline double planning_horizon(double speed_mps, double deceleration_mps2) {
  return speed_mps * speed_mps / (2 * deceleration_mps2) + 3.0 * speed_mps + 25.0;
}
inline double request_distance(double speed_mps, double deceleration_mps2) {
  return speed_mps * speed_mps / (2 * deceleration_mps2) + 2.0 * speed_mps + 10.0;
}
// Whether this movement may be driven on red after a full stop: a right turn whose light is not its own (where a light
// shows to right turns only, they wait for it; Korean Enforcement Rule of the Road Traffic Act, table 2, since
// 2023-01-22). Not where traffic keeps to the left.
bool turns_on_red(const State& state, Row lane);
// The front crosses the stop line of a red light, as that rule allows it: it has stood at the line and was let go.
bool lawful_on_red(const State& state, Row row, Row lane);

class RightOfWay {
 public:
  RightOfWay(std::size_t capacity, const maps::Map& map);
  // Gives back what is cleared or turned red in time, notes in state.gates what is ahead, and who asks. Rows [begin,
  // end).
  void ask(State& state, Row begin, Row end);
  // Who is kept back by the queue before it, and whose way somebody has changed into. Reads others; rows [begin, end).
  void check(const State& state, Row begin, Row end);
  void grant(State& state);

 private:
  struct Entry {  // one vehicle holding or asking for one lane
    Row row;
    std::int32_t index;  // of the lane in its way
    std::int32_t next;
  };
  struct Heads {  // per lane: first entry
    std::int32_t holders = -1, askers = -1;
  };
  struct Rival {  // what crossing or merging asks of the Map, packed
    Row lane;
    std::int32_t priority;
    double other_end;
  };
  void collect(State& state);
  bool overtaken(const State& state, Row row, Gate& gate) const;
  void release_overtaken(State& state, Row row);
  void push(std::int32_t Heads::*which, Row lane, Row row, int index);
  Wait decide(const State& state, Row row) const;
  bool leader_in_the_way(const State& state, Row row, const Gate& gate) const;
  Wait conflict_with(const State& state, Row row, Row lane) const;
  bool on_red(Row row) const { return (round_[row] & kOnRed) != 0; }
  bool stops(Row row) const { return (round_[row] & kStops) != 0; }
  bool goes_before(const State& state, Row other, Row row, int priority) const;
  bool exit_has_room(const State& state, Row row, const Gate& gate) const;
  void clear();

  std::vector<Rival> rivals_;
  std::vector<std::int32_t> rivals_begin_;  // per lane, and one more

  // Scratch, made anew in each round.
  enum : std::uint8_t { kHolds = 1, kAsks = 2, kQueues = 4, kOvertaken = 8, kOnRed = 16, kStops = 32 };
  std::vector<std::uint8_t> round_;  // per row
  std::vector<Entry> entries_;
  std::vector<Heads> heads_;
  std::vector<Row> touched_;  // lanes with entries
  std::vector<std::pair<std::int64_t, Row>> order_;
};

}  // namespace bitgoeul::vehicles
