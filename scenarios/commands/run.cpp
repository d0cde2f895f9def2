#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_run(CLI::App& program, Context& context) {
  add_not_built(program, context, "run", "one simulation, as fast as it can");
}

}  // namespace bitgoeul::scenarios::commands
