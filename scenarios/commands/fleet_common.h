// What the commands fleet and demo share: from a request to the text of a scenario file. Prints what is wrong.
// Thread rule: the main thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "maps/map.h"
#include "scenarios/commands/command.h"

namespace bitgoeul::scenarios::commands {

struct FleetRequest {
  std::string map = "gwangju", demand;
  std::vector<std::string> companies;
  int vehicles = 200, traffic = 2000, pedestrians = 0;
  double jaywalking = 0, cyclists = 0, buses = 0;  // shares
  std::uint64_t seed = 1;
  std::optional<double> duration_s;
};

std::optional<std::string> fleet_text(const Context& context, const FleetRequest& request, const maps::Map& map);
// The options of its shares, with what it holds now as their defaults.
void add_share_options(CLI::App& sub, FleetRequest& request);
std::string json_escaped(const std::string& text);

}  // namespace bitgoeul::scenarios::commands
