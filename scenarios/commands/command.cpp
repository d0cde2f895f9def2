#include "scenarios/commands/command.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>

#include "scenarios/commands/console.h"

namespace bitgoeul::scenarios::commands {
namespace {

std::atomic<int> interrupts{0};
static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

void on_signal(int) {
  if (interrupts.fetch_add(1) > 0) std::_Exit(128 + SIGINT);
}

}  // namespace

CLI::App& add_subcommand(CLI::App& parent, Context& context, const std::string& name, const std::string& summary,
                         const std::string& example) {
  CLI::App& sub = *parent.add_subcommand(name, summary);
  sub.add_flag("--json", context.json, "print the machine-readable result on stdout and nothing else there");
  sub.add_flag("--quiet", context.quiet, "no progress, notes or warnings: results and errors only");
  sub.add_option("--threads", context.threads, "threads to use (default: all cores)")->check(CLI::Range(1, 256));
  sub.footer("Example:\n  " + example);
  return sub;
}

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupts.load() > 0; }

}  // namespace bitgoeul::scenarios::commands
