// RoadNetwork: standard-definition roads before lanes: centre lines with class, lanes per direction and limits, nodes
// where they join. Made by the readers of GeoJSON (the properties of assets/gwangju: schematic lines), OSM and the
// Korean standard node-link (surveyed lines); read by lane_builder. Coordinates in local metres.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps {

// What the arrows of a lane allow; 0: the source does not say.
enum TurnArrow : std::uint8_t { kArrowThrough = 1, kArrowLeft = 2, kArrowRight = 4, kArrowBack = 8 };

struct BusHours {  // a lane is for buses; from 0 to 24 h every day: always
  std::int32_t from_minute = 0, to_minute = 24 * 60;
  std::uint32_t weekdays = 0x7f;
};
// One lane of one direction, counted from the centre line outwards. Facts beyond the number of lanes; may be missing.
struct LaneFact {
  std::uint8_t arrows = 0;
  std::vector<BusHours> bus;
};

enum class Walks : std::uint8_t { kUnknown, kNone, kLeft, kRight, kBoth };

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
  // Surveyed sources only.
  std::int64_t source_id = 0;                           // of the way or link
  std::vector<std::int64_t> vertices;                   // ids of the line's vertices: streets join where they share one
  double speed_backward_mps = 0;                        // 0: as forward
  double lane_width_m = 0;                              // 0: the builder's
  std::vector<LaneFact> facts_forward, facts_backward;  // empty or one per lane
  Walks walks = Walks::kUnknown;
  bool roundabout = false, link = false;
};

enum class NodeKind : std::uint8_t { kAuto, kSignalised, kPriority, kRampTerminal, kInterchange };
// In which order the lights of a junction serve two approaches that face each other: straight on from both, then left
// from both (직진 후 좌회전); the other way round (좌회전 후 직진); each approach with straight on and left at once
// (직좌 동시); each approach, first straight on, then left. kAuto: as the lane builder sees fit.
enum class SignalOrder : std::uint8_t { kAuto, kStraightThenLeft, kLeftThenStraight, kTogether, kSplit };
inline constexpr std::string_view kSignalOrders[] = {"auto", "straight_then_left", "left_then_straight", "together",
                                                     "split"};
// nothing: no such order. Empty: kAuto.
std::optional<SignalOrder> signal_order_of(std::string_view text);

struct NodeFact {  // a known junction point
  sim::Vec2 position;
  NodeKind kind = NodeKind::kAuto;
  std::string name;
  SignalOrder order = SignalOrder::kAuto;
};

// What stands at a vertex of a surveyed street. direction: +1 for traffic along the street, -1 against, 0 both.
struct VertexFact {
  std::int64_t vertex = 0;
  bool signals = false, crossing = false, crossing_signals = false, stop = false, give_way = false;
  bool mini_roundabout = false, ramp_node = false;
  std::int8_t direction = 0;
  std::string name;
  SignalOrder order = SignalOrder::kAuto;
};

// From one street over a vertex or over streets to another one: forbidden, or the only way there is.
struct TurnRestriction {
  std::vector<std::int64_t> from, to, via_streets;  // source_id
  std::int64_t via_vertex = 0;
  bool only = false;
};

// Vehicles of a street may turn round at a vertex.
struct UTurn {
  std::int64_t vertex = 0, street = 0;
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
  bool surveyed = false;          // lines as they lie, joined by vertex ids; else a sketch to be drawn clean
  bool korean = true;             // whose customs fill the gaps
  bool left_hand = false;         // which side of the road is driven on
  bool right_turn_slips = false;  // built where there is room for them (lane_builder_slips); not on surveyed networks
  std::vector<VertexFact> facts;  // ascending by vertex
  std::vector<TurnRestriction> restrictions;
  std::vector<UTurn> u_turns;
  std::vector<Street> streets;
  std::vector<NodeFact> nodes;
  std::vector<UrbanArea> areas;
  std::vector<SchoolZone> school_zones;
  Terrain terrain;
};

}  // namespace bitgoeul::maps
