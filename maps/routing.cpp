#include "maps/routing.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "maps/route_search.h"

namespace bitgoeul::maps {

namespace {

using sim::fail;

std::string end_name(const Map& map, Row lane, double s) {
  const Lane& l = map.lanes[static_cast<std::size_t>(lane)];
  std::string name = "lane row " + std::to_string(lane);
  if (l.road >= 0 && l.road < static_cast<Row>(map.roads.size()))
    name = "road " + std::string(map.text_of(map.roads[static_cast<std::size_t>(l.road)].id)) + " lane " +
           std::to_string(l.odr_id);
  const double tenths = std::round(s * 10) / 10;
  std::string metres = std::to_string(tenths);
  return name + " s " + metres.substr(0, metres.find('.') + 2);
}

sim::Result<void> check_end(const Map& map, Row lane, double s, const char* which) {
  if (lane < 0 || lane >= static_cast<Row>(map.lanes.size()))
    return fail(std::string(which) + " lane row " + std::to_string(lane) + " is not on the map, which has " +
                std::to_string(map.lanes.size()) + " lanes");
  const Lane& l = map.lanes[static_cast<std::size_t>(lane)];
  if (!drivable(l.type))
    return fail(std::string(which) + " lane is of type " + std::string(to_string(l.type)) + ", which nobody drives on",
                {}, 0, end_name(map, lane, s));
  if (!(s >= -0.01 && s <= l.length + 0.01))
    return fail(
        std::string(which) + " position lies outside the lane, which is " + std::to_string(l.length) + " m long", {}, 0,
        end_name(map, lane, s));
  return {};
}

sim::Result<void> check_request(const Map& map, const RouteRequest& request) {
  if (auto from = check_end(map, request.from_lane, request.from_s, "start"); !from) return from;
  if (auto to = check_end(map, request.to_lane, request.to_s, "destination"); !to) return to;
  if (!(request.lane_change_cost_s >= 0) || !(request.lane_change_length_m >= 0) ||
      !(request.bus_lane_cost_factor >= 1) ||
      !std::isfinite(request.lane_change_cost_s + request.lane_change_length_m + request.bus_lane_cost_factor))
    return fail("a route's lane change cost and length must not be negative and its bus lane factor not below 1");
  return {};
}

bool is_successor(const Map& map, Row from, Row to) {
  const auto next = map.successors(from);
  return std::find(next.begin(), next.end(), to) != next.end();
}

// Length and free-flow time: a lane that is changed off counts nothing, because the change happens where it is entered.
void measure(const Map& map, const RouteRequest& request, Route& route) {
  double begin_fraction =
      request.from_s / std::max(map.lanes[static_cast<std::size_t>(request.from_lane)].length, 1e-9);
  for (std::size_t i = 0; i < route.lanes.size(); ++i) {
    const Lane& lane = map.lanes[static_cast<std::size_t>(route.lanes[i])];
    const bool last = i + 1 == route.lanes.size();
    if (!last && !is_successor(map, route.lanes[i], route.lanes[i + 1])) continue;
    const double driven = std::max(0.0, (last ? request.to_s : lane.length) - begin_fraction * lane.length);
    route.length_m += driven;
    route.time_s += driven / free_speed_mps(lane);
    begin_fraction = 0;
  }
}

}  // namespace

struct Router::Scratch {
  Scratch(const Map& map, std::size_t landmarks_from_lanes) : search(map, landmarks_from_lanes) {}
  RouteSearch search;
};

Router::Router(const Map& map, std::size_t landmarks_from_lanes)
    : scratch_(std::make_unique<Scratch>(map, landmarks_from_lanes)) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

sim::Result<Route> Router::find(const RouteRequest& request) {
  const Map& map = scratch_->search.map();
  if (auto good = check_request(map, request); !good) return tl::unexpected(good.error());
  Route route;
  if (!scratch_->search.find(request, route.lanes))
    return fail("no route leads from " + end_name(map, request.from_lane, request.from_s) + " to " +
                    end_name(map, request.to_lane, request.to_s),
                map.source, 0, {}, "`map check` lists lanes that cannot be reached");
  measure(map, request, route);
  return route;
}

}  // namespace bitgoeul::maps
