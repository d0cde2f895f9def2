// SensorLog: what the sensors of one vehicle told, as its own MCAP file in the messages that logs of real vehicles
// have: /pose foxglove.PoseInFrame, /truth osi3.GroundTruth (the vehicle itself is its host), /lidar
// foxglove.PointCloud, /gnss foxglove.LocationFix, /imu sensor_msgs/msg/Imu in JSON, /objects osi3.SensorData (tracks
// of a stub, in the body frame). open_source() reads it as any other log. Made by `run --sensors`. Errors name the
// file. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "replay/perception/frame.h"

namespace bitgoeul::replay {

class SensorLog {
 public:
  static sim::Result<SensorLog> open(const std::filesystem::path& file);
  ~SensorLog();
  SensorLog(SensorLog&&) noexcept;

  sim::Result<void> frame(const SensorFrame& frame);  // pose, truth and points, as far as it has them
  sim::Result<void> objects(std::int64_t time_ns, const Pose& ego, const Boxes& tracks);
  sim::Result<void> gnss(std::int64_t time_ns, const GnssFix& fix);
  sim::Result<void> imu(std::int64_t time_ns, const Imu& imu);
  sim::Result<void> close(const std::vector<std::pair<std::string, std::string>>& facts);

 private:
  struct Impl;
  explicit SensorLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay
