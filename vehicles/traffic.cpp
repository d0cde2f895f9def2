#include "vehicles/traffic.h"

#include <algorithm>
#include <cmath>

#include "sim/check.h"
#include "sim/random.h"
#include "vehicles/bus_stops.h"
#include "vehicles/drivers/driver.h"
#include "vehicles/dynamics/rail.h"
#include "vehicles/leaders.h"
#include "vehicles/riders.h"
#include "vehicles/start_place.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kLongestRailM = 8.0;  // longer bodies would cut into the lane beside theirs in a turn
constexpr double kStartGapM = 4.0;
constexpr double kAheadM = 15.0, kBehindM = 40.0;  // free when one comes into moving traffic
constexpr double kLongHalfM = 2.8, kAlleyMps = 35 / 3.6;
constexpr int kDraws = 60, kTripDraws = 600;
constexpr int kEntryDraws = 8;  // places looked at when an entity wants to come back

}  // namespace

Row add_vehicle(State& state, const Placement& p) {
  sim::Entities& e = state.world.entities;
  Vehicles& v = state.vehicles;
  const Row row = state.world.ids.create().row();
  CHECK(row < state.capacity(), "rows are reserved at load");
  state.mark(row);
  sim::clear_row(e, row);
  sim::clear_row(v, row);
  v.towed_by[row] = kNone;
  const VehicleType& type = state.catalogue[p.type];
  e.alive[row] = 1;
  e.role[row] = p.role;
  e.type[row] = p.type;
  e.length_m[row] = type.length_m;
  e.width_m[row] = type.width_m;
  e.height_m[row] = type.height_m;
  e.center_x_m[row] = type.center_x_m;
  e.speed_mps[row] = p.speed_mps;
  v.model[row] = p.model;
  v.way[row].fill(kNone);
  v.s[row] = p.s;
  v.t[row] = p.t;
  v.request_step[row] = v.standstill_step[row] = v.change_wait_step[row] = -1;
  v.side_lane[row] = v.reroute_lane[row] = v.reroute_next[row] = kNone;
  v.reroute_join[row] = -1;
  v.change_progress[row] = v.change_length_m[row] = 1.0f;
  v.route_cursor[row] = p.route_cursor;
  draw_driver(state, row);
  if (p.trip != nullptr) state.demand->set_off(row, *p.trip, p.underway);
  enter_lane(state, row, p.lane);
  state.enlist(p.lane, row);
  place_on_lane(state, row);
  if (rides(state, row))
    v.t[row] = riders_place(state, p.lane, maps::lane_pose(state.map, p.lane, p.s).width, type.width_m);
  if (v.t[row] != 0) {
    e.x[row] -= v.t[row] * sim::sin(e.yaw_rad[row]);
    e.y[row] += v.t[row] * sim::cos(e.yaw_rad[row]);
  }
  if (state.bus_stops != nullptr) state.bus_stops->forget(row);
  return row;
}

void remove_vehicle(State& state, Row row) {
  if (state.vehicles.side[row] != Side::kNone) state.lists.remove(state.vehicles.side_lane[row], state.side_node(row));
  state.lists.remove(state.vehicles.lane(row), row);
  state.world.ids.destroy(state.world.ids.id_of(row));
  // The row of a scenario's entity keeps its name: nobody else gets it.
  if (!state.background(row)) state.world.ids.free_rows.pop_back();
  std::erase(state.wrecks, row);
  state.mark(row);
  sim::clear_row(state.world.entities, row);
  const double driven = state.vehicles.distance_m[row];
  sim::clear_row(state.vehicles, row);
  if (!state.background(row)) state.vehicles.distance_m[row] = driven;
}

std::uint32_t share_of_mix(const VehicleType& type) {
  if (type.length_m > kLongestRailM || type.hitch_m > 0 || type.coupler_m != 0) return 0;
  if (type.category == Category::kPedestrian || type.category == Category::kWheelchair) return 0;
  if (type.category == Category::kBicycle || type.name == kVillageBus) return 0;  // by shares of their own
  return type.category == Category::kCar ? 12 : type.category == Category::kMotorbike ? 1 : 3;
}

Traffic::Traffic(const State& state, int wanted, Shares shares) : wanted_(wanted), shares_(shares) {
  double sum = 0;
  for (Row lane = 0; lane < static_cast<Row>(state.map.lanes.size()); ++lane) {
    if (!starts_here(state, lane)) continue;
    const LaneRule& rule = state.rules.lanes[lane];
    lanes_.push_back(lane);
    cumulative_.push_back(sum += rule.length * rule.limit_mps);
    wide_ |= rule.limit_mps > kAlleyMps;
    if (begins_at_edge(state.map, lane)) entries_.push_back(lane);
  }
  for (std::size_t i = 0; i < state.catalogue.size(); ++i)
    if (share_of_mix(state.catalogue[i]) > 0) types_.push_back(static_cast<std::uint16_t>(i));
  if (shares_.cyclists > 0) cyclist_ = find_type(state.catalogue, kBicycle).value();
  if (shares_.buses > 0) bus_ = find_type(state.catalogue, kVillageBus).value();
}

bool Traffic::suits(const State& state, std::uint16_t type, Row lane) const {
  if (shares_.cyclists > 0 && type == cyclist_) return open_to_riders(state, lane) && at_kerb(state.map, lane);
  const bool is_long = state.catalogue[type].length_m >= 2 * kLongHalfM;
  return !is_long || !wide_ || state.rules.lanes[lane].limit_mps > kAlleyMps;
}

Row Traffic::draw_lane(double u) const { return lanes_[weighted_index(cumulative_, u)]; }

std::uint16_t Traffic::draw_type(const State& state, Row row, std::int64_t draw) const {
  if (shares_.cyclists + shares_.buses > 0) {
    const double u = sim::uniform(state.world.seed(), static_cast<std::uint32_t>(row), draw, sim::Stream::kTrafficMix);
    if (u < shares_.cyclists) return cyclist_;
    if (u < shares_.cyclists + shares_.buses) return bus_;
  }
  std::uint32_t sum = 0;
  for (const auto i : types_) sum += share_of_mix(state.catalogue[i]);
  std::uint32_t pick =
      sim::uniform_index(state.world.seed(), static_cast<std::uint32_t>(row), draw, sim::Stream::kVehicleType, sum);
  for (const auto i : types_) {
    if (pick < share_of_mix(state.catalogue[i])) return i;
    pick -= share_of_mix(state.catalogue[i]);
  }
  return types_.front();
}

// A lane and a place on it, as trips or the length of lanes have it; whether it is free is not looked at.
bool Traffic::draw_start(const State& state, std::uint32_t key, int draw, Placed& place, Row& lane) const {
  const std::uint64_t seed = state.world.seed();
  if (state.demand != nullptr) {
    if (!state.demand->draw_underway(state, key, draw, place.trip)) return false;
    lane = place.trip.lane;
  } else {
    lane = draw_lane(sim::uniform(seed, key, -1 - 2 * draw, sim::Stream::kSpawn));
  }
  const double low = wide_from(state.map, lane) + place.half + kEndMarginM;
  const double high = usable_end(state, lane) - place.half;
  if (high <= low || !suits(state, place.type, lane)) return false;
  place.s = state.demand != nullptr ? std::clamp(place.trip.s, low, high)
                                    : low + (high - low) * sim::uniform(seed, key, -2 - 2 * draw, sim::Stream::kSpawn);
  return true;
}

bool Traffic::draw_place(const State& state, std::uint32_t key, std::vector<std::vector<Placed>>& taken) const {
  Placed place;
  place.type = draw_type(state, static_cast<Row>(key), -1);
  place.half = 0.5 * state.catalogue[place.type].length_m;
  for (int draw = 0; draw < (state.demand ? kTripDraws : kDraws); ++draw) {
    Row lane = kNone;
    if (!draw_start(state, key, draw, place, lane)) continue;
    const auto near = [&](const Placed& other) {
      return std::fabs(other.s - place.s) < other.half + place.half + kStartGapM;
    };
    if (std::any_of(taken[lane].begin(), taken[lane].end(), near)) continue;
    if (!free_at(state, lane, place.s, place.half, kStartGapM, kStartGapM)) continue;
    taken[lane].push_back(place);
    return true;
  }
  return false;
}

// Drawn one after the other, then made in the order of the map, so that vehicles that are near each other, and the
// pieces of the map that they drive on, lie near each other in memory.
void Traffic::fill(State& state) {
  if (lanes_.empty() || types_.empty()) return;
  std::vector<std::vector<Placed>> taken(state.map.lanes.size());
  const auto first = static_cast<std::uint32_t>(state.rows());
  const std::int64_t most = state.demand ? state.demand->to_begin_with(state, wanted_) : wanted_;
  for (std::int64_t k = 0; k < most; ++k) draw_place(state, first + static_cast<std::uint32_t>(k), taken);
  std::vector<Row> rows;
  for (Row lane = 0; lane < static_cast<Row>(taken.size()); ++lane) {
    std::sort(taken[lane].begin(), taken[lane].end(), [](const Placed& a, const Placed& b) { return a.s < b.s; });
    for (const Placed& place : taken[lane]) {
      Placement p;
      p.type = place.type;
      p.lane = lane;
      p.s = place.s;
      if (state.demand != nullptr) p.trip = &place.trip, p.underway = true;
      rows.push_back(add_vehicle(state, p));
    }
  }
  count.now[0] = static_cast<std::int64_t>(rows.size());
  for (const Row row : rows) state.world.entities.speed_mps[row] = start_speed(state, row);
}

bool Traffic::place_at_edge(const State& state, std::uint32_t key, std::int64_t draw, Placement& p) const {
  const std::uint64_t seed = state.world.seed();
  const double half = 0.5 * state.catalogue[p.type].length_m;
  if (!entries_.empty()) {
    p.lane =
        entries_[sim::uniform_index(seed, key, draw, sim::Stream::kSpawn, static_cast<std::uint32_t>(entries_.size()))];
    p.s = wide_from(state.map, p.lane) + half + kEndMarginM;
  } else {
    p.lane = draw_lane(sim::uniform(seed, key, 2 * draw, sim::Stream::kSpawn));
    const LaneRule& rule = state.rules.lanes[p.lane];
    p.s = half + 40.0 + (rule.length - half - 40.0) * sim::uniform(seed, key, 2 * draw + 1, sim::Stream::kSpawn);
  }
  return may_enter(state, p);
}

bool Traffic::may_enter(const State& state, const Placement& p) const {
  const double half = 0.5 * state.catalogue[p.type].length_m;
  return suits(state, p.type, p.lane) && p.s + half <= usable_end(state, p.lane) - 10.0 &&
         free_at(state, p.lane, p.s, half, kAheadM, kBehindM);
}

bool Traffic::place_trip(const State& state, std::int64_t draw, Placement& p, Demand::Trip& trip) const {
  const double half = 0.5 * state.catalogue[p.type].length_m;
  if (!state.demand->draw_begin(state, draw, half, trip)) return false;
  p.lane = trip.lane;
  p.s = trip.s;
  p.trip = &trip;
  return may_enter(state, p);
}

Row Traffic::enter(State& state) {
  if (lanes_.empty() || types_.empty()) return kNone;
  const std::int64_t draw = count.attempts[0]++;
  const auto key = static_cast<std::uint32_t>(state.capacity());
  Placement p;
  p.type = draw_type(state, static_cast<Row>(key), draw);
  Demand::Trip trip;
  if (state.demand == nullptr ? !place_at_edge(state, key, draw, p) : !place_trip(state, draw, p, trip)) return kNone;
  const Row row = add_vehicle(state, p);
  state.world.entities.speed_mps[row] = 0.6 * start_speed(state, row);
  ++count.now[0];
  return row;
}

bool Traffic::reenter(State& state, Row row, Placement as) {
  bool found = false;
  for (int k = 0; k < kEntryDraws && !found && !lanes_.empty(); ++k)
    found = place_at_edge(state, static_cast<std::uint32_t>(row), state.world.step() * kEntryDraws + k, as);
  if (!found) return false;
  const double driven = state.vehicles.distance_m[row];
  state.world.ids.free_rows.push_back(static_cast<std::uint32_t>(row));  // remove_vehicle has kept it for this
  const Row again = add_vehicle(state, as);
  CHECK(again == row, "an entity comes back into its own row");
  state.vehicles.distance_m[row] = driven;
  state.world.entities.speed_mps[row] = 0.6 * start_speed(state, row);
  return true;
}

}  // namespace bitgoeul::vehicles
