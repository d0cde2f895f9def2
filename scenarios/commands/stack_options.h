// Options about driving stacks that run, demo and batch share, and what they make of a scenario's own words. Prints
// what is wrong. Thread rule: the main thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/commands/command.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/stack/drivers.h"

namespace bitgoeul::scenarios::commands {

struct StackArguments {
  std::vector<std::string> stacks, each;  // ENTITY=SPEC
  double start_s = 30, answer_s = 10, radius_m = 100, memory_mb = 4096;
  std::vector<std::string> act_every;  // N or ENTITY=N
  int delay = 1, latency = 0, hold = 0;
  std::string sandbox = "auto";
  std::string perception;                     // a stub's name or file
  std::string authorities, certificate, key;  // PEM files of tls: stacks
  bool insecure = false, allow_exec = false, allow_custom_commands = false;
  bool driver_view = false;
};

void add_stack_options(CLI::App& sub, StackArguments& arguments);
void add_tls_options(CLI::App& sub, StackArguments& arguments);
// The scenario's own stacks, then those of the command line, which override them; prints why not.
std::optional<stack::DriverOptions> driver_options(const StackArguments& arguments,
                                                   const openscenario::Scenario& scenario);
stack::RemoteOptions remote_options(const StackArguments& arguments);
// One stack by itself: started, connected, not yet spoken to.
sim::Result<std::unique_ptr<sim::Stack>> open_stack(const StackArguments& arguments, const std::string& spec);
// As they stand on a command line, those that decide the result.
std::string words_of(const StackArguments& arguments);

}  // namespace bitgoeul::scenarios::commands
