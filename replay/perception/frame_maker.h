// FrameMaker: turns the items of a Source into SensorFrames: one for each cloud of a lidar, or, where the log has none
// (or the stub needs none), one for each list of objects or Snapshot. A frame holds what the log says at its time:
// truth and the log's detections no older than 75 ms. Truth: annotations and ground truth before tracks before
// detections, else the Snapshots. Made and fed by run_perception(). Thread rule: one thread per object.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include "replay/perception/frame.h"

namespace bitgoeul::replay {

// What a vehicle category is to a detector, live and from a log alike; by the word of OpenSCENARIO.
ObjectClass class_of_category(std::string_view word);

class FrameMaker {
 public:
  // host: the row of the vehicle that is looked out of, in logs of our own runs.
  FrameMaker(const Description& log, bool wants_points, sim::Row host);
  // The frame that is complete now that this item comes, if any.
  std::optional<SensorFrame> take(const Item& item);
  std::optional<SensorFrame> end();  // the last one
  bool has_points() const { return lidar_.has_value(); }
  bool has_logged() const { return logged_.has_value(); }
  bool has_truth() const { return truth_from_objects_ || truth_from_snapshots_; }

 private:
  void take_objects(const Item& item, const Objects& objects);
  void take_snapshot(const sim::Snapshot& snapshot);
  void add_velocities(Boxes& boxes, std::int64_t time_ns);
  std::optional<SensorFrame> finish();
  ObjectClass class_of(std::uint16_t type) const;

  struct Seen {
    double x, y;
    std::int64_t time_ns;
  };
  std::optional<std::uint32_t> lidar_, truth_, logged_;  // topics
  bool truth_from_objects_ = false, truth_from_snapshots_ = false;
  bool run_ = false;
  sim::Row host_;
  std::vector<ObjectClass> classes_;  // by type
  SensorFrame frame_;
  bool open_ = false;
  std::int64_t truth_ns_ = 0, logged_ns_ = 0;
  std::int64_t own_ns_ =
      std::numeric_limits<std::int64_t>::min();  // of the box that the truth gave for the vehicle itself
  Boxes truth_boxes_, logged_boxes_;
  std::shared_ptr<const ImageView> view_;
  std::map<std::uint64_t, Seen> last_;  // of each truth, for velocities the log does not tell
};

}  // namespace bitgoeul::replay
