#include "scenarios/stack/planner.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"
#include "vehicles/drivers/idm.h"
#include "vehicles/drivers/path_follower.h"

namespace bitgoeul::scenarios::stack {
namespace {

using sim::Observation;
using sim::PathPoint;

constexpr double kLateralMps2 = 1.8;  // in bends
constexpr double kBendBrakeMps2 = 1.2;
constexpr double kSideM = 0.3;  // beside a body on the way
constexpr double kWallGapM = 0.6, kWallHeadwayS = 0.6;
constexpr double kPreviewS = 0.15, kPreviewM = 0.3;

double overhang(const sim::EgoInfo& ego) { return ego.center_x_m + 0.5 * ego.length_m; }
double ahead_of(std::size_t i) { return sim::kPathStartM + static_cast<double>(i) * sim::kPathStepM; }

// The way `ahead_m` from the reference point.
PathPoint at(std::span<const PathPoint> path, double ahead_m) {
  const double u =
      std::clamp((ahead_m - sim::kPathStartM) / sim::kPathStepM, 0.0, static_cast<double>(path.size() - 1));
  const auto i = std::min(static_cast<std::size_t>(u), path.size() - 2);
  const double f = u - static_cast<double>(i);
  const PathPoint &a = path[i], &b = path[i + 1];
  return {a.x + f * (b.x - a.x), a.y + f * (b.y - a.y), a.heading_rad + f * (b.heading_rad - a.heading_rad),
          a.curvature + f * (b.curvature - a.curvature), a.limit_mps};
}

// Where a place is, along the way and left of it.
struct Foot {
  double ahead_m = 0, left_m = 1e9, heading_rad = 0;
};
Foot foot_of(std::span<const PathPoint> path, double x, double y) {
  std::size_t best = 0;
  double least = 1e18;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const double dx = x - path[i].x, dy = y - path[i].y, d = dx * dx + dy * dy;
    if (d < least) least = d, best = i;
  }
  double sine, cosine;
  sim::sincos(path[best].heading_rad, sine, cosine);
  const double dx = x - path[best].x, dy = y - path[best].y, along = dx * cosine + dy * sine;
  if (best + 1 == path.size() && along > sim::kPathStepM) return {};
  return {ahead_of(best) + along, dy * cosine - dx * sine, path[best].heading_rad};
}

double wanted_speed(const sim::EgoInfo& ego, const Observation& seen) {
  double wanted = ego.max_speed_mps;
  for (std::size_t i = 0; i < seen.path.size(); ++i) {
    const double ahead = std::max(0.0, ahead_of(i)), bend = std::fabs(seen.path[i].curvature);
    double cap = seen.path[i].limit_mps;
    if (bend > 1e-4) cap = std::min(cap, std::sqrt(kLateralMps2 / bend));
    wanted = std::min(wanted, std::sqrt(cap * cap + 2 * kBendBrakeMps2 * ahead));
  }
  return std::max(wanted, 0.5);
}

vehicles::IdmDriver driver(double wanted) { return {wanted, 1.4, 1.5, 2.0, 2.0}; }

// Whatever is on the way: bumper to bumper.
double behind_objects(const sim::EgoInfo& ego, const Observation& seen, const vehicles::IdmDriver& d) {
  double least = 0;
  for (const sim::ObservedObject& object : seen.objects) {
    const Foot foot = foot_of(seen.path, object.x, object.y);
    double sine, cosine;
    sim::sincos(object.yaw_rad - foot.heading_rad, sine, cosine);
    const double half_length = 0.5 * (std::fabs(cosine) * object.length_m + std::fabs(sine) * object.width_m);
    const double half_width = 0.5 * (std::fabs(sine) * object.length_m + std::fabs(cosine) * object.width_m);
    if (std::fabs(foot.left_m) > half_width + 0.5 * ego.width_m + kSideM) continue;
    const double gap = foot.ahead_m - half_length - overhang(ego);
    if (foot.ahead_m < ego.center_x_m) continue;  // beside or behind
    const double speed = std::max(0.0, object.speed_mps * cosine);
    least = std::min(least, vehicles::idm_interaction(d, seen.speed_mps, std::max(gap, 0.1), speed));
  }
  return least;
}

double before_line(const Observation& seen, vehicles::IdmDriver d, double distance_m) {
  d.gap_m = kWallGapM;
  d.headway_s = kWallHeadwayS;
  return vehicles::idm_interaction(d, seen.speed_mps, distance_m, 0.0);
}

double before_lines(const Observation& seen, const vehicles::IdmDriver& d) {
  double least = 0;
  if (seen.stop_m < 1e9 && seen.stop_m > -1.0) least = std::min(least, before_line(seen, d, seen.stop_m));
  for (const sim::ObservedSignal& signal : seen.signals) {
    if (signal.distance_m < -0.5) continue;
    const bool red = signal.state == sim::SignalState::kRed;
    const double stops = seen.speed_mps * seen.speed_mps / (2 * 3.5);
    const bool yellow = signal.state == sim::SignalState::kYellow && signal.distance_m > stops;
    if (red || yellow) least = std::min(least, before_line(seen, d, signal.distance_m));
  }
  return least;
}

// Nobody beside, before or behind on the lane that the route wants.
bool lane_is_free(const sim::EgoInfo& ego, const Observation& seen) {
  const double side = seen.lane_change * seen.lane_width_m;
  for (const sim::ObservedObject& object : seen.objects) {
    const Foot foot = foot_of(seen.path, object.x, object.y);
    if (std::fabs(foot.left_m - side) > 0.5 * seen.lane_width_m + 0.3) continue;
    const double front = foot.ahead_m - 0.5 * object.length_m - overhang(ego);
    const double rear = ego.center_x_m - 0.5 * ego.length_m - foot.ahead_m - 0.5 * object.length_m;
    const double closing = std::max(0.0, object.speed_mps - seen.speed_mps);
    if (front < 2.0 + 0.5 * seen.speed_mps && rear < 3.0 + 0.5 * object.speed_mps + 4.0 * closing) return false;
  }
  return true;
}

double steering(const sim::EgoInfo& ego, const Observation& seen) {
  const PathPoint here = at(seen.path, 0.0);
  const PathPoint preview = at(seen.path, kPreviewM + kPreviewS * seen.speed_mps);
  double sine, cosine;
  sim::sincos(here.heading_rad, sine, cosine);
  double left = (seen.y - here.y) * cosine - (seen.x - here.x) * sine;
  if (seen.lane_change != 0 && seen.speed_mps > 0.5 && lane_is_free(ego, seen))
    left -= seen.lane_change * seen.lane_width_m;
  // Far off, it comes back at a gentle angle.
  const double most = std::clamp(0.15 * seen.speed_mps, 0.4, 2.0);
  const double curvature = vehicles::follow_curvature(preview.curvature, std::clamp(left, -most, most),
                                                      sim::wrap_angle(seen.yaw_rad - here.heading_rad), seen.speed_mps);
  return std::clamp(sim::atan(curvature * ego.wheelbase_m), -ego.max_steering_rad, ego.max_steering_rad);
}

double acceleration(const sim::EgoInfo& ego, const Observation& seen) {
  vehicles::IdmDriver d = driver(wanted_speed(ego, seen));
  const double free = vehicles::idm_free(d, seen.speed_mps);
  double a = std::min(free, free + behind_objects(ego, seen, d));
  a = std::min(a, free + before_lines(seen, d));
  // A change of lanes needs room: what is left of the lane is a line too.
  if (seen.lane_change != 0) a = std::min(a, free + before_line(seen, d, std::max(0.2, seen.lane_change_in_m - 12.0)));
  return std::clamp(a, -ego.max_deceleration_mps2, ego.max_acceleration_mps2);
}

}  // namespace

sim::Act plan(const sim::EgoInfo& ego, const Observation& seen) {
  sim::Act act;
  act.kind = sim::ActKind::kControl;
  if (seen.path.size() < 2) {
    act.acceleration_mps2 = -3.0;  // it knows no way
    return act;
  }
  act.acceleration_mps2 = acceleration(ego, seen);
  act.steering_rad = steering(ego, seen);
  return act;
}

sim::Act plan_trajectory(const sim::EgoInfo& ego, const Observation& seen) {
  const sim::Act control = plan(ego, seen);
  if (seen.path.size() < 2 || (seen.lane_change != 0 && lane_is_free(ego, seen))) return control;
  constexpr int kPoints = 16;
  constexpr double kStepS = 0.2;
  sim::Act act;
  act.kind = sim::ActKind::kTrajectory;
  double speed = seen.speed_mps, ahead = 0;
  for (int i = 0; i < kPoints; ++i) {
    const PathPoint p = at(seen.path, ahead);
    const double pull = speed > 0 ? control.acceleration_mps2 : std::max(0.0, control.acceleration_mps2);
    act.trajectory.push_back({i * kStepS, p.x, p.y, p.heading_rad, speed, pull});
    ahead += vehicles::ballistic(speed, control.acceleration_mps2, kStepS);
  }
  return act;
}

bool Planner::start(const sim::StackInit& init) {
  init_ = init;
  return true;
}

bool Planner::ask(std::span<const sim::Observation> observations) {
  asked_ = observations;
  return true;
}

bool Planner::answer(std::span<sim::Act> acts) {
  for (std::size_t i = 0; i < acts.size(); ++i) {
    const auto ego = std::lower_bound(init_.egos.begin(), init_.egos.end(), asked_[i].ego.row(),
                                      [](const sim::EgoInfo& e, sim::Row row) { return e.row < row; });
    acts[i] = plan_(*ego, asked_[i]);
  }
  return true;
}

}  // namespace bitgoeul::scenarios::stack
