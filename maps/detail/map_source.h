// Map source: what a name or path stands for, and the files that make it up. Made and read by load_map.
// Names are folders and .xodr files under assets; paths are folders, .xodr, roads.geojson and compiled maps.
// Thread rule: reads the file system only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/hash.h"
#include "sim/result.h"

namespace bitgoeul::maps::detail {

enum class SourceKind { kOpenDrive, kRoadNetwork, kOsm, kNodeLink, kCompiled, kNgii, kLanelet2 };

struct MapSource {
  SourceKind kind = SourceKind::kOpenDrive;
  std::filesystem::path path;                // the file, or the folder of a road network
  std::vector<std::filesystem::path> files;  // all inputs, in one order
};

// Error with the names there are, and the nearest one, when there is no such map.
sim::Result<MapSource> find_map_source(const std::string& name_or_path, const std::filesystem::path& assets);
// Bare names under assets, ascending.
std::vector<std::string> map_names(const std::filesystem::path& assets);
// Hash of the contents and names of all files.
sim::Result<sim::Hash128> hash_files(const MapSource& source);

// What tells without reading that no file has changed: names, sizes, times of change and inodes.
struct InputStamp {
  sim::Hash128 hash;
  std::uint64_t bytes = 0;
  std::int64_t newest_ns = 0;  // when the newest change was made, by the file system's clock
};
InputStamp stamp_files(const MapSource& source);
std::int64_t changed_ns(const std::filesystem::path& file);  // 0: there is none

}  // namespace bitgoeul::maps::detail
