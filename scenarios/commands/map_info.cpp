#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "maps/projection.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/map.h"

namespace bitgoeul::scenarios::commands {

namespace {

using maps::Map;
using nlohmann::json;

constexpr const char* kClassNames[] = {"unknown",  "motorway",    "trunk",   "primary", "secondary",
                                       "tertiary", "residential", "service", "ramp",    "connection"};
constexpr const char* kControlNames[] = {"priority", "signals", "right_before_left", "roundabout"};

std::size_t at(maps::Row row) { return static_cast<std::size_t>(row); }

// Kilometres of lanes outside junctions, by lane type and, for drivable lanes, by road class; of roads by class.
struct Lengths {
  std::map<std::string, double> lane_km_by_type, lane_km_by_class, road_km_by_class;
  double drivable_km = 0, reachable_km = 0, road_km = 0, connecting_km = 0;
};

Lengths lengths_of(const Map& map) {
  Lengths found;
  for (const maps::Lane& lane : map.lanes) {
    const double km = lane.length / 1000;
    const bool driven = maps::drivable(lane.type);
    if (driven && lane.junction != maps::kNone) found.connecting_km += km;
    if (lane.junction != maps::kNone) continue;
    found.lane_km_by_type[std::string(maps::to_string(lane.type))] += km;
    if (!driven) continue;
    found.lane_km_by_class[kClassNames[static_cast<int>(map.roads[at(lane.road)].road_class)]] += km;
    found.drivable_km += km;
    if (lane.reachable) found.reachable_km += km;
  }
  for (const maps::Road& road : map.roads) {
    if (road.junction != maps::kNone) continue;
    found.road_km_by_class[kClassNames[static_cast<int>(road.road_class)]] += road.length / 1000;
    found.road_km += road.length / 1000;
  }
  return found;
}

json corners_of(const Map& map) {
  if (map.projection.empty()) return nullptr;
  const auto projection = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
  if (!projection) return nullptr;
  const auto low = projection->inverse(map.box.min_x, map.box.min_y),
             high = projection->inverse(map.box.max_x, map.box.max_y);
  if (!low || !high) return nullptr;
  return {low->longitude_deg, low->latitude_deg, high->longitude_deg, high->latitude_deg};
}

json describe(const Map& map) {
  const Lengths l = lengths_of(map);
  json junctions = json::object();
  for (const maps::Junction& j : map.junctions) {
    json& count = junctions[kControlNames[static_cast<int>(j.control)]];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  const auto count = [](const auto& rows, auto&& wanted) { return std::count_if(rows.begin(), rows.end(), wanted); };
  return {
      {"name", map.name},
      {"source", map.source},
      {"notice", map.notice},
      {"hash", sim::to_hex(map.hash)},
      {"projection", map.projection},
      {"box_m", {map.box.min_x, map.box.min_y, map.box.max_x, map.box.max_y}},
      {"box_lon_lat", corners_of(map)},
      {"roads", map.roads.size()},
      {"road_km", l.road_km},
      {"road_km_by_class", l.road_km_by_class},
      {"lanes", map.lanes.size()},
      {"drivable_lane_km", l.drivable_km},
      {"reachable_lane_km", l.reachable_km},
      {"connecting_lane_km", l.connecting_km},
      {"lane_km_by_type", l.lane_km_by_type},
      {"lane_km_by_class", l.lane_km_by_class},
      {"junctions", map.junctions.size()},
      {"junctions_by_control", junctions},
      {"signal_programs", map.programs.size()},
      {"signal_programs_actuated", count(map.programs, [](const maps::SignalProgram& p) { return p.passage_ms > 0; })},
      {"signal_programs_flashing",
       count(map.programs, [](const maps::SignalProgram& p) { return p.flash_from_minute != p.flash_to_minute; })},
      {"signal_groups", map.signal_groups.size()},
      {"signal_heads", count(map.signals, [](const maps::Signal& s) { return s.dynamic != 0; })},
      {"signs", count(map.signals, [](const maps::Signal& s) { return s.dynamic == 0; })},
      {"stop_lines", map.stop_lines.size()},
      {"crosswalks", count(map.objects, [](const maps::Object& o) { return o.kind == maps::ObjectKind::kCrosswalk; })},
      {"objects", map.objects.size()},
      {"centre_line_points", map.points.size()}};
}

std::string table_of(const json& km) {
  std::string text;
  for (const auto& [name, value] : km.items())
    if (value.get<double>() >= 0.05)
      text += fmt::format("{}{} {:.1f}", text.empty() ? "" : ", ", name, value.get<double>());
  return text.empty() ? "none" : text;
}

std::string counts_of(const json& counts) {
  std::string text;
  for (const auto& [name, value] : counts.items())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", value.get<int>(), name);
  return text;
}

std::string as_text(const json& j) {
  const auto number = [&](const char* key) { return j[key].get<double>(); };
  const auto size = [&](const char* key) { return j[key].get<long>(); };
  const json &m = j["box_m"], &g = j["box_lon_lat"];
  std::string text = fmt::format("{}\n", j["name"].get<std::string>());
  const auto line = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) text += fmt::format("  {:<12} {}\n", label, value);
  };
  line("notice", j["notice"].get<std::string>());
  line("source", j["source"].get<std::string>());
  line("hash", j["hash"].get<std::string>());
  line("extent",
       fmt::format("{:.2f} x {:.2f} km, local ({:.1f}, {:.1f}) to ({:.1f}, {:.1f}) m",
                   (m[2].get<double>() - m[0].get<double>()) / 1000, (m[3].get<double>() - m[1].get<double>()) / 1000,
                   m[0].get<double>(), m[1].get<double>(), m[2].get<double>(), m[3].get<double>()));
  if (!g.is_null())
    line("", fmt::format("{:.5f} N {:.5f} E to {:.5f} N {:.5f} E", g[1].get<double>(), g[0].get<double>(),
                         g[3].get<double>(), g[2].get<double>()));
  line("projection", j["projection"].get<std::string>().empty() ? "none: the map has no geo reference"
                                                                : j["projection"].get<std::string>());
  line("roads", fmt::format("{}, {:.1f} km: {}", size("roads"), number("road_km"), table_of(j["road_km_by_class"])));
  line(
      "lanes",
      fmt::format("{}, {:.1f} km to drive on ({:.1f} % in one strongly connected part) and {:.1f} km through junctions",
                  size("lanes"), number("drivable_lane_km"),
                  number("drivable_lane_km") > 0 ? 100 * number("reachable_lane_km") / number("drivable_lane_km") : 0.0,
                  number("connecting_lane_km")));
  line("  by type", "km: " + table_of(j["lane_km_by_type"]));
  line("  by class", "km: " + table_of(j["lane_km_by_class"]));
  line("junctions", fmt::format("{}: {}", size("junctions"), counts_of(j["junctions_by_control"])));
  line("signals", fmt::format("{} heads in {} groups, {} programs ({} actuated, {} flash at night); {} signs",
                              size("signal_heads"), size("signal_groups"), size("signal_programs"),
                              size("signal_programs_actuated"), size("signal_programs_flashing"), size("signs")));
  line("furniture", fmt::format("{} stop lines, {} crosswalks, {} objects in all", size("stop_lines"),
                                size("crosswalks"), size("objects")));
  text.pop_back();
  return text;
}

}  // namespace

int map_info(const Context& context, const std::string& name) {
  const auto map = open_map(context, name);
  if (!map) return kInvalid;
  const json info = describe(*map);
  result(context, as_text(info));
  json_result(context, info.dump(2));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
