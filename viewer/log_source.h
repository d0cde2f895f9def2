// LogSource: the frames of a run log. One thread decodes ahead of the wanted moment, one reads the events of the whole
// log once. Errors inside the log end the reading there and are told; what came before stays.
#pragma once

#include <filesystem>
#include <memory>

#include "replay/run_log.h"
#include "viewer/source.h"

namespace bitgoeul::viewer {

struct OpenedLog {
  replay::RunHeader header;
  std::vector<replay::StackSession> stacks;  // that drove
  std::unique_ptr<Source> source;
};
sim::Result<OpenedLog> open_log(const std::filesystem::path& file);

}  // namespace bitgoeul::viewer
