// Preventability by UN R157 (Annex 4, appendix 3): what the careful and competent driver would have seen of the one
// that was run into, from when on, and whether that driver's braking would have been enough. Three disturbances:
// somebody cuts in, the one ahead cuts out and uncovers somebody, the one ahead brakes.
#include <algorithm>
#include <cmath>

#include "maps/lane_index.h"
#include "scenarios/criteria/watch.h"

namespace bitgoeul::scenarios::criteria {
namespace {

constexpr double kWanderM = 0.375;      // nobody thinks anything of less (appendix 3, "wandering zone")
constexpr double kHardBraking = 5.0;    // m/s2 of the one ahead that make a risk
constexpr double kRiskTtcS = 2.0;       // a cut-in that leaves more time is none
constexpr double kDisturbedS = 6.0;     // what happened longer ago explains nothing
constexpr double kBrakingPauseS = 1.0;  // a longer pause, and it is another braking
constexpr double kRememberedS = 10.0, kFrameS = 0.1;

// The one ahead would have gone on braking as in the last frame before it was struck.
void brake_on(std::vector<double>& fronts) {
  if (fronts.size() < 2) return;
  const double lost = fronts[fronts.size() - 2] - fronts.back();
  while (lost > 0.01 && fronts.back() > 0) fronts.push_back(std::max(fronts.back() - lost, 0.0));
}

void since(double& from_s, bool holds, double now_s) {
  if (!holds)
    from_s = -1;
  else if (from_s < 0)
    from_s = now_s;
}

}  // namespace

const Near* near_of(const Ego& ego, Row other) {
  const auto found = std::find_if(ego.near.begin(), ego.near.end(), [&](const Near& n) { return n.row == other; });
  return found == ego.near.end() ? nullptr : &*found;
}

void watch_near(Watch& watch, Ego& ego, Row other, double t, double gap, double front_mps) {
  const sim::Entities& e = watch.now->entities;
  maps::LaneQuery query;
  query.use_heading = query.use_z = true;
  query.heading = e.yaw_rad[other], query.z = e.z[other];
  const Thing body = watch.body(other);
  const double middle = 0.5 * (body.front + body.rear);
  double sine = 0, cosine = 1;
  sim::sincos(body.yaw, sine, cosine);
  const auto lane = maps::nearest_lane(*watch.map, body.x + middle * cosine, body.y + middle * sine, query);
  auto at = std::find_if(ego.near.begin(), ego.near.end(), [&](const Near& n) { return n.row == other; });
  const bool first = at == ego.near.end();
  if (first) at = ego.near.insert(at, Near{.row = other});
  Near& near = *at;
  const double centre = lane ? t - lane->t : t;  // of the lane that the other is in, on the way of this one
  const bool was_in = near.in_lane;
  near.in_lane = std::abs(centre) < 1.0;
  const bool wanders = lane && std::abs(lane->t) > kWanderM;
  const bool comes = wanders && std::abs(t) < std::abs(centre);
  if (!near.in_lane)
    since(near.coming_s, comes, watch.time_s);
  else if (!was_in && !first && near.coming_s < 0)
    near.coming_s = watch.time_s;  // from one frame to the next
  if (near.in_lane) since(near.leaving_s, wanders, watch.time_s);
  if (e.acceleration_mps2[other] <= -kHardBraking) {
    if (near.braked_s < 0 || watch.time_s - near.braked_s > kBrakingPauseS) near.braking_s = watch.time_s;
    near.braked_s = watch.time_s;
  }
  std::erase_if(near.past, [&](const Near::Then& then) { return then.time_s < watch.time_s - kRememberedS; });
  near.past.push_back({watch.time_s, gap, front_mps, ego.speed});
}

void forget_far(Watch& watch, Ego& ego) {
  std::erase_if(ego.near, [&](const Near& near) { return near.past.back().time_s < watch.time_s; });
}

bool careful_avoids(const Ego& ego, Row other, double now_s) {
  const Near* near = near_of(ego, other);
  if (near == nullptr) return true;
  const auto lately = [&](double from_s) { return from_s >= 0 && now_s - from_s <= kDisturbedS; };
  const bool cut_in = lately(near->coming_s);
  const bool cut_out = !cut_in && ego.leader == other && lately(ego.revealed_s);
  if (!cut_in && !cut_out && !lately(near->braking_s)) return true;  // it was there to be seen
  const double from_s = cut_in ? near->coming_s : cut_out ? ego.revealed_s : near->braking_s;
  const auto seen = std::find_if(near->past.begin(), near->past.end(), [&](const Near::Then& then) {
    const double closing = then.speed - then.front_mps;
    return then.time_s >= from_s - 1e-9 && (!cut_in || (closing > 0 && then.gap <= kRiskTtcS * closing));
  });
  if (seen == near->past.end()) return true;
  std::vector<double> fronts;
  for (auto then = seen; then != near->past.end(); ++then) fronts.push_back(then->front_mps);
  brake_on(fronts);
  return careful_driver_avoids(seen->speed, seen->gap, fronts, kFrameS);
}

}  // namespace bitgoeul::scenarios::criteria
