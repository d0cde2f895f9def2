// NGII 정밀도로지도 (the Korean national HD map, shapefiles) -> MapBuilder. Data models of 2015-2018, 2019/2020 and
// 2024, told apart by the names of their layers; UTM52N and UTM-K; CP949 and UTF-8; one section folder or a folder of
// them. Read by load_map. Frame: metres about the sections' middle, in the system of the first; heights as
// delivered, unless asked for otherwise. Single thread.
#pragma once

#include <filesystem>
#include <vector>

#include "maps/heights.h"
#include "maps/map_builder.h"

namespace bitgoeul::maps::ngii {

// The folders of sections in or below a path (a folder, or one .shp of a section); of several deliveries of one section
// (HDMap_UTM52N_..., HDMap_UTMK_...) one, of the wanted heights where there are some. Empty: no NGII data there.
std::vector<std::filesystem::path> find_sections(const std::filesystem::path& path,
                                                 HeightSystem heights = HeightSystem::kAsDelivered);
// The files of those folders that are part of the map.
std::vector<std::filesystem::path> section_files(const std::vector<std::filesystem::path>& sections);

struct Options {
  HeightSystem heights = HeightSystem::kAsDelivered;
};

// Fails when no link can be read, when sections cannot be brought together, or when there is no NGII data.
sim::Result<MapBuilder> read(const std::filesystem::path& path, sim::Issues& issues, const Options& options = {});

}  // namespace bitgoeul::maps::ngii
