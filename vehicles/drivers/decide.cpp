#include "vehicles/drivers/decide.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"
#include "vehicles/drivers/path_follower.h"

namespace bitgoeul::vehicles {
namespace {

using sim::Binding;
using sim::LaneChange;

constexpr double kWallGapM = 0.6;      // left before a stop line
constexpr double kWallHeadwayS = 0.6;  // a line does not brake by surprise
constexpr double kOffWayMps = 2.5;
constexpr double kDurationS = 4.0;
constexpr double kUnhurriedM = 20.0;  // where there is room: over less, the front swings out of the lane it changes to
constexpr double kAskInAfterS = 2.0;
constexpr double kGiveUpS = 60.0;

double wall(IdmDriver driver, double v, double gap_m) {
  driver.gap_m = kWallGapM;
  driver.headway_s = kWallHeadwayS;
  return idm_interaction(driver, v, gap_m, 0.0);
}

// The speed that it is asked for is that of the next moment, so it is reached soon.
double towards(const sim::DriverView::Road& road, double wanted) {
  constexpr double kSoonS = 0.3;
  return (wanted < road.wished_mps ? 0.0 : road.wished_acceleration_mps2) + (wanted - road.speed_mps) / kSoonS;
}

}  // namespace

SpeedDecision decide_speed(const sim::DriverView::Road& road) {
  const double speed = road.speed_mps;
  const bool asked = road.wished_mps >= 0;
  double wanted = asked ? std::min(road.wished_mps, road.bend_mps) : road.wanted_mps;
  // Off its way, in a bend tighter than the wheels turn: slowly back.
  if (road.off_way) wanted = std::min(wanted, kOffWayMps);
  const IdmDriver driver{wanted, road.headway_s, road.acceleration_mps2, road.deceleration_mps2, road.gap_m};
  const double free = asked ? towards(road, wanted) : idm_free(driver, speed);
  SpeedDecision out{std::min(free, road.slowing_mps2 < 0 ? road.slowing_mps2 : free), Binding::kFree};
  if (road.leader_gap_m < sim::kNoStop)
    if (const double a = free + idm_interaction(driver, speed, road.leader_gap_m, road.leader_mps);
        a < out.acceleration_mps2)
      out = {a, Binding::kLeader};
  if (road.stop_gap_m < sim::kNoStop)
    if (const double a = free + wall(driver, speed, road.stop_gap_m); a < out.acceleration_mps2)
      out = {a, Binding::kStop};
  out.acceleration_mps2 = std::clamp(out.acceleration_mps2, -kHardestBrakingMps2, road.most_mps2);
  return out;
}

ChangeDecision decide_change(const sim::DriverView::Change& c, double speed) {
  if (c.progress < static_cast<double>(kChangeDone)) return {};
  if (c.progress < 1.0) return {speed < 0.5 ? LaneChange::kFinish : LaneChange::kKeep, 0};
  if (!c.wanted) return {};
  const double later = kChangeRoomM * (c.after - 1);  // for the changes after this one
  const double unhurried =
      c.wished ? std::max(c.wished_m, c.wished_s * speed) : std::max(kDurationS * speed, kUnhurriedM);
  if (c.gap)
    return {LaneChange::kStart, std::clamp(std::min(unhurried, c.room_m - 3.0 - later), kShortestChangeM,
                                           c.wished ? c.room_m : kLongestChangeM)};
  if (speed > 1.0) return {};
  if (c.waited_s > kGiveUpS) return {LaneChange::kGiveUp, 0};
  if (c.waited_s > kAskInAfterS && !c.beside && speed < 0.3) return {LaneChange::kAskIn, 0};
  return {LaneChange::kWait, 0};
}

double decide_steering(const sim::DriverView::Path& path, double progress, double speed_mps) {
  double lateral = path.lateral_m, heading = path.heading_rad;
  if (progress < 1.0) {
    lateral -= path.change_offset_m * change_profile(progress);
    heading += path.change_offset_m * change_slope(progress) / path.change_length_m;
  }
  const double curvature =
      follow_curvature(path.curvature, lateral, sim::wrap_angle(path.yaw_rad - heading), speed_mps);
  return std::clamp(sim::atan(curvature * path.wheelbase_m), -path.max_steering_rad, path.max_steering_rad);
}

sim::DriverDecision decide(const sim::DriverView& view) {
  const double speed = view.road.speed_mps;
  const SpeedDecision along = decide_speed(view.road);
  const ChangeDecision change = decide_change(view.change, speed);
  const double progress = change.change == LaneChange::kFinish ? 1.0 : view.change.progress;
  return {along.acceleration_mps2, decide_steering(view.path, progress, speed), along.binding, change.change,
          change.length_m};
}

}  // namespace bitgoeul::vehicles
