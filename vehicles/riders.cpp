#include "vehicles/riders.h"

#include <algorithm>

#include "vehicles/drivers/lane_change.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kFastestMps = 60.0 / 3.6 + 0.01;
constexpr double kFromEdgeM = 0.3;     // its outer side from the lane's edge
constexpr double kInJunctionM = 0.85;  // no farther from the middle: the paths of others are cleared for 2.6 m
constexpr double kSlope = 0.1;         // metres aside per metre driven
constexpr std::int64_t kLookTicks = 10;
constexpr double kChangeM = 15.0;
constexpr double kRoomM = 25.0;  // of lane ahead, for a change

}  // namespace

std::uint16_t add_cyclist_type(Catalogue& catalogue) {
  if (const auto row = find_type(catalogue, kBicycle)) return *row;
  VehicleType type;
  type.name = kBicycle;
  type.category = Category::kBicycle;
  type.length_m = 1.8, type.width_m = 0.65, type.height_m = 1.75;
  type.wheelbase_m = 1.05, type.center_x_m = 0.52;
  // People cycle at 16 km/h in a city (Copenhagen Bicycle Account 2014: 16.4 km/h). Drivers take 0.88 to 1 of it.
  type.max_speed_mps = 5.0;
  type.max_acceleration_mps2 = 1.0, type.max_deceleration_mps2 = 4.0;
  catalogue.push_back(type);
  return static_cast<std::uint16_t>(catalogue.size() - 1);
}

std::vector<std::uint8_t> ridden_types(const Catalogue& catalogue) {
  std::vector<std::uint8_t> out;
  for (const VehicleType& type : catalogue) out.push_back(type.category == Category::kBicycle ? 1 : 0);
  if (std::find(out.begin(), out.end(), 1) == out.end()) out.clear();
  return out;
}

bool open_to_riders(const State& state, Row row) {
  const maps::Lane& lane = state.map.lanes[row];
  const maps::Road& road = state.map.roads[lane.road];
  return state.rules.lanes[row].limit_mps < kFastestMps && road.tunnel == 0 &&
         road.road_class != maps::RoadClass::kMotorway && road.road_class != maps::RoadClass::kTrunk;
}

bool at_kerb(const maps::Map& map, Row row) {
  const maps::Lane& lane = map.lanes[row];
  return (map.roads[lane.road].left_hand_traffic ? lane.left : lane.right) == kNone;
}

double riders_place(const State& state, Row lane, double lane_width_m, double width_m) {
  if (!at_kerb(state.map, lane)) return 0.0;
  double place = std::max(0.0, 0.5 * lane_width_m - 0.5 * width_m - kFromEdgeM);
  if (!state.rules.lanes[lane].plain) place = std::min(place, kInJunctionM);
  return state.map.roads[state.map.lanes[lane].road].left_hand_traffic ? place : -place;
}

double drawn_to(double t, double place, double driven_m) {
  return t + std::clamp(place - t, -kSlope * driven_m, kSlope * driven_m);
}

void keep_to_kerb(State& state, Row row, std::size_t block) {
  if ((state.world.step() / state.tick_steps + row) % kLookTicks != 0) return;
  const Vehicles& v = state.vehicles;
  const Row own = v.lane(row);
  const LaneRule& rule = state.rules.lanes[own];
  if (at_kerb(state.map, own) || rule.junction != kNone || rule.controlled || v.held[row] != 0) return;
  if (v.side[row] != Side::kNone || v.change_progress[row] < 1.0f || v.request_step[row] >= 0) return;
  const maps::Lane& lane = state.map.lanes[own];
  const bool left = state.map.roads[lane.road].left_hand_traffic != 0;
  const Row target = left ? lane.left : lane.right;
  if (!(left ? lane.change_left : lane.change_right) || state.rules.lanes[target].closed ||
      state.rules.lanes[target].escape != kNone)
    return;
  const double s = center_s_on(state, row, target), half = state.half_length(row);
  if (s < half + 1.0 || state.rules.lanes[target].stop_s - s - half < kRoomM || !gap_fits(state, row, target, s))
    return;
  state.mailbox.post(
      block, {state.world.ids.id_of(row), static_cast<std::uint32_t>(Act::kChangeLane), 0, target, 0, kChangeM});
}

}  // namespace bitgoeul::vehicles
