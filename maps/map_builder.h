// MapBuilder: the mutable draft of a Map, in OpenDRIVE's terms. Every importer (OpenDRIVE, lane_builder, NGII,
// Lanelet2) fills one; freeze() checks references, samples lanes, links them, finds neighbours, conflicts and stop
// lines, and hands out the Map. Single use, single thread. Coordinates are local metres (importers have projected and
// snapped them to 0.1 mm).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

// See Extra.
struct ExtraDraft {
  std::string element, text;
};

struct LaneDraft {
  std::int32_t id = 0;  // OpenDRIVE lane id, never 0 (the centre lane's mark is SectionDraft::center_mark)
  LaneType type = LaneType::kNone;
  std::vector<Poly3> widths;   // s from the section start
  std::vector<Poly3> borders;  // <border> instead of <width>: t of the outer edge
  std::vector<std::int32_t> predecessors,
      successors;                   // lane ids; across road ends or sections as the norm says (1.8: several)
  MarkType mark = MarkType::kNone;  // outer mark
  MarkColor mark_color = MarkColor::kStandard;
  bool mark_change_in = true, mark_change_out = true;  // laneChange: towards the centre / away from it
  bool mark_change_given = false;  // the file gives laneChange: it wins over the kind of mark (solid = no change)
  struct Speed {
    double s = 0, speed_mps = 0;  // s from the section start; 0 = no limit
  };
  std::vector<Speed> speeds;
  std::vector<TimedLimit> limits;
  std::vector<LaneHeight> heights;  // s from the section start
  bool flat = false;                // level="true"
  std::vector<ExtraDraft> extras;
  double stop_distance_m = -1;   // stop line this far before the lane's end along the road; < 0: none
  double stop_slant = 0;         // of it: metres along the road per metre of t; 0: straight across
  bool opposes_traffic = false;  // 1.8 `direction="reversed"`
  // Sources that draw each lane by itself (NGII, Lanelet2): the neighbours in driving direction are lane -1 of these
  // roads. A neighbour counts when both name each other.
  std::string left_road, right_road;
  bool change_left = false, change_right = false;  // to those neighbours
  int line = 0;                                    // of the source file
  TurnWhen turn_when = TurnWhen::kLight;           // of a U-turn
};

struct SectionDraft {
  double s = 0;
  bool single_side = false;
  std::vector<LaneDraft> lanes;  // any order; freeze sorts by descending id
  MarkType center_mark = MarkType::kNone;
  MarkColor center_color = MarkColor::kStandard;
  bool center_change = false;  // lane change across the centre line allowed
  std::vector<ExtraDraft> extras;
  int line = 0;
};

enum class ElementType : std::uint8_t { kNone, kRoad, kJunction };
enum class Contact : std::uint8_t { kStart, kEnd };
struct RoadLink {
  ElementType type = ElementType::kNone;
  std::string id;
  Contact contact = Contact::kStart;
  double s = -1;  // >= 0: meets the other road there, in its middle (virtual junction), where a lane section begins
};

struct RoadSpeed {
  double s = 0, speed_mps = 0;  // <type><speed>; 0 = none
};

struct RoadDraft {
  std::string id, name;
  std::string junction;  // id, empty or "-1" = none
  double length = 0;
  bool left_hand_traffic = false;
  RoadClass road_class = RoadClass::kUnknown;
  std::int8_t level = 0;
  bool bridge = false, tunnel = false;
  RoadLink predecessor, successor;
  std::vector<Geometry> plan_view;
  std::vector<Poly3> elevation, superelevation, lane_offset;
  std::vector<RoadSpeed> speeds;
  std::vector<SectionDraft> sections;
  std::vector<ShapePiece> shape;
  std::vector<ExtraDraft> extras;
  int line = 0;
};

struct LaneLinkDraft {
  std::int32_t from = 0, to = 0;
};
struct ConnectionDraft {
  std::string id, incoming_road, connecting_road;  // direct junctions: linked road in connecting_road
  Contact contact = Contact::kStart;
  std::vector<LaneLinkDraft> links;
  int line = 0;
};
struct PriorityDraft {
  std::string high, low;  // road ids
};
enum class JunctionType : std::uint8_t { kDefault, kDirect, kVirtual, kCrossing };
struct JunctionDraft {
  std::string id, name;
  JunctionType type = JunctionType::kDefault;
  JunctionControl control = JunctionControl::kPriority;
  std::vector<ConnectionDraft> connections;
  std::vector<PriorityDraft> priorities;
  std::vector<std::string> controllers;  // ids
  std::vector<ExtraDraft> extras;
  int line = 0;
};

struct Validity {
  std::int32_t from_lane = 0, to_lane = 0;
};
// Where a signal stands when that is not where it counts (1.8, 14.4): on another road, or in map coordinates.
struct SignalPlace {
  enum class Kind : std::uint8_t { kNone, kRoad, kInertial } kind = Kind::kNone;
  std::string road;
  double s = 0, t = 0, z = 0, heading = 0;  // kRoad: zOffset, hOffset
  double x = 0, y = 0;                      // kInertial
};
struct SignalDraft {
  std::string id, road, name, type, subtype, country;
  double s = 0, t = 0, z_offset = 0, h_offset = 0, value = 0, height = 0, width = 0;
  std::string unit;
  std::int8_t orientation = 0;
  bool dynamic = false;
  std::vector<Validity> validity;             // empty = all lanes of the orientation
  std::vector<std::string> connecting_roads;  // lane_builder: the movements it rules; empty = all from its road end
  SignalPlace place;
  std::vector<ExtraDraft> extras;
  int line = 0;
};
// A signal of one road that also rules another (<signalReference>).
struct SignalReferenceDraft {
  std::string road, signal_id;
  double s = 0, t = 0;
  std::int8_t orientation = 0;
  std::vector<Validity> validity;
  int line = 0;
};
struct ControllerDraft {
  std::string id, name;
  std::vector<std::string> signals;  // ids that change together
  int line = 0;
};
// Program of a junction; without one freeze gives each approach its turn (and says so once).
struct PhaseDraft {
  double green_s = 0, yellow_s = 3, all_red_s = 2;
  std::vector<std::string> signals;  // ids of the signals that are green
  double min_green_s = 0;            // of an actuated program, whose green_s is the longest
  bool recall = false;               // likewise: served without a call
};
struct ProgramDraft {
  std::string junction;
  double offset_s = 0;
  std::vector<PhaseDraft> phases;
  double passage_s = 0;                            // > 0: actuated
  int flash_from_minute = 0, flash_to_minute = 0;  // of the day; equal: never
  std::vector<std::string> flash_yellow;           // ids of signals that flash yellow then; others for vehicles: red
};

struct ObjectDraft {
  std::string id, road, name, type;
  ObjectKind kind = ObjectKind::kOther;
  double s = 0, t = 0, z_offset = 0, heading = 0, length = 0, width = 0, height = 0;
  std::vector<sim::Vec3> outline;  // world coordinates, empty = box
  std::vector<ExtraDraft> extras;
  int line = 0;
};

struct MapBuilder {
  std::string name, source, notice, projection;
  double offset_x = 0, offset_y = 0, offset_z = 0, offset_heading = 0;
  std::vector<RoadDraft> roads;
  std::vector<JunctionDraft> junctions;
  std::vector<SignalDraft> signals;
  std::vector<SignalReferenceDraft> signal_references;
  std::vector<ControllerDraft> controllers;
  std::vector<ProgramDraft> programs;
  std::vector<ObjectDraft> objects;
  std::vector<ExtraDraft> extras;
};

struct FreezeOptions {
  double chord_error_m = 0.01;
  double default_speed_mps = 50.0 / 3.6;
};

// Issues name source, line and element. Fails only when no drivable lane is left.
sim::Result<std::shared_ptr<const Map>> freeze(MapBuilder builder, sim::Issues& issues,
                                               const FreezeOptions& options = {});

}  // namespace bitgoeul::maps
