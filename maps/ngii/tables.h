// Tables of one NGII delivery in one form, whatever its data model (the old one of 2015-2018, 2019/2020, 2024): nodes,
// lane links, paint, lights, signs, furniture. Filled by layers_*.cpp, mended by repairs.cpp, read by the builders in
// this folder. Coordinates of the source system until merge() makes them local. Plain data.
#pragma once

#include <string>
#include <vector>

#include "maps/detail/tally.h"
#include "maps/map.h"

namespace bitgoeul::maps::ngii {

enum class Model { kOld, k2019, k2024 };

struct Origin {
  std::string file;
  int record = 0;
};

struct Node {
  std::string id;
  sim::Vec3 at = sim::Vec3::Zero();
  int type = 0;
  Origin from;
};

struct Link {
  std::string id, from_node, to_node, left, right;
  std::vector<sim::Vec3> line;
  bool inside_junction = false;
  bool roundabout = false;
  int lane_no = 0;  // 1 = leftmost; 0: not given
  LaneType type = LaneType::kDriving;
  RoadClass road_class = RoadClass::kUnknown;
  double speed_kmh = 0;  // 0: not given
  bool bridge = false, tunnel = false;
  bool both_ways = false;
  std::string turns;  // old model: letters of the link's id, of A (all), L, R, Z (straight on), U
  std::string group;  // old model: what lights, signs and stop lines name instead of the lane
  std::vector<TimedLimit> limits;
  Origin from;
};

enum class PaintKind { kCenter, kLane, kNoChange, kBusLane, kVariable, kEdge, kGuide, kStop, kSafetyZone, kOther };
struct Paint {
  std::string id;
  PaintKind kind = PaintKind::kOther;
  MarkType mark = MarkType::kSolid;
  MarkColor color = MarkColor::kWhite;
  std::vector<sim::Vec3> line;
  std::string left_link, right_link;  // the lanes beside it
  Origin from;
};

struct Light {
  std::string id, link, kind;  // kind: what the code says, for people
  sim::Vec3 at = sim::Vec3::Zero();
  int lanes = 1;  // governed, from `link` to the right; 0: the whole group
  bool pedestrian = false, arrow = false;
  bool rules_vehicles = true;
  Origin from;
};

struct Sign {
  std::string id, link, number;  // of the Korean list of traffic signs
  sim::Vec3 at = sim::Vec3::Zero();
  double value = 0;  // speed, weight ...; 0: none
  Origin from;
};

// Everything else: outline of an area, line of a barrier, place of a post.
struct Furniture {
  std::string id, type, link;
  ObjectKind kind = ObjectKind::kOther;
  std::vector<sim::Vec3> points;
  bool area = false;  // else a line, or one point
  double width_m = 0, height_m = 0;
  Origin from;
};

// A turn that the source names itself (old model: guide lines).
struct NamedTurn {
  std::string from_link, to_link;
  Origin from;
};

struct Tables {
  Model model = Model::k2019;
  std::string crs;     // PROJ
  std::string height;  // "ellipsoidal", "orthometric" or empty: not said
  std::vector<Node> nodes;
  std::vector<Link> links;
  std::vector<Paint> paint;
  std::vector<Light> lights;
  std::vector<Sign> signs;
  std::vector<Furniture> furniture;
  std::vector<NamedTurn> turns;
};

}  // namespace bitgoeul::maps::ngii
