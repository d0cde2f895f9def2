#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_log(CLI::App& program, Context& context) {
  add_not_built(program, context, "log", "info, check, recover, cut, convert, redact of logs");
}

}  // namespace bitgoeul::scenarios::commands
