// Stack sessions: the conversation of a run with each of its driving stacks: started once, then in a step first every
// stack is asked, then every answer is taken, so that stacks think at the same time; after the first fault none is
// asked any more. Used by Egos (who drives) and AskingDrivers (who decides). Thread rule: serial.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/stack.h"

namespace bitgoeul::scenarios {

struct StackSetup {
  std::string spec;             // as given: `exec:./planner`; for messages
  sim::Stack* stack = nullptr;  // outlives the simulation
  int act_every = 5;            // steps from one Act to the next
  int delay = 1;                // steps from observation to effect: actuation
  int latency = 0;              // up to so many steps more, drawn from the seed: computing
  double radius_m = 100;        // of the objects that it is told of
  int hold = 0;                 // steps that an act drives at most, then the vehicle brakes; 0: until the next one
  std::string perception;       // YAML of the stub between world and stack; empty: it is told what is there
  bool driver_view = false;     // it decides what our driver would: see asking_drivers.h; the periods do not count
};

struct StackSession {
  StackSetup setup;
  sim::StackInit init;  // with all its egos
  bool started = false;
  std::vector<sim::Observation> observations;  // of those that are asked in this step
  std::vector<std::size_t> asked;              // who they are, to the owner of the session
  std::vector<sim::Act> acts;
};

class StackSessions {
 public:
  static void reserve(StackSession& session);
  // At the first step, not before: what a stack is told then is the state it begins with, also after restore().
  void start(StackSession& session, std::int64_t step);
  static void begin(StackSession& session);  // of a step: nobody is asked yet
  void ask(StackSession& session, std::int64_t step);
  std::span<sim::Act> answer(StackSession& session, std::int64_t step);  // one for each in `asked`; empty: none came
  void fail(const StackSession& session, std::int64_t step, sim::StackFault fault);  // the first one counts
  const std::optional<sim::StackFault>& fault() const { return fault_; }

 private:
  std::optional<sim::StackFault> fault_;
};

}  // namespace bitgoeul::scenarios
