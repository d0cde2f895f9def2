// OwnDriver: the engine's own driver as a stack: `builtin:driver` where the run gives a driver view, and `bitgoeul
// stack example driver` at the other end of the protocol. Decides as vehicles/drivers/decide.h does in process, so the
// run is the same bit for bit as without a stack. Thread rule: one thread per object.
#pragma once

#include "sim/stack.h"

namespace bitgoeul::scenarios::stack {

class OwnDriver : public sim::Stack {
 public:
  bool start(const sim::StackInit& init) override;
  bool ask(std::span<const sim::Observation> observations) override;
  bool answer(std::span<sim::Act> acts) override;
  sim::StackFault fault() const override { return fault_; }

 private:
  std::span<const sim::Observation> asked_;
  sim::StackFault fault_;
};

}  // namespace bitgoeul::scenarios::stack
