// `bitgoeul log events`. Added by log.cpp. Thread rule: the main thread only.
#pragma once

#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_log_events(CLI::App& group, Context& context);

}  // namespace bitgoeul::scenarios::commands
