#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_map(CLI::App& program, Context& context) {
  add_not_built(program, context, "map", "info, check, build, export, picture, route of maps");
}

}  // namespace bitgoeul::scenarios::commands
