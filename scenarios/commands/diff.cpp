#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_diff(CLI::App& program, Context& context) {
  add_not_built(program, context, "diff", "two runs: the first differing step, then metrics that moved");
}

}  // namespace bitgoeul::scenarios::commands
