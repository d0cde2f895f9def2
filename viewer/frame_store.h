// FrameStore: frames by time, shared by the thread that makes them and the one that shows them. Keeps those nearest to
// the wanted moment within a budget of memory. Any thread.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>

#include "viewer/source.h"

namespace bitgoeul::viewer {

class FrameStore {
 public:
  void put(Frame frame);
  void clear();
  FramePair about(std::int64_t time_ns, std::int64_t period_ns);
  bool has(std::int64_t time_ns, std::int64_t period_ns);  // a frame within one period before the moment
  void set_wanted(std::int64_t time_ns);
  std::int64_t wanted();
  std::int64_t oldest();  // -1: empty
  // Waits for a new frame, a new wish or stop; at most a moment.
  void wait_change();
  void wake();

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::map<std::int64_t, Frame> frames_;
  std::size_t bytes_ = 0;
  std::int64_t wanted_ = 0;
};

}  // namespace bitgoeul::viewer
