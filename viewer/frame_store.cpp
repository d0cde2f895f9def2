#include "viewer/frame_store.h"

#include <chrono>
#include <cstdlib>

namespace bitgoeul::viewer {

namespace {

constexpr std::size_t kBudget = 384u << 20;

std::size_t size_of(const sim::Snapshot& s) { return 512 + s.entities.x.size() * 128 + s.signals.state.size() * 9; }

}  // namespace

void FrameStore::put(Frame frame) {
  std::lock_guard lock(mutex_);
  bytes_ += size_of(*frame);
  const std::int64_t time = frame->time_ns;
  if (const auto old = frames_.find(time); old != frames_.end()) bytes_ -= size_of(*old->second);
  frames_[time] = std::move(frame);
  while (bytes_ > kBudget && frames_.size() > 2) {
    // The one farther away goes; what lies ahead counts half, since time usually runs forward.
    const auto first = frames_.begin(), last = std::prev(frames_.end());
    const auto gone = (wanted_ - first->first) * 2 > last->first - wanted_ ? first : last;
    bytes_ -= size_of(*gone->second);
    frames_.erase(gone);
  }
  change_.notify_all();
}

void FrameStore::clear() {
  std::lock_guard lock(mutex_);
  frames_.clear(), bytes_ = 0, wanted_ = 0;
}

FramePair FrameStore::about(std::int64_t time_ns, std::int64_t period_ns) {
  std::lock_guard lock(mutex_);
  FramePair pair;
  const auto after = frames_.upper_bound(time_ns);
  if (after != frames_.begin()) pair.before = std::prev(after)->second;
  if (after != frames_.end()) pair.after = after->second;
  if (pair.before && pair.after && pair.after->time_ns - pair.before->time_ns > 2 * period_ns) pair.after = nullptr;
  return pair;
}

bool FrameStore::has(std::int64_t time_ns, std::int64_t period_ns) {
  const FramePair pair = about(time_ns, period_ns);
  return pair.before && time_ns - pair.before->time_ns < period_ns;
}

void FrameStore::set_wanted(std::int64_t time_ns) {
  std::lock_guard lock(mutex_);
  if (wanted_ == time_ns) return;
  wanted_ = time_ns;
  change_.notify_all();
}

std::int64_t FrameStore::wanted() {
  std::lock_guard lock(mutex_);
  return wanted_;
}

std::int64_t FrameStore::oldest() {
  std::lock_guard lock(mutex_);
  return frames_.empty() ? -1 : frames_.begin()->first;
}

void FrameStore::wait_change() {
  std::unique_lock lock(mutex_);
  change_.wait_for(lock, std::chrono::milliseconds(20));
}

void FrameStore::wake() { change_.notify_all(); }

}  // namespace bitgoeul::viewer
