// ForeignSource: the Snapshots of a log that is none of our runs (KITTI, nuScenes, Argoverse, bags, OSI ...), read by
// replay/ in a thread of its own about the wanted moment. Times count from the start of the log. All calls from the
// main thread.
#pragma once

#include <filesystem>
#include <memory>

#include "replay/source.h"
#include "viewer/source.h"

namespace bitgoeul::viewer {

// `options` gives the local frame; roles are chosen here.
sim::Result<std::unique_ptr<Source>> open_foreign(const std::filesystem::path& log, replay::SourceOptions options);

}  // namespace bitgoeul::viewer
