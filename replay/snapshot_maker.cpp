#include "replay/snapshot_maker.h"

#include <cmath>
#include <limits>
#include <utility>

namespace bitgoeul::replay {
namespace {

constexpr std::int64_t kHold_ns = 1'000'000'000;          // an object list holds on for so long
constexpr std::int64_t kLongest_step_ns = 1'000'000'000;  // for a speed from two poses
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
// The ego of a log that does not say its size: an ordinary car, its rear axle 1.4 m behind the middle.
constexpr double kEgoLength_m = 4.6, kEgoWidth_m = 1.85, kEgoHeight_m = 1.6, kEgoCenter_m = 1.4;
constexpr std::size_t kMostSignals = 100'000;

}  // namespace

SnapshotMaker::SnapshotMaker(Description& names) : names_(names) { restart(); }

void SnapshotMaker::restart() {
  snapshot_ = {};
  tracks_.clear();
  free_rows_.clear();
  signal_rows_.clear();
  moved_ns_.clear();
  names_.entities.clear();
  names_.signal_names.clear();
  has_objects_ = news_ = false;
  free_row(take_row("ego"));  // row 0 is nobody else's
  tracks_.clear();
  free_rows_.clear();
}

std::size_t SnapshotMaker::take_row(const std::string& id) {
  sim::Snapshot& s = snapshot_;
  std::size_t row = s.generation.size();
  if (free_rows_.empty()) {
    s.generation.push_back(0);
    s.entities.columns([](std::string_view, auto& column) { column.emplace_back(); });
    moved_ns_.push_back(kNever);
    names_.entities.emplace_back();
  } else {
    row = free_rows_.back();
    free_rows_.pop_back();
  }
  ++s.generation[row];  // odd: alive
  s.entities.columns([&](std::string_view, auto& column) { column[row] = {}; });
  s.entities.alive[row] = 1;
  moved_ns_[row] = kNever;
  names_.entities[row] = {.name = id, .row = static_cast<std::uint32_t>(row)};
  return row;
}

void SnapshotMaker::free_row(std::size_t row) {
  ++snapshot_.generation[row];
  snapshot_.entities.columns([&](std::string_view, auto& column) { column[row] = {}; });
  free_rows_.push_back(row);
}

void SnapshotMaker::set_time(std::int64_t time_ns) {
  snapshot_.time_ns = time_ns;
  news_ = true;
}

void SnapshotMaker::set_motion(std::size_t row, const Pose& pose, std::int64_t time_ns,
                               const std::optional<sim::Vec3>& body_velocity, const std::optional<double>& yaw_rate) {
  sim::Entities& e = snapshot_.entities;
  const double yaw = yaw_of(pose.rotation);
  const sim::Vec3 before(e.x[row], e.y[row], e.z[row]);
  const std::int64_t passed_ns = moved_ns_[row] == kNever ? 0 : time_ns - moved_ns_[row];
  const bool known = passed_ns > 0 && passed_ns <= kLongest_step_ns;
  const double passed_s = static_cast<double>(passed_ns) * 1e-9;
  const double old_speed = e.speed_mps[row];
  if (body_velocity) {
    e.speed_mps[row] = body_velocity->x();
  } else if (known) {
    e.speed_mps[row] = (pose.rotation.conjugate() * (pose.position - before)).x() / passed_s;
  }
  if (yaw_rate) {
    e.yaw_rate_radps[row] = *yaw_rate;
  } else if (known) {
    e.yaw_rate_radps[row] = sim::wrap_angle(yaw - e.yaw_rad[row]) / passed_s;
  }
  // Measured speeds only: twice the difference of positions is noise.
  if (known && body_velocity) e.acceleration_mps2[row] = (e.speed_mps[row] - old_speed) / passed_s;
  const Eigen::Matrix3d r = pose.rotation.toRotationMatrix();
  e.x[row] = pose.position.x();
  e.y[row] = pose.position.y();
  e.z[row] = pose.position.z();
  e.yaw_rad[row] = yaw;
  e.pitch_rad[row] = sim::atan2(-r(2, 0), std::sqrt(r(2, 1) * r(2, 1) + r(2, 2) * r(2, 2)));
  e.roll_rad[row] = sim::atan2(r(2, 1), r(2, 2));
  moved_ns_[row] = time_ns;
}

void SnapshotMaker::take(const Ego& ego) {
  sim::Entities& e = snapshot_.entities;
  if (snapshot_.generation[0] % 2 == 0) {
    ++snapshot_.generation[0];
    e.alive[0] = 1;
    e.role[0] = sim::Role::kEgo;
    e.type[0] = static_cast<std::uint16_t>(ObjectClass::kCar);
    e.length_m[0] = kEgoLength_m;
    e.width_m[0] = kEgoWidth_m;
    e.height_m[0] = kEgoHeight_m;
    e.center_x_m[0] = kEgoCenter_m;
  }
  set_motion(0, ego.pose, ego.time_ns, ego.velocity_mps, ego.yaw_rate_radps);
  set_time(ego.time_ns);
}

void SnapshotMaker::place(std::size_t row, const Object& object, std::int64_t time_ns) {
  sim::Entities& e = snapshot_.entities;
  Pose pose{object.center, rotation_of(object.yaw_rad, object.pitch_rad, object.roll_rad)};
  pose.position.z() -= object.height_m / 2;
  if (row != 0) e.role[row] = sim::Role::kTraffic;
  e.type[row] = static_cast<std::uint16_t>(object.object_class);
  e.length_m[row] = object.length_m;
  e.width_m[row] = object.width_m;
  e.height_m[row] = object.height_m;
  if (row == 0) {  // its place is told elsewhere; from an object list alone it is the middle of the box
    const sim::Vec3 place(e.x[row], e.y[row], e.z[row]);
    e.center_x_m[row] =
        moved_ns_[row] == time_ns
            ? (rotation_of(e.yaw_rad[row], e.pitch_rad[row], e.roll_rad[row]).conjugate() * (pose.position - place)).x()
            : 0;
    return;
  }
  std::optional<sim::Vec3> body_velocity;
  if (object.velocity_mps) body_velocity = pose.rotation.conjugate() * *object.velocity_mps;
  set_motion(row, pose, time_ns, body_velocity, std::nullopt);
}

void SnapshotMaker::take(const Objects& objects, std::int64_t time_ns) {
  for (auto& [id, track] : tracks_) track.seen = false;
  std::size_t nameless = 0;
  for (const Object& object : objects.objects) {
    if (object.is_ego) {
      if (snapshot_.entities.alive[0] != 0) place(0, object, time_ns);
      continue;
    }
    std::string id = object.id;
    if (id.empty()) id.append("#").append(std::to_string(nameless++));
    const auto [track, is_new] = tracks_.try_emplace(id);
    if (track->second.seen) continue;  // the same id twice: the first counts
    if (is_new) track->second.row = take_row(id);
    track->second.seen = true;
    // A detection without a track has no past.
    if (object.id.empty()) moved_ns_[track->second.row] = kNever;
    place(track->second.row, object, time_ns);
  }
  for (auto track = tracks_.begin(); track != tracks_.end();) {
    if (!track->second.seen) free_row(track->second.row);
    track = track->second.seen ? std::next(track) : tracks_.erase(track);
  }
  objects_ns_ = time_ns;
  has_objects_ = true;
  set_time(time_ns);
}

void SnapshotMaker::take(const SignalList& signals, std::int64_t time_ns) {
  for (const SignalList::One& one : signals.signals) {
    const auto [row, is_new] = signal_rows_.try_emplace(one.id, signal_rows_.size());
    if (is_new && signal_rows_.size() > kMostSignals) {
      signal_rows_.erase(row);
      continue;
    }
    if (is_new) {
      names_.signal_names.push_back(one.id);
      snapshot_.signals.state.push_back(one.state);
      snapshot_.signals.next_change_step.push_back(std::numeric_limits<std::int64_t>::max());
    }
    snapshot_.signals.state[row->second] = one.state;
  }
  set_time(time_ns);
}

void SnapshotMaker::drop_old(std::int64_t time_ns) {
  if (!has_objects_ || time_ns - objects_ns_ <= kHold_ns) return;
  for (const auto& [id, track] : tracks_) free_row(track.row);
  tracks_.clear();
  has_objects_ = false;
}

std::shared_ptr<const sim::Snapshot> SnapshotMaker::make() {
  drop_old(snapshot_.time_ns);
  snapshot_.step = (snapshot_.time_ns - names_.start_ns) / 1'000'000;
  news_ = false;
  return std::make_shared<const sim::Snapshot>(snapshot_);
}

}  // namespace bitgoeul::replay
