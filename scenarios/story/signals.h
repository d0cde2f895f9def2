// Signals: the signal controllers that a scenario brings along, phase after phase by the clock, and what signals show
// when actions set them (OpenSCENARIO 1.3, TrafficSignalController). Written into Values, which conditions read, and,
// where the map has a signal of that id that rules a movement, into the world: all signals of its group show it then,
// and the program of the map never comes back to it. A signal that nobody has set shows what the map's program says.
// Thread rule: one caller, serially.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "maps/map.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/story/values.h"
#include "sim/result.h"
#include "sim/signals.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

// What a text means: a colour's word in any case (red, amber, green, off, stop, go ...), or lamps from the top down
// (`on;off;off` of red, yellow and green, `on;off` of red and green). Nothing: a text of the author's own.
std::optional<sim::SignalState> signal_state_of(std::string_view text);
std::string_view word_of(sim::SignalState state);
// A TrafficSignalCondition: the same text, or two texts that mean the same when one is the engine's own word.
bool shows(std::string_view now, std::string_view wanted);

class Signals {
 public:
  Signals(const std::vector<openscenario::TrafficSignalController>& controllers, std::int64_t dt_ns, Values& values);
  void bind(sim::TableSet& state) { state.add("signal_controllers", table_); }

  // Once all signals are named: finds those of the map. The group that a signal's value stands for; kNone: none.
  void connect(const maps::Map& map);
  Row group(Row value) const;
  void set(Row value, std::string_view state);
  // Values of the map's signals as the world shows them; and what was set since, into the world.
  void see(const sim::Signals& world);
  void tell(sim::Signals& world);

  void step(std::int64_t step);
  // Phases go on from this one. False: the controller has no such phase.
  bool set_phase(Row controller, std::string_view phase, std::int64_t step);
  Row find(std::string_view name) const;

 private:
  struct Table {
    std::vector<std::int32_t> phase;  // -1: waits for its delay
    std::vector<std::int64_t> until_step;
    template <class F>
    void columns(F&& f) {
      f("phase", phase);
      f("until_step", until_step);
    }
  };
  struct Head {  // a signal of the map
    Row value = kNone, group = kNone;
    bool set = false;  // since the last tell()
  };
  void show(Row controller, std::int32_t phase);
  std::int64_t steps(double seconds) const;

  const std::vector<openscenario::TrafficSignalController>& controllers_;
  std::int64_t dt_ns_;
  Values& values_;
  std::vector<Row> phase_value_;
  std::vector<std::vector<std::vector<Row>>> signal_values_;  // controller, phase, state
  Table table_;
  std::vector<Head> heads_;  // ascending by value
};

}  // namespace bitgoeul::scenarios::story
