#include "viewer/intent.h"

#include <algorithm>
#include <cmath>

#include "vehicles/dynamics/kinematic_bicycle.h"

namespace bitgoeul::viewer {

namespace {

constexpr std::int64_t kKeepNs = 60'000'000'000;
constexpr double kOnRouteM = 4;  // farther from each of its lanes: not on its route

std::size_t at_row(maps::Row row) { return static_cast<std::size_t>(row); }

struct Foot {
  std::size_t index = 0;  // of the route's lanes
  double s = 0, distance = 1e9;
};

// Where the route passes nearest, in the direction of the vehicle; of a lane that it drives twice the first time.
Foot foot_on(const maps::Map& map, const Route& route, const Vec3& place, double yaw_rad) {
  Foot best;
  for (std::size_t i = 0; i < route.lanes.size(); ++i) {
    const auto points = map.lane_points(route.lanes[i]);
    for (std::size_t k = 1; k < points.size(); ++k) {
      const maps::LanePoint &a = points[k - 1], &b = points[k];
      const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
      if (!(length2 > 0) || std::cos(a.heading - yaw_rad) < 0) continue;
      const double u = std::clamp(((place.x() - a.x) * dx + (place.y() - a.y) * dy) / length2, 0.0, 1.0);
      const double distance =
          std::hypot(place.x() - a.x - u * dx, place.y() - a.y - u * dy) + std::max(0.0, std::abs(a.z - place.z()) - 2);
      if (distance < best.distance - 1e-6) best = {i, a.s + u * (b.s - a.s), distance};
    }
  }
  return best;
}

// Left for a neighbour before its end: a change of lanes.
bool changed_off(const maps::Map& map, maps::Row lane, maps::Row next) {
  const auto onward = map.successors(lane);
  return std::find(onward.begin(), onward.end(), next) == onward.end();
}

}  // namespace

bool IntentLog::covers(std::int64_t time_ns) {
  std::lock_guard lock(mutex_);
  return time_ns >= from_ns_ && time_ns <= to_ns_;
}

void IntentLog::set(std::int64_t from_ns, std::int64_t to_ns, std::vector<replay::StepRecord> steps) {
  std::lock_guard lock(mutex_);
  from_ns_ = from_ns, to_ns_ = to_ns, steps_ = std::move(steps);
}

void IntentLog::add(replay::StepRecord step) {
  std::lock_guard lock(mutex_);
  if (steps_.empty() || step.time_ns <= steps_.back().time_ns) steps_.clear(), from_ns_ = step.time_ns;
  to_ns_ = step.time_ns;
  steps_.push_back(std::move(step));
  if (steps_.back().time_ns - steps_.front().time_ns <= 2 * kKeepNs) return;
  std::erase_if(steps_, [oldest = to_ns_ - kKeepNs](const replay::StepRecord& s) { return s.time_ns < oldest; });
  from_ns_ = steps_.front().time_ns;
}

void IntentLog::clear() {
  std::lock_guard lock(mutex_);
  from_ns_ = 0, to_ns_ = -1, steps_.clear();
}

Intent IntentLog::at(std::int64_t time_ns, sim::Row row) {
  std::lock_guard lock(mutex_);
  Intent intent;
  bool acted = false;
  const auto later = std::upper_bound(steps_.begin(), steps_.end(), time_ns,
                                      [](std::int64_t t, const replay::StepRecord& s) { return t < s.time_ns; });
  for (auto step = std::make_reverse_iterator(later); step != steps_.rend(); ++step) {
    if (time_ns - step->time_ns > kIntentNs || (intent.command && acted)) break;
    if (!intent.command)
      for (const replay::RecordedCommand& c : step->commands)
        if (c.entity == row) intent.command = c.command;
    if (acted) continue;
    for (const replay::RecordedAct& a : step->acts) {
      if (a.entity != row || a.act.kind == sim::ActKind::kHold) continue;
      acted = true;
      intent.planned_ns = step->time_ns;
      if (a.act.kind == sim::ActKind::kTrajectory) intent.plan = a.act.trajectory;
    }
  }
  return intent;
}

std::vector<Vec3> way_ahead(const maps::Map& map, const Route& route, const Vec3& place, double yaw_rad,
                            double length_m) {
  std::vector<Vec3> way;
  const Foot foot = foot_on(map, route, place, yaw_rad);
  if (foot.distance > kOnRouteM) return way;
  way.push_back(place);
  double length = 0;
  const std::size_t count = route.lanes.size();
  for (std::size_t i = foot.index; length < length_m; ++i) {
    if (i >= count && !route.closed) break;
    if (i >= foot.index + 2 * count) break;
    const maps::Row lane = route.lanes[i % count];
    const bool last = !route.closed && i + 1 == count;
    if (!last && changed_off(map, lane, route.lanes[(i + 1) % count])) continue;
    for (const maps::LanePoint& p : map.lane_points(lane)) {
      if (i == foot.index && p.s <= foot.s) continue;
      if ((last && p.s > route.end_s) || length >= length_m) break;
      const Vec3 next(p.x, p.y, p.z);
      length += (next - way.back()).norm();
      way.push_back(next);
    }
  }
  return way;
}

double route_left_m(const maps::Map& map, const Route& route, const Vec3& place, double yaw_rad) {
  const Foot foot = foot_on(map, route, place, yaw_rad);
  if (route.closed || foot.distance > kOnRouteM) return -1;
  double left = -foot.s;
  for (std::size_t i = foot.index; i < route.lanes.size(); ++i) {
    const bool last = i + 1 == route.lanes.size();
    // A change happens where the lane is entered, so that the neighbour's length counts alone.
    if (!last && changed_off(map, route.lanes[i], route.lanes[i + 1])) continue;
    left += last ? route.end_s : map.lanes[at_row(route.lanes[i])].length;
  }
  return std::max(0.0, left);
}

std::vector<Vec3> command_arc(const Vec3& place, double yaw_rad, double speed_mps, double wheelbase_m,
                              const sim::Command& command, double seconds) {
  constexpr double kStep = 0.1;
  const double steering = static_cast<double>(command.steering_rad);
  std::vector<Vec3> arc{place};
  vehicles::BicycleState b{place.x(), place.y(), yaw_rad, speed_mps, steering};
  for (double t = kStep; t < seconds + 0.5 * kStep; t += kStep) {
    if (vehicles::advance(b, static_cast<double>(command.acceleration_mps2), steering, wheelbase_m, std::abs(steering),
                          kStep) == 0)
      break;
    arc.emplace_back(b.x, b.y, place.z());
  }
  return arc;
}

}  // namespace bitgoeul::viewer
