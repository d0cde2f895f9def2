// OpenDRIVE 1.8 writer: a Map as one .xodr file. Road and lane links are found again from the driving graph, so every
// importer's maps can be written; numbers keep all their digits, so reading the file back gives the same lanes. What
// the norm has no words for is counted in issues. One file per chapter, as in the reader. Thread rule: one call, one
// thread; the Map is only read.
#pragma once

#include <filesystem>
#include <string>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps::opendrive {

// Under a temporary name first, then renamed: never half a file. Error when it cannot be written.
sim::Result<void> write_file(const Map& map, const std::filesystem::path& file, sim::Issues& issues);
std::string write_text(const Map& map, sim::Issues& issues);

}  // namespace bitgoeul::maps::opendrive
