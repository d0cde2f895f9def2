#include "scenarios/observe.h"

#include <algorithm>

#include "maps/lane_geometry.h"
#include "sim/math.h"
#include "vehicles/drivers/right_of_way.h"
#include "vehicles/dynamics/rail.h"
#include "vehicles/way.h"

namespace bitgoeul::scenarios {
namespace {

using sim::Row;
using vehicles::kBack;
using vehicles::kWay;

constexpr double kSignalsM = 150.0;
constexpr double kGridSlackM = 10.0;  // what moves within a tick

void observe_ego(const vehicles::State& state, Row row, sim::Observation& o) {
  const sim::Entities& e = state.world.entities;
  const vehicles::Vehicles& v = state.vehicles;
  o.step = state.world.step();
  o.time_ns = state.world.time_ns();
  o.ego = state.world.ids.id_of(row);
  o.x = e.x[row], o.y = e.y[row], o.z = e.z[row];
  o.yaw_rad = e.yaw_rad[row];
  o.speed_mps = e.speed_mps[row];
  o.acceleration_mps2 = e.acceleration_mps2[row];
  o.yaw_rate_radps = e.yaw_rate_radps[row];
  o.steering_rad = v.steering_rad[row];
}

void observe_lane(const vehicles::State& state, Row row, sim::Observation& o) {
  const vehicles::Vehicles& v = state.vehicles;
  const Row lane = v.lane(row);
  o.lane_offset_m = v.t[row];
  o.lane_width_m = maps::lane_pose(state.map, lane, v.s[row]).width;
  const Row wanted = vehicles::wanted_lane(state, row);
  o.lane_change = wanted == sim::kNone ? 0 : state.map.lanes[lane].left == wanted ? 1 : -1;
  o.lane_change_in_m = wanted == sim::kNone ? 0 : state.rules.lanes[lane].length - v.s[row] - state.half_length(row);
  const auto gate =
      vehicles::closed_gate(state, row, vehicles::planning_horizon(state.speed(row), v.deceleration_mps2[row]));
  o.stop_m = gate ? gate->distance : sim::kNoStop;
}

void observe_objects(const vehicles::State& state, const sim::Grid& grid, Row ego, double radius_m,
                     std::vector<sim::ObservedObject>& out) {
  const sim::Entities& e = state.world.entities;
  out.clear();
  grid.each_near(e.x[ego], e.y[ego], radius_m + kGridSlackM, [&](Row row) {
    if (row == ego || !state.alive(row) || out.size() == out.capacity()) return;
    const vehicles::Place at = vehicles::place_now(state, row);
    double sine, cosine;
    sim::sincos(at.yaw_rad, sine, cosine);
    const double x = at.x + e.center_x_m[row] * cosine, y = at.y + e.center_x_m[row] * sine;
    const double dx = x - e.x[ego], dy = y - e.y[ego];
    if (dx * dx + dy * dy > radius_m * radius_m) return;
    out.push_back({state.world.ids.id_of(row), x, y, at.yaw_rad, at.speed_mps, e.length_m[row], e.width_m[row]});
  });
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

void observe_signals(const vehicles::State& state, Row row, std::vector<sim::ObservedSignal>& out) {
  const vehicles::Way& way = state.vehicles.way[row];
  const sim::Signals& signals = state.world.signals;
  out.clear();
  double start = -state.vehicles.s[row] - state.half_length(row);  // of way[i], from the front
  for (int i = kBack; i + 1 < kWay && way[i + 1] != sim::kNone && start < kSignalsM; ++i) {
    const Row group = state.rules.lanes[way[i + 1]].signal_group;
    const double distance = start + state.rules.lanes[way[i]].stop_s;
    start += state.rules.lanes[way[i]].length;
    if (group == sim::kNone || distance > kSignalsM) continue;
    const auto seconds_to = [&](std::int64_t step) {
      return static_cast<double>(step - state.world.step()) * state.world.dt_s();
    };
    out.push_back({group, signals.state[group], distance, seconds_to(signals.next_change_step[group]),
                   seconds_to(sim::earliest_change(signals, state.world.signal_windows, group)),
                   seconds_to(sim::latest_change(signals, state.world.signal_windows, group))});
  }
}

void observe_path(const vehicles::State& state, Row row, std::vector<sim::PathPoint>& out) {
  const vehicles::Way& way = state.vehicles.way[row];
  const double center = state.world.entities.center_x_m[row];
  double end = -state.vehicles.s[row];  // of the known way, from the box centre
  for (int i = kBack; i < kWay && way[i] != sim::kNone; ++i) end += state.rules.lanes[way[i]].length;
  out.clear();
  Row hint = sim::kNone, lane = sim::kNone;
  for (std::size_t i = 0; i < sim::kPathPoints; ++i) {
    const double ahead = sim::kPathStartM + static_cast<double>(i) * sim::kPathStepM - center;
    if (ahead > end) break;
    const vehicles::WayPlace place = vehicles::way_place(state, row, ahead);
    if (place.lane != lane) hint = sim::kNone, lane = place.lane;
    maps::LanePose pose = maps::lane_pose(state.map, lane, place.s, 0.0, hint);
    // Each lane counts its turns for itself; the way goes on smoothly.
    if (!out.empty()) pose.heading = out.back().heading_rad + sim::wrap_angle(pose.heading - out.back().heading_rad);
    out.push_back({pose.x, pose.y, pose.heading, pose.curvature, state.rules.lanes[lane].limit_mps});
  }
}

}  // namespace

void reserve(ObservationRoom& room) {
  room.objects.reserve(1024);
  room.signals.reserve(kWay);
  room.path.reserve(sim::kPathPoints);
}

void observe(const vehicles::State& state, const sim::Grid& grid, Row ego, double radius_m, ObservationRoom& room) {
  room.observation = {};
  observe_ego(state, ego, room.observation);
  observe_lane(state, ego, room.observation);
  observe_objects(state, grid, ego, radius_m, room.objects);
  observe_signals(state, ego, room.signals);
  observe_path(state, ego, room.path);
  room.observation.objects = room.objects;
  room.observation.signals = room.signals;
  room.observation.path = room.path;
}

sim::EgoInfo info_of(const vehicles::State& state, Row ego, const std::string& name, std::uint16_t type) {
  const vehicles::VehicleType& t = state.catalogue[type];
  sim::EgoInfo info{ego, name, t.name, t.length_m, t.width_m, t.height_m, t.center_x_m, t.wheelbase_m};
  info.max_steering_rad = t.max_steering_rad;
  info.max_speed_mps = t.max_speed_mps;
  info.max_acceleration_mps2 = t.max_acceleration_mps2;
  info.max_deceleration_mps2 = t.max_deceleration_mps2;
  return info;
}

}  // namespace bitgoeul::scenarios
