// OpenDRIVE 1.8, clause 11: lane offset, lane sections, lanes with links, widths, marks and speeds.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "maps/opendrive/own_words.h"
#include "maps/opendrive/writer.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr const char* kMarkNames[] = {"none",         "solid",        "broken",        "solid solid",
                                      "solid broken", "broken solid", "broken broken", "botts dots",
                                      "curb",         "grass",        "edge"};
constexpr const char* kColorNames[] = {"standard", "white", "yellow", "blue", "red", "green", "orange"};

const char* type_name(LaneType type) { return type == LaneType::kSpecial ? "special1" : to_string(type).data(); }

// One edge of a lane: its mark as seen from that lane, and whether the lane may be left over it.
struct Edge {
  MarkType mark = MarkType::kNone;
  MarkColor color = MarkColor::kStandard;
  Row neighbour = kNone;  // drivable, same direction
  bool change = true;
};

// to_left: the edge on the left of growing s.
Edge edge_of(const Lane& lane, bool to_left) {
  const bool left = to_left == (lane.direction > 0);
  return left ? Edge{lane.left_mark, lane.left_color, lane.left, lane.change_left != 0}
              : Edge{lane.right_mark, lane.right_color, lane.right, lane.change_right != 0};
}

// Lanes of a junction change nowhere, whatever their marks say; elsewhere the mark says what the two lanes do.
void write_mark(Writer& w, const Edge& edge, bool inside_junction, bool increase, bool decrease) {
  w.xml.begin("roadMark");
  w.xml.attribute("sOffset", 0.0);
  w.xml.attribute("type", kMarkNames[static_cast<int>(edge.mark)]);
  w.xml.attribute("weight", "standard");
  w.xml.attribute("color", kColorNames[static_cast<int>(edge.color)]);
  if (edge.mark != MarkType::kNone && edge.mark != MarkType::kCurb && edge.mark != MarkType::kGrass)
    w.xml.attribute("width", 0.12);
  if (!inside_junction && edge.neighbour != kNone)
    w.xml.attribute("laneChange", increase ? decrease ? "both" : "increase" : decrease ? "decrease" : "none");
  w.xml.end();
}

// The mark on the lane's outer side. A change to a greater id goes to the left of growing s.
void write_outer_mark(Writer& w, const Lane& lane) {
  const bool left_side = lane.odr_id > 0;
  const Edge outer = edge_of(lane, left_side);
  bool back = false;
  if (outer.neighbour != kNone) back = edge_of(w.map.lanes[outer.neighbour], !left_side).change;
  write_mark(w, outer, lane.junction != kNone, left_side ? outer.change : back, left_side ? back : outer.change);
}

// The centre line, as the lanes beside it see it.
void write_center(Writer& w, const LaneSection& section) {
  const Lane *left = nullptr, *right = nullptr;
  for (const Lane& lane : Map::rows(w.map.lanes, section.lanes)) {
    if (lane.odr_id > 0) left = &lane;  // the last one is the innermost
    if (lane.odr_id < 0 && right == nullptr) right = &lane;
  }
  w.xml.begin("center");
  w.xml.begin("lane");
  w.xml.attribute("id", 0);
  w.xml.attribute("type", "none");
  w.xml.attribute("level", "false");
  const bool inside = w.map.roads[section.road].junction != kNone;
  if (right != nullptr) {
    const Edge edge = edge_of(*right, true);
    const bool back = left != nullptr && edge_of(*left, false).change;
    write_mark(w, edge, inside, edge.change, back);
  } else if (left != nullptr) {
    write_mark(w, edge_of(*left, false), inside, false, false);
  }
  w.xml.end();
  w.xml.end();
}

// Lanes that nobody drives on have no links in the Map; the same kind of lane under the same id goes on.
std::vector<std::int32_t> continued_lane(const Map& map, const Lane& lane, bool at_end) {
  const Row section = lane.section + (at_end ? 1 : -1);
  if (section < 0 || section >= static_cast<Row>(map.sections.size()) || map.sections[section].road != lane.road)
    return {};
  for (const Lane& other : Map::rows(map.lanes, map.sections[section].lanes))
    if (other.odr_id == lane.odr_id && other.type == lane.type) return {lane.odr_id};
  return {};
}

void write_lane_link(Writer& w, Row row) {
  const Lane& lane = w.map.lanes[row];
  std::vector<std::int32_t> ids[2];
  for (const bool at_end : {false, true})
    ids[at_end] = drivable(lane.type) ? linked_lanes(w.map, w.links, row, at_end) : continued_lane(w.map, lane, at_end);
  if (ids[0].empty() && ids[1].empty()) return;
  w.xml.begin("link");
  for (const std::int32_t id : ids[0]) w.xml.element("predecessor", "id", id);
  for (const std::int32_t id : ids[1]) w.xml.element("successor", "id", id);
  w.xml.end();
}

void write_lane(Writer& w, Row row) {
  const Lane& lane = w.map.lanes[row];
  const bool with_s = (lane.odr_id < 0) != (w.map.roads[lane.road].left_hand_traffic != 0);
  w.xml.begin("lane");
  w.xml.attribute("id", lane.odr_id);
  w.xml.attribute("type", type_name(lane.type));
  w.xml.attribute("level", lane.flat != 0 ? "true" : "false");
  if (with_s != (lane.direction > 0)) w.xml.attribute("direction", "reversed");
  write_lane_link(w, row);
  for (const Poly3& p : Map::rows(w.map.polys, lane.widths))
    w.xml.element("width", "sOffset", p.s, "a", p.a, "b", p.b, "c", p.c, "d", p.d);
  write_outer_mark(w, lane);
  if (lane.speed_limit_mps > 0) w.xml.element("speed", "sOffset", 0.0, "max", lane.speed_limit_mps, "unit", "m/s");
  for (const LaneHeight& h : Map::rows(w.map.lane_heights, lane.heights))
    w.xml.element("height", "sOffset", h.s, "inner", h.inner, "outer", h.outer);
  for (const TimedLimit& t : Map::rows(w.map.timed_limits, lane.limits))
    w.xml.element("userData", "code", kOwnHours, "value",
                  fmt::format("{} {} {} {} {}", t.from_minute, t.to_minute, t.weekdays, t.bus_only, t.speed_limit_mps));
  if (lane.turn_when != TurnWhen::kLight)
    w.xml.element("userData", "code", kOwnWhen, "value", kOwnPlates[static_cast<std::size_t>(lane.turn_when)]);
  write_kept(w, OwnerKind::kLane, row);
  w.xml.end();
}

void write_side(Writer& w, const LaneSection& section, const char* element, int side) {
  const auto on_side = [&](Row row) { return (w.map.lanes[row].odr_id > 0) == (side > 0); };
  bool open = false;
  for (Row row = section.lanes.begin; row < section.lanes.end; ++row) {
    if (!on_side(row)) continue;
    if (!open) w.xml.begin(element);
    open = true;
    write_lane(w, row);
  }
  if (open) w.xml.end();
}

}  // namespace

void write_lanes(Writer& w, Row row) {
  const Road& road = w.map.roads[row];
  w.xml.begin("lanes");
  for (const Poly3& p : Map::rows(w.map.polys, road.lane_offset))
    w.xml.element("laneOffset", "s", p.s, "a", p.a, "b", p.b, "c", p.c, "d", p.d);
  for (const LaneSection& section : Map::rows(w.map.sections, road.sections)) {
    w.xml.begin("laneSection");
    w.xml.attribute("s", section.s);
    write_side(w, section, "left", 1);
    write_center(w, section);
    write_side(w, section, "right", -1);
    w.xml.end();
  }
  w.xml.end();
}

}  // namespace bitgoeul::maps::opendrive
