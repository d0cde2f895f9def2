#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "maps/lane_index.h"
#include "maps/projection.h"
#include "maps/routing.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/map.h"

namespace bitgoeul::scenarios::commands {

namespace {

using maps::Map;

constexpr double kReachM = 200.0;  // how far from a place its lane may lie

sim::Result<sim::Vec2> place(const Map& map, const std::string& text, bool local, const char* option) {
  const auto n = parse_numbers(text, 2, option);
  if (!n) return tl::unexpected(n.error());
  if (local) return sim::Vec2((*n)[0], (*n)[1]);
  if (map.projection.empty())
    return sim::fail("the map has no geo reference", map.source, 0, {}, "give X,Y in metres with --local");
  const auto projection = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
  if (!projection) return tl::unexpected(projection.error());
  return projection->forward((*n)[1], (*n)[0]);
}

// The nearest lane from which the rest of the map can be reached.
sim::Result<maps::LaneMatch> lane_at(const Map& map, const std::string& text, bool local, const char* option) {
  const auto p = place(map, text, local, option);
  if (!p) return tl::unexpected(p.error());
  maps::LaneQuery query;
  query.max_distance_m = kReachM;
  const auto match = maps::nearest_lane(map, p->x(), p->y(), query);
  if (match) return *match;
  return sim::fail(fmt::format("no lane to drive on lies within {:.0f} m of {} {}", kReachM, option, text), map.source,
                   0, {}, "`bitgoeul map info` shows the map's extent");
}

struct Stretch {
  std::string id, name;
  double length_m = 0;
};

// Roads passed, one row per name in a row; connecting roads count for the junction, not as roads.
std::vector<Stretch> roads_of(const Map& map, const maps::RouteRequest& request, const maps::Route& route) {
  std::vector<Stretch> roads;
  for (std::size_t i = 0; i < route.lanes.size(); ++i) {
    const maps::Lane& lane = map.lanes[static_cast<std::size_t>(route.lanes[i])];
    if (lane.junction != maps::kNone) continue;
    const maps::Road& road = map.roads[static_cast<std::size_t>(lane.road)];
    const std::string id(map.text_of(road.id)), name(map.text_of(road.name));
    if (roads.empty() || (name.empty() ? roads.back().id != id : roads.back().name != name))
      roads.push_back({id, name, 0});
    const bool changed_off =
        i + 1 < route.lanes.size() && map.lanes[static_cast<std::size_t>(route.lanes[i + 1])].section == lane.section;
    if (changed_off) continue;
    roads.back().length_m +=
        (i + 1 == route.lanes.size() ? request.to_s : lane.length) - (i == 0 ? request.from_s : 0.0);
  }
  return roads;
}

nlohmann::json as_json(const Map& map, const maps::RouteRequest& request, const maps::Route& route) {
  nlohmann::json roads = nlohmann::json::array();
  for (const Stretch& s : roads_of(map, request, route))
    roads.push_back({{"road", s.id}, {"name", s.name}, {"length_m", s.length_m}});
  return {{"map", map.name}, {"notice", map.notice}, {"length_m", route.length_m}, {"time_s", route.time_s},
          {"roads", roads},  {"lanes", route.lanes}, {"from_s", request.from_s},   {"to_s", request.to_s}};
}

std::string as_text(const Map& map, const maps::RouteRequest& request, const maps::Route& route) {
  const int seconds = static_cast<int>(route.time_s + 0.5);
  std::string text = fmt::format("{:.2f} km, {} min {:02} s at the speed limits, without waiting at signals",
                                 route.length_m / 1000, seconds / 60, seconds % 60);
  for (const Stretch& s : roads_of(map, request, route))
    text += fmt::format("\n{:>8.0f} m  {}", s.length_m, s.name.empty() ? "road " + s.id : s.name);
  if (!map.notice.empty()) text += "\n" + map.notice;
  return text;
}

}  // namespace

int map_route(const Context& context, const RouteArguments& arguments) {
  const auto map = open_map(context, arguments.map);
  if (!map) return kInvalid;
  const auto from = lane_at(*map, arguments.from, arguments.local, "--from");
  if (!from) return refuse(from.error());
  const auto to = lane_at(*map, arguments.to, arguments.local, "--to");
  if (!to) return refuse(to.error());
  maps::RouteRequest request;
  request.from_lane = from->lane, request.from_s = from->s;
  request.to_lane = to->lane, request.to_s = to->s;
  request.shortest = arguments.shortest;
  const auto route = maps::Router(*map).find(request);
  if (!route) return refuse(route.error(), kFailed);
  result(context, as_text(*map, request, *route));
  json_result(context, as_json(*map, request, *route).dump(2));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
