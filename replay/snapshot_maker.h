// SnapshotMaker: Snapshots of what a foreign log tells piece by piece: the ego's pose, lists of objects, signal states,
// all in the local frame. A Snapshot stands for one time; the newest of each kind holds on, objects for a second at
// most. Row 0 is the ego, the other rows go to the objects by their id, and are used again. Made and fed by
// open_source(). Thread rule: one thread per object.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "replay/local_frame.h"
#include "replay/source.h"

namespace bitgoeul::replay {

class SnapshotMaker {
 public:
  explicit SnapshotMaker(Description& names);  // grows its entities and signal_names

  void take(const Ego& ego);
  void take(const Objects& objects, std::int64_t time_ns);
  void take(const SignalList& signals, std::int64_t time_ns);
  bool has_news() const { return news_; }
  std::int64_t time_ns() const { return snapshot_.time_ns; }
  std::shared_ptr<const sim::Snapshot> make();
  void restart();

 private:
  struct Track {
    std::size_t row = 0;
    bool seen = false;
  };
  std::size_t take_row(const std::string& id);
  void free_row(std::size_t row);
  void place(std::size_t row, const Object& object, std::int64_t time_ns);
  void drop_old(std::int64_t time_ns);
  void set_time(std::int64_t time_ns);
  void set_motion(std::size_t row, const Pose& pose, std::int64_t time_ns,
                  const std::optional<sim::Vec3>& body_velocity, const std::optional<double>& yaw_rate);

  Description& names_;
  sim::Snapshot snapshot_;
  std::map<std::string, Track> tracks_;
  std::vector<std::size_t> free_rows_;
  std::vector<std::int64_t> moved_ns_;  // by row: time of its last pose
  std::map<std::string, std::size_t> signal_rows_;
  std::int64_t objects_ns_ = 0;
  bool has_objects_ = false, news_ = false;
};

}  // namespace bitgoeul::replay
