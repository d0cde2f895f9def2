#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_verify(CLI::App& program, Context& context) {
  add_not_built(program, context, "verify", "re-run a recorded run and compare the hash of every step");
}

}  // namespace bitgoeul::scenarios::commands
