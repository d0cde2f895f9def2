#include "vehicles/demand.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>

#include "sim/random.h"
#include "vehicles/start_place.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kTenths = 10;  // costs in a second
constexpr Demand::Cost kChangeCost = 50;
constexpr double kChangeM = 40;                                        // a lane on which there is room to change
constexpr double kLeftS = 8, kRightS = 4, kUTurnS = 60, kSignalS = 8;  // lost in a turn, before a light
constexpr double kBusFactor = 3;                                       // bus lanes serve turns only
constexpr double kFastStreetMps = 62 / 3.6;  // trips do not begin or end on roads that are faster
constexpr double kEndMps = 8;                // how far from its place a trip ends, in time
constexpr double kGateM = 80;                // lanes of one gate
constexpr double kNearestM = 60;             // lanes about a place that count as the place itself
constexpr double kFarthestM = 400;           // from a place to its nearest lane
constexpr double kLongestTripS = 5400;
constexpr std::int64_t kLookTicks = 10;  // whether one has arrived is looked at once a second
constexpr int kNumbers = 8;              // random numbers of one trip

struct Spot {
  double x = 0, y = 0;
};
Spot spot(const maps::Map& map, Row point) { return {map.points[point].x, map.points[point].y}; }
double distance(Spot a, Spot b) { return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)); }
Spot middle(const maps::Map& map, Row lane) {
  const maps::Range points = map.lanes[lane].points;
  return spot(map, points.begin + points.size() / 2);
}

double number(const State& state, std::uint32_t key, std::int64_t draw, int which) {
  return sim::uniform(state.world.seed(), key, draw * kNumbers + which, sim::Stream::kDemand);
}

Demand::Cost drive_cost(const State& state, Row lane) {
  const maps::Lane& l = state.map.lanes[lane];
  double seconds = l.length / state.rules.lanes[lane].limit_mps;
  if (l.type == maps::LaneType::kBus) seconds *= kBusFactor;
  if (l.turn == maps::Turn::kLeft) seconds += kLeftS;
  if (l.turn == maps::Turn::kRight) seconds += kRightS;
  if (l.turn == maps::Turn::kUTurn) seconds += kUTurnS;
  if (l.signal_group != kNone) seconds += kSignalS;
  return static_cast<Demand::Cost>(std::min(30000.0, std::max(1.0, seconds * kTenths)));
}

bool may_change(const State& state, Row from, Row to) {
  const maps::Lane& l = state.map.lanes[from];
  if (l.junction != kNone || l.length < kChangeM) return false;
  return (l.left == to && l.change_left) || (l.right == to && l.change_right);
}

bool usable(const State& state, Row lane) {
  return maps::drivable(state.map.lanes[lane].type) && !state.map.lanes[lane].taper;
}

bool leads_in(const State& state, Row lane) {
  const maps::Lane& l = state.map.lanes[lane];
  if (!usable(state, lane) || l.junction != kNone || l.length < 12 || state.rules.lanes[lane].escape != kNone)
    return false;
  return begins_at_edge(state.map, lane) && state.rules.lanes[lane].goes_on;
}

bool leads_out(const State& state, Row lane) {
  const maps::Lane& l = state.map.lanes[lane];
  if (!usable(state, lane) || l.junction != kNone || l.predecessors.empty()) return false;
  return !state.rules.lanes[lane].goes_on && state.rules.lanes[lane].escape == kNone;
}

bool ends_here(const State& state, Row lane) {
  return starts_here(state, lane) && state.rules.lanes[lane].limit_mps < kFastStreetMps;
}

void add_start(Row lane, double weight, Demand::Zone& zone) {
  zone.starts.push_back(lane);
  zone.cumulative.push_back((zone.cumulative.empty() ? 0.0 : zone.cumulative.back()) + weight);
}

}  // namespace

sim::Result<void> Demand::begin(State& state, const DemandPlan& plan, sim::Jobs& jobs, double clock_s) {
  plan_ = plan;
  lanes_ = state.map.lanes.size();
  add_places(state);
  add_gates(state);
  look(clock_s);
  costs_.assign(zones_.size() * lanes_, kFar);
  jobs.parallel_for(
      zones_.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t zone = begin; zone < end; ++zone) find_costs(state, static_cast<Row>(zone));
      },
      1);
  if (mean_trip_s(state) == 0)
    return sim::fail("no trip of the demand leads from one of its zones to another on this map", {}, 0, "demand",
                     "give at least two places near streets that are joined");
  sim::resize_table(ends_, zones_.size());
  sim::resize_table(trips_, state.world.capacity());
  state.world.state.add("trips", trips_, [&](std::string_view) { return &state.world.made; });
  state.world.state.add("demand", count_);
  state.world.state.add("demand_zones", ends_);
  state.demand = this;
  return {};
}

void Demand::add_places(const State& state) {
  std::vector<Row> streets;
  for (Row lane = 0; lane < static_cast<Row>(lanes_); ++lane)
    if (ends_here(state, lane)) streets.push_back(lane);
  for (const DemandPlace& place : plan_.places) {
    Zone zone;
    zone.name = place.name;
    zone.district = place.district;
    double nearest = kFarthestM;
    for (const Row lane : streets) {
      const double d = distance({place.x, place.y}, middle(state.map, lane));
      nearest = std::min(nearest, d);
      if (d <= plan_.radius_m) add_start(lane, state.rules.lanes[lane].length, zone);
    }
    for (const Row lane : streets)
      if (distance({place.x, place.y}, middle(state.map, lane)) <= nearest + kNearestM && nearest < kFarthestM)
        zone.ends.push_back(lane);
    const bool there = !zone.starts.empty() && !zone.ends.empty();
    homes_.push_back((homes_.empty() ? 0.0 : homes_.back()) + (there ? place.homes : 0.0));
    jobs_.push_back((jobs_.empty() ? 0.0 : jobs_.back()) + (there ? place.jobs : 0.0));
    gates_.push_back(0);
    zones_.push_back(std::move(zone));
  }
}

// Lanes that lead in or out near each other are one gate, named after the road of the first of them.
void Demand::add_gates(const State& state) {
  std::vector<Spot> spots;
  const std::size_t first = zones_.size();
  for (Row lane = 0; lane < static_cast<Row>(lanes_) && plan_.outside > 0; ++lane) {
    const bool in = leads_in(state, lane), out = leads_out(state, lane);
    if (!in && !out) continue;
    const maps::Lane& l = state.map.lanes[lane];
    const Spot at = spot(state.map, in ? l.points.begin : l.points.end - 1);
    std::size_t gate = 0;
    while (gate < spots.size() && distance(spots[gate], at) > kGateM) ++gate;
    if (gate == spots.size()) {
      spots.push_back(at);
      Zone zone;
      zone.name = std::string(state.map.text_of(state.map.roads[l.road].id));
      zone.gate = true;
      zones_.push_back(std::move(zone));
      gates_.push_back(0);
    }
    Zone& zone = zones_[first + gate];
    const double weight = state.rules.lanes[lane].limit_mps;
    if (in) add_start(lane, weight, zone);
    if (out) zone.ends.push_back(lane);
    gates_[first + gate] += weight;
  }
  for (std::size_t zone = 1; zone < gates_.size(); ++zone) gates_[zone] += gates_[zone - 1];
  if (gates_.empty() || gates_.back() == 0) gates_.clear();
}

// Dijkstra against the direction of driving, from where trips of the zone end.
void Demand::find_costs(const State& state, Row zone) {
  const maps::Map& map = state.map;
  Cost* cost = costs_.data() + static_cast<std::size_t>(zone) * lanes_;
  using Entry = std::pair<std::uint32_t, Row>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  const auto reach = [&](Row lane, std::uint32_t c) {
    if (c >= cost[lane] || !usable(state, lane)) return;
    cost[lane] = static_cast<Cost>(c);
    open.push({c, lane});
  };
  for (const Row lane : zones_[zone].ends) reach(lane, 0);
  while (!open.empty()) {
    const auto [c, lane] = open.top();
    open.pop();
    if (c > cost[lane]) continue;
    for (const Row before : map.predecessors(lane)) reach(before, c + drive_cost(state, before));
    for (const Row side : {map.lanes[lane].left, map.lanes[lane].right})
      if (side != kNone && may_change(state, side, lane)) reach(side, c + kChangeCost);
  }
}

int Demand::prefers(Row row, Row own, Row other) const {
  const Goal goal = trips_.goal[row];
  if (goal == 0) return 0;
  const Cost here = left(goal - 1, own), there = left(goal - 1, other);
  if (here == there) return 0;
  if (there + kChangeCost <= here) return 1;
  return here + kChangeCost <= there ? -1 : 0;
}

TripSums Demand::sums() const {
  const auto sum = [](const std::vector<std::int64_t>& of) {
    return std::accumulate(of.begin(), of.end(), std::int64_t{0});
  };
  return {count_.underway[0], sum(ends_.begun), sum(ends_.arrived), count_.strayed[0], count_.waiting[0]};
}

void Demand::look(double clock_s) {
  hour_ = static_cast<std::size_t>(std::fmod(std::max(0.0, clock_s) / 3600.0, 24.0));
}

void Demand::come(const State& state, double clock_s) {
  if (!any()) return;
  look(clock_s);
  if (!by_flows()) return;
  // Poisson by the inverse of its distribution.
  const double mean = plan_.trips_per_day * plan_.hours[hour_] / 3600.0 * state.tick_s();
  const auto key = static_cast<std::uint32_t>(state.capacity()) + 1;
  double u = sim::uniform(state.world.seed(), key, state.world.step(), sim::Stream::kDemand);
  double p = sim::exp(-mean);
  for (int k = 1; u >= p && p > 0; ++k, ++count_.waiting[0]) {
    u -= p;
    p *= mean / k;
  }
}

bool Demand::draw_ends(const State& state, std::uint32_t key, std::int64_t draw, Trip& trip) const {
  const bool outward = number(state, key, draw, 0) < plan_.from_homes[hour_];
  const auto end = [&](bool homes, int which) {
    const bool gate = !gates_.empty() && number(state, key, draw, which) < plan_.outside;
    const std::vector<double>& of = gate ? gates_ : homes ? homes_ : jobs_;
    return of.empty() ? kNone : static_cast<Row>(weighted_index(of, number(state, key, draw, which + 1)));
  };
  trip.from = end(outward, 1);
  const Row to = end(!outward, 3);
  if (trip.from == kNone || to == kNone) return false;
  const Zone& from = zones_[trip.from];
  if (to == trip.from || from.starts.empty() || zones_[to].ends.empty()) return false;
  trip.goal = static_cast<Goal>(to + 1);
  const double about_m = zones_[to].gate ? 0.0 : plan_.radius_m * number(state, key, draw, 5);
  trip.end = static_cast<Cost>(std::min(30000.0, about_m / kEndMps * kTenths));
  trip.lane = from.starts[weighted_index(from.cumulative, number(state, key, draw, 6))];
  const Cost whole = left(to, trip.lane);
  return whole != kFar && whole > trip.end;
}

bool Demand::draw_begin(const State& state, std::int64_t draw, double half, Trip& trip) const {
  const auto key = static_cast<std::uint32_t>(state.capacity());
  if (!draw_ends(state, key, draw, trip)) return false;
  const double low = wide_from(state.map, trip.lane) + half + kEndMarginM;
  const double high = usable_end(state, trip.lane) - half - 10.0;
  if (high < low) return false;
  trip.s = zones_[trip.from].gate ? low : low + (high - low) * number(state, key, draw, 7);
  return true;
}

// A moment is drawn from the longest time that a trip may take: those that last longer are found underway more often.
bool Demand::draw_underway(const State& state, std::uint32_t key, std::int64_t draw, Trip& trip) const {
  if (!draw_ends(state, key, draw, trip)) return false;
  const double moment = kLongestTripS * number(state, key, draw, 7);
  if (moment * kTenths >= left(trip.goal - 1, trip.lane) - trip.end) return false;
  return follow(state, moment, trip);
}

// Along the shortest way for so long, and on to where a vehicle may be put.
bool Demand::follow(const State& state, double seconds, Trip& trip) const {
  const Row zone = trip.goal - 1;
  double ahead = seconds * kTenths;
  for (int i = 0; i < 10000; ++i) {
    const maps::Lane& l = state.map.lanes[trip.lane];
    const Cost here = left(zone, trip.lane), drive = drive_cost(state, trip.lane);
    if (here <= trip.end) return false;
    if (ahead < drive && starts_here(state, trip.lane)) {
      trip.s = l.length * std::max(0.0, ahead) / drive;
      return true;
    }
    Row next = kNone;
    for (const Row side : {l.left, l.right})
      if (side != kNone && may_change(state, trip.lane, side) && left(zone, side) + kChangeCost <= here) next = side;
    if (next != kNone) {
      ahead -= kChangeCost;
    } else {
      for (const Row way : state.map.successors(trip.lane))
        if (next == kNone || left(zone, way) < left(zone, next)) next = way;
      ahead -= drive;
    }
    if (next == kNone) return false;
    trip.lane = next;
  }
  return false;
}

double Demand::mean_trip_s(const State& state) const {
  constexpr int kSamples = 2000;
  double sum = 0;
  int trips = 0;
  for (int i = 0; i < kSamples; ++i) {
    Trip trip;
    if (!draw_ends(state, static_cast<std::uint32_t>(state.capacity()) + 2, i, trip)) continue;
    sum += (left(trip.goal - 1, trip.lane) - trip.end) / kTenths;
    ++trips;
  }
  return trips > 0 ? sum / trips : 0.0;
}

// Little's law.
std::int64_t Demand::to_begin_with(const State& state, std::int64_t most) const {
  if (!by_flows()) return most;
  const double per_s = plan_.trips_per_day * plan_.hours[hour_] / 3600.0;
  return std::min<std::int64_t>(most, std::llround(per_s * mean_trip_s(state)));
}

void Demand::set_off(Row row, const Trip& trip, bool underway) {
  trips_.goal[row] = trip.goal;
  trips_.end[row] = trip.end;
  if (trip.goal == 0) return;
  if (underway) {
    ++count_.underway[0];
    return;
  }
  ++ends_.begun[trip.from];
  if (by_flows()) --count_.waiting[0];
}

void Demand::choose_arrived(const State& state, std::vector<Row>& left_rows) const {
  if (!any()) return;
  const Vehicles& v = state.vehicles;
  std::sort(left_rows.begin(), left_rows.end());
  const std::size_t already = left_rows.size();
  const std::int64_t tick = state.world.step() / state.tick_steps;
  const auto first = static_cast<Row>(state.routes.size());
  for (Row row =
           first + static_cast<Row>((tick + first) % kLookTicks == 0 ? 0 : kLookTicks - (tick + first) % kLookTicks);
       row < state.rows(); row += kLookTicks) {
    if (trips_.goal[row] == 0 || !state.alive(row) || v.model[row] != Model::kRail) continue;
    if (v.held[row] != 0 || v.side[row] != Side::kNone || v.change_progress[row] < 1.0f) continue;
    if (zones_[trips_.goal[row] - 1].gate || !ends_here(state, v.lane(row))) continue;  // it leaves by itself
    if (left(trips_.goal[row] - 1, v.lane(row)) > trips_.end[row]) continue;
    if (!std::binary_search(left_rows.begin(), left_rows.begin() + static_cast<std::ptrdiff_t>(already), row))
      left_rows.push_back(row);
  }
  std::sort(left_rows.begin(), left_rows.end());
}

void Demand::forget(const State& state, Row row) {
  if (!any() || trips_.goal[row] == 0) return;
  const Row zone = trips_.goal[row] - 1;
  ++(left(zone, state.vehicles.lane(row)) <= trips_.end[row] ? ends_.arrived[zone] : count_.strayed[0]);
  trips_.goal[row] = 0;
  trips_.end[row] = 0;
}

}  // namespace bitgoeul::vehicles
