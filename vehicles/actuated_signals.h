// Actuated signal programs: one ring of phases, after the FHWA Signal Timing Manual (2008, ch. 5; 2nd ed. NCHRP Report
// 812, 2015, ch. 6). A green lasts its minimum, then as long as nobody calls another phase; once somebody has, it ends
// when no vehicle has come over its loops for the passage time (gap-out), at the latest green_ms after that call
// (max-out). Phases that nobody calls are passed over. A call lasts while a vehicle is on a loop (presence, not
// locked). Who waits at a crosswalk calls a phase in which no light leads over it, and is given 7 s and 1 s per metre
// (Korean practice) when that green begins or rests. What a controller knows is state; loops follow from the Map.
// Thread rule: step() is a serial stage in the first step of a tick: controllers look ten times a second, as real ones
// do.
#pragma once

#include <cstdint>
#include <vector>

#include "vehicles/crossings.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

enum class SignalInterval : std::uint8_t { kNone, kGreen, kYellow, kAllRed };

struct SignalControllers {  // one row per actuated program
  std::vector<SignalInterval> interval;
  std::vector<Row> phase, next;  // of its program; next: chosen when the green ends
  // Beginning of the interval; last step with a vehicle on a loop of the green; since when somebody else waits (-1:
  // nobody); until when people cross.
  std::vector<std::int64_t> begin_step, extend_step, rival_step, hold_step;
  template <class F>
  void columns(F&& f) {
    f("interval", interval);
    f("phase", phase);
    f("next", next);
    f("begin_step", begin_step);
    f("extend_step", extend_step);
    f("rival_step", rival_step);
    f("hold_step", hold_step);
  }
};

struct Loop {
  Row lane = kNone;
  double s_begin = 0, s_end = 0;
};
struct PhaseDetectors {
  std::vector<Loop> loops;     // of vehicles
  std::vector<Row> crossings;  // that no light of the phase leads over: rows of Crossings::all, ascending
  std::int64_t longest_walk_ms = 0;
};

class ActuatedSignals {
 public:
  // `crossings`: of the run's walkers; may be empty.
  ActuatedSignals(const maps::Map& map, const Crossings& crossings);
  bool any() const { return !programs_.empty(); }
  void bind(sim::World& world);
  // What every group of an actuated program shows from this step on, and when that may change.
  void step(State& state, double time_of_day_s);

 private:
  std::vector<Row> programs_;                           // actuated ones, ascending
  std::vector<std::vector<PhaseDetectors>> detectors_;  // per controller and phase
  std::vector<double> crossing_m_;                      // lengths of Crossings::all
  SignalControllers table_;
  std::vector<std::uint8_t> called_, waiting_;  // scratch: per phase; per crossing
};

}  // namespace bitgoeul::vehicles
