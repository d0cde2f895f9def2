#include "viewer/history.h"

namespace bitgoeul::viewer {

void History::add(const sim::Snapshot& s) {
  std::lock_guard lock(mutex_);
  if (s.time_ns <= last_ns_) return;
  last_ns_ = s.time_ns;
  const sim::Entities& e = s.entities;
  const auto f = [](double v) { return static_cast<float>(v); };
  for (std::size_t row = 0; row < e.alive.size(); ++row) {
    const auto id = static_cast<sim::Row>(row);
    if (!e.alive[row] || (e.role[row] == sim::Role::kTraffic && id != tracked_)) continue;
    ++size_;
    samples_[id].push_back({s.time_ns, f(e.x[row]), f(e.y[row]), f(e.z[row]), f(e.yaw_rad[row]), f(e.speed_mps[row]),
                            f(e.acceleration_mps2[row]), f(e.yaw_rate_radps[row])});
  }
}

std::vector<Sample> History::of(sim::Row row) {
  std::lock_guard lock(mutex_);
  const auto found = samples_.find(row);
  return found == samples_.end() ? std::vector<Sample>{} : found->second;
}

Tracks History::all() {
  std::lock_guard lock(mutex_);
  return samples_;
}

std::size_t History::size() {
  std::lock_guard lock(mutex_);
  return size_;
}

bool History::track(sim::Row row) {
  std::lock_guard lock(mutex_);
  if (row == tracked_ || row == sim::kNone || samples_.count(row) > 0) return false;
  tracked_ = row;
  return wish_ = true;
}

void History::clear() {
  std::lock_guard lock(mutex_);
  samples_.clear();
  size_ = 0;
  last_ns_ = -1, wish_ = false;
}

bool History::rescan() {
  std::lock_guard lock(mutex_);
  if (!wish_) return false;
  samples_.clear();
  size_ = 0;
  last_ns_ = -1, wish_ = false;
  return true;
}

}  // namespace bitgoeul::viewer
