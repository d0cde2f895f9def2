// OpenDRIVE 1.8, clause 12: junctions (common, direct, virtual, crossing), and the group of roundabouts.
#include <algorithm>
#include <set>

#include "maps/opendrive/own_words.h"
#include "maps/opendrive/writer.h"

namespace bitgoeul::maps::opendrive {

namespace {

bool is_direct(const Writer& w, Row junction) { return junction >= static_cast<Row>(w.map.junctions.size()); }

std::span<const MiddleMeeting> middles_of(const Writer& w, Row junction) {
  const auto [begin, end] =
      std::equal_range(w.links.middles.begin(), w.links.middles.end(), MiddleMeeting{junction, kNone, 0, 1},
                       [](const MiddleMeeting& a, const MiddleMeeting& b) { return a.junction < b.junction; });
  return {begin, end};
}

bool holds(const Writer& w, Row junction, std::string_view name) {
  return !kept(w.map, OwnerKind::kJunction, junction, name).empty();
}

const char* type_of(const Writer& w, Row junction) {
  if (is_direct(w, junction)) return "direct";
  if (holds(w, junction, "@mainRoad") || !middles_of(w, junction).empty()) return "virtual";
  return holds(w, junction, "roadSection") ? "crossing" : "default";
}

// 12.5: the stretch of the main road and the side of it that the junction lies beside; as the source has it, or from
// the first to the last place where its roads meet the main road.
void write_main_road(Writer& w, Row junction) {
  const std::span<const MiddleMeeting> middles = middles_of(w, junction);
  const auto put = [&](const char* name, const auto& found) {
    const auto texts = kept(w.map, OwnerKind::kJunction, junction, std::string("@") + name);
    if (!texts.empty())
      w.xml.attribute(name, texts[0]);
    else if (!middles.empty())
      w.xml.attribute(name, found());
  };
  const auto before = [](const MiddleMeeting& a, const MiddleMeeting& b) { return a.s < b.s; };
  const auto one_way = [&](int direction) {
    return std::all_of(middles.begin(), middles.end(), [=](const auto& m) { return m.direction == direction; });
  };
  put("mainRoad", [&] { return w.road_id(middles[0].main_road); });
  put("sStart", [&] { return std::min_element(middles.begin(), middles.end(), before)->s; });
  put("sEnd", [&] { return std::max_element(middles.begin(), middles.end(), before)->s; });
  put("orientation", [&] { return one_way(1) ? "+" : one_way(-1) ? "-" : "none"; });
}

void write_connection(Writer& w, const Connection& connection, const std::string& id) {
  w.xml.begin("connection");
  w.xml.attribute("id", id);
  w.xml.attribute("incomingRoad", w.road_id(connection.incoming));
  w.xml.attribute(is_direct(w, connection.junction) ? "linkedRoad" : "connectingRoad",
                  w.road_id(connection.connecting.road));
  w.xml.attribute("contactPoint", connection.connecting.at_end ? "end" : "start");
  for (const auto& [from, to] : connection.lanes) w.xml.element("laneLink", "from", from, "to", to);
  w.xml.end();
}

// Each group is written as a controller, so any signal of a group stands for it; all are named for other readers.
void write_phase(Writer& w, const SignalPhase& phase) {
  w.xml.begin("phase");
  w.xml.attribute("green", phase.green_ms / 1000.0);
  w.xml.attribute("yellow", phase.yellow_ms / 1000.0);
  w.xml.attribute("allRed", phase.all_red_ms / 1000.0);
  if (phase.min_green_ms > 0) w.xml.attribute("minGreen", phase.min_green_ms / 1000.0);
  if (phase.recall) w.xml.attribute("recall", 1);
  for (const Row group : Map::rows(w.map.phase_groups, phase.groups))
    for (const Row signal : w.of_group[static_cast<std::size_t>(group)])
      w.xml.element("control", "signalId", w.text(w.map.signals[signal].id));
  w.xml.end();
}

void write_flash(Writer& w, const SignalProgram& program) {
  if (program.flash_from_minute == program.flash_to_minute) return;
  w.xml.begin("flash");
  w.xml.attribute("fromMinute", program.flash_from_minute);
  w.xml.attribute("toMinute", program.flash_to_minute);
  const Range groups = w.map.junctions[program.junction].groups;
  for (Row group = groups.begin; group < groups.end; ++group)
    if (w.map.signal_groups[group].flash == sim::SignalState::kFlashingYellow)
      for (const Row signal : w.of_group[static_cast<std::size_t>(group)])
        w.xml.element("control", "signalId", w.text(w.map.signals[signal].id));
  w.xml.end();
}

void write_program(Writer& w, const Junction& junction) {
  if (junction.control == JunctionControl::kRightBeforeLeft)
    w.xml.element("userData", "code", kOwnControl, "value", "rightBeforeLeft");
  if (junction.program == kNone) return;
  const SignalProgram& program = w.map.programs[junction.program];
  w.xml.begin("userData");
  w.xml.attribute("code", kOwnProgram);
  w.xml.attribute("value", program.offset_ms / 1000.0);
  if (program.passage_ms > 0) w.xml.attribute("passage", program.passage_ms / 1000.0);
  write_flash(w, program);
  for (const SignalPhase& phase : Map::rows(w.map.signal_phases, program.phases)) write_phase(w, phase);
  w.xml.end();
}

// 12.4, by connecting roads: who goes first where their lanes meet. Pairs of roads that are not of one mind about it
// (lanes both ways) say nothing; the reader's own rules find those again.
void write_priorities(Writer& w, Row junction) {
  std::set<std::pair<Row, Row>> above;
  for (const Row row : w.map.lanes_of_junction(junction))
    for (const Conflict& conflict : w.map.lane_conflicts(row)) {
      const Lane &own = w.map.lanes[row], &other = w.map.lanes[conflict.lane];
      if (conflict.priority > 0 && other.junction == junction && own.road != other.road)
        above.emplace(own.road, other.road);
    }
  for (const auto& [high, low] : above)
    if (!above.contains({low, high})) w.xml.element("priority", "high", w.road_id(high), "low", w.road_id(low));
}

// Virtual connections, which the map keeps as they stand, keep their ids.
void write_connections(Writer& w, Row junction, std::span<const Connection> connections) {
  const auto as_they_stand = kept(w.map, OwnerKind::kJunction, junction, "connection");
  int id = 0;
  const auto taken = [&] {
    return std::any_of(as_they_stand.begin(), as_they_stand.end(), [&](std::string_view xml) {
      return xml.substr(0, xml.find('>')).find(" id=\"" + std::to_string(id) + "\"") != std::string_view::npos;
    });
  };
  for (const Connection& connection : connections) {
    while (taken()) ++id;
    write_connection(w, connection, std::to_string(id++));
  }
  for (const std::string_view xml : as_they_stand) w.xml.raw(xml);
}

void write_junction(Writer& w, Row junction, std::span<const Connection> connections) {
  const std::string_view type = type_of(w, junction);
  w.xml.begin("junction");
  w.xml.attribute("id", w.junction_id(junction));
  w.xml.attribute("name", w.junction_name(junction));
  w.xml.attribute("type", type);
  if (type == "virtual") write_main_road(w, junction);
  write_connections(w, junction, connections);
  if (type != "direct") {
    write_priorities(w, junction);
    const Range groups = w.map.junctions[junction].groups;
    for (Row group = groups.begin; group < groups.end; ++group)
      w.xml.element("controller", "id", controller_id(group), "type", "0", "sequence", group - groups.begin);
    write_program(w, w.map.junctions[junction]);
    write_kept(w, OwnerKind::kJunction, junction);
  }
  w.xml.end();
}

void write_roundabouts(Writer& w) {
  bool open = false;
  for (Row row = 0; row < static_cast<Row>(w.map.junctions.size()); ++row) {
    if (w.map.junctions[row].control != JunctionControl::kRoundabout) continue;
    if (!open) {
      w.xml.begin("junctionGroup");
      w.xml.attribute("name", "roundabouts");
      w.xml.attribute("id", "roundabouts");
      w.xml.attribute("type", "roundabout");
    }
    open = true;
    w.xml.element("junctionReference", "junction", w.junction_id(row));
  }
  if (open) w.xml.end();
}

}  // namespace

void write_junctions(Writer& w) {
  const std::vector<Connection>& all = w.links.connections;
  const Row count = static_cast<Row>(w.map.junctions.size()) + w.links.direct_junctions;
  for (std::size_t begin = 0, row = 0; row < static_cast<std::size_t>(count); ++row) {
    std::size_t end = begin;
    while (end < all.size() && all[end].junction == static_cast<Row>(row)) ++end;
    // The norm wants a connection in each junction but those that only stand for a place.
    const std::string_view type = type_of(w, static_cast<Row>(row));
    if (end > begin || type == "virtual" || type == "crossing")
      write_junction(w, static_cast<Row>(row), std::span(all).subspan(begin, end - begin));
    else
      ++w.left_out["junctions connect no lanes; left out"];
    begin = end;
  }
  write_roundabouts(w);
}

}  // namespace bitgoeul::maps::opendrive
