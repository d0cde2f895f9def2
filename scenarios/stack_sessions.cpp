#include "scenarios/stack_sessions.h"

#include <utility>

namespace bitgoeul::scenarios {

void StackSessions::reserve(StackSession& session) {
  const std::size_t egos = session.init.egos.size();
  session.observations.reserve(egos);
  session.asked.reserve(egos);
  session.acts.resize(egos);
  for (sim::Act& act : session.acts) act.trajectory.reserve(sim::kTrajectoryPoints);
}

void StackSessions::start(StackSession& session, std::int64_t step) {
  if (session.started || session.init.egos.empty() || fault_) return;
  session.started = true;
  if (!session.setup.stack->start(session.init)) fail(session, step, session.setup.stack->fault());
}

void StackSessions::begin(StackSession& session) {
  session.observations.clear();
  session.asked.clear();
}

void StackSessions::ask(StackSession& session, std::int64_t step) {
  if (!session.asked.empty() && !fault_ && !session.setup.stack->ask(session.observations))
    fail(session, step, session.setup.stack->fault());
}

std::span<sim::Act> StackSessions::answer(StackSession& session, std::int64_t step) {
  if (session.asked.empty() || fault_) return {};
  const std::span<sim::Act> acts(session.acts.data(), session.asked.size());
  for (sim::Act& act : acts) {  // nothing of an act before may stay but its memory
    act.trajectory.clear();
    act = {.trajectory = std::move(act.trajectory)};
  }
  if (session.setup.stack->answer(acts)) return acts;
  fail(session, step, session.setup.stack->fault());
  return {};
}

void StackSessions::fail(const StackSession& session, std::int64_t step, sim::StackFault fault) {
  if (fault_) return;
  fault_ = std::move(fault);
  fault_->step = step;
  if (fault_->stack.empty()) fault_->stack = session.setup.spec;
}

}  // namespace bitgoeul::scenarios
