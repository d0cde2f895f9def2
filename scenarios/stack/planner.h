// Planner: a driving stack that ships with the engine, `builtin:planner`. It keeps to the centre line of its way, to
// the limits, to the car-following distance behind whatever is on the way, waits at red lights and for its right of
// way, and changes lanes where its route asks for it. A pure function of the observation, so that it gives the same
// bits in process and at the other end of the protocol. Thread rule: one thread per object.
#pragma once

#include "sim/stack.h"

namespace bitgoeul::scenarios::stack {

sim::Act plan(const sim::EgoInfo& ego, const sim::Observation& seen);
// The same as a trajectory of three seconds, for stacks that answer with one: `builtin:trajectory_planner`.
sim::Act plan_trajectory(const sim::EgoInfo& ego, const sim::Observation& seen);

class Planner : public sim::Stack {
 public:
  using Plan = sim::Act (*)(const sim::EgoInfo&, const sim::Observation&);
  explicit Planner(Plan plan) : plan_(plan) {}
  bool start(const sim::StackInit& init) override;
  bool ask(std::span<const sim::Observation> observations) override;
  bool answer(std::span<sim::Act> acts) override;

 private:
  Plan plan_;
  sim::StackInit init_;
  std::span<const sim::Observation> asked_;
};

}  // namespace bitgoeul::scenarios::stack
