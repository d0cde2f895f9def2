// Tools cut roads at places that rounding has moved apart, and leave lane sections of less than a millimetre. They are
// taken out. Lane ids on both sides may differ, so every link that ended in such a section is led to the lane behind
// it.
#include <map>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

using LaneIds = std::vector<std::int32_t>;

// The lanes behind `ids` of a section, along its successors or predecessors.
LaneIds behind(const SectionDraft& section, const LaneIds& ids, LaneIds LaneDraft::*links) {
  LaneIds out;
  for (std::int32_t id : ids)
    for (const LaneDraft& lane : section.lanes)
      if (lane.id == id) out.insert(out.end(), (lane.*links).begin(), (lane.*links).end());
  return out;
}

// Sections taken out at the ends of roads, outermost first: links from outside pass them in this order.
using RoadEnd = std::pair<std::string, Contact>;
using Removed = std::map<RoadEnd, std::vector<SectionDraft>>;

void join_inside(std::vector<SectionDraft>& sections, std::size_t i) {
  if (i > 0)
    for (LaneDraft& lane : sections[i - 1].lanes)
      lane.successors = behind(sections[i], lane.successors, &LaneDraft::successors);
  if (i + 1 == sections.size()) return;
  for (LaneDraft& lane : sections[i + 1].lanes)
    lane.predecessors = behind(sections[i], lane.predecessors, &LaneDraft::predecessors);
  sections[i + 1].s = sections[i].s;
}

// A lane offset that jumps where lanes are numbered anew jumps at the section's new begin.
void move_jump(std::vector<Poly3>& offsets, double from, double to) {
  std::vector<Poly3> moved;
  for (Poly3 offset : offsets) {
    if (offset.s > to && offset.s <= from) offset.s = to;
    if (!moved.empty() && moved.back().s == offset.s) moved.pop_back();
    moved.push_back(offset);
  }
  offsets = std::move(moved);
}

void join_road(RoadDraft& road, Removed& removed) {
  std::vector<SectionDraft>& sections = road.sections;
  for (std::size_t i = 0; i < sections.size() && sections.size() > 1;) {
    const double end = i + 1 < sections.size() ? sections[i + 1].s : road.length;
    if (end - sections[i].s >= kShortestSectionM) {
      ++i;
      continue;
    }
    if (i + 1 < sections.size()) move_jump(road.lane_offset, sections[i + 1].s, sections[i].s);
    join_inside(sections, i);
    if (i == 0) removed[{road.id, Contact::kStart}].push_back(sections[i]);
    if (i > 0 && i + 1 == sections.size()) {
      auto& at_end = removed[{road.id, Contact::kEnd}];
      at_end.insert(at_end.begin(), sections[i]);
      while (road.lane_offset.size() > 1 && road.lane_offset.back().s >= sections[i].s) road.lane_offset.pop_back();
    }
    sections.erase(sections.begin() + static_cast<std::ptrdiff_t>(i));
    if (i > 0 && i == sections.size()) --i;  // the one before may be the last one now, and short
  }
}

// Lane ids as seen from outside that end of the road.
LaneIds led_past(const Removed& removed, const std::string& road, Contact contact, LaneIds ids) {
  const auto found = removed.find({road, contact});
  if (found == removed.end()) return ids;
  for (const SectionDraft& section : found->second)
    ids = behind(section, ids, contact == Contact::kStart ? &LaneDraft::successors : &LaneDraft::predecessors);
  return ids;
}

void relink_road(RoadDraft& road, const Removed& removed) {
  if (road.sections.empty()) return;
  if (const RoadLink& link = road.predecessor; link.type == ElementType::kRoad)
    for (LaneDraft& lane : road.sections.front().lanes)
      lane.predecessors = led_past(removed, link.id, link.contact, lane.predecessors);
  if (const RoadLink& link = road.successor; link.type == ElementType::kRoad)
    for (LaneDraft& lane : road.sections.back().lanes)
      lane.successors = led_past(removed, link.id, link.contact, lane.successors);
}

// The end of an incoming road at which the junction lies.
Contact end_at(const RoadDraft& road, const std::string& junction) {
  const bool starts = road.predecessor.type == ElementType::kJunction && road.predecessor.id == junction;
  return starts ? Contact::kStart : Contact::kEnd;
}

void relink_connection(ConnectionDraft& connection, Contact incoming_end, const Removed& removed) {
  std::vector<LaneLinkDraft> links;
  for (const LaneLinkDraft& link : connection.links)
    for (std::int32_t from : led_past(removed, connection.incoming_road, incoming_end, {link.from}))
      for (std::int32_t to : led_past(removed, connection.connecting_road, connection.contact, {link.to}))
        links.push_back({from, to});
  connection.links = std::move(links);
}

}  // namespace

void join_short_sections(MapBuilder& map) {
  Removed removed;
  for (RoadDraft& road : map.roads) join_road(road, removed);
  if (removed.empty()) return;
  std::map<std::string, const RoadDraft*> roads;
  for (RoadDraft& road : map.roads) {
    relink_road(road, removed);
    roads[road.id] = &road;
  }
  for (JunctionDraft& junction : map.junctions)
    for (ConnectionDraft& connection : junction.connections) {
      const auto incoming = roads.find(connection.incoming_road);
      const Contact end = incoming == roads.end() ? Contact::kEnd : end_at(*incoming->second, junction.id);
      relink_connection(connection, end, removed);
    }
}

}  // namespace bitgoeul::maps::opendrive
