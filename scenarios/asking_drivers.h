// Asking drivers: vehicles that the engine's own driver drives as ever, but for its decision, which a stack makes of
// the same view (sim::DriverView): asked in the step in which that driver thinks, obeyed in it. So the same decisions
// give the same bits as no stack at all. Nothing of it is state. Part of the plan stage, after right of way has been
// asked for. Thread rule: serial; views in parallel over vehicles.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenarios/egos.h"
#include "scenarios/stack_sessions.h"
#include "vehicles/drivers/driver.h"

namespace bitgoeul::scenarios {

class AskingDrivers {
 public:
  // `stack_of`: per entity of the setup, -1: none of these. Marks the rows in state.asking. `rows_per_block`: as the
  // state's mailbox is cut.
  void prepare(vehicles::State& state, std::span<const StackSetup> stacks, std::span<const int> stack_of,
               std::span<const std::string> names, std::size_t rows_per_block);
  bool any() const { return !rows_.empty(); }
  bool due(const vehicles::State& state) const;  // somebody is asked in the coming step
  // `hash`: of the state at the beginning of the step. Exchanges are added to `exchanges`, valid until the next step.
  // `sensed`: per row, whether sensors find it.
  void step(vehicles::State& state, sim::Jobs& jobs, sim::Hash128 hash, std::span<const std::uint8_t> sensed,
            std::vector<Exchange>& exchanges);

  const std::optional<sim::StackFault>& fault() const { return talk_.fault(); }
  const sim::StackInit& init(std::size_t stack) const { return sessions_[stack].init; }
  std::int64_t clamped() const { return clamped_; }  // decisions beyond what the driver may do; not state

 private:
  bool thinks(const vehicles::State& state, std::size_t i) const;
  void look(vehicles::State& state, sim::Jobs& jobs, sim::Hash128 hash, std::span<const std::uint8_t> sensed);
  void exchange(vehicles::State& state, std::vector<Exchange>& exchanges);
  void take(vehicles::State& state, const StackSession& session, std::size_t i, sim::Act& act);

  StackSessions talk_;
  std::vector<StackSession> sessions_;
  std::vector<sim::Row> rows_;  // ascending
  std::vector<std::size_t> session_of_;
  std::vector<vehicles::Seen> seen_;
  std::vector<ObservationRoom> rooms_;
  std::vector<std::size_t> due_;
  sim::Grid grid_{16.0};
  std::size_t rows_per_block_ = 1;
  std::int64_t clamped_ = 0;
};

// Why a decision cannot be taken; empty when it can.
std::string defect_of(const sim::DriverDecision& decision);
// Brings a decision within what that driver may do; true when it was beyond.
bool clamp_decision(const sim::DriverView& view, sim::DriverDecision& decision);

}  // namespace bitgoeul::scenarios
