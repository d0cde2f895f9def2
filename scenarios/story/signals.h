// Signals: the signal controllers that a scenario brings along, phase after phase by the clock, and what signals show
// when actions set them (OpenSCENARIO 1.3, TrafficSignalController). Written into Values, which conditions read.
// Thread rule: one caller, serially.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/openscenario/model.h"
#include "scenarios/story/values.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

class Signals {
 public:
  Signals(const std::vector<openscenario::TrafficSignalController>& controllers, std::int64_t dt_ns, Values& values);
  void bind(sim::TableSet& state) { state.add("signal_controllers", table_); }

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
  void show(Row controller, std::int32_t phase);
  std::int64_t steps(double seconds) const;

  const std::vector<openscenario::TrafficSignalController>& controllers_;
  std::int64_t dt_ns_;
  Values& values_;
  std::vector<Row> phase_value_;
  std::vector<std::vector<std::vector<Row>>> signal_values_;  // controller, phase, state
  Table table_;
};

}  // namespace bitgoeul::scenarios::story
