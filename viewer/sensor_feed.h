// SensorFeed: what a log's own vehicle sensed and what a perception stub makes of it: points, pictures of cameras,
// detections and tracks judged against the truth. One thread reads points and pictures about the wanted moment, one
// runs the stub over the whole log once. Times count from the start of the log; boxes in the local frame; what is given
// out is const and shared. All calls from the main thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "replay/perception/session.h"
#include "sim/result.h"

namespace bitgoeul::viewer {

// Of truth: matched, missed or not asked for (no label there, no point on it); of what was found: matched, ghost or not
// asked for.
enum class Verdict : std::uint8_t { kNotAsked, kMatched, kMissed, kGhost };

struct JudgedPercept {
  replay::Percept boxes;
  std::vector<Verdict> truth, detections, tracks;  // one for each box
  int matched = 0, missed = 0, ghosts = 0;         // of the detections
};
// The best pairing within 2 m; what the region does not ask for is neither missed nor a ghost.
JudgedPercept judge(replay::Percept percept, const replay::Region& region);

struct Cloud {
  std::int64_t time_ns = 0;
  replay::Pose to_local;
  replay::PointCloud points;
};
struct CameraPicture {
  std::int64_t time_ns = 0;
  std::string name;
  replay::Image image;
};
struct Sensed {
  std::shared_ptr<const Cloud> cloud;
  std::shared_ptr<const JudgedPercept> percept;
  std::vector<std::shared_ptr<const CameraPicture>> pictures;  // of every camera the last one, by name
};

struct FeedOptions {
  std::string perception;  // name or file of a stub; empty: by what the log holds
  std::string proj;        // the map's, for logs with fixes
  double proj_offset_x = 0, proj_offset_y = 0, proj_offset_heading_rad = 0;
  sim::Row host = 0;  // in runs of ours: who looks
};

class SensorFeed {
 public:
  // Null without an error: the log has nothing for it (no points, pictures, objects), and no stub was asked for.
  static sim::Result<std::unique_ptr<SensorFeed>> open(const std::filesystem::path& log, const FeedOptions& options);
  ~SensorFeed();

  void want(std::int64_t time_ns);
  Sensed about(std::int64_t time_ns);  // what is there now
  Sensed wait(std::int64_t time_ns);   // waits for what the log has
  // The frames of the last seconds before the moment, oldest first: trails of tracks.
  std::vector<std::shared_ptr<const JudgedPercept>> before(std::int64_t time_ns, std::int64_t reach_ns);
  bool has_points() const;
  const replay::StubSetup& stub() const;
  const replay::Region& region() const;
  std::string trouble();

 private:
  struct Impl;
  explicit SensorFeed(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::viewer
