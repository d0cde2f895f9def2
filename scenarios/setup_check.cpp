#include "scenarios/setup_check.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "scenarios/closed_loop/log_world.h"
#include "vehicles/trailers.h"
#include "vehicles/way.h"

namespace bitgoeul::scenarios {
namespace {

using maps::Row;

tl::unexpected<sim::Issue> wrong(const EntitySetup& entity, std::string what, std::string remedy = {}) {
  return sim::fail(std::move(what), {}, 0, "entity " + entity.name, std::move(remedy));
}

bool is_lane(const maps::Map& map, Row lane) {
  return lane >= 0 && lane < static_cast<Row>(map.lanes.size()) && maps::drivable(map.lanes[lane].type);
}

bool follows(const maps::Map& map, Row lane, Row next) {
  return map.lanes[lane].left == next || map.lanes[lane].right == next || vehicles::is_successor(map, lane, next);
}

sim::Result<void> check_route(const maps::Map& map, const EntitySetup& entity) {
  const auto& route = entity.route;
  if (route.empty()) return {};
  if (route.front() != entity.lane) return wrong(entity, "route does not begin on the start lane");
  for (std::size_t i = 0; i < route.size(); ++i) {
    if (!is_lane(map, route[i])) return wrong(entity, "route entry " + std::to_string(i) + " is no drivable lane");
    const bool last = i + 1 == route.size();
    if (last && !entity.route_closed) continue;
    if (!follows(map, route[i], last ? route.front() : route[i + 1]))
      return wrong(entity, "route is broken after entry " + std::to_string(i),
                   "let each lane be followed by a successor or a neighbour");
  }
  return {};
}

// A trailer stands where its vehicle is.
sim::Result<void> check_towed(const SimulationSetup& setup, const EntitySetup& entity) {
  const Row own = static_cast<Row>(&entity - setup.entities.data());
  if (entity.towed_by < 0 || entity.towed_by >= own)
    return wrong(entity, "is towed by none of the entities before it", "name the vehicle first");
  const vehicles::VehicleType &type = setup.catalogue[entity.type],
                              &tow = setup.catalogue[setup.entities[entity.towed_by].type];
  if (!vehicles::is_trailer(type) || type.coupler_m <= 0)
    return wrong(entity, "has a type that is no trailer with a coupler", "give it a trailer's category and a coupler");
  if (tow.hitch_m == 0)
    return wrong(entity, "is towed by a vehicle without a hitch", "give the vehicle's type a hitch");
  for (Row other = 0; other < own; ++other)
    if (setup.entities[other].towed_by == entity.towed_by)
      return wrong(entity, "is towed by a vehicle that tows another trailer", "hang it on that trailer");
  return {};
}

sim::Result<void> check_driver(const SimulationSetup& setup, const EntitySetup& entity) {
  if (entity.stack < 0) return {};
  if (static_cast<std::size_t>(entity.stack) >= setup.stacks.size())
    return wrong(entity, "is driven by a stack that is not there");
  if (entity.act_every < 0 || entity.act_every > 100) return wrong(entity, "must be asked every 1 to 100 steps");
  if (entity.role != sim::Role::kEgo || entity.model == vehicles::Model::kRail ||
      vehicles::is_trailer(setup.catalogue[entity.type]))
    return wrong(entity, "is driven by a stack, but does not steer",
                 "let it be an ego of model bicycle or double_track");
  return {};
}

sim::Result<void> check_perception(const SimulationSetup& setup, std::size_t stack) {
  std::vector<Perception::Ego> egos;
  for (std::size_t row = 0; row < setup.entities.size(); ++row)
    if (setup.entities[row].stack == static_cast<int>(stack))
      egos.push_back({static_cast<sim::Row>(row), setup.entities[row].name});
  const StackSetup& s = setup.stacks[stack];
  const auto made = Perception::make(s.perception, s.act_every * setup.dt_ns, 0, egos);
  return made ? sim::Result<void>() : tl::unexpected(made.error());
}

sim::Result<void> check_stack(const SimulationSetup& setup, std::size_t index) {
  const StackSetup& stack = setup.stacks[index];
  const auto bad = [&](std::string what) { return sim::fail(std::move(what), {}, 0, "stack " + stack.spec); };
  if (!stack.stack) return bad("is not there");
  if (stack.act_every < 1 || stack.act_every > 100) return bad("must act every 1 to 100 steps");
  if (stack.delay < 0 || stack.delay > 100 || stack.latency < 0 || stack.latency > 100)
    return bad("must act with a delay and a latency of 0 to 100 steps");
  if (!stack.perception.empty())
    if (auto checked = check_perception(setup, index); !checked) return checked;
  if (stack.driver_view && !stack.perception.empty())
    return bad("decides for a driver that knows what is there: a perception stub cannot stand between");
  if (stack.hold < 0) return bad("must hold an act for 0 steps or more");
  if (!(stack.radius_m >= 0 && stack.radius_m <= 500)) return bad("must see objects within 0 to 500 m");
  return {};
}

sim::Result<void> check_entity(const SimulationSetup& setup, const EntitySetup& entity) {
  if (entity.type < setup.catalogue.size() && entity.towed_by != sim::kNone) return check_towed(setup, entity);
  if (entity.role == sim::Role::kActor) return {};  // the story has looked at it
  if (!is_lane(*setup.map, entity.lane)) return wrong(entity, "starts on no drivable lane");
  if (entity.type >= setup.catalogue.size()) return wrong(entity, "has a type that is not in the catalogue");
  const double length = setup.map->lanes[entity.lane].length;
  const double center = entity.s + setup.catalogue[entity.type].center_x_m;
  if (!std::isfinite(entity.s) || !std::isfinite(entity.t) || center < 0 || center > length)
    return wrong(entity, "starts off its lane, which is " + std::to_string(length) + " m long");
  if (!std::isfinite(entity.speed_mps) || entity.speed_mps < 0 || entity.speed_mps > 100)
    return wrong(entity, "starts with a speed outside 0 to 100 m/s");
  if (auto checked = check_driver(setup, entity); !checked) return checked;
  return check_route(*setup.map, entity);
}

// Bumper to bumper on the same lane.
sim::Result<void> check_overlaps(const SimulationSetup& setup) {
  std::vector<std::tuple<Row, double, std::size_t>> order;
  for (std::size_t i = 0; i < setup.entities.size(); ++i)
    if (const EntitySetup& entity = setup.entities[i];
        entity.towed_by == sim::kNone && entity.role != sim::Role::kActor)
      order.emplace_back(entity.lane, entity.s + setup.catalogue[entity.type].center_x_m, i);
  std::sort(order.begin(), order.end());
  for (std::size_t k = 1; k < order.size(); ++k) {
    const auto& [lane, s, i] = order[k];
    const auto& [other_lane, other_s, j] = order[k - 1];
    const double room =
        0.5 * (setup.catalogue[setup.entities[i].type].length_m + setup.catalogue[setup.entities[j].type].length_m);
    if (lane == other_lane && s - other_s < room)
      return wrong(setup.entities[i], "starts inside entity " + setup.entities[j].name, "move one of them");
  }
  return {};
}

}  // namespace

sim::Result<void> check_setup(const SimulationSetup& setup) {
  if (!setup.map) return sim::fail("the simulation has no map");
  if (setup.dt_ns < 1'000'000 || setup.dt_ns > 100'000'000) return sim::fail("the step must last 1 ms to 100 ms");
  if (setup.threads < 1 || setup.threads > 256) return sim::fail("the number of threads must be 1 to 256");
  if (setup.traffic.count < 0 || setup.traffic.count > 1'000'000)
    return sim::fail("the number of background vehicles must be 0 to 1,000,000");
  if (setup.traffic.pedestrians < 0 || setup.traffic.pedestrians > 100'000)
    return sim::fail("the number of pedestrians must be 0 to 100,000");
  for (const double share : {setup.traffic.jaywalking, setup.traffic.cyclists, setup.traffic.buses})
    if (!(share >= 0 && share <= 1)) return sim::fail("a share of background traffic must be 0 to 1");
  if (setup.traffic.cyclists + setup.traffic.buses > 1)
    return sim::fail("the shares of cyclists and buses must not be more than 1 together");
  if (!(setup.road_friction > 0) || setup.road_friction > 2 || !(setup.precipitation_mmph >= 0) ||
      setup.precipitation_mmph > 1000)
    return sim::fail("the road's friction must be above 0 to 2, the precipitation 0 to 1000 mm/h");
  if (setup.log && (setup.scenario || setup.log->agents.size() != setup.entities.size()))
    return sim::fail("a log brings one track for every entity, and no story");
  for (std::size_t i = 0; i < setup.stacks.size(); ++i)
    if (auto checked = check_stack(setup, i); !checked) return checked;
  for (const EntitySetup& entity : setup.entities)
    if (auto checked = check_entity(setup, entity); !checked) return checked;
  return check_overlaps(setup);
}

}  // namespace bitgoeul::scenarios
