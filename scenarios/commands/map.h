// What the subcommands of `bitgoeul map` share: opening a map with its issues printed, places and roads as text.
// Each action prints and gives its exit code. Main thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "maps/map.h"
#include "scenarios/commands/command.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::commands {

// The map, or nothing after the reason was printed. Warnings of the import are printed unless --quiet, what it merely
// remarks only when all issues are asked for.
std::shared_ptr<const maps::Map> open_map(const Context& context, const std::string& name, bool all_issues = false);
// "a,b,c" -> numbers; exactly `count` finite ones.
sim::Result<std::vector<double>> parse_numbers(const std::string& text, std::size_t count, const std::string& option);

int map_info(const Context& context, const std::string& name);
int map_check(const Context& context, const std::string& name);
int map_rules(const Context& context);  // the list of rules that map_check knows
struct BuildArguments {
  std::string source, out;
  std::string heights = "as-delivered", signals = "as-source";
};
std::vector<std::string> height_names();          // every name that --heights knows
std::vector<std::string> signal_control_names();  // ... and --signals
int map_build(const Context& context, const BuildArguments& arguments);

struct PlaceArguments {
  std::string map, at;
  bool local = false;  // the place is x,y metres of the map frame instead of LAT,LON
  std::string time = "10:00";
  int weekday = 0;
};
int map_place(const Context& context, const PlaceArguments& arguments);

struct PictureArguments {
  std::string map, out;
  std::string size = "1600x1200";
  std::string box, local, junction;  // at most one of them
  std::vector<std::string> layers;   // empty: all
};
std::vector<std::string> picture_layers();  // every name that --layers knows
int map_picture(const Context& context, const PictureArguments& arguments);

struct RouteArguments {
  std::string map, from, to;
  bool local = false;  // the ends are x,y metres of the map frame instead of LAT,LON
  bool shortest = false;
};
int map_route(const Context& context, const RouteArguments& arguments);

struct ExportArguments {
  std::string map, out;
  std::string format = "opendrive";
};
int map_export(const Context& context, const ExportArguments& arguments);

}  // namespace bitgoeul::scenarios::commands
