// The subcommands of `bitgoeul log`. Added by log.cpp. Thread rule: the main thread only.
#pragma once

#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

void add_log_info(CLI::App& group, Context& context);
void add_log_check(CLI::App& group, Context& context);
void add_log_recover(CLI::App& group, Context& context);
void add_log_cut(CLI::App& group, Context& context);
void add_log_convert(CLI::App& group, Context& context);
void add_log_redact(CLI::App& group, Context& context);

}  // namespace bitgoeul::scenarios::commands
