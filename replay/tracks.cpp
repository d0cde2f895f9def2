#include "replay/tracks.h"

#include <algorithm>
#include <map>

#include "sim/kind_word.h"

namespace bitgoeul::replay {
namespace {

constexpr std::int64_t kLongestGapNs = 1'500'000'000;  // longer unseen: it comes in anew

using Key = std::pair<std::size_t, std::uint32_t>;  // row and generation

class Reader {
 public:
  Reader(const Description& log, const TrackOptions& options) : log_(log), options_(options) {}

  sim::Result<void> take(const sim::Snapshot& snapshot) {
    if (out_.tracks.empty() && points_ == 0) out_.start_ns = snapshot.time_ns;
    out_.end_ns = snapshot.time_ns;
    const sim::Entities& e = snapshot.entities;
    for (std::size_t row = 0; row < e.alive.size(); ++row)
      if (e.alive[row] != 0) add(track_of(snapshot, row), e, row, snapshot.time_ns);
    for (std::size_t row = 0; row < snapshot.signals.state.size(); ++row)
      signal(row, snapshot.signals.state[row], snapshot.time_ns);
    if (points_ > options_.most_points)
      return sim::fail("holds more than can be kept at once", log_.files.empty() ? "" : log_.files.front().path, 0, {},
                       "take a part of it: --start, --end");
    return {};
  }

  Tracks finish() {
    name_all();
    for (LoggedTrack& track : out_.tracks) tell_accelerations(track);
    return std::move(out_);
  }

 private:
  LoggedTrack& track_of(const sim::Snapshot& snapshot, std::size_t row) {
    const std::uint32_t generation = row < snapshot.generation.size() ? snapshot.generation[row] : 1;
    const auto [at, is_new] = rows_.try_emplace({row, generation}, out_.tracks.size());
    if (!is_new) return out_.tracks[at->second];
    const sim::Entities& e = snapshot.entities;
    LoggedTrack track;
    track.row = static_cast<sim::Row>(row);
    track.type = e.type[row];
    track.role = e.role[row];
    for (const EntityInfo& info : log_.entities)
      if (info.row == row) track.name = info.name;
    out_.tracks.push_back(std::move(track));
    return out_.tracks.back();
  }

  void add(LoggedTrack& track, const sim::Entities& e, std::size_t row, std::int64_t time_ns) {
    track.length_m = e.length_m[row], track.width_m = e.width_m[row], track.height_m = e.height_m[row];
    track.center_x_m = e.center_x_m[row];
    TrackPoint point;
    point.time_ns = time_ns;
    point.x = e.x[row], point.y = e.y[row];
    point.z = static_cast<float>(e.z[row]);
    point.yaw = static_cast<float>(e.yaw_rad[row]);
    point.pitch = static_cast<float>(e.pitch_rad[row]);
    point.roll = static_cast<float>(e.roll_rad[row]);
    point.speed = static_cast<float>(e.speed_mps[row]);
    point.acceleration = static_cast<float>(e.acceleration_mps2[row]);
    point.begins = track.points.empty() || time_ns - track.points.back().time_ns > kLongestGapNs;
    if (!track.points.empty() && track.points.back().time_ns >= time_ns) {
      point.time_ns = track.points.back().time_ns;  // told twice: the later word counts
      point.begins = track.points.back().begins;
      track.points.back() = point;
      return;
    }
    track.points.push_back(point);
    ++points_;
  }

  void signal(std::size_t row, sim::SignalState state, std::int64_t time_ns) {
    if (row >= out_.signals.size()) out_.signals.resize(row + 1);
    SignalTrack& track = out_.signals[row];
    track.row = row;
    if (track.changes.empty() || track.changes.back().state != state) track.changes.push_back({time_ns, state});
  }

  std::string kind_of(const LoggedTrack& track) const {
    const std::size_t types = log_.run ? log_.run->types.size() : 0;
    const bool bicycle = track.type < types && log_.run->types[track.type].category == "bicycle";
    return std::string(sim::kind_word(track.role, bicycle)) + "_";
  }

  // A name for those without one, and another for those that share theirs.
  void name_all() {
    std::map<std::string, int> used;
    for (LoggedTrack& track : out_.tracks) {
      if (track.name.empty()) track.name = kind_of(track) + std::to_string(track.row);
      const std::string name = track.name;
      for (int& n = used[name]; ++n > 1 && used.contains(track.name);) track.name = name + "_" + std::to_string(n);
      used.try_emplace(track.name, 1);
    }
  }

  static void tell_accelerations(LoggedTrack& track) {
    const bool told =
        std::any_of(track.points.begin(), track.points.end(), [](const auto& p) { return p.acceleration != 0; });
    if (told) return;
    for (std::size_t i = 1; i < track.points.size(); ++i) {
      const TrackPoint& before = track.points[i - 1];
      TrackPoint& now = track.points[i];
      if (!now.begins)
        now.acceleration = (now.speed - before.speed) / (static_cast<float>(now.time_ns - before.time_ns) * 1e-9f);
    }
  }

  const Description& log_;
  const TrackOptions& options_;
  Tracks out_;
  std::map<Key, std::size_t> rows_;
  std::size_t points_ = 0;
};

}  // namespace

sim::Result<Tracks> read_tracks(Source& source, const TrackOptions& options) {
  source.select({TopicRole::kEgoPose, TopicRole::kTransforms, TopicRole::kGnss, TopicRole::kObjects,
                 TopicRole::kSignals, TopicRole::kRun});
  if (options.start_ns > source.description().start_ns)
    if (auto sought = source.seek(options.start_ns); !sought) return tl::unexpected(sought.error());
  Reader reader(source.description(), options);
  Item item;
  while (true) {
    const auto more = source.next(item);
    if (!more) return tl::unexpected(more.error());
    if (!*more || item.time_ns > options.end_ns) break;
    const auto* snapshot = std::get_if<std::shared_ptr<const sim::Snapshot>>(&item.payload);
    if (snapshot == nullptr || !*snapshot) continue;
    if (auto taken = reader.take(**snapshot); !taken) return tl::unexpected(taken.error());
  }
  return reader.finish();
}

std::optional<TrackPoint> track_at(const LoggedTrack& track, std::int64_t time_ns, std::size_t& hint) {
  const auto& points = track.points;
  if (points.empty() || time_ns < points.front().time_ns || time_ns > points.back().time_ns) return std::nullopt;
  if (hint >= points.size() || points[hint].time_ns > time_ns ||
      (hint + 4 < points.size() && points[hint + 4].time_ns < time_ns)) {
    const auto above = std::upper_bound(points.begin(), points.end(), time_ns,
                                        [](std::int64_t time, const TrackPoint& p) { return time < p.time_ns; });
    hint = static_cast<std::size_t>(above - points.begin()) - 1;
  }
  while (hint + 1 < points.size() && points[hint + 1].time_ns <= time_ns) ++hint;
  const TrackPoint& a = points[hint];
  if (a.time_ns == time_ns || hint + 1 == points.size()) return a;
  const TrackPoint& b = points[hint + 1];
  if (b.begins) return std::nullopt;
  const double u = static_cast<double>(time_ns - a.time_ns) / static_cast<double>(b.time_ns - a.time_ns);
  const auto mix = [&](double p, double q) { return p + u * (q - p); };
  const auto turn = [&](double p, double q) { return sim::wrap_angle(p + u * sim::wrap_angle(q - p)); };
  TrackPoint at;
  at.time_ns = time_ns;
  at.x = mix(a.x, b.x), at.y = mix(a.y, b.y), at.z = static_cast<float>(mix(a.z, b.z));
  at.yaw = static_cast<float>(turn(a.yaw, b.yaw));
  at.pitch = static_cast<float>(turn(a.pitch, b.pitch)), at.roll = static_cast<float>(turn(a.roll, b.roll));
  at.speed = static_cast<float>(mix(a.speed, b.speed));
  at.acceleration = static_cast<float>(mix(a.acceleration, b.acceleration));
  return at;
}

}  // namespace bitgoeul::replay
