// Reads the Korean standard node-link (표준노드링크, ITS national transport information centre): link shapefile with
// LINK_ID, F_NODE, T_NODE, LANES, ROAD_RANK, ROAD_TYPE, MAX_SPD, CONNECT, node shapefile, TURNINFO table, as a surveyed
// RoadNetwork. CP949 unless a .cpg says else; EPSG:5186 unless a .prj says else. Reads the file system only.
#pragma once

#include <filesystem>
#include <vector>

#include "maps/road_network/road_network.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct NodeLinkFiles {
  std::filesystem::path links, nodes, turns;  // .shp, .shp, .dbf; empty where there is none
  std::vector<std::filesystem::path> all;     // with what belongs to them, ascending
};

// The node-link files of a folder, or beside a link shapefile, by the columns of their tables; links empty: none.
NodeLinkFiles find_node_link(const std::filesystem::path& path);

sim::Result<RoadNetwork> read_node_link(const std::filesystem::path& path, sim::Issues& issues);

}  // namespace bitgoeul::maps
