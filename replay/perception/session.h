// run_perception: a log's frames through a stub and its tracker, each result handed on in order of time, and what the
// results are worth. Detection is parallel over frames, tracking serial; the same hash for any number of threads.
// Made by `replay`, live runs and tests. Thread rule: the callback runs on the calling thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "replay/perception/stub.h"
#include "replay/scoring/detection.h"
#include "replay/scoring/safety.h"
#include "replay/scoring/tracking.h"
#include "replay/source.h"
#include "sim/hash.h"
#include "sim/id.h"

namespace bitgoeul::replay {

struct PerceptionOptions {
  std::int64_t start_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t end_ns = std::numeric_limits<std::int64_t>::max();
  std::uint64_t seed = 1;
  int threads = 1;
  sim::Row host = 0;  // in logs of our own runs: the vehicle that is looked out of
  // Sensors simulated on the truth of each frame, for logs that hold none (sensors/lidar.h); called on any thread.
  std::function<void(SensorFrame&)> add_sensors;
  const RayScene* scene = nullptr;  // what hides things from stubs that imagine; null: vehicles only
};

struct Percept {
  std::int64_t time_ns = 0;         // of the measurement
  std::int64_t output_time_ns = 0;  // when a stack would get it
  Pose ego;
  Box ego_box;
  bool has_truth = false;
  std::shared_ptr<const ImageView> view;
  Boxes truth, detections, tracks;  // truth of lidar frames with its points counted
  double detect_s = 0;              // CPU time of the detection: for reports, not for results
};

struct PerceptionSummary {
  std::uint64_t frames = 0, points = 0, detections = 0, tracks = 0;
  double detect_s = 0;  // CPU, summed over frames
  sim::Hash128 hash;    // of all detections and tracks
};

inline constexpr const char* kNoTruthRule = "no_truth";  // Issue::rule: the stub, or a score, needs truth

// What the stub needs is in the log: points, true objects (else rule kNoTruthRule), or detections of its own.
sim::Result<void> check_log(const Description& log, const StubSetup& setup, const PerceptionOptions& options);
// As check_log(), and what is damaged. The callback returns false to stop.
sim::Result<PerceptionSummary> run_perception(Source& source, const StubSetup& setup, const PerceptionOptions& options,
                                              const std::function<bool(Percept&&)>& each);

// The same, frame by frame, for a live run: what a log of these frames gives too. One thread.
class LivePerception {
 public:
  LivePerception(StubSetup setup, std::uint64_t seed) : setup_(std::move(setup)), seed_(seed) {}
  Percept take(const SensorFrame& frame);
  const StubSetup& setup() const { return setup_; }
  sim::Hash128 hash() const { return hash_; }

 private:
  StubSetup setup_;
  std::uint64_t seed_;
  LidarClusterScratch scratch_;
  TrackerState tracker_;
  std::int64_t last_output_ns_ = std::numeric_limits<std::int64_t>::min();
  sim::Hash128 hash_;
};

// One more frame into a running hash: ids, classes, places, sizes, velocities, bit for bit.
sim::Hash128 hash_percept(sim::Hash128 before, const Percept& percept);

// What is asked for: truth outside is ignored, what was found outside is left out.
struct Region {
  double range_m = 100;
  double fov_deg = 360;                   // about the vehicle's x axis: where labels exist
  std::int32_t min_points = 1;            // truth with fewer lidar points is ignored; without lidar all counts
  std::vector<ObjectClass> classes = {};  // empty: all
  bool holds(const Box& box, const sim::Vec3& ego, double yaw_rad) const;
  bool asks_for(ObjectClass c) const;
};

class Scores {
 public:
  explicit Scores(const Region& region) : region_(region) {}
  void take(const Percept& percept);  // frames without truth are left out
  std::size_t frames() const { return detections_.size(); }
  DetectionScore detection() const { return score_detections(detections_); }
  Counts counts(const CountRule& rule) const { return count(detections_, rule); }
  TrackingScore tracking() const { return score_tracks(tracks_); }
  SafetyScore safety() const { return score_safety(safety_); }
  const std::vector<ScoreFrame>& detection_frames() const { return detections_; }

 private:
  Region region_;
  std::vector<ScoreFrame> detections_, tracks_;
  std::vector<SafetyFrame> safety_;
};

}  // namespace bitgoeul::replay
