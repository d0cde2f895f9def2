// Lanelet2 maps (.osm with lanelet relations; Poggenhans et al. 2018, and Autoware's local_x, local_y and mgrs_code
// tags) -> MapBuilder. Read by load_map. Frame: the file's local coordinates where it has them, else UTM of the first
// point about a hundred metre mark; heights (ele) as they stand. Single thread.
#pragma once

#include <filesystem>

#include "maps/map_builder.h"

namespace bitgoeul::maps::lanelet2 {

// XML whose first element is <osm> and which holds a lanelet.
bool is_lanelet2_file(const std::filesystem::path& file);

// Fails when the file is no XML, has no lanelet that can be driven, or points without coordinates only.
sim::Result<MapBuilder> read_file(const std::filesystem::path& file, sim::Issues& issues);

}  // namespace bitgoeul::maps::lanelet2
