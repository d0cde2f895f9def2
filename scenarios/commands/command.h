// What every subcommand of `bitgoeul` shares: one file per subcommand, each with one function `add_NAME(program,
// context)` that declares its options on a CLI::App and puts what is to be done in `context.action`; main.cpp runs that
// action after parsing. Contract of names, options and exit codes: the table of exit codes is ExitCode. Commands print;
// libraries never do. Results go to stdout, everything else to stderr (console.h). Thread rule: the main thread only,
// but for interrupted().
#pragma once

#include <any>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace CLI {
class App;
}

namespace bitgoeul::scenarios::commands {

enum ExitCode : int {
  kPass = 0,            // every verdict PASS
  kFailed = 1,          // a criterion failed
  kInvalid = 2,         // wrong usage or invalid input
  kFault = 3,           // stack or infrastructure fault (crash, timeout, disk)
  kInconclusive = 4,    // nothing evaluated, interrupted
  kNondeterminism = 5,  // the same input gave other bits
};

struct Context {
  bool json = false;            // --json: the machine-readable result on stdout and nothing else there
  bool quiet = false;           // --quiet: results and errors only
  int threads = 0;              // --threads N; resolved by main before the action runs, then >= 1
  std::string command_line;     // as typed, quoted for a shell
  std::function<int()> action;  // set by the chosen subcommand's callback
  std::deque<std::any> kept;    // the options that the parser fills; see keep()
};

// A T that lives as long as the context: the place where a subcommand's options are stored.
template <class T>
T& keep(Context& context) {
  return std::any_cast<T&>(context.kept.emplace_back(std::in_place_type<T>));
}

// A new subcommand with --json, --quiet, --threads and an example in its help. `example` may have several lines.
CLI::App& add_subcommand(CLI::App& parent, Context& context, const std::string& name, const std::string& summary,
                         const std::string& example);

void add_demo(CLI::App& program, Context& context);
void add_run(CLI::App& program, Context& context);
void add_fleet(CLI::App& program, Context& context);
void add_check(CLI::App& program, Context& context);
void add_verify(CLI::App& program, Context& context);
void add_diff(CLI::App& program, Context& context);
void add_log(CLI::App& program, Context& context);
void add_map(CLI::App& program, Context& context);
void add_batch(CLI::App& program, Context& context);
void add_stack(CLI::App& program, Context& context);
void add_view(CLI::App& program, Context& context);
void add_replay(CLI::App& program, Context& context);

// Installs handlers for SIGINT and SIGTERM: the first asks for a clean end, the second ends the program at once.
void catch_interrupts();
bool interrupted();  // any thread

}  // namespace bitgoeul::scenarios::commands
