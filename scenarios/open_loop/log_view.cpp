#include "scenarios/open_loop/log_view.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "sim/math.h"
#include "vehicles/way.h"

namespace bitgoeul::scenarios::open_loop {
namespace {

using maps::Row;

constexpr double kOverS = 0.2;  // to both sides, for rates
constexpr double kSlowMps = 1.0;
constexpr double kSignalsM = 150.0;
constexpr double kLaneWidthM = 3.5;  // where no map says one
constexpr double kLeastLimitMps = 30 / 3.6, kLimitStepMps = 10 / 3.6;

sim::PathPoint straight_on(sim::PathPoint p, double by_m) {
  double sine, cosine;
  sim::sincos(p.heading_rad, sine, cosine);
  p.x += by_m * cosine, p.y += by_m * sine;
  p.curvature = 0;
  return p;
}

// Each part of the way counts its turns for itself; the way goes on smoothly.
void add_point(std::vector<sim::PathPoint>& path, sim::PathPoint p) {
  if (!path.empty()) p.heading_rad = path.back().heading_rad + sim::wrap_angle(p.heading_rad - path.back().heading_rad);
  path.push_back(p);
}

}  // namespace

std::optional<LoggedMotion> motion_at(const replay::LoggedTrack& track, std::int64_t time_ns, std::size_t& hint) {
  const auto here = replay::track_at(track, time_ns, hint);
  if (!here) return std::nullopt;
  LoggedMotion m{here->x,
                 here->y,
                 static_cast<double>(here->z),
                 static_cast<double>(here->yaw),
                 static_cast<double>(here->speed),
                 static_cast<double>(here->acceleration),
                 0};
  constexpr auto kOverNs = static_cast<std::int64_t>(kOverS * 1e9);
  std::size_t before_hint = hint, after_hint = hint;
  const auto before = replay::track_at(track, time_ns - kOverNs, before_hint);
  const auto after = replay::track_at(track, time_ns + kOverNs, after_hint);
  if (!before && !after) return m;
  const replay::TrackPoint &a = before ? *before : *here, &b = after ? *after : *here;
  const double passed = static_cast<double>(b.time_ns - a.time_ns) * 1e-9;
  m.acceleration_mps2 = static_cast<double>(b.speed - a.speed) / passed;
  m.yaw_rate_radps = sim::wrap_angle(static_cast<double>(b.yaw) - static_cast<double>(a.yaw)) / passed;
  return m;
}

std::optional<double> steering_of(const LoggedMotion& motion, double wheelbase_m) {
  if (std::fabs(motion.speed_mps) < kSlowMps) return std::nullopt;
  return sim::atan(wheelbase_m * motion.yaw_rate_radps / motion.speed_mps);
}

LogView::LogView(const LogViewSetup& setup)
    : setup_(setup), host_(setup.tracks->tracks[setup.host]), hints_(setup.tracks->tracks.size(), 0) {
  if (setup_.map != nullptr) {
    maps::Router router(*setup_.map);
    lanes_ = closed_loop::lanes_under(*setup_.map, router, host_);
  }
  double fastest = kLeastLimitMps;
  for (std::size_t i = 0; i < host_.points.size(); ++i) {
    const replay::TrackPoint& p = host_.points[i];
    const double step = i > 0 && !p.begins ? sim::hypot(p.x - host_.points[i - 1].x, p.y - host_.points[i - 1].y) : 0;
    driven_.push_back(i > 0 ? driven_.back() + step : 0);
    fastest = std::max(fastest, static_cast<double>(p.speed));
  }
  limit_mps_ = std::ceil(fastest / kLimitStepMps - 1e-9) * kLimitStepMps;
}

bool LogView::at(std::int64_t time_ns, ObservationRoom& room) {
  const auto motion = motion_at(host_, time_ns, hints_[setup_.host]);
  if (!motion) return false;
  sim::Observation& o = room.observation = {};
  o.time_ns = time_ns;
  o.ego = {static_cast<std::uint32_t>(host_.row), 1};
  o.x = motion->x, o.y = motion->y, o.z = motion->z, o.yaw_rad = motion->yaw_rad;
  o.speed_mps = motion->speed_mps, o.acceleration_mps2 = motion->acceleration_mps2;
  o.yaw_rate_radps = motion->yaw_rate_radps;
  o.steering_rad = steering_of(*motion, setup_.wheelbase_m).value_or(0);
  room.objects.clear(), room.signals.clear(), room.path.clear();
  if (setup_.told != nullptr)
    tell(*setup_.told, time_ns, o.x, o.y, setup_.radius_m, room.objects);
  else
    observe_objects(time_ns, room);
  const std::size_t point = hints_[setup_.host];
  if (point < lanes_.cursor.size() && lanes_.cursor[point] >= 0)
    observe_lanes(time_ns, room);
  else
    observe_own_way(room);
  o.objects = room.objects, o.signals = room.signals, o.path = room.path;
  return true;
}

void LogView::observe_objects(std::int64_t time_ns, ObservationRoom& room) {
  const auto& tracks = setup_.tracks->tracks;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (i == setup_.host) continue;
    const auto p = replay::track_at(tracks[i], time_ns, hints_[i]);
    if (!p) continue;
    const double yaw = static_cast<double>(p->yaw);
    double sine, cosine;
    sim::sincos(yaw, sine, cosine);
    const double x = p->x + tracks[i].center_x_m * cosine, y = p->y + tracks[i].center_x_m * sine;
    if (sim::hypot(x - room.observation.x, y - room.observation.y) > setup_.radius_m) continue;
    room.objects.push_back({sim::Id{static_cast<std::uint32_t>(i), 1}, x, y, yaw, static_cast<double>(p->speed),
                            tracks[i].length_m, tracks[i].width_m});
  }
}

void LogView::tell(const std::vector<Told>& told, std::int64_t time_ns, double x, double y, double radius_m,
                   std::vector<sim::ObservedObject>& out) {
  out.clear();
  auto above = std::upper_bound(told.begin(), told.end(), time_ns,
                                [](std::int64_t time, const Told& t) { return time < t.output_ns; });
  if (above == told.begin()) return;
  for (const sim::ObservedObject& object : (--above)->objects)
    if (sim::hypot(object.x - x, object.y - y) <= radius_m) out.push_back(object);
}

// One behind the last lane of the way that lanes link, from the one at the cursor on.
std::size_t LogView::way_end(std::size_t cursor) const {
  const auto& route = lanes_.route;
  std::size_t end = cursor + 1;
  while (end < route.size() && vehicles::is_successor(*setup_.map, route[end - 1], route[end])) ++end;
  return end;
}

void LogView::observe_lanes(std::int64_t time_ns, ObservationRoom& room) {
  const maps::Map& map = *setup_.map;
  sim::Observation& o = room.observation;
  const auto cursor = static_cast<std::size_t>(lanes_.cursor[hints_[setup_.host]]);
  double sine, cosine;
  sim::sincos(o.yaw_rad, sine, cosine);
  const double center = host_.center_x_m;
  Row hint = maps::kNone;
  const Row lane = lanes_.route[cursor];
  const auto foot = maps::project_to_lane(map, lane, o.x + center * cosine, o.y + center * sine, hint);
  o.lane_offset_m = foot.t;
  o.lane_width_m = maps::lane_pose(map, lane, foot.s).width;
  const std::size_t end = way_end(cursor);
  if (end == cursor + 1 && end < lanes_.route.size()) {
    o.lane_change = map.lanes[lane].left == lanes_.route[end] ? 1 : -1;
    o.lane_change_in_m = map.lanes[lane].length - foot.s - 0.5 * host_.length_m;
  }
  std::size_t at = cursor, first = cursor;
  while (first > 0 && cursor - first < 2 && vehicles::is_successor(map, lanes_.route[first - 1], lanes_.route[first]))
    --first;
  double start = -foot.s;  // of lane `at`, from the middle of the box
  while (at > first) start -= map.lanes[lanes_.route[--at]].length;
  for (std::size_t i = 0; i < sim::kPathPoints; ++i) {
    const double ahead = sim::kPathStartM + static_cast<double>(i) * sim::kPathStepM - center;
    while (at + 1 < end && ahead > start + map.lanes[lanes_.route[at]].length)
      start += map.lanes[lanes_.route[at++]].length;
    const Row on = lanes_.route[at];
    const double s = ahead - start;
    if (s > map.lanes[on].length) break;
    const maps::LanePose pose = maps::lane_pose(map, on, s);
    const sim::PathPoint p{pose.x, pose.y, pose.heading, pose.curvature, map.lanes[on].speed_limit_mps};
    add_point(room.path, s < 0 ? straight_on(p, s) : p);
  }
  observe_signals(time_ns, -foot.s - 0.5 * host_.length_m, cursor, room);
}

// `ahead_m`: where the lane at `from` begins, from the front.
void LogView::observe_signals(std::int64_t time_ns, double ahead_m, std::size_t from, ObservationRoom& room) const {
  const maps::Map& map = *setup_.map;
  const std::size_t end = way_end(from);
  for (std::size_t i = from; i + 1 < end && ahead_m < kSignalsM; ++i) {
    const maps::Lane& lane = map.lanes[lanes_.route[i]];
    const Row group = map.lanes[lanes_.route[i + 1]].signal_group;
    const double distance = ahead_m + lane.stop_s;
    ahead_m += lane.length;
    if (group == maps::kNone || distance > kSignalsM) continue;
    for (const replay::SignalTrack& seen : setup_.tracks->signals) {
      if (seen.row >= setup_.signal_group.size() || setup_.signal_group[seen.row] != group) continue;
      const auto above = std::upper_bound(seen.changes.begin(), seen.changes.end(), time_ns,
                                          [](std::int64_t time, const auto& change) { return time < change.time_ns; });
      if (above == seen.changes.begin()) continue;
      const std::int64_t until = above == seen.changes.end() ? setup_.tracks->end_ns : above->time_ns;
      room.signals.push_back({group, (above - 1)->state, distance, static_cast<double>(until - time_ns) * 1e-9});
      break;
    }
  }
}

// Where the log's vehicle was when it had driven so far.
sim::PathPoint LogView::own_way_at(double s) const {
  const auto& points = host_.points;
  auto above = std::upper_bound(driven_.begin(), driven_.end(), s) - driven_.begin();
  above = std::clamp<std::ptrdiff_t>(above, 1, static_cast<std::ptrdiff_t>(points.size()) - 1);
  const auto b = static_cast<std::size_t>(above), a = b - 1;
  const double length = driven_[b] - driven_[a],
               u = length > 1e-6 ? std::clamp((s - driven_[a]) / length, 0.0, 1.0) : 0;
  const double yaw = static_cast<double>(points[a].yaw);
  sim::PathPoint p{points[a].x + u * (points[b].x - points[a].x), points[a].y + u * (points[b].y - points[a].y),
                   yaw + u * sim::wrap_angle(static_cast<double>(points[b].yaw) - yaw), 0, limit_mps_};
  const double off = s < driven_.front() ? s - driven_.front() : 0;
  return off < 0 ? straight_on(p, off) : p;
}

void LogView::observe_own_way(ObservationRoom& room) {
  constexpr double kOverM = 1.0;  // to both sides, for the curvature
  sim::Observation& o = room.observation;
  o.lane_width_m = kLaneWidthM;
  if (host_.points.size() < 2) return;
  const std::size_t point = hints_[setup_.host];
  const double into = sim::hypot(o.x - host_.points[point].x, o.y - host_.points[point].y);
  const double here = driven_[point] + into;
  std::size_t last = point;  // of what is known without a gap
  while (last + 1 < host_.points.size() && !host_.points[last + 1].begins) ++last;
  for (std::size_t i = 0; i < sim::kPathPoints; ++i) {
    const double s = here + sim::kPathStartM + static_cast<double>(i) * sim::kPathStepM;
    if (s > driven_[last] + 1e-9) break;
    sim::PathPoint p = own_way_at(s);
    const sim::PathPoint before = own_way_at(s - kOverM), after = own_way_at(std::min(s + kOverM, driven_[last]));
    p.curvature = sim::wrap_angle(after.heading_rad - before.heading_rad) / (2 * kOverM);
    add_point(room.path, p);
  }
}

}  // namespace bitgoeul::scenarios::open_loop
