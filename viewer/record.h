// Record: a film of what the viewer shows: numbered pictures in a directory, or an MP4 (or GIF) through ffmpeg when it
// is installed. Runs the clock at a fixed rate, however long a picture takes. Main thread only.
#pragma once

#include <filesystem>
#include <functional>

#include "sim/result.h"
#include "viewer/app.h"

namespace bitgoeul::viewer {

struct RecordOptions {
  std::filesystem::path out;        // FILE.mp4, FILE.gif, or a directory
  double fps = 25, duration_s = 0;  // 0: to the end
};
// `progress` gets the share done and may say stop.
sim::Result<int> record(App& app, const RecordOptions& options, const std::function<bool(double share)>& progress);

}  // namespace bitgoeul::viewer
