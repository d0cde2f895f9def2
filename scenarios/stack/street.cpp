#include <algorithm>
#include <cmath>

#include "scenarios/stack/conform.h"
#include "scenarios/tracker.h"
#include "sim/math.h"
#include "vehicles/dynamics/kinematic_bicycle.h"

namespace bitgoeul::scenarios::stack {
namespace {

constexpr double kStepS = 0.05, kLaneM = 3.25, kLimitMps = 50 / 3.6;

}  // namespace

Street::Street(int egos, int objects) : signals_{{0, sim::SignalState::kGreen, 0, 0}} {
  init_.dt_ns = 10'000'000;
  init_.seed = 1;
  init_.radius_m = 200;
  for (int i = 0; i < egos; ++i) {
    sim::EgoInfo ego{i, "ego_" + std::to_string(i), "car", 4.6, 1.9, 1.5, 1.4, 2.8};
    ego.max_steering_rad = 0.6, ego.max_speed_mps = 50, ego.max_acceleration_mps2 = 3, ego.max_deceleration_mps2 = 8;
    init_.egos.push_back(ego);
    x_.push_back(-60.0 * i), y_.push_back(0.5), yaw_.push_back(0.02), speed_.push_back(5.0);
  }
  // On the other lanes, and one far ahead on the own.
  for (int i = 0; i < objects; ++i) {
    const int lane = i == 0 ? 0 : 1 + i % 3;
    objects_.push_back({{static_cast<std::uint32_t>(1000 + i), 1},
                        i == 0 ? 80.0 : -60.0 + 8.0 * i,
                        lane * kLaneM,
                        lane > 1 ? sim::kPi : 0.0,
                        lane == 0 ? 6.0 : 8.0,
                        4.5,
                        1.8});
  }
  paths_.resize(static_cast<std::size_t>(egos));
  seen_.resize(static_cast<std::size_t>(egos));
}

std::span<const sim::Observation> Street::observe() {
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    paths_[i].clear();
    for (std::size_t p = 0; p < sim::kPathPoints; ++p)
      paths_[i].push_back({x_[i] + sim::kPathStartM + sim::kPathStepM * static_cast<double>(p), 0, 0, 0, kLimitMps});
    sim::Observation& o = seen_[i];
    o = {};
    o.step = step_ * 5;
    o.time_ns = o.step * init_.dt_ns;
    o.ego = {static_cast<std::uint32_t>(i), 1};
    o.x = x_[i], o.y = y_[i], o.yaw_rad = yaw_[i], o.speed_mps = speed_[i];
    o.lane_offset_m = y_[i], o.lane_width_m = kLaneM;
    o.objects = objects_, o.path = paths_[i];
  }
  return seen_;
}

void Street::advance(std::span<const sim::Act> acts) {
  for (std::size_t i = 0; i < acts.size(); ++i) {
    const sim::EgoInfo& ego = init_.egos[i];
    sim::Command command{static_cast<float>(acts[i].acceleration_mps2), static_cast<float>(acts[i].steering_rad)};
    if (acts[i].kind == sim::ActKind::kTrajectory)
      command =
          track(acts[i].trajectory, kStepS, {x_[i], y_[i], yaw_[i], speed_[i], ego.wheelbase_m, ego.max_steering_rad});
    vehicles::BicycleState b{x_[i], y_[i], yaw_[i], speed_[i], command.steering_rad};
    vehicles::advance(b, std::clamp<double>(command.acceleration_mps2, -8, 3), command.steering_rad, ego.wheelbase_m,
                      ego.max_steering_rad, kStepS);
    x_[i] = b.x, y_[i] = b.y, yaw_[i] = b.yaw_rad, speed_[i] = b.speed_mps;
  }
  for (sim::ObservedObject& object : objects_)
    object.x += (std::fabs(object.yaw_rad) > 1 ? -1 : 1) * object.speed_mps * kStepS;
  ++step_;
}

}  // namespace bitgoeul::scenarios::stack
