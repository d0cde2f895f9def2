// Map cache: compiled maps with the issues that their import found, so that a second load says the same. An entry is
// named by its key (contents of all inputs, sources of the importers) and counts only when its map's hash is the one
// written beside it; anything else is made anew. The newest of each name are kept. Made and read by load_map. Thread
// rule: any number of processes; files are written under a temporary name, then renamed.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "maps/detail/map_source.h"
#include "maps/map.h"
#include "sim/hash.h"
#include "sim/result.h"

namespace bitgoeul::maps::detail {

// $XDG_CACHE_HOME/bitgoeul or ~/.cache/bitgoeul; empty when neither is set.
std::filesystem::path default_cache_dir();

struct CachedMap {
  std::shared_ptr<const Map> map;
  sim::Issues issues;
};

class MapCache {
 public:
  MapCache(const std::filesystem::path& folder, const std::filesystem::path& source, sim::Hash128 inputs);
  std::optional<CachedMap> load() const;
  // Error when the folder cannot be written.
  sim::Result<void> store(const Map& map, const sim::Issues& issues) const;

 private:
  std::filesystem::path map_file_, note_file_;
  sim::Hash128 key_;
};

// hash_files(), from notes in the cache folder where the files are big and unchanged.
sim::Result<sim::Hash128> hash_inputs(const MapSource& source, const std::filesystem::path& folder);

}  // namespace bitgoeul::maps::detail
