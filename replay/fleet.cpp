#include "replay/fleet.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace bitgoeul::replay {
namespace {

constexpr std::int64_t kTick_ns = 100'000'000;  // of comparisons, and of the tracks of the joint world
constexpr double kMoves_mps = 2;                // what is slower tells nothing about clocks
constexpr double kNear_m = 4;                   // apart at most, while the offset is searched for
constexpr std::size_t kLeastSamples = 20;       // to believe in an offset
constexpr std::size_t kLeastCommon = 3;         // ticks that two tracks share, to be one

struct At {
  double x = 0, y = 0, vx = 0, vy = 0;
  std::size_t track = 0;
};
using Tick = std::vector<At>;  // ascending in x

double speed_of(const At& a) { return sim::hypot(a.vx, a.vy); }

At at_of(const LoggedTrack& track, const TrackPoint& p, std::size_t row) {
  double s = 0, c = 0;
  sim::sincos(static_cast<double>(p.yaw), s, c);
  const double v = static_cast<double>(p.speed);
  return {p.x + track.center_x_m * c, p.y + track.center_x_m * s, v * c, v * s, row};
}

bool same_kind(const LoggedTrack& a, const LoggedTrack& b) {
  const auto group = [](const LoggedTrack& t) {
    switch (static_cast<ObjectClass>(t.type)) {
      case ObjectClass::kPedestrian:
        return 1;
      case ObjectClass::kBicycle:
      case ObjectClass::kMotorcycle:
        return 2;
      case ObjectClass::kCar:
      case ObjectClass::kTruck:
      case ObjectClass::kBus:
        return 3;
      default:
        return 0;
    }
  };
  const int g = a.role == sim::Role::kEgo ? 3 : group(a), h = b.role == sim::Role::kEgo ? 3 : group(b);
  return g == h || g == 0 || h == 0;
}

// Where everything of a log is, tick by tick; tick i is at i * kTick_ns of its own clock.
struct Ticks {
  std::int64_t first = 0;
  std::vector<Tick> at;
  const Tick* of(std::int64_t tick) const {
    const std::int64_t row = tick - first;
    return row < 0 || row >= static_cast<std::int64_t>(at.size()) ? nullptr : &at[static_cast<std::size_t>(row)];
  }
};

Ticks ticks_of(const Tracks& tracks) {
  Ticks out;
  out.first = tracks.start_ns / kTick_ns;
  out.at.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, tracks.end_ns / kTick_ns - out.first + 1)));
  for (std::size_t t = 0; t < tracks.tracks.size(); ++t) {
    const LoggedTrack& track = tracks.tracks[t];
    std::size_t hint = 0;
    const std::int64_t from = std::max(out.first, track.points.front().time_ns / kTick_ns);
    for (std::int64_t tick = from; tick * kTick_ns <= track.points.back().time_ns; ++tick)
      if (const auto p = track_at(track, tick * kTick_ns, hint))
        if (tick - out.first < static_cast<std::int64_t>(out.at.size()))
          out.at[static_cast<std::size_t>(tick - out.first)].push_back(at_of(track, *p, t));
  }
  for (Tick& tick : out.at)
    std::sort(tick.begin(), tick.end(),
              [](const At& a, const At& b) { return a.x != b.x ? a.x < b.x : a.track < b.track; });
  return out;
}

// The nearest of a tick to a place, of the same kind and velocity; null when none is within `most_m`.
const At* nearest(const Tick& tick, const At& to, double most_m, const FleetLog& a, const FleetLog& b) {
  const auto from =
      std::lower_bound(tick.begin(), tick.end(), to.x - most_m, [](const At& q, double x) { return q.x < x; });
  const At* best = nullptr;
  double least = most_m;
  for (auto q = from; q != tick.end() && q->x <= to.x + most_m; ++q) {
    const double d = sim::hypot(q->x - to.x, q->y - to.y);
    if (d >= least || sim::hypot(q->vx - to.vx, q->vy - to.vy) > 0.3 * speed_of(to) + 1) continue;
    if (!same_kind(a.tracks.tracks[to.track], b.tracks.tracks[q->track])) continue;
    least = d, best = &*q;
  }
  return best;
}

// Two logs, at the first one's ticks: every moving thing of the first, with the nearest of the second.
class Pairing {
 public:
  Pairing(const FleetLog& a, const FleetLog& b, const Ticks& ta, const Ticks& tb) : a_(a), b_(b), ta_(ta), tb_(tb) {}

  // `offset` is what to add to the second one's times.
  ClockOffset find(double most_offset_s) const {
    const auto most = static_cast<std::int64_t>(std::ceil(most_offset_s * 1e9 / static_cast<double>(kTick_ns)));
    double best = 0;
    std::int64_t coarse = 0;
    for (std::int64_t k = -most; k <= most; ++k) {
      const double worth = worth_of(k);
      if (worth > best * (1 + 1e-9)) best = worth, coarse = k;
    }
    ClockOffset out;
    if (best <= 0) return out;
    double offset_s = static_cast<double>(coarse * kTick_ns) * 1e-9;
    for (int i = 0; i < 4; ++i) offset_s += refine(offset_s, out);
    out.offset_s = offset_s;
    out.known = out.samples >= kLeastSamples;
    return out;
  }

 private:
  // How well the logs fit at a whole number of ticks: 1 for each moving thing that both have at one place, less the
  // farther apart.
  double worth_of(std::int64_t shift) const {
    double worth = 0;
    for (std::size_t i = 0; i < ta_.at.size(); i += 2) {
      const Tick* other = tb_.of(ta_.first + static_cast<std::int64_t>(i) - shift);
      if (other == nullptr) continue;
      for (const At& at : ta_.at[i]) {
        if (speed_of(at) < kMoves_mps) continue;
        const At* q = nearest(*other, at, kNear_m, a_, b_);
        if (q != nullptr) worth += 1 - sim::hypot(q->x - at.x, q->y - at.y) / kNear_m;
      }
    }
    return worth;
  }

  // How much more, from where things are along their way: the median of all lags, each weighted by its speed.
  double refine(double offset_s, ClockOffset& out) const {
    struct Lag {
      double lag_s, weight;
    };
    std::vector<Lag> lags;
    std::vector<std::size_t> hints(b_.tracks.tracks.size(), 0);
    const auto offset_ns = static_cast<std::int64_t>(std::llround(offset_s * 1e9));
    for (std::size_t i = 0; i < ta_.at.size(); ++i) {
      const std::int64_t time_ns = (ta_.first + static_cast<std::int64_t>(i)) * kTick_ns - offset_ns;
      const Tick* other = tb_.of((time_ns + kTick_ns / 2) / kTick_ns);
      if (other == nullptr) continue;
      for (const At& at : ta_.at[i]) {
        const double v = speed_of(at);
        if (v < kMoves_mps) continue;
        const At* q = nearest(*other, at, kNear_m, a_, b_);
        if (q == nullptr) continue;
        const LoggedTrack& track = b_.tracks.tracks[q->track];
        const auto p = track_at(track, time_ns, hints[q->track]);
        if (!p) continue;
        const At there = at_of(track, *p, q->track);
        const double dx = there.x - at.x, dy = there.y - at.y;
        const double along = (dx * at.vx + dy * at.vy) / v, across = (dy * at.vx - dx * at.vy) / v;
        if (std::abs(across) < 1.5) lags.push_back({along / v, v});
      }
    }
    out.samples = lags.size();
    if (lags.empty()) return 0;
    std::sort(lags.begin(), lags.end(), [](const Lag& p, const Lag& q) { return p.lag_s < q.lag_s; });
    double all = 0, sum = 0;
    for (const Lag& lag : lags) all += lag.weight;
    double median = 0;
    for (const Lag& lag : lags)
      if ((sum += lag.weight) >= all / 2) {
        median = lag.lag_s;
        break;
      }
    // Spread by the median of distances to it (1.4826: of a normal), over the square root of how many tracks there are.
    std::vector<double> off;
    for (const Lag& lag : lags) off.push_back(std::abs(lag.lag_s - median));
    std::nth_element(off.begin(), off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2), off.end());
    out.sigma_s = 1.4826 * off[off.size() / 2] / std::sqrt(static_cast<double>(lags.size()) / 10);  // a second's agree
    return median;
  }

  const FleetLog &a_, &b_;
  const Ticks &ta_, &tb_;
};

// From the first log on, always the pair with the most in common next.
std::vector<ClockOffset> find_clocks(const std::vector<FleetLog>& logs, const FleetOptions& options) {
  std::vector<Ticks> ticks;
  for (const FleetLog& log : logs) ticks.push_back(ticks_of(log.tracks));
  std::vector<ClockOffset> clocks(logs.size()), best(logs.size());
  clocks.front().known = true;
  std::vector<char> done(logs.size(), 0);
  done[0] = 1;
  for (std::size_t last = 0, left = logs.size() - 1; left > 0; --left) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      if (done[i]) continue;
      ClockOffset found = Pairing(logs[last], logs[i], ticks[last], ticks[i]).find(options.most_offset_s);
      found.from = last;
      if (found.known && (!best[i].known || found.samples > best[i].samples)) best[i] = found;
    }
    std::size_t next = logs.size();
    for (std::size_t i = 0; i < logs.size(); ++i)
      if (!done[i] && best[i].known && (next == logs.size() || best[i].samples > best[next].samples)) next = i;
    if (next == logs.size()) break;
    clocks[next] = best[next];
    clocks[next].offset_s += clocks[best[next].from].offset_s;
    done[next] = 1;
    last = next;
  }
  return clocks;
}

void move_in_time(Tracks& tracks, std::int64_t by_ns) {
  tracks.start_ns += by_ns, tracks.end_ns += by_ns;
  for (LoggedTrack& track : tracks.tracks)
    for (TrackPoint& p : track.points) p.time_ns += by_ns;
  for (SignalTrack& signal : tracks.signals)
    for (SignalChange& change : signal.changes) change.time_ns += by_ns;
}

// One track of one log, to be joined with others.
struct Part {
  std::size_t log = 0, track = 0;
};

class Joiner {
 public:
  Joiner(std::vector<FleetLog> logs, const FleetOptions& options) : logs_(std::move(logs)), options_(options) {
    for (std::size_t l = 0; l < logs_.size(); ++l)
      for (std::size_t t = 0; t < logs_[l].tracks.tracks.size(); ++t) parts_.push_back({l, t});
    set_of_.resize(parts_.size());
    std::iota(set_of_.begin(), set_of_.end(), std::size_t{0});
  }

  void run(FleetWorld& world) {
    find_pairs();
    unite();
    gather(world);
    add_signals(world);
  }

 private:
  const LoggedTrack& of(std::size_t part) const { return logs_[parts_[part].log].tracks.tracks[parts_[part].track]; }
  bool own(std::size_t part) const { return of(part).role == sim::Role::kEgo; }

  struct Candidate {
    std::size_t a, b, common;
    double apart_m;
  };

  // Tracks of different logs that are together for as long as both are seen.
  void find_pairs() {
    std::vector<Ticks> ticks;
    for (const FleetLog& log : logs_) ticks.push_back(ticks_of(log.tracks));
    std::vector<std::size_t> first(logs_.size() + 1, 0);
    for (std::size_t l = 0; l < logs_.size(); ++l) first[l + 1] = first[l] + logs_[l].tracks.tracks.size();
    struct Sum {
      std::size_t near = 0;
      double apart_m = 0;
    };
    for (std::size_t a = 0; a < logs_.size(); ++a)
      for (std::size_t b = a + 1; b < logs_.size(); ++b) {
        std::map<std::pair<std::size_t, std::size_t>, Sum> sums;
        for (std::size_t i = 0; i < ticks[a].at.size(); ++i) {
          const Tick* other = ticks[b].of(ticks[a].first + static_cast<std::int64_t>(i));
          if (other == nullptr) continue;
          for (const At& at : ticks[a].at[i])
            if (const At* q = nearest(*other, at, options_.match_m, logs_[a], logs_[b])) {
              Sum& sum = sums[{first[a] + at.track, first[b] + q->track}];
              ++sum.near;
              sum.apart_m += sim::hypot(q->x - at.x, q->y - at.y);
            }
        }
        for (const auto& [pair, sum] : sums)
          if (sum.near >= kLeastCommon && 2 * sum.near > common_ticks(pair.first, pair.second))
            candidates_.push_back({pair.first, pair.second, sum.near, sum.apart_m / static_cast<double>(sum.near)});
      }
  }

  std::size_t common_ticks(std::size_t a, std::size_t b) const {
    const std::int64_t from = std::max(of(a).points.front().time_ns, of(b).points.front().time_ns);
    const std::int64_t to = std::min(of(a).points.back().time_ns, of(b).points.back().time_ns);
    return to < from ? 0 : static_cast<std::size_t>((to - from) / kTick_ns + 1);
  }

  // The surest first; one log cannot have seen one thing twice at a time.
  void unite() {
    std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& p, const Candidate& q) {
      const double u = static_cast<double>(p.common) / (0.2 + p.apart_m),
                   v = static_cast<double>(q.common) / (0.2 + q.apart_m);
      return u != v ? u > v : std::pair(p.a, p.b) < std::pair(q.a, q.b);
    });
    std::vector<std::vector<std::size_t>> members(parts_.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) members[i] = {i};
    for (const Candidate& c : candidates_) {
      const std::size_t a = set_of_[c.a], b = set_of_[c.b];
      if (a == b || !can_be_one(members[a], members[b])) continue;
      for (const std::size_t part : members[b]) set_of_[part] = a;
      members[a].insert(members[a].end(), members[b].begin(), members[b].end());
      members[b].clear();
    }
  }

  bool can_be_one(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) const {
    for (const std::size_t p : a)
      for (const std::size_t q : b) {
        if (own(p) && own(q)) return false;
        if (parts_[p].log == parts_[q].log && common_ticks(p, q) > 0) return false;
      }
    return true;
  }

  void gather(FleetWorld& world) {
    std::map<std::size_t, std::vector<std::size_t>> groups;  // by the part that names the set
    for (std::size_t i = 0; i < parts_.size(); ++i) groups[set_of_[i]].push_back(i);
    std::vector<std::pair<LoggedTrack, FleetTrack>> vehicles, objects;
    for (auto& [at, group] : groups) {
      FleetTrack seen;
      std::size_t vehicle = parts_.size();
      for (const std::size_t part : group) {
        seen.logs.push_back(parts_[part].log);
        if (own(part)) vehicle = part, seen.vehicle = parts_[part].log;
      }
      std::sort(seen.logs.begin(), seen.logs.end());
      seen.logs.erase(std::unique(seen.logs.begin(), seen.logs.end()), seen.logs.end());
      if (vehicle < parts_.size())
        vehicles.emplace_back(of(vehicle), std::move(seen));
      else
        objects.emplace_back(mean_of(group), std::move(seen));
    }
    std::stable_sort(vehicles.begin(), vehicles.end(),
                     [](const auto& p, const auto& q) { return p.second.vehicle < q.second.vehicle; });
    world.tracks.start_ns = logs_.front().tracks.start_ns, world.tracks.end_ns = logs_.front().tracks.end_ns;
    for (const FleetLog& log : logs_) {
      world.tracks.start_ns = std::min(world.tracks.start_ns, log.tracks.start_ns);
      world.tracks.end_ns = std::max(world.tracks.end_ns, log.tracks.end_ns);
    }
    for (auto& [track, seen] : vehicles) {
      track.name = logs_[seen.vehicle].name;
      add(world, std::move(track), std::move(seen));
    }
    for (auto& [track, seen] : objects) {
      track.name = "object_" + std::to_string(world.tracks.tracks.size() - vehicles.size());
      add(world, std::move(track), std::move(seen));
    }
  }

  static void add(FleetWorld& world, LoggedTrack track, FleetTrack seen) {
    track.row = static_cast<sim::Row>(world.tracks.tracks.size());
    world.tracks.tracks.push_back(std::move(track));
    world.seen_by.push_back(std::move(seen));
  }

  // The mean of those who see it, tick by tick; size and class of the one that saw it longest.
  LoggedTrack mean_of(const std::vector<std::size_t>& group) const {
    if (group.size() == 1) return of(group.front());
    std::size_t longest = group.front();
    std::int64_t from = of(longest).points.front().time_ns, to = from;
    for (const std::size_t part : group) {
      if (of(part).points.size() > of(longest).points.size()) longest = part;
      from = std::min(from, of(part).points.front().time_ns), to = std::max(to, of(part).points.back().time_ns);
    }
    LoggedTrack out = of(longest);
    out.points.clear();
    out.center_x_m = 0;
    std::vector<std::size_t> hints(group.size(), 0);
    for (std::int64_t tick = (from + kTick_ns - 1) / kTick_ns; tick * kTick_ns <= to; ++tick) {
      TrackPoint mean;
      double n = 0, z = 0, sine = 0, cosine = 0, speed = 0, acceleration = 0;
      for (std::size_t g = 0; g < group.size(); ++g) {
        const auto p = track_at(of(group[g]), tick * kTick_ns, hints[g]);
        if (!p) continue;
        const At at = at_of(of(group[g]), *p, 0);
        double s = 0, c = 0;
        sim::sincos(static_cast<double>(p->yaw), s, c);
        n += 1, mean.x += at.x, mean.y += at.y, z += static_cast<double>(p->z), sine += s, cosine += c;
        speed += static_cast<double>(p->speed), acceleration += static_cast<double>(p->acceleration);
      }
      if (n == 0) continue;
      mean.time_ns = tick * kTick_ns;
      mean.x /= n, mean.y /= n, mean.z = static_cast<float>(z / n);
      mean.yaw = static_cast<float>(sim::atan2(sine, cosine));
      mean.speed = static_cast<float>(speed / n), mean.acceleration = static_cast<float>(acceleration / n);
      mean.begins = out.points.empty() || mean.time_ns - out.points.back().time_ns > 15 * kTick_ns;
      out.points.push_back(mean);
    }
    return out.points.empty() ? of(longest) : out;
  }

  // Of the first log that tells of one.
  void add_signals(FleetWorld& world) const {
    for (const FleetLog& log : logs_)
      for (const SignalTrack& signal : log.tracks.signals) {
        if (signal.changes.empty() || signal.row >= log.signal_names.size()) continue;
        const std::string& name = log.signal_names[signal.row];
        if (std::find(world.signal_names.begin(), world.signal_names.end(), name) != world.signal_names.end()) continue;
        world.tracks.signals.push_back({world.signal_names.size(), signal.changes});
        world.signal_names.push_back(name);
      }
  }

  std::vector<FleetLog> logs_;
  const FleetOptions& options_;
  std::vector<Part> parts_;
  std::vector<std::size_t> set_of_;  // per part: the part that names its set
  std::vector<Candidate> candidates_;
};

}  // namespace

FleetWorld join(const std::vector<FleetLog>& logs, const FleetOptions& options) {
  FleetWorld world;
  world.clocks = find_clocks(logs, options);
  std::vector<FleetLog> moved = logs;
  for (std::size_t l = 0; l < logs.size(); ++l)
    move_in_time(moved[l].tracks, static_cast<std::int64_t>(std::llround(world.clocks[l].offset_s * 1e9)));
  Joiner(std::move(moved), options).run(world);
  return world;
}

}  // namespace bitgoeul::replay
