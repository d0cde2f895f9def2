#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "maps/opendrive/write.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/map.h"

namespace bitgoeul::scenarios::commands {

int map_export(const Context& context, const ExportArguments& arguments) {
  const auto map = open_map(context, arguments.map);
  if (!map) return kInvalid;
  const auto start = std::chrono::steady_clock::now();
  sim::Issues issues;
  if (const auto written = maps::opendrive::write_file(*map, arguments.out, issues); !written)
    return refuse(written.error(), kFault);
  print(context, issues, 20);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::error_code error;
  const auto bytes = std::filesystem::file_size(arguments.out, error);
  result(context, fmt::format("{}: OpenDRIVE 1.8, {} roads, {} junctions, {:.1f} MB, written in {:.1f} s{}{}",
                              arguments.out, map->roads.size(), map->junctions.size(), static_cast<double>(bytes) / 1e6,
                              seconds, map->notice.empty() ? "" : "\n", map->notice));
  const nlohmann::json json = {{"file", arguments.out},
                               {"format", "OpenDRIVE 1.8"},
                               {"map_hash", sim::to_hex(map->hash)},
                               {"roads", map->roads.size()},
                               {"junctions", map->junctions.size()},
                               {"bytes", bytes},
                               {"wall_time_s", seconds},
                               {"notice", map->notice}};
  json_result(context, json.dump(2));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
