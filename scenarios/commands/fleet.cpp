#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_fleet(CLI::App& program, Context& context) {
  add_not_built(program, context, "fleet", "write an OpenSCENARIO file with vehicles on routes and background traffic");
}

}  // namespace bitgoeul::scenarios::commands
