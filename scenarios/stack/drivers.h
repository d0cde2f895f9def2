// Drivers: the stacks of one run: made from the choices of the command line and of the scenario, put into its
// SimulationSetup, kept until the run is over. Made by run.cpp. Thread rule: one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/simulation.h"
#include "scenarios/stack/remote.h"
#include "scenarios/stack/spec.h"

namespace bitgoeul::scenarios::stack {

struct DriverOptions {
  std::vector<Choice> choices;
  RemoteOptions remote;
  int act_every = 5, delay = 1, latency = 0, hold = 0;  // steps, as in StackSetup
  std::vector<Period> periods;                          // of single vehicles; a later one overrides an earlier one
  double radius_m = 100;
  std::string perception;      // as in StackSetup
  bool driver_view = false;    // as in StackSetup; builtin:driver is then a stack, too
  std::filesystem::path logs;  // directory of the logs of exec: stacks: stack_0.log
};

// The in-process stack of that name; null when there is none.
std::unique_ptr<sim::Stack> make_builtin(const std::string& name);

class Drivers {
 public:
  // Fills setup.stacks and EntitySetup::stack; starts what is to be started.
  static sim::Result<Drivers> make(const DriverOptions& options, SimulationSetup& setup);

  bool any() const { return !stacks_.empty(); }
  std::size_t size() const { return stacks_.size(); }
  const std::string& spec(std::size_t i) const { return specs_[i]; }
  const RemoteStack* remote(std::size_t i) const { return remotes_[i]; }  // null: in process
  void finish(const replay::StackResult& result);
  // True when an exec: stack runs without a sandbox.
  bool unsandboxed() const;

 private:
  std::vector<std::unique_ptr<sim::Stack>> stacks_;
  std::vector<RemoteStack*> remotes_;
  std::vector<std::string> specs_;
};

}  // namespace bitgoeul::scenarios::stack
