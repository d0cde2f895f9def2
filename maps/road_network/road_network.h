// RoadNetwork: standard-definition roads before lanes: centre lines with class, lanes per direction and limits, nodes
// where they join. Made by readers of GeoJSON (the properties of assets/gwangju), later OSM and the Korean standard
// node-link; read by lane_builder. Coordinates in local metres.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps {

struct Street {
  std::string id, name;
  RoadClass road_class = RoadClass::kUnknown;
  int lanes_forward = 1, lanes_backward = 1;  // backward 0 = one-way
  bool divided = false;
  double speed_limit_mps = 50 / 3.6;
  int level = 0;
  bool bridge = false, tunnel = false;
  bool kerb_bus_lane = false;
  bool local = false;           // filled in, not from a source
  std::vector<sim::Vec2> line;  // vertices; shared exact vertices join streets of compatible level
  int source_line = 0;
};

enum class NodeKind : std::uint8_t { kAuto, kSignalised, kPriority, kRampTerminal, kInterchange };
struct NodeFact {  // a known junction point
  sim::Vec2 position;
  NodeKind kind = NodeKind::kAuto;
  std::string name;
};

struct UrbanArea {  // where local streets are filled in
  std::string name, kind;
  double street_spacing_m = 100;
  double grid_bearing_rad = 0;
  std::vector<sim::Vec2> outline;
};

struct SchoolZone {
  sim::Vec2 position;
  double radius_m = 150;
};

struct Terrain {                       // height raster, metres; empty = flat
  double x0 = 0, y0 = 0, cell_m = 90;  // of the lower left sample
  int columns = 0, rows = 0;
  std::vector<float> height;            // row-major, south to north
  double at(double x, double y) const;  // bilinear, clamped to the edge
};

struct RoadNetwork {
  std::string name, source, notice, projection;
  std::vector<Street> streets;
  std::vector<NodeFact> nodes;
  std::vector<UrbanArea> areas;
  std::vector<SchoolZone> school_zones;
  Terrain terrain;
};

}  // namespace bitgoeul::maps
