// Marks: places in a log that somebody wants to find again, kept in a small JSON file beside it:
// {"marks": [{"time_s": 12.3, "text": "cut in", "entity": 7}]}. Main thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::viewer {

struct Mark {
  std::int64_t time_ns = 0;
  std::string text;
  sim::Row entity = sim::kNone;
};

// A missing file gives none; of a damaged one what can be read.
std::vector<Mark> load_marks(const std::filesystem::path& file);
bool save_marks(const std::filesystem::path& file, const std::vector<Mark>& marks);  // whole or not at all

}  // namespace bitgoeul::viewer
