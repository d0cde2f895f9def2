#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_demo(CLI::App& program, Context& context) {
  add_not_built(program, context, "demo",
                "200 self-driving vehicles and background traffic on Gwangju, recorded, with a report");
}

}  // namespace bitgoeul::scenarios::commands
