#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_check(CLI::App& program, Context& context) {
  add_not_built(program, context, "check", "validate scenarios, maps and logs");
}

}  // namespace bitgoeul::scenarios::commands
