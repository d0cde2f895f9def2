// freeze, stage 6: speed limits, and the comfort cap that bends ahead put on the speed.
#include <algorithm>
#include <cmath>

#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kLateralMps2 = 2.0;
constexpr double kBrakingMps2 = 1.5;
constexpr int kPasses = 8;  // over links: bends that far ahead are seen through short lanes

struct Stretch {
  double s = 0, speed_mps = 0;
};

double value_at(const std::vector<Stretch>& steps, double s) {
  double value = 0.0;
  for (const Stretch& step : steps)
    if (step.s <= s) value = step.speed_mps;
  return value;
}

template <class T>
std::vector<Stretch> sorted(const std::vector<T>& speeds, double shift) {
  std::vector<Stretch> out;
  for (const T& speed : speeds)
    if (std::isfinite(speed.s) && std::isfinite(speed.speed_mps)) out.push_back({speed.s + shift, speed.speed_mps});
  std::stable_sort(out.begin(), out.end(), [](const Stretch& a, const Stretch& b) { return a.s < b.s; });
  return out;
}

// The limit that holds on most of the lane: its own, else the road's, else the default. `changes` tells that it is not
// the only one.
double limit_of(const Freezer& f, Row row, bool& changes) {
  const Lane& lane = f.map.lanes[row];
  const auto own = sorted(f.lanes[row].lane->speeds, lane.s_begin), road = sorted(f.lanes[row].road->speeds, 0.0);
  std::vector<double> cuts{lane.s_begin, lane.s_end};
  for (const auto* steps : {&own, &road})
    for (const Stretch& step : *steps)
      if (step.s > lane.s_begin && step.s < lane.s_end) cuts.push_back(step.s);
  std::sort(cuts.begin(), cuts.end());
  std::vector<Stretch> cover;  // s holds the covered length here
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const double middle = 0.5 * (cuts[i] + cuts[i + 1]);
    double speed = value_at(own, middle);
    if (speed <= 0.0) speed = value_at(road, middle);
    if (speed <= 0.0) speed = f.options.default_speed_mps;
    const auto same = std::find_if(cover.begin(), cover.end(), [&](const Stretch& c) { return c.speed_mps == speed; });
    if (same != cover.end())
      same->s += cuts[i + 1] - cuts[i];
    else
      cover.push_back({cuts[i + 1] - cuts[i], speed});
  }
  changes = cover.size() > 1;
  const auto most = std::max_element(cover.begin(), cover.end(), [](const Stretch& a, const Stretch& b) {
    return a.s != b.s ? a.s < b.s : a.speed_mps > b.speed_mps;
  });
  return most->speed_mps;
}

// Lowers the caps so that braking kBrakingMps2 reaches each lower one ahead; true when something changed.
bool brake_backwards(Map& map, const Lane& lane, double end_cap) {
  bool changed = false;
  double next = end_cap, next_s = lane.length;
  for (Row i = lane.points.end - 1; i >= lane.points.begin; --i) {
    LanePoint& p = map.points[i];
    const double reachable = std::sqrt(next * next + 2.0 * kBrakingMps2 * std::max(0.0, next_s - p.s));
    if (reachable < p.speed_cap_mps) p.speed_cap_mps = reachable, changed = true;
    next = p.speed_cap_mps;
    next_s = p.s;
  }
  return changed;
}

// What every way on demands at the lane's end. A driver who knows his way looks further himself.
double cap_after(const Map& map, Row lane) {
  double cap = 0.0;
  for (const Row next : map.successors(lane))
    cap = std::max(cap, map.points[map.lanes[next].points.begin].speed_cap_mps);
  return map.lanes[lane].successors.empty() ? kNoSpeedCap : cap;
}

void comfort_caps(Map& map) {
  for (LanePoint& p : map.points) {
    const double bend = std::abs(p.curvature);
    p.speed_cap_mps = bend * kNoSpeedCap * kNoSpeedCap > kLateralMps2 ? std::sqrt(kLateralMps2 / bend) : kNoSpeedCap;
  }
  for (const Lane& lane : map.lanes) brake_backwards(map, lane, kNoSpeedCap);
  bool changed = true;
  for (int pass = 0; pass < kPasses && changed; ++pass) {
    changed = false;
    for (Row lane = static_cast<Row>(map.lanes.size()) - 1; lane >= 0; --lane)
      changed = brake_backwards(map, map.lanes[lane], cap_after(map, lane)) || changed;
  }
}

}  // namespace

void freeze_speeds(Freezer& f) {
  int mixed = 0;
  Row first = kNone;
  for (Row row = 0; row < static_cast<Row>(f.map.lanes.size()); ++row) {
    bool changes = false;
    f.map.lanes[row].speed_limit_mps = limit_of(f, row, changes);
    if (!changes || !drivable(f.map.lanes[row].type)) continue;
    if (mixed++ == 0) first = row;
  }
  if (mixed > 0)
    f.report(sim::Severity::kInfo, f.lanes[first].lane->line, f.lane_name(first),
             std::to_string(mixed) +
                 " lanes change their speed limit within a lane section; each keeps the one that covers most of it",
             "split the lane section where the limit changes");
  comfort_caps(f.map);
}

}  // namespace bitgoeul::maps::detail
