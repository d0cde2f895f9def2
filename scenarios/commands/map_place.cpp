#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "maps/place.h"
#include "maps/projection.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/map.h"

namespace bitgoeul::scenarios::commands {

namespace {

using maps::Map;
using nlohmann::json;

constexpr double kReachM = 200.0;  // how far from the place its lane may lie

double degrees(double radians) { return radians * 180 / sim::kPi; }

// "LAT,LON", or "X,Y" of the map frame.
sim::Result<sim::Vec2> point_of(const Map& map, const PlaceArguments& arguments) {
  const auto n = parse_numbers(arguments.at, 2, "--at");
  if (!n) return tl::unexpected(n.error());
  if (arguments.local) return sim::Vec2((*n)[0], (*n)[1]);
  if (map.projection.empty())
    return sim::fail("the map has no geo reference", map.source, 0, {}, "give X,Y in metres with --local");
  const auto projection = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
  if (!projection) return tl::unexpected(projection.error());
  return projection->forward((*n)[1], (*n)[0]);
}

// "HH:MM" -> minutes of the day, -1 when it is none.
int minutes_of(const std::string& text) {
  int hours = 0, minutes = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%2d:%2d%c", &hours, &minutes, &rest) != 2) return -1;
  return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 ? 60 * hours + minutes : -1;
}

std::string lane_name(const Map& map, maps::Row row) {
  if (row == maps::kNone) return "none";
  const maps::Lane& lane = map.lanes[static_cast<std::size_t>(row)];
  return fmt::format("road {} lane {}", map.text_of(map.roads[static_cast<std::size_t>(lane.road)].id), lane.odr_id);
}

json describe(const Map& map, const maps::Place& place, sim::Vec2 asked, int weekday, int minute) {
  const maps::Lane& lane = map.lanes[static_cast<std::size_t>(place.lane.lane)];
  const maps::Road& road = map.roads[static_cast<std::size_t>(lane.road)];
  const maps::LaneRules rules = maps::lane_rules(map, place.lane.lane, weekday, minute);
  json where = nullptr;
  if (!map.projection.empty())
    if (const auto projection = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading))
      if (const auto geo = projection->inverse(place.world.x, place.world.y))
        where = {geo->latitude_deg, geo->longitude_deg};
  return {{"map", map.name},
          {"notice", map.notice},
          {"lat_lon", where},
          {"x_m", place.world.x},
          {"y_m", place.world.y},
          {"z_m", place.world.z},
          {"off_m", std::hypot(place.world.x - asked.x(), place.world.y - asked.y())},
          {"heading_rad", place.world.heading},
          {"grade", -std::tan(place.world.pitch)},
          {"curvature_per_m", place.curvature},
          {"width_m", place.width},
          {"road", map.text_of(road.id)},
          {"road_name", map.text_of(road.name)},
          {"road_s_m", place.road.s},
          {"road_t_m", place.road.t},
          {"lane_id", lane.odr_id},
          {"lane_type", maps::to_string(lane.type)},
          {"lane_row", place.lane.lane},
          {"lane_s_m", place.lane.s},
          {"lane_t_m", place.lane.t},
          {"lane_length_m", lane.length},
          {"speed_limit_kmh", rules.speed_limit_mps * 3.6},
          {"buses_only", rules.buses_only},
          {"left", lane_name(map, lane.left)},
          {"right", lane_name(map, lane.right)},
          {"opposite", lane_name(map, lane.opposite)},
          {"junction", lane.junction == maps::kNone
                           ? json(nullptr)
                           : json(map.text_of(map.junctions[static_cast<std::size_t>(lane.junction)].id))}};
}

std::string as_text(const json& j) {
  const auto number = [&](const char* key) { return j[key].get<double>(); };
  const auto text = [&](const char* key) { return j[key].get<std::string>(); };
  std::string out;
  const auto line = [&](std::string_view label, const std::string& value) {
    out += fmt::format("{}{:<10} {}", out.empty() ? "" : "\n", label, value);
  };
  line("lane", fmt::format("road {} ({}), lane {} ({}), {:.2f} m along its {:.2f} m, {:.2f} m left of its centre",
                           text("road"), text("road_name"), j["lane_id"].get<int>(), text("lane_type"),
                           number("lane_s_m"), number("lane_length_m"), number("lane_t_m")));
  line("road", fmt::format("s {:.3f} m, t {:.3f} m", number("road_s_m"), number("road_t_m")));
  line("frame", fmt::format("x {:.3f} y {:.3f} z {:.3f} m, {:.2f} m from the place asked for", number("x_m"),
                            number("y_m"), number("z_m"), number("off_m")));
  if (!j["lat_lon"].is_null())
    line("WGS84", fmt::format("{:.8f} N {:.8f} E", j["lat_lon"][0].get<double>(), j["lat_lon"][1].get<double>()));
  line("pose", fmt::format("heading {:.2f} deg from east, grade {:.2f} %, curvature {:.5f} 1/m, {:.2f} m wide",
                           degrees(number("heading_rad")), 100 * number("grade"), number("curvature_per_m"),
                           number("width_m")));
  line("limit",
       fmt::format("{:.0f} km/h{}", number("speed_limit_kmh"), j["buses_only"].get<bool>() ? ", buses only" : ""));
  line("beside", fmt::format("left: {}; right: {}; opposite: {}", text("left"), text("right"), text("opposite")));
  if (!j["junction"].is_null()) line("junction", text("junction"));
  if (!text("notice").empty()) line("notice", text("notice"));
  return out;
}

}  // namespace

int map_place(const Context& context, const PlaceArguments& arguments) {
  const int minute = minutes_of(arguments.time);
  if (minute < 0) return refuse(sim::fail("--time needs HH:MM, not \"" + arguments.time + "\"").value());
  const auto map = open_map(context, arguments.map);
  if (!map) return kInvalid;
  const auto point = point_of(*map, arguments);
  if (!point) return refuse(point.error());
  maps::LaneQuery query;
  query.max_distance_m = kReachM;
  const auto place = maps::place_near(*map, point->x(), point->y(), query);
  if (!place)
    return refuse(sim::fail(fmt::format("no lane to drive on lies within {:.0f} m of --at {}", kReachM, arguments.at),
                            map->source, 0, {}, "`bitgoeul map info` shows the map's extent")
                      .value());
  const json found = describe(*map, *place, *point, arguments.weekday, minute);
  result(context, as_text(found));
  json_result(context, found.dump(2));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
