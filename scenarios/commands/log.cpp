// bitgoeul log: its subcommands.
#include <CLI/CLI.hpp>

#include "scenarios/commands/command.h"
#include "scenarios/commands/log_edit.h"
#include "scenarios/commands/log_events.h"

namespace bitgoeul::scenarios::commands {
void add_log(CLI::App& program, Context& context) {
  CLI::App& group = *program.add_subcommand("log", "info, check, recover, cut, convert, redact, events of logs");
  group.require_subcommand(1);
  group.footer("Example:\n  bitgoeul log info runs/demo/run.mcap");
  add_log_info(group, context);
  add_log_check(group, context);
  add_log_recover(group, context);
  add_log_cut(group, context);
  add_log_convert(group, context);
  add_log_redact(group, context);
  add_log_events(group, context);
}

}  // namespace bitgoeul::scenarios::commands
