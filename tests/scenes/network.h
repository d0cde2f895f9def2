// Network: streets and junctions of axis-parallel roads, turned into a MapBuilder: what the scenes are made of.
// Streets run between nodes; a node with signals gets two phases (along x, along y). Metres. Thread rule: pure.
#pragma once

#include <string>
#include <vector>

#include "maps/map_builder.h"

namespace bitgoeul::scenes {

struct Node {
  double x = 0, y = 0;
  double radius = 16;  // streets end this far from the node
  bool signals = false;
};
struct Block {
  int a = 0, b = 0;  // nodes; the street runs from a to b, along x or along y
  int lanes = 1;     // per direction
  double speed_mps = 50 / 3.6;
};
struct Network {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Block> blocks;
};

inline constexpr double kLaneWidthM = 3.25;

maps::MapBuilder build(const Network& network);
std::shared_ptr<const maps::Map> freeze_or_die(maps::MapBuilder builder);

}  // namespace bitgoeul::scenes
