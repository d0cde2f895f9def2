// OpenDRIVE 1.8, clause 14: signals, references to them on connecting roads, stop lines, controllers.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "maps/opendrive/writer.h"
#include "maps/road_position.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr double kSameLineM = 1e-3;

bool enters_junction(const Map& map, Row lane) {
  const auto before = map.predecessors(lane);
  return map.lanes[lane].junction != kNone &&
         std::none_of(before.begin(), before.end(), [&](Row row) { return map.lanes[row].junction != kNone; });
}

// The movements that a signal without validity or references rules by where it stands (clause 14.2): all that begin at
// the road end that it is valid towards, or the connecting lanes of its own road. Ascending.
std::vector<Row> ruled_by_place(const Map& map, const Signal& signal) {
  std::vector<Row> lanes;
  const Road& road = map.roads[signal.road];
  if (road.sections.empty()) return lanes;
  const Range all{map.sections[road.sections.begin].lanes.begin, map.sections[road.sections.end - 1].lanes.end};
  for (Row row = all.begin; row < all.end; ++row) {
    const Lane& lane = map.lanes[row];
    if (signal.orientation == -lane.direction) continue;
    if (road.junction != kNone && enters_junction(map, row)) lanes.push_back(row);
    if (road.junction != kNone) continue;
    for (const Row next : map.successors(row))
      if (map.lanes[next].junction != kNone) lanes.push_back(next);
  }
  std::sort(lanes.begin(), lanes.end());
  lanes.erase(std::unique(lanes.begin(), lanes.end()), lanes.end());
  return lanes;
}

// Lanes of each signal group that a signal has to be told of: where they are entered.
std::vector<std::vector<Row>> lanes_of_groups(const Map& map) {
  std::vector<std::vector<Row>> lanes(map.signal_groups.size());
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    if (const Row group = map.lanes[row].signal_group; group != kNone)
      lanes[static_cast<std::size_t>(group)].push_back(row);
  return lanes;
}

void refer(Writer& w, Row signal, const std::vector<Row>& lanes) {
  for (const Row lane : lanes) w.references[static_cast<std::size_t>(w.map.lanes[lane].road)].push_back({signal, lane});
}

// Standing before the junction says enough where that rules nothing but lanes of the group; elsewhere references name
// the lanes, and the signal itself is valid for none. Each signal gets some lanes, so that it stays in its group.
void plan_group(Writer& w, const std::vector<Row>& signals, const std::vector<Row>& lanes) {
  std::vector<Row> open = lanes;  // not yet ruled by a signal
  std::vector<Row> idle;
  for (const Row signal : signals) {
    const std::vector<Row> by_place = ruled_by_place(w.map, w.map.signals[signal]);
    std::vector<Row> common, rest;
    std::set_intersection(by_place.begin(), by_place.end(), lanes.begin(), lanes.end(), std::back_inserter(common));
    std::set_difference(open.begin(), open.end(), common.begin(), common.end(), std::back_inserter(rest));
    open = std::move(rest);
    if (common.empty()) idle.push_back(signal);
    if (common.size() == by_place.size() && !common.empty()) continue;
    w.refers[static_cast<std::size_t>(signal)] = 1;
    refer(w, signal, common);
  }
  for (const Row signal : idle) refer(w, signal, open.empty() ? lanes : open);
  if (idle.empty()) refer(w, signals.front(), open);
}

// Stop lines that the signals of the road give anyway, all standing there, need no element of their own.
bool stands_at_signal(const Map& map, const std::vector<Row>& signals, double s) {
  bool there = false;
  for (const Row row : signals) {
    const Signal& signal = map.signals[row];
    if (signal.dynamic == 0) continue;
    if (std::abs(signal.s - s) >= kSameLineM) return false;
    there = true;
  }
  return there;
}

bool is_stop_line(const Map& map, const Signal& signal) {
  return signal.dynamic == 0 && map.text_of(signal.type) == kStopLineType;
}

void write_validity(Writer& w, Row row) {
  if (is_stop_line(w.map, w.map.signals[row]))
    if (const auto lanes = w.lanes_of_line.find(row); lanes != w.lanes_of_line.end()) {
      for (const std::int32_t id : lanes->second) w.xml.element("validity", "fromLane", id, "toLane", id);
      return;
    }
  // Lane 0 is a line: valid for no lane.
  if (w.refers[static_cast<std::size_t>(row)] != 0 || is_stop_line(w.map, w.map.signals[row]))
    w.xml.element("validity", "fromLane", 0, "toLane", 0);
}

void write_signal(Writer& w, Row row) {
  const Signal& signal = w.map.signals[row];
  const double road_heading = to_world(w.map, RoadPosition{signal.road, signal.s, signal.t, 0}).heading;
  w.xml.begin("signal");
  w.xml.attribute("s", signal.s);
  w.xml.attribute("t", signal.t);
  w.xml.attribute("id", w.text(signal.id));
  if (signal.name.size > 0) w.xml.attribute("name", w.text(signal.name));
  w.xml.attribute("dynamic", signal.dynamic != 0 ? "yes" : "no");
  w.xml.attribute("orientation", signal.orientation > 0 ? "+" : signal.orientation < 0 ? "-" : "none");
  w.xml.attribute("zOffset", signal.z_offset);
  if (signal.country.size > 0) w.xml.attribute("country", w.text(signal.country));
  w.xml.attribute("type", signal.type.size > 0 ? w.text(signal.type) : "-1");
  w.xml.attribute("subtype", signal.subtype.size > 0 ? w.text(signal.subtype) : "-1");
  if (signal.value != 0) w.xml.attribute("value", signal.value);
  if (signal.height > 0) w.xml.attribute("height", signal.height);
  if (signal.width > 0) w.xml.attribute("width", signal.width);
  w.xml.attribute("hOffset",
                  sim::wrap_angle(signal.heading - road_heading - (signal.orientation >= 0 ? sim::kPi : 0.0)));
  write_validity(w, row);
  w.xml.end();
}

// Metres along the road per metre of t.
double slant_of(const Map& map, const StopLine& line) {
  const double road_s = to_road_lane(map, line.lane, line.s, 0).s;
  const double heading = to_world(map, RoadPosition{map.lanes[line.lane].road, road_s, 0, 0}).heading;
  double sine, cosine;
  sim::sincos(heading, sine, cosine);
  const double dx = line.x0 - line.x1, dy = line.y0 - line.y1, across = cosine * dy - sine * dx;
  return std::abs(across) > 1e-3 ? (cosine * dx + sine * dy) / across : 0.0;
}

void write_stop_line(Writer& w, const StopPlace& line) {
  const Lane& lane = w.map.lanes[line.lane];
  const RoadLanePosition at = to_road_lane(w.map, line.lane, line.s, 0);
  w.xml.begin("signal");
  w.xml.attribute("s", at.s);
  w.xml.attribute("t", lane_center_t(w.map, line.lane, at.s));
  w.xml.attribute("id", "stop_line_" + std::to_string(line.lane));
  w.xml.attribute("name", "stop line");
  w.xml.attribute("dynamic", "no");
  w.xml.attribute("orientation", lane.direction > 0 ? "+" : "-");
  w.xml.attribute("zOffset", 0.0);
  w.xml.attribute("country", "DE");
  w.xml.attribute("type", kStopLineType);
  w.xml.attribute("subtype", "-1");
  if (std::abs(line.slant) > 1e-3) w.xml.attribute("hOffset", -sim::atan(line.slant));
  w.xml.element("validity", "fromLane", lane.odr_id, "toLane", lane.odr_id);
  w.xml.end();
}

void write_reference(Writer& w, const SignalReference& reference) {
  const Lane& lane = w.map.lanes[reference.lane];
  const double s = lane.direction > 0 ? lane.s_begin : lane.s_end;
  w.xml.begin("signalReference");
  w.xml.attribute("s", s);
  w.xml.attribute("t", lane_center_t(w.map, reference.lane, s));
  w.xml.attribute("id", w.text(w.map.signals[reference.signal].id));
  w.xml.attribute("orientation", lane.direction > 0 ? "+" : "-");
  w.xml.element("validity", "fromLane", lane.odr_id, "toLane", lane.odr_id);
  w.xml.end();
}

// The sign on the road that stands for the stop line of a lane at that road s, kNone when there is none.
Row sign_of_line(const Map& map, const std::vector<Row>& signals, const Lane& lane, double s) {
  for (const Row row : signals) {
    const Signal& signal = map.signals[row];
    if (is_stop_line(map, signal) && signal.orientation != -lane.direction && std::abs(signal.s - s) < kSameLineM)
      return row;
  }
  return kNone;
}

void plan_stop_lines(Writer& w) {
  const Map& map = w.map;
  std::vector<std::uint8_t> has_line(map.lanes.size(), 0);
  const auto add = [&](Row lane, double s, double slant) {
    has_line[static_cast<std::size_t>(lane)] = 1;
    const Row road = map.lanes[lane].road;
    const double road_s = to_road_lane(map, lane, s, 0).s;
    const std::vector<Row>& signals = w.signals[static_cast<std::size_t>(road)];
    if (const Row sign = sign_of_line(map, signals, map.lanes[lane], road_s); sign != kNone)
      w.lanes_of_line[sign].push_back(map.lanes[lane].odr_id);
    else if (!stands_at_signal(map, signals, road_s))
      w.stop_lines[static_cast<std::size_t>(road)].push_back({lane, s, slant});
  };
  for (const StopLine& line : map.stop_lines) add(line.lane, line.s, slant_of(map, line));
  // The reader puts a stop line beside a signal on all lanes that it rules. The Map does not say which signals of a
  // group rule a lane, so a lane without a stop line says that it is left at its end.
  const auto lanes = lanes_of_groups(map);
  for (const Signal& signal : map.signals)
    if (signal.group != kNone)
      for (const Row lane : lanes[static_cast<std::size_t>(signal.group)])
        for (const Row before : map.predecessors(lane))
          if (map.lanes[before].road == signal.road && has_line[static_cast<std::size_t>(before)] == 0)
            add(before, map.lanes[before].length, 0);
}

}  // namespace

void plan_signals(Writer& w) {
  const Map& map = w.map;
  w.signals.resize(map.roads.size());
  w.stop_lines.resize(map.roads.size());
  w.references.resize(map.roads.size());
  w.refers.assign(map.signals.size(), 0);
  w.of_group.resize(map.signal_groups.size());
  for (Row row = 0; row < static_cast<Row>(map.signals.size()); ++row) {
    const Signal& signal = map.signals[row];
    if (signal.road == kNone) {
      ++w.left_out["signals stand on no road; left out"];
      continue;
    }
    w.signals[static_cast<std::size_t>(signal.road)].push_back(row);
    if (signal.group != kNone)
      w.of_group[static_cast<std::size_t>(signal.group)].push_back(row);
    else if (signal.dynamic != 0)
      w.refers[static_cast<std::size_t>(row)] = 1;  // rules nothing
  }
  const auto lanes = lanes_of_groups(map);
  for (std::size_t group = 0; group < w.of_group.size(); ++group)
    if (!w.of_group[group].empty()) plan_group(w, w.of_group[group], lanes[group]);
  plan_stop_lines(w);
}

void write_signals(Writer& w, Row row) {
  const auto road = static_cast<std::size_t>(row);
  if (w.signals[road].empty() && w.stop_lines[road].empty() && w.references[road].empty()) return;
  w.xml.begin("signals");
  for (const Row signal : w.signals[road]) write_signal(w, signal);
  for (const StopPlace& line : w.stop_lines[road]) write_stop_line(w, line);
  for (const SignalReference& reference : w.references[road]) write_reference(w, reference);
  w.xml.end();
}

std::string controller_id(Row group) { return "group_" + std::to_string(group); }

void write_controllers(Writer& w) {
  for (std::size_t group = 0; group < w.of_group.size(); ++group) {
    w.xml.begin("controller");
    w.xml.attribute("id", controller_id(static_cast<Row>(group)));
    w.xml.attribute("name", controller_id(static_cast<Row>(group)));
    for (const Row signal : w.of_group[group])
      w.xml.element("control", "signalId", w.text(w.map.signals[signal].id), "type", "0");
    w.xml.end();
  }
}

}  // namespace bitgoeul::maps::opendrive
