// Map: the immutable lane-level road network that everything shares. Plain rows of plain data, ranges as [begin, end),
// no pointers inside, so that it can be written to a file and mapped back. Row numbers are the ids (kNone = none).
// Made by MapBuilder::freeze (or read by compiled_map); read by every floor above, on any thread, without locks.
// Frame: local east-north-up metres about the map's origin, radians, headings counter-clockwise from east.
// Vocabulary: OpenDRIVE 1.8 (road, lane section, lane id, s/t, junction, connection, signal). Right-hand traffic unless
// Road says.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maps/array.h"
#include "sim/hash.h"
#include "sim/id.h"
#include "sim/math.h"
#include "sim/signals.h"

namespace bitgoeul::maps {

using sim::kNone;
using sim::Row;

struct Range {
  Row begin = 0;
  Row end = 0;
  Row size() const { return end - begin; }
  bool empty() const { return begin == end; }
};

// Text lives in Map::text.
struct TextRef {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

// ax^3 polynomial valid from s: v(s) = a + b ds + c ds^2 + d ds^3, ds = s - Poly3::s (OpenDRIVE 1.8, 9 and 10).
struct Poly3 {
  double s = 0, a = 0, b = 0, c = 0, d = 0;
};

// Height of the surface over its cross-section, on top of the superelevated plane (OpenDRIVE 1.8, 10.6): the pieces of
// one s stand together by ascending t, h(t) = a + b dt + c dt^2 + d dt^3; between two s it runs linearly.
struct ShapePiece {
  double s = 0, t = 0, a = 0, b = 0, c = 0, d = 0;
};

// Height of a lane above the road, at its inner and outer edge, from s of the section on (OpenDRIVE 1.8, 11.7).
struct LaneHeight {
  double s = 0, inner = 0, outer = 0;
};

enum class GeometryKind : std::int32_t { kLine, kArc, kSpiral, kPoly3, kParamPoly3 };

// One piece of a reference line (OpenDRIVE 1.8, clause 9). p: arc {curvature}; spiral {curv_start, curv_end};
// poly3 {a, b, c, d}; paramPoly3 {aU, bU, cU, dU, aV, bV, cV, dV}.
struct Geometry {
  double s = 0, x = 0, y = 0, heading = 0, length = 0;
  double p[8] = {};
  GeometryKind kind = GeometryKind::kLine;
  std::int32_t normalized = 0;  // paramPoly3: 1 = pRange "normalized" (0..1), 0 = "arcLength"
};

enum class RoadClass : std::uint8_t {
  kUnknown,
  kMotorway,
  kTrunk,
  kPrimary,
  kSecondary,
  kTertiary,
  kResidential,
  kService,
  kRamp,
  kConnection
};

struct Road {
  TextRef id;  // OpenDRIVE id, unique
  TextRef name;
  double length = 0;                                       // along the reference line, m
  Range geometry, elevation, superelevation, lane_offset;  // rows of Map::geometries, Map::polys
  Range sections;                                          // rows of Map::sections
  Range shape;                                             // rows of Map::shapes
  Row junction = kNone;                                    // the junction that this connecting road belongs to
  RoadClass road_class = RoadClass::kUnknown;
  std::uint8_t left_hand_traffic = 0;
  std::int8_t level = 0;  // 0 ground, 1 above, -1 below; roads of different levels never conflict
  std::uint8_t bridge = 0, tunnel = 0;
  std::uint8_t pad[7] = {};
};

struct LaneSection {
  Row road = kNone;
  std::uint32_t pad[1] = {};
  double s = 0, s_end = 0;
  Range lanes;  // rows of Map::lanes, all types, from the leftmost (highest id) to the rightmost; lane 0 is not a row
};

enum class LaneType : std::uint8_t {
  kNone,
  kDriving,
  kBus,
  kTaxi,
  kHov,
  kEntry,
  kExit,
  kOnRamp,
  kOffRamp,
  kConnectingRamp,
  kSlip,
  kBidirectional,
  kStop,
  kShoulder,
  kBorder,
  kCurb,
  kSidewalk,
  kWalking,
  kBiking,
  kParking,
  kMedian,
  kRestricted,
  kTram,
  kRail,
  kRoadWorks,
  kSpecial
};
// Lanes that the driving graph uses.
bool drivable(LaneType type);
std::string_view to_string(LaneType type);

enum class Turn : std::uint8_t { kNone, kStraight, kLeft, kRight, kUTurn };
// When a U-turn may be driven, by the plate beside it (Korea): with the left arrow (좌회전시), while people have green
// (보행신호시), while its approach has red (적신호시), at any time when the way is clear (no plate). Its lane's signal
// group is the one that the plate is about. kLight: no plate, ruled like any movement.
enum class TurnWhen : std::uint8_t { kLight, kLeftArrow, kPedestrianGreen, kRed, kAnyTime };
// What a light that shows `now` means to such a lane.
sim::SignalState light_for(TurnWhen when, sim::SignalState now);
enum class MarkType : std::uint8_t {
  kNone,
  kSolid,
  kBroken,
  kSolidSolid,
  kSolidBroken,
  kBrokenSolid,
  kBrokenBroken,
  kBottsDots,
  kCurb,
  kGrass,
  kEdge
};
enum class MarkColor : std::uint8_t { kStandard, kWhite, kYellow, kBlue, kRed, kGreen, kOrange };

// One lane of one lane section. Lane coordinate `s` of the driving graph: metres along the centre line in DRIVING
// direction.
struct Lane {
  Row road = kNone, section = kNone;
  std::int32_t odr_id = 0;  // OpenDRIVE lane id, left of the reference line positive
  LaneType type = LaneType::kNone;
  Turn turn = Turn::kNone;    // connecting lanes only
  std::int8_t direction = 1;  // +1: driving direction = growing road s, -1: against
  std::int8_t level = 0;
  MarkType left_mark = MarkType::kNone, right_mark = MarkType::kNone;  // seen in driving direction
  MarkColor left_color = MarkColor::kStandard, right_color = MarkColor::kStandard;
  std::uint8_t change_left = 1, change_right = 1;  // 1: lane change to that side is allowed by the marking
  std::uint8_t reachable = 1;     // 0: drivable but in no strongly connected part; spawn and routes avoid it
  std::uint8_t taper = 0;         // 1: narrows to nothing or opens from it; nobody drives onto it
  double s_begin = 0, s_end = 0;  // road s of the section
  double length = 0;              // of the centre line
  double speed_limit_mps = 0;
  double stop_s = 0;                      // lane s of the stop line; = length when there is none
  Range points;                           // rows of Map::points, at least 2, s from 0 to length
  Range widths;                           // rows of Map::polys, s from the section start
  Range successors, predecessors;         // rows of Map::links
  Range conflicts;                        // rows of Map::conflicts
  Range limits;                           // rows of Map::timed_limits
  Range heights;                          // rows of Map::lane_heights
  Row left = kNone, right = kNone;        // drivable neighbours of the same direction in the same section
  Row opposite = kNone;                   // drivable neighbour of the other direction, next to the left side
  Row junction = kNone;                   // connecting lanes only
  Row signal_group = kNone;               // connecting lanes only: the group whose state rules this movement
  std::uint8_t flat = 0;                  // 1: neither superelevation nor shape tilts it (the norm's level="true")
  TurnWhen turn_when = TurnWhen::kLight;  // U-turns only
  std::uint8_t pad2[2] = {};
};

inline constexpr double kNoSpeedCap = 100.0;

struct LanePoint {
  double s = 0;                // lane s
  double x = 0, y = 0, z = 0;  // chord error of linear interpolation < 1 cm
  double heading = 0;          // continuous along the lane (not wrapped)
  double curvature = 0;        // 1/m, left positive
  double width = 0;
  double speed_cap_mps = 0;  // comfort cap from curvature ahead (lateral 2.0 m/s2, braking 1.5 m/s2), no legal limit;
                             // looks over the lane's end only as far as every way on demands it, at most kNoSpeedCap
};

// Where two lanes' swept areas (a 2.6 m wide vehicle) overlap, seen from one of them. Conflicts stand in both lanes'
// ranges.
enum class ConflictKind : std::uint8_t { kCrossing, kMerging, kDiverging };
struct Conflict {
  Row lane = kNone;  // the other lane
  ConflictKind kind = ConflictKind::kCrossing;
  std::int8_t priority = 0;  // +1: own lane goes first, -1: the other goes first, 0: who comes first
  std::uint8_t pad[2] = {};
  double s_begin = 0, s_end = 0;          // on the own lane
  double other_begin = 0, other_end = 0;  // on the other lane
};

struct TimedLimit {
  std::int32_t from_minute = 0, to_minute = 0;  // of the day, [from, to)
  std::uint32_t weekdays = 0x7f;                // bit 0 = Monday
  std::uint32_t bus_only = 0;                   // 1: lane closed to other vehicles in that time
  double speed_limit_mps = 0;                   // 0: limit unchanged
};

enum class JunctionControl : std::uint8_t { kPriority, kSignals, kRightBeforeLeft, kRoundabout };
struct Junction {
  TextRef id, name;
  Range lanes;   // rows of Map::junction_lanes: its connecting lanes
  Range groups;  // rows of Map::signal_groups
  Row program = kNone;
  JunctionControl control = JunctionControl::kPriority;
  std::uint8_t pad[3] = {};
  double x = 0, y = 0, radius = 0;
};

// Program of a junction: fixed by the clock, or actuated (vehicles/actuated_signals.h). Phase times in ms so that sums
// are exact. In its flashing hours [from, to), over midnight where to < from, each group shows its own flash.
struct SignalProgram {
  Row junction = kNone;
  std::int32_t cycle_ms = 0, offset_ms = 0;
  Range phases;                                             // rows of Map::signal_phases
  std::int32_t passage_ms = 0;                              // > 0: actuated: the gap in traffic that ends a green
  std::int32_t flash_from_minute = 0, flash_to_minute = 0;  // of the day; equal: never
};
struct SignalPhase {
  std::int32_t green_ms = 0, yellow_ms = 0, all_red_ms = 0;  // actuated: green_ms at most, once somebody else waits
  Range groups;                                              // rows of Map::phase_groups: the groups that are green
  std::int32_t min_green_ms = 0;                             // actuated
  std::int32_t recall = 0;                                   // actuated: 1: served without a call, rests green
};
struct SignalGroup {
  Row junction = kNone;
  std::uint8_t pedestrian = 0;                      // 1: a pedestrian group
  sim::SignalState flash = sim::SignalState::kOff;  // in flashing hours
  std::uint8_t pad[2] = {};
};

// A signal as it stands on the road (OpenDRIVE 1.8, clause 14): head, sign or marking.
struct Signal {
  TextRef id, type, subtype, country, name;
  Row road = kNone;
  Row group = kNone;  // dynamic signals that rule a movement
  double s = 0, t = 0, z_offset = 0, value = 0;
  double x = 0, y = 0, z = 0, heading = 0;  // heading: the way the face looks
  double height = 0, width = 0;
  std::int8_t orientation = 0;  // +1 valid in growing s, -1 against, 0 both
  std::uint8_t dynamic = 0;
  std::uint8_t pad[6] = {};
};

struct StopLine {
  Row lane = kNone;
  std::uint32_t pad[1] = {};
  double s = 0;
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0, z = 0;
};

// Objects (clause 13): crosswalks, parking, buildings, poles, islands; outline in world coordinates.
enum class ObjectKind : std::uint8_t {
  kOther,
  kCrosswalk,
  kParkingSpace,
  kBuilding,
  kPole,
  kTree,
  kBarrier,
  kTrafficIsland,
  kRoadMark,
  kObstacle
};
struct Object {
  TextRef id, name, type;
  Row road = kNone;
  ObjectKind kind = ObjectKind::kOther;
  std::uint8_t pad[3] = {};
  double s = 0, t = 0;
  double x = 0, y = 0, z = 0, heading = 0, length = 0, width = 0, height = 0;
  Range outline;  // elements of Map::outline_points, three per corner; empty: use the box
};

// What the source says of a row that nothing here computes with, as it stands there: userData, surfaces, railroads,
// marks in detail. For writing the map back and for tools of others.
enum class OwnerKind : std::int32_t { kMap, kRoad, kSection, kLane, kJunction, kSignal, kObject };
struct Extra {
  TextRef element;  // path below the owner: `surface`, `lateralProfile/userData`; an attribute as `@text`
  TextRef text;     // the element as XML, the attribute's value
  OwnerKind kind = OwnerKind::kMap;
  Row owner = 0;
};

struct GeoBox {
  double min_x = 0, min_y = 0, max_x = 0, max_y = 0;
};

// Spatial index cell lists (see lane_index.h).
struct LaneCell {
  std::int32_t cx = 0, cy = 0;
  Range drivable, others;  // rows of Map::cell_segments, by what the lanes are; the second begins where the first ends
};
struct LaneSegment {
  Row lane = kNone;
  Row point = kNone;  // segment from this point row to the next
  // Box about its corridor inside the cell, in 256ths of the cell, ends included.
  std::uint8_t x0 = 0, x1 = 0, y0 = 0, y1 = 0;
};

// Least costs between the lane's beginning and eight landmarks: from each to it, then from it to each (see
// route_bounds.h).
using LandmarkCosts = std::array<float, 16>;

struct Map {
  std::string name;
  std::string source;      // file it came from
  std::string notice;      // shown wherever the map is shown, e.g. "synthetic HD map on real road facts"
  std::string projection;  // PROJ string of the map frame after the header offset; empty = no geo reference
  double offset_x = 0, offset_y = 0, offset_z = 0, offset_heading = 0;  // OpenDRIVE header offset
  GeoBox box;
  sim::Hash128 hash;  // of everything below

  std::string text;
  Array<Road> roads;
  Array<LaneSection> sections;
  Array<Geometry> geometries;
  Array<Poly3> polys;
  Array<Lane> lanes;
  Array<LanePoint> points;
  Array<Row> links;
  Array<Conflict> conflicts;
  Array<TimedLimit> timed_limits;
  Array<Junction> junctions;
  Array<Row> junction_lanes;
  Array<SignalProgram> programs;
  Array<SignalPhase> signal_phases;
  Array<Row> phase_groups;
  Array<SignalGroup> signal_groups;
  Array<Signal> signals;
  Array<StopLine> stop_lines;
  Array<Object> objects;
  Array<double> outline_points;  // x, y, z triples
  Array<LaneCell> cells;         // ascending by (cy, cx)
  Array<LaneSegment> cell_segments;
  Array<LandmarkCosts> landmark_time, landmark_length;  // per lane; empty on small maps
  Array<ShapePiece> shapes;
  Array<LaneHeight> lane_heights;
  Array<Extra> extras;  // ascending by kind and owner

  // Names every array with its rows; hash, save and load of the compiled map come from this one list.
  template <class F>
  void arrays(F&& f) {
    visit(*this, f);
  }
  template <class F>
  void arrays(F&& f) const {
    visit(*this, f);
  }

  std::string_view text_of(TextRef ref) const { return std::string_view(text).substr(ref.offset, ref.size); }
  std::span<const Row> successors(Row lane) const { return rows(links, lanes[lane].successors); }
  std::span<const Row> predecessors(Row lane) const { return rows(links, lanes[lane].predecessors); }
  std::span<const LanePoint> lane_points(Row lane) const { return rows(points, lanes[lane].points); }
  std::span<const Conflict> lane_conflicts(Row lane) const { return rows(conflicts, lanes[lane].conflicts); }
  std::span<const Row> lanes_of_junction(Row junction) const { return rows(junction_lanes, junctions[junction].lanes); }

  template <class T>
  static std::span<const T> rows(const Array<T>& all, Range range) {
    return std::span<const T>(all).subspan(static_cast<std::size_t>(range.begin),
                                           static_cast<std::size_t>(range.size()));
  }

 private:
  template <class Self, class F>
  static void visit(Self& map, F& f) {
    f("roads", map.roads);
    f("sections", map.sections);
    f("geometries", map.geometries);
    f("polys", map.polys);
    f("lanes", map.lanes);
    f("points", map.points);
    f("links", map.links);
    f("conflicts", map.conflicts);
    f("timed_limits", map.timed_limits);
    f("junctions", map.junctions);
    f("junction_lanes", map.junction_lanes);
    f("programs", map.programs);
    f("signal_phases", map.signal_phases);
    f("phase_groups", map.phase_groups);
    f("signal_groups", map.signal_groups);
    f("signals", map.signals);
    f("stop_lines", map.stop_lines);
    f("objects", map.objects);
    f("outline_points", map.outline_points);
    f("cells", map.cells);
    f("cell_segments", map.cell_segments);
    f("landmark_time", map.landmark_time);
    f("landmark_length", map.landmark_length);
    f("shapes", map.shapes);
    f("lane_heights", map.lane_heights);
    f("extras", map.extras);
  }
};

// The hash and the compiled map are over raw bytes, so no row may hold padding: each size is the sum of its members.
static_assert(sizeof(Range) == 8 && sizeof(TextRef) == 8 && sizeof(Poly3) == 5 * 8 && sizeof(Geometry) == 13 * 8 + 8);
static_assert(sizeof(Road) == 2 * 8 + 8 + 4 * 8 + 2 * 8 + 4 + 5 + 7 && sizeof(LaneSection) == 4 + 4 + 2 * 8 + 8);
static_assert(sizeof(Lane) == 3 * 4 + 4 + 8 + 5 * 8 + 7 * 8 + 5 * 4 + 4 && sizeof(LanePoint) == 8 * 8);
static_assert(sizeof(Conflict) == 4 + 4 + 4 * 8 && sizeof(TimedLimit) == 4 * 4 + 8);
static_assert(sizeof(Junction) == 2 * 8 + 2 * 8 + 4 + 4 + 3 * 8 && sizeof(SignalProgram) == 6 * 4 + 8);
static_assert(sizeof(SignalPhase) == 5 * 4 + 8 && sizeof(SignalGroup) == 2 * 4);
static_assert(sizeof(Signal) == 5 * 8 + 2 * 4 + 10 * 8 + 8 && sizeof(StopLine) == 2 * 4 + 6 * 8);
static_assert(sizeof(Object) == 3 * 8 + 2 * 4 + 9 * 8 + 8 && sizeof(LaneCell) == 2 * 4 + 2 * 8 &&
              sizeof(LaneSegment) == 2 * 4 + 4);
static_assert(sizeof(LandmarkCosts) == 16 * 4);
static_assert(sizeof(ShapePiece) == 6 * 8 && sizeof(LaneHeight) == 3 * 8 && sizeof(Extra) == 2 * 8 + 2 * 4);

}  // namespace bitgoeul::maps
