// RecordedStack: gives the acts of a run log again, step for step, so that a run can be repeated without its stacks.
// Fed by rerun before each step. Thread rule: one thread.
#pragma once

#include <vector>

#include "replay/stack_messages.h"
#include "sim/stack.h"

namespace bitgoeul::scenarios::stack {

class RecordedStack : public sim::Stack {
 public:
  // Of the step that comes next, ascending rows, of all stacks; must live until it is done.
  void feed(std::span<const replay::RecordedAct> acts) { acts_ = acts; }
  bool start(const sim::StackInit&) override { return true; }
  bool ask(std::span<const sim::Observation> observations) override;
  bool answer(std::span<sim::Act> acts) override;
  sim::StackFault fault() const override { return fault_; }

 private:
  std::span<const replay::RecordedAct> acts_;
  std::span<const sim::Observation> asked_;
  sim::StackFault fault_;
};

}  // namespace bitgoeul::scenarios::stack
