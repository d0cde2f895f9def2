// Compiled map: a frozen Map as one file (header with format version, sizes, content hash; then the arrays). A damaged,
// foreign or outdated file is detected by its hash and refused. Written atomically (temporary name, then rename).
#pragma once

#include <filesystem>
#include <memory>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

sim::Result<void> write_compiled(const Map& map, const std::filesystem::path& file);
sim::Result<std::shared_ptr<const Map>> read_compiled(const std::filesystem::path& file);
// Hash over name-independent content: all arrays and the text; what Map::hash holds.
sim::Hash128 map_hash(const Map& map);

}  // namespace bitgoeul::maps
