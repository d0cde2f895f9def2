// History: how named vehicles (and the one that is looked at) moved over time, for plots and trails. Filled by the
// thread that reads or makes frames, read by the panels. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "sim/snapshot.h"

namespace bitgoeul::viewer {

struct Sample {
  std::int64_t time_ns = 0;
  float x = 0, y = 0, z = 0, yaw = 0, speed = 0, acceleration = 0, yaw_rate = 0;
};

using Tracks = std::map<sim::Row, std::vector<Sample>>;

class History {
 public:
  void add(const sim::Snapshot& snapshot);  // in order of time; what is not later than the last is skipped
  std::vector<Sample> of(sim::Row row);
  Tracks all();
  std::size_t size();  // samples of all rows
  // A row that is no self-driving vehicle is kept from now on too; true when it is a new wish.
  bool track(sim::Row row);
  void clear();   // all samples, for a run that starts anew
  bool rescan();  // true once after a new wish, with everything forgotten: read the log again

 private:
  std::mutex mutex_;
  Tracks samples_;
  std::size_t size_ = 0;
  std::int64_t last_ns_ = -1;
  sim::Row tracked_ = sim::kNone;
  bool wish_ = false;
};

}  // namespace bitgoeul::viewer
