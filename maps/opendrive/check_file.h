// The rules of the norm that a frozen Map cannot show any more, because the reader repairs or leaves out what breaks
// them: ASAM OpenDRIVE's checker rules over the file's own elements. Each finding names file, line, element and rule.
// Also: the line at which each row of a Map stands in its file. Read by check_map_file; one thread per call.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "maps/map_check.h"

namespace bitgoeul::maps::opendrive {

// In the order in which they run. A rule speaks only about files of the version that brought it, or later.
std::span<const CheckRule> file_rules();

sim::Issues check_text(std::string_view text, const std::string& file_name);
// `lines`, when given, gets the lines of the rows of `map`, which was made from that file.
sim::Issues check_file(const std::filesystem::path& file, const Map* map = nullptr, SourceLines* lines = nullptr);

}  // namespace bitgoeul::maps::opendrive
