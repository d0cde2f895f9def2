// Compiled map: a frozen Map as one file (header with format version, sizes, content hash; then the arrays, aligned).
// Opened by mapping it into memory: the map's arrays are views of the file, whose pages all processes share. Every byte
// is checked against a 128-bit hash at opening, so a damaged, foreign or outdated file is refused. Written atomically
// (temporary name, then rename), so that a map in use stays whole.
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
