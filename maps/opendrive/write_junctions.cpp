// OpenDRIVE 1.8, clause 12: junctions, common and direct, and the group of roundabouts.
#include <set>

#include "maps/opendrive/own_words.h"
#include "maps/opendrive/writer.h"

namespace bitgoeul::maps::opendrive {

namespace {

bool is_direct(const Writer& w, Row junction) { return junction >= static_cast<Row>(w.map.junctions.size()); }

void write_connection(Writer& w, const Connection& connection, int id) {
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
  for (const Row group : Map::rows(w.map.phase_groups, phase.groups))
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

void write_junction(Writer& w, Row junction, std::span<const Connection> connections) {
  w.xml.begin("junction");
  w.xml.attribute("id", w.junction_id(junction));
  w.xml.attribute("name", w.junction_name(junction));
  w.xml.attribute("type", is_direct(w, junction) ? "direct" : "default");
  int id = 0;
  for (const Connection& connection : connections) write_connection(w, connection, id++);
  if (!is_direct(w, junction)) {
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
    // The norm wants a connection in each junction.
    if (end > begin)
      write_junction(w, static_cast<Row>(row), std::span(all).subspan(begin, end - begin));
    else
      ++w.left_out["junctions connect no lanes; left out"];
    begin = end;
  }
  write_roundabouts(w);
}

}  // namespace bitgoeul::maps::opendrive
