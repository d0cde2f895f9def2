// One door for every map: a bare name that ships under assets/ (`gwangju`), or a path to .xodr, .geojson project or
// compiled map. Picks the importer by content, keeps a cache of frozen maps keyed by the content hash of all inputs and
// the engine's map format version. Read by every command.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "maps/heights.h"
#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct LoadOptions {
  bool use_cache = true;
  std::filesystem::path cache_dir;  // empty: $XDG_CACHE_HOME/bitgoeul or ~/.cache/bitgoeul
  // Other than as delivered: without the cache, and only of a source whose parts name their height system (NGII).
  HeightSystem heights = HeightSystem::kAsDelivered;
};

// Folders searched for bare names: the checkout's assets/, then the installed share/bitgoeul/assets.
std::filesystem::path assets_dir();

sim::Result<std::shared_ptr<const Map>> load_map(const std::string& name_or_path, sim::Issues& issues,
                                                 const LoadOptions& options = {});

}  // namespace bitgoeul::maps
