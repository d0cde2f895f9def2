#include "scenarios/closed_loop/conflict.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"

namespace bitgoeul::scenarios::closed_loop {
namespace {

constexpr double kAheadM = 1.0, kBesideM = 0.15;  // what an agent wants free about its body
constexpr double kMovesMps = 0.3, kStandsMps = 0.5;
constexpr double kSameWayRad = sim::kPi / 4;
constexpr double kMostBrakingMps2 = 6.0, kMostGainMps2 = 2.0;

vehicles::Box box_of(const Way& way, int i, double ahead_m, double beside_m) {
  const Way::Pose& p = way.at[static_cast<std::size_t>(i)];
  vehicles::Box box;
  box.x = p.x, box.y = p.y, box.yaw_rad = p.yaw_rad;
  box.half_length = way.half_length + ahead_m, box.half_width = way.half_width + beside_m;
  return box;
}

bool near_each_other(const Way& agent, const Way& other, int i) {
  const Way::Pose &a = agent.at[static_cast<std::size_t>(i)], &b = other.at[static_cast<std::size_t>(i)];
  const double reach = agent.half_length + agent.half_width + other.half_length + other.half_width + 2 * kAheadM;
  if (std::fabs(a.x - b.x) > reach || std::fabs(a.y - b.y) > reach) return false;
  return vehicles::overlap(box_of(agent, i, kAheadM, kBesideM), box_of(other, i, 0, 0));
}

HandOver reason_of(const Way::Pose& agent, const Way::Pose& other, double other_now_mps) {
  double sine, cosine;
  sim::sincos(agent.yaw_rad, sine, cosine);
  const double ahead = (other.x - agent.x) * cosine + (other.y - agent.y) * sine;
  const bool same_way = std::fabs(sim::wrap_angle(other.yaw_rad - agent.yaw_rad)) < kSameWayRad;
  if (same_way && ahead < 0) return HandOver::kNone;  // it comes from behind: up to whoever drives it
  if (std::fabs(other_now_mps) < kStandsMps) return HandOver::kBlocked;
  return same_way ? HandOver::kLeaderChanged : HandOver::kPredictedConflict;
}

}  // namespace

std::string_view to_string(HandOver reason) {
  switch (reason) {
    case HandOver::kNone:
      return "none";
    case HandOver::kPredictedConflict:
      return "predicted_conflict";
    case HandOver::kBlocked:
      return "blocked";
    case HandOver::kLeaderChanged:
      return "leader_changed";
  }
  return "none";
}

Way predict(const Way::Pose& now, double acceleration_mps2, double yaw_rate_radps, double half_length,
            double half_width) {
  Way way;
  way.half_length = half_length, way.half_width = half_width;
  way.count = kSamples;
  const double a = std::clamp(acceleration_mps2, -kMostBrakingMps2, kMostGainMps2);
  Way::Pose p = now;
  for (Way::Pose& at : way.at) {
    at = p;
    const double end = std::max(0.0, p.speed_mps + a * kSampleS);
    const double driven = 0.5 * (p.speed_mps + end) * kSampleS;
    const double turn = p.speed_mps > kMovesMps ? yaw_rate_radps * kSampleS : 0.0;
    double sine, cosine;
    sim::sincos(p.yaw_rad + 0.5 * turn, sine, cosine);
    p.x += driven * cosine, p.y += driven * sine;
    p.yaw_rad += turn;
    p.speed_mps = end;
  }
  return way;
}

Conflict conflict_between(const Way& agent, const Way& other, const Way* other_in_log) {
  const int count = std::min(agent.count, other.count);
  for (int i = 0; i < count; ++i) {
    if (std::fabs(agent.at[static_cast<std::size_t>(i)].speed_mps) < kMovesMps) continue;  // stands: it hits nobody
    if (!near_each_other(agent, other, i)) continue;
    if (other_in_log != nullptr && i < other_in_log->count && near_each_other(agent, *other_in_log, i)) continue;
    const HandOver reason =
        reason_of(agent.at[static_cast<std::size_t>(i)], other.at[static_cast<std::size_t>(i)], other.at[0].speed_mps);
    return reason == HandOver::kNone ? Conflict{} : Conflict{reason, i * kSampleS};
  }
  return {};
}

}  // namespace bitgoeul::scenarios::closed_loop
