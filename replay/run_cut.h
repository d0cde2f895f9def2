// cut_run: a part of a run of ours. A part in time begins at the last key frame (one every two seconds) at or before
// its start, and can be verified from the first key frame of the state in it (one every ten). A part in space holds the
// frames with those who are in it, the events there and the signals; as it lacks the rest of the state it proves
// nothing. Used by `log cut`. Thread rule: pure but for the files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "replay/mcap/rewrite.h"

namespace bitgoeul::replay {

struct RunCutOptions {
  std::int64_t start_ns = 0, end_ns = std::numeric_limits<std::int64_t>::max();  // simulated; end excluded
  std::vector<std::string> topics;                                               // empty: all; the header always stays
  std::function<sim::Result<bool>(double x, double y)> inside;                   // of the map's frame; null: everywhere
};
struct RunCutReport : mcap::CutReport {
  std::int64_t start_ns = 0;  // of the key frame
};
// Errors: the log is damaged or no run, or nothing would be left but its header.
sim::Result<RunCutReport> cut_run(const std::filesystem::path& from, const std::filesystem::path& to,
                                  const RunCutOptions& options);

}  // namespace bitgoeul::replay
