#include "vehicles/bus_stops.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <string>

#include "maps/lane_index.h"
#include "sim/random.h"
#include "vehicles/leaders.h"
#include "vehicles/riders.h"
#include "vehicles/start_place.h"

namespace bitgoeul::vehicles {
namespace {

// Stops by rule: behind a junction, as most in Korean cities are, on main streets; 450 m apart in the mean (an
// assumption: guides ask for 300 to 500 m in cities).
constexpr double kApartM = 450.0, kBehindJunctionM = 35.0, kBeforeJunctionM = 65.0;
constexpr std::uint64_t kRuleSeed = 0x62757373;
// Time at a stop: TCQSM (TCRP Report 165, 2013) counts on 15 s at usual stops and 30 s where many board.
constexpr double kShortestS = 10.0, kLongestS = 30.0;
constexpr double kFirmMps2 = 2.5, kThereM = 2.5, kStandsMps = 0.3;
constexpr double kBesideM = 12.0;  // from a sign or a shelter to the lane that it belongs to

bool names_a_stop(std::string_view text) {
  std::string plain;
  for (const char c : text)
    if (std::isalpha(static_cast<unsigned char>(c)) != 0)
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return plain.find("busstop") != std::string::npos;
}

bool main_street(maps::RoadClass road_class) {
  using maps::RoadClass;
  return road_class == RoadClass::kPrimary || road_class == RoadClass::kSecondary ||
         road_class == RoadClass::kTertiary || road_class == RoadClass::kUnknown;
}

bool bus_lane(const State& state, Row lane) {
  return at_kerb(state.map, lane) && starts_here(state, lane) &&
         state.map.roads[state.map.lanes[lane].road].tunnel == 0;
}

}  // namespace

std::uint16_t add_bus_type(Catalogue& catalogue) {
  if (const auto row = find_type(catalogue, kVillageBus)) return *row;
  VehicleType type;  // the size of a Hyundai County, long body
  type.name = kVillageBus;
  type.category = Category::kBus;
  type.length_m = 7.7, type.width_m = 2.04, type.height_m = 2.8;
  type.wheelbase_m = 4.1, type.center_x_m = 1.9, type.max_steering_rad = 0.7;
  type.max_speed_mps = 28, type.max_acceleration_mps2 = 1.5, type.max_deceleration_mps2 = 6.0;
  catalogue.push_back(type);
  return static_cast<std::uint16_t>(catalogue.size() - 1);
}

BusStops::BusStops(const State& state, std::size_t capacity) {
  add_of_map(state);
  if (stops_.empty()) add_by_rule(state);
  std::sort(stops_.begin(), stops_.end(),
            [](const Stop& a, const Stop& b) { return a.lane != b.lane ? a.lane < b.lane : a.s < b.s; });
  first_.assign(state.map.lanes.size() + 1, 0);
  for (const Stop& stop : stops_) ++first_[static_cast<std::size_t>(stop.lane) + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  sim::resize_table(table_, capacity);
}

// Signals 224 of Germany's catalogue, and signals and objects of any other that say what they are.
void BusStops::add_of_map(const State& state) {
  const maps::Map& map = state.map;
  const auto add = [&](double x, double y) {
    std::vector<maps::LaneMatch> near;
    maps::lanes_near(map, x, y, kBesideM, near);
    const maps::LaneMatch* best = nullptr;
    for (const maps::LaneMatch& match : near)
      if (bus_lane(state, match.lane) && (best == nullptr || match.distance < best->distance)) best = &match;
    if (best == nullptr) return;
    const double s = std::min(best->s, usable_end(state, best->lane));
    if (s > 15.0) stops_.push_back({best->lane, s});
  };
  for (const maps::Object& object : map.objects)
    if (names_a_stop(map.text_of(object.type)) || names_a_stop(map.text_of(object.name))) add(object.x, object.y);
  for (const maps::Signal& signal : map.signals) {
    const bool german = map.text_of(signal.type) == "224" && map.text_of(signal.country).starts_with("D");
    if (german || names_a_stop(map.text_of(signal.name)) || names_a_stop(map.text_of(signal.type)))
      add(signal.x, signal.y);
  }
}

void BusStops::add_by_rule(const State& state) {
  for (Row lane = 0; lane < static_cast<Row>(state.map.lanes.size()); ++lane) {
    const maps::Lane& l = state.map.lanes[lane];
    if (!main_street(state.map.roads[l.road].road_class) || !bus_lane(state, lane) || !open_to_riders(state, lane))
      continue;
    if (usable_end(state, lane) < kBehindJunctionM + kBeforeJunctionM) continue;
    const double share = l.length / kApartM;
    if (sim::uniform(kRuleSeed, static_cast<std::uint32_t>(lane), 0, sim::Stream::kBusStop) < share)
      stops_.push_back({lane, kBehindJunctionM});
  }
}

void BusStops::bind(sim::TableSet& state) {
  if (any()) state.add("bus_stops", table_);
}

BusStops::Next BusStops::next(const State& state, Row row, double horizon_m) const {
  const Way& way = state.vehicles.way[row];
  const double speed = state.speed(row);
  double start = -state.vehicles.s[row] - state.half_length(row);
  for (int i = kBack; i < kWay && way[i] != kNone && start < horizon_m; ++i) {
    const auto lane = static_cast<std::size_t>(way[i]);
    for (Row at = first_[lane]; at < first_[lane + 1]; ++at) {
      const double gap = start + stops_[static_cast<std::size_t>(at)].s;
      if (gap < -1.0 || table_.last[row] == at + 1) continue;
      // Who comes too fast, because it has just entered, passes it.
      if (speed * speed <= 2.0 * kFirmMps2 * std::max(gap, 0.1) || speed < 1.0) return {at, std::max(gap, 0.1)};
    }
    start += state.rules.lanes[way[i]].length;
  }
  return {};
}

double BusStops::gap_m(const State& state, Row row, double horizon_m) const {
  const Next found = next(state, row, horizon_m);
  return found.stop == kNone ? kFarM : found.gap_m;
}

void BusStops::serve(const State& state, Row row) {
  std::int64_t& leaves = table_.leaves_step[row];
  const std::int64_t now = state.world.step();
  const Next found = next(state, row, kThereM);
  if (found.stop == kNone || found.gap_m > kThereM || state.speed(row) > kStandsMps) return;
  if (leaves == 0) {
    const double u = sim::uniform(state.world.seed(), static_cast<std::uint32_t>(row), now, sim::Stream::kBusStop);
    const double dwell_s = kShortestS + (kLongestS - kShortestS) * u;
    leaves = 1 + now + static_cast<std::int64_t>(dwell_s / state.world.dt_s());
  } else if (leaves <= now) {
    table_.last[row] = found.stop + 1;
    leaves = 0;
    ++table_.count[row];
  }
}

void BusStops::forget(Row row) {
  if (any()) sim::clear_row(table_, static_cast<std::size_t>(row));
}

std::int64_t BusStops::served() const {
  return std::accumulate(table_.count.begin(), table_.count.end(), std::int64_t{0});
}

}  // namespace bitgoeul::vehicles
