// DetectionLog: detections.mcap: what a stub found, its tracks and the truth beside them, a message of each per frame
// (schema/detections.proto; log time = when the output is there). The set-up of the stub, as given, and the hash of all
// results stand in its metadata. Made by `replay`; read by any MCAP reader. Errors name the file. Thread rule: one
// thread per object.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "replay/perception/session.h"

namespace bitgoeul::replay {

class DetectionLog {
 public:
  static sim::Result<DetectionLog> open(const std::filesystem::path& file);
  ~DetectionLog();
  DetectionLog(DetectionLog&&) noexcept;
  sim::Result<void> write(const Percept& percept);
  sim::Result<void> close(const std::vector<std::pair<std::string, std::string>>& facts);

 private:
  struct Impl;
  explicit DetectionLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay
