#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/shell_word.h"
#include "scenarios/version.h"

namespace {

namespace commands = bitgoeul::scenarios::commands;

std::string command_line(int argc, char** argv) {
  std::string line = "bitgoeul";
  for (int i = 1; i < argc; ++i) line += " " + bitgoeul::scenarios::shell_word(argv[i]);
  return line;
}

void add_commands(CLI::App& program, commands::Context& context) {
  commands::add_demo(program, context);
  commands::add_run(program, context);
  commands::add_fleet(program, context);
  commands::add_check(program, context);
  commands::add_verify(program, context);
  commands::add_diff(program, context);
  commands::add_log(program, context);
  commands::add_map(program, context);
  commands::add_batch(program, context);
  commands::add_replay(program, context);
  commands::add_stack(program, context);
  commands::add_view(program, context);
}

int run(int argc, char** argv) {
  commands::Context context;
  context.command_line = command_line(argc, argv);
  CLI::App program("Bitgoeul: a deterministic city-scale driving simulation and replay engine", "bitgoeul");
  program.set_version_flag("--version", std::string("bitgoeul ") + bitgoeul::scenarios::engine_version() + " " +
                                            bitgoeul::scenarios::engine_commit());
  program.require_subcommand(1);
  program.footer(
      "Example:\n  bitgoeul demo --vehicles 200 --duration 60\n"
      "`bitgoeul COMMAND --help` tells about one command.");
  add_commands(program, context);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = program.exit(e);
    return code == 0 ? commands::kPass : commands::kInvalid;
  }
  if (context.threads <= 0) context.threads = std::max(1u, std::thread::hardware_concurrency());
  commands::catch_interrupts();
  return context.action ? context.action() : static_cast<int>(commands::kInvalid);
}

}  // namespace

int main(int argc, char** argv) {
  // A library that throws past its wrapper is our mistake; the user still gets a sentence and the code for a fault.
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: unexpected: %s\n", e.what());
    return commands::kFault;
  }
}
