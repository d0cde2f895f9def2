#include "replay/mining.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>

#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

constexpr double kHardMps2 = 4.0, kBrakingS = 0.5;
constexpr double kLowTtcS = 1.5, kCutInGapS = 2.0, kCutInS = 3.0;
constexpr double kNearMissM = 1.0, kMovingMps = 2.0;
constexpr double kStandingMps = 0.1, kStopS = 2.0;
constexpr double kReachM = 80, kAheadS = 8;
constexpr std::int64_t kJoinNs = 1'000'000'000;  // frames farther apart are two moments
constexpr std::array<std::string_view, kMomentKinds> kNames = {
    "hard_braking", "low_ttc", "cut_in", "pedestrian_near_miss", "red_light_stop", "disengagement"};

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

struct Body {
  double x = 0, y = 0, yaw = 0, speed = 0, half_length = 0, half_width = 0;
};

Body body_of(const LoggedTrack& track, const TrackPoint& p) {
  double sine, cosine;
  sim::sincos(p.yaw, sine, cosine);
  return {p.x + track.center_x_m * cosine,    p.y + track.center_x_m * sine,    p.yaw, p.speed,
          std::max(0.25, track.length_m / 2), std::max(0.25, track.width_m / 2)};
}

// Gap between two rectangles, 0 when they overlap: corners of each against the sides of the other.
double to_box(const Body& box, double x, double y) {
  double sine, cosine;
  sim::sincos(box.yaw, sine, cosine);
  const double dx = x - box.x, dy = y - box.y;
  const double u = std::max(0.0, std::fabs(dx * cosine + dy * sine) - box.half_length);
  const double v = std::max(0.0, std::fabs(dy * cosine - dx * sine) - box.half_width);
  return sim::hypot(u, v);
}
double gap_between(const Body& a, const Body& b) {
  double least = 1e9;
  for (int side = 0; side < 2; ++side) {
    const Body &from = side == 0 ? a : b, &to = side == 0 ? b : a;
    double sine, cosine;
    sim::sincos(from.yaw, sine, cosine);
    for (const double u : {-from.half_length, from.half_length})
      for (const double v : {-from.half_width, from.half_width})
        least = std::min(least, to_box(to, from.x + u * cosine - v * sine, from.y + u * sine + v * cosine));
  }
  return least;
}

// The way a vehicle takes from now on, as centres of its box.
struct Path {
  std::vector<sim::Vec2> points;
  std::vector<double> s;
};

Path path_from(const LoggedTrack& track, std::size_t first) {
  Path path;
  const std::int64_t until = track.points[first].time_ns + static_cast<std::int64_t>(kAheadS * 1e9);
  for (std::size_t i = first; i < track.points.size() && track.points[i].time_ns <= until; ++i) {
    if (i > first && track.points[i].begins) break;
    const Body body = body_of(track, track.points[i]);
    const sim::Vec2 at(body.x, body.y);
    const double step = path.points.empty() ? 0 : (at - path.points.back()).norm();
    if (!path.points.empty() && step < 0.5) continue;
    path.s.push_back(path.points.empty() ? 0 : path.s.back() + step);
    path.points.push_back(at);
  }
  // Straight on behind its end: who stops for somebody has not driven through him.
  const Body last = body_of(track, track.points[first]);
  double sine, cosine;
  sim::sincos(last.yaw, sine, cosine);
  sim::Vec2 ahead(cosine, sine);
  const std::size_t n = path.points.size();
  if (n > 1) ahead = (path.points[n - 1] - path.points[n - 2]).normalized();
  path.points.push_back(path.points.back() + 60.0 * ahead);
  path.s.push_back(path.s.back() + 60.0);
  return path;
}

struct OnPath {
  double s = 0, offset = 1e9, heading = 0;
};

OnPath on_path(const Path& path, double x, double y) {
  OnPath best;
  for (std::size_t i = 0; i + 1 < path.points.size(); ++i) {
    const sim::Vec2 way = path.points[i + 1] - path.points[i], to = sim::Vec2(x, y) - path.points[i];
    const double u = std::clamp(to.dot(way) / way.squaredNorm(), 0.0, 1.0);
    const double off = (to - u * way).norm();
    if (i == 0 && to.dot(way) < 0) continue;  // behind
    if (off < best.offset) best = {path.s[i] + u * way.norm(), off, sim::atan2(way.y(), way.x())};
  }
  return best;
}

// Frames that belong together become one moment, at its worst.
class Gatherer {
 public:
  explicit Gatherer(std::vector<Moment>& out) : out_(out) {}
  void see(MomentKind kind, std::int64_t time_ns, const TrackPoint& at, const std::string& vehicle,
           const std::string& other, double value, bool less_is_worse) {
    const auto [open, is_new] = open_.try_emplace({kind, other}, Open{});
    Open& o = open->second;
    if (!is_new && time_ns - o.last_ns <= kJoinNs) {
      Moment& m = out_[o.at];
      o.last_ns = time_ns;
      m.duration_s = seconds(time_ns - o.first_ns);
      if (less_is_worse ? value < m.value : value > m.value)
        m.value = value, m.time_ns = time_ns, m.x = at.x, m.y = at.y;
      return;
    }
    o = {out_.size(), time_ns, time_ns};
    out_.push_back({kind, time_ns, 0, at.x, at.y, value, vehicle, other});
  }

 private:
  struct Open {
    std::size_t at = 0;
    std::int64_t first_ns = 0, last_ns = 0;
  };
  std::vector<Moment>& out_;
  std::map<std::pair<MomentKind, std::string>, Open> open_;
};

class Miner {
 public:
  Miner(const Tracks& tracks, const std::function<bool(const LoggedTrack&)>& is_pedestrian, const RedAhead& red_ahead,
        std::vector<Moment>& out)
      : tracks_(tracks), red_ahead_(red_ahead), out_(out), hints_(tracks.tracks.size(), 0) {
    for (const LoggedTrack& track : tracks.tracks) on_foot_.push_back(is_pedestrian(track) ? 1 : 0);
  }

  void mine(std::size_t subject) {
    const LoggedTrack& track = tracks_.tracks[subject];
    Gatherer gather(out_);
    beside_.clear();
    for (std::size_t i = 0; i < track.points.size(); ++i) {
      braking(track, i, gather);
      if (track.points[i].speed > kMovingMps) around(subject, i, gather);
    }
    stops(track);
  }

 private:
  void braking(const LoggedTrack& track, std::size_t i, Gatherer& gather) const {
    const TrackPoint& now = track.points[i];
    std::size_t k = i;
    while (k > 0 && !track.points[k].begins && seconds(now.time_ns - track.points[k].time_ns) < kBrakingS - 0.01) --k;
    const double span = seconds(now.time_ns - track.points[k].time_ns);
    if (span < kBrakingS - 0.01 || span > 2 * kBrakingS) return;
    const double slower = (track.points[k].speed - now.speed) / span;
    if (slower > kHardMps2) gather.see(MomentKind::kHardBraking, now.time_ns, now, track.name, {}, slower, false);
  }

  // Everybody near it at one of its frames.
  void around(std::size_t subject, std::size_t i, Gatherer& gather) {
    const LoggedTrack& track = tracks_.tracks[subject];
    const TrackPoint& now = track.points[i];
    const Body own = body_of(track, now);
    std::optional<Path> path;
    for (std::size_t k = 0; k < tracks_.tracks.size(); ++k) {
      if (k == subject) continue;
      const LoggedTrack& other = tracks_.tracks[k];
      const auto at = track_at(other, now.time_ns, hints_[k]);
      if (!at || std::fabs(at->x - now.x) > kReachM || std::fabs(at->y - now.y) > kReachM) continue;
      if (std::fabs(at->z - now.z) > 3) continue;
      const Body body = body_of(other, *at);
      if (on_foot_[k] != 0)
        if (const double gap = gap_between(own, body); gap < kNearMissM)
          gather.see(MomentKind::kPedestrianNearMiss, now.time_ns, now, track.name, other.name, gap, true);
      if (!path) path = path_from(track, i);
      ahead(track, now, own, other, body, k, on_path(*path, body.x, body.y), gather);
    }
  }

  void ahead(const LoggedTrack& track, const TrackPoint& now, const Body& own, const LoggedTrack& other,
             const Body& body, std::size_t k, const OnPath& at, Gatherer& gather) {
    if (at.offset > 1e8) return;
    const double turned = std::fabs(sim::wrap_angle(body.yaw - at.heading));
    const double reach = std::fabs(sim::cos(turned)) * body.half_length + std::fabs(sim::sin(turned)) * body.half_width;
    const double across =
        std::fabs(sim::sin(turned)) * body.half_length + std::fabs(sim::cos(turned)) * body.half_width;
    const double gap = at.s - own.half_length - reach;
    const bool in_way = at.offset < own.half_width + across;
    if (!in_way) {
      if (gap > -own.half_length) beside_[k] = now.time_ns;
      return;
    }
    if (gap <= 0) return;
    const double closing = own.speed - body.speed * sim::cos(turned);
    if (closing > 0.5 && gap / closing < kLowTtcS)
      gather.see(MomentKind::kLowTtc, now.time_ns, now, track.name, other.name, gap / closing, true);
    const auto was = beside_.find(k);
    if (was == beside_.end()) return;
    const bool lately = seconds(now.time_ns - was->second) < kCutInS;
    beside_.erase(was);
    if (lately && turned < sim::kPi / 4 && body.speed > kMovingMps && gap < kCutInGapS * own.speed)
      gather.see(MomentKind::kCutIn, now.time_ns, now, track.name, other.name, gap, true);
  }

  void stops(const LoggedTrack& track) const {
    if (!red_ahead_) return;
    for (std::size_t i = 1; i < track.points.size(); ++i) {
      const TrackPoint& p = track.points[i];
      if (p.speed > kStandingMps || track.points[i - 1].speed <= kStandingMps || p.begins) continue;
      std::size_t end = i;
      while (end + 1 < track.points.size() && !track.points[end + 1].begins &&
             track.points[end + 1].speed <= kStandingMps)
        ++end;
      const double for_s = seconds(track.points[end].time_ns - p.time_ns);
      if (for_s >= kStopS && red_ahead_(p.time_ns, p))
        out_.push_back({MomentKind::kRedLightStop, p.time_ns, for_s, p.x, p.y, for_s, track.name, {}});
      i = end;
    }
  }

  const Tracks& tracks_;
  const RedAhead& red_ahead_;
  std::vector<Moment>& out_;
  std::vector<std::size_t> hints_;
  std::vector<std::uint8_t> on_foot_;
  std::map<std::size_t, std::int64_t> beside_;  // when each was last seen beside the way
};

}  // namespace

std::string_view to_string(MomentKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

std::optional<MomentKind> moment_kind(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<MomentKind>(found - kNames.begin());
}

std::vector<Moment> mine(const Tracks& tracks, const std::function<bool(const LoggedTrack&)>& is_pedestrian,
                         const RedAhead& red_ahead) {
  std::vector<Moment> out;
  Miner miner(tracks, is_pedestrian, red_ahead, out);
  for (std::size_t i = 0; i < tracks.tracks.size(); ++i)
    if (tracks.tracks[i].role == sim::Role::kEgo) miner.mine(i);
  std::stable_sort(out.begin(), out.end(), [](const Moment& a, const Moment& b) { return a.time_ns < b.time_ns; });
  return out;
}

bool tells_disengagement(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string_view word : {"disengag", "takeover", "take over", "take-over", "manual override"})
    if (low.find(word) != std::string::npos) return true;
  return false;
}

}  // namespace bitgoeul::replay
