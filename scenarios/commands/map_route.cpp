#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "maps/lane_index.h"
#include "maps/projection.h"
#include "maps/routing.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/map.h"

namespace bitgoeul::scenarios::commands {

namespace {

using maps::Map;

constexpr double kReachM = 200.0;     // how far from a place its lane may lie
constexpr double kOtherSideM = 25.0;  // how much farther the other side of a road may lie

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

// Lanes that the place may mean, the nearest first, one of each road and direction: a divided road is near on both
// sides.
sim::Result<std::vector<maps::LaneMatch>> lanes_at(const Map& map, const std::string& text, bool local,
                                                   const char* option) {
  const auto p = place(map, text, local, option);
  if (!p) return tl::unexpected(p.error());
  maps::LaneQuery query;
  query.max_distance_m = kReachM;
  const auto nearest = maps::nearest_lane(map, p->x(), p->y(), query);
  if (!nearest)
    return sim::fail(fmt::format("no lane to drive on lies within {:.0f} m of {} {}", kReachM, option, text),
                     map.source, 0, {}, "`bitgoeul map info` shows the map's extent");
  std::vector<maps::LaneMatch> near, found{*nearest};
  maps::lanes_near(map, p->x(), p->y(), nearest->distance + kOtherSideM, near);
  std::sort(near.begin(), near.end(), [](const maps::LaneMatch& a, const maps::LaneMatch& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.lane < b.lane;
  });
  for (const maps::LaneMatch& match : near) {
    const maps::Lane& lane = map.lanes[static_cast<std::size_t>(match.lane)];
    const bool known = std::any_of(found.begin(), found.end(), [&](const maps::LaneMatch& f) {
      const maps::Lane& other = map.lanes[static_cast<std::size_t>(f.lane)];
      return other.road == lane.road && other.direction == lane.direction;
    });
    if (maps::drivable(lane.type) && !known && found.size() < 4) found.push_back(match);
  }
  return found;
}

// The first pair of nearby lanes, in the order of their distance, between which there is a way; else the error of the
// nearest.
sim::Result<maps::Route> find_route(const Map& map, const std::vector<maps::LaneMatch>& from,
                                    const std::vector<maps::LaneMatch>& to, maps::RouteRequest& request) {
  maps::Router router(map);
  sim::Issue first;
  for (std::size_t sum = 0; sum + 1 < from.size() + to.size(); ++sum)
    for (std::size_t i = 0; i <= sum; ++i) {
      if (i >= from.size() || sum - i >= to.size()) continue;
      request.from_lane = from[i].lane, request.from_s = from[i].s;
      request.to_lane = to[sum - i].lane, request.to_s = to[sum - i].s;
      auto route = router.find(request);
      if (route) return route;
      if (sum == 0) first = route.error();
    }
  return tl::unexpected(first);
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
  const auto from = lanes_at(*map, arguments.from, arguments.local, "--from");
  if (!from) return refuse(from.error());
  const auto to = lanes_at(*map, arguments.to, arguments.local, "--to");
  if (!to) return refuse(to.error());
  maps::RouteRequest request;
  request.shortest = arguments.shortest;
  const auto route = find_route(*map, *from, *to, request);
  if (!route) return refuse(route.error(), kFailed);
  result(context, as_text(*map, request, *route));
  json_result(context, as_json(*map, request, *route).dump(2));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
