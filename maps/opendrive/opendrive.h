// OpenDRIVE reader: file or text -> MapBuilder. One file per chapter of the norm (header, road, plan view, elevation,
// lanes, junctions, signals, objects, controllers), one function per element. Reports everything it ignores once, by
// element name. Sources: ASAM OpenDRIVE 1.4 to 1.8.
#pragma once

#include <filesystem>
#include <string_view>

#include "maps/map_builder.h"
#include "sim/result.h"

namespace bitgoeul::maps::opendrive {

sim::Result<MapBuilder> read_file(const std::filesystem::path& file, sim::Issues& issues);
sim::Result<MapBuilder> read_text(std::string_view text, const std::string& file_name, sim::Issues& issues);

}  // namespace bitgoeul::maps::opendrive
