// freeze, stage 3: which lane leads into which (OpenDRIVE 1.8, clauses 8.2, 11.5, 12.3 and 12.5). A link that only one
// of its two ends names is taken; a link whose ends do not meet is reported and dropped; geometry decides nothing but
// doubtful road ends.
#include <algorithm>
#include <cmath>

#include "maps/detail/freeze.h"
#include "maps/reference_line.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kMaxLinkGapM = 1.0;

struct Link {
  Row from = kNone, to = kNone;
  int line = 0;
  bool operator<(const Link& o) const { return std::pair(from, to) < std::pair(o.from, o.to); }
};

// One end of a lane, in terms of road s.
struct LaneEnd {
  Row lane = kNone;
  bool at_end = false;
};

// Between the end of one lane and the start of the next.
double gap(const Map& map, Row from, Row to) {
  const LanePoint &a = map.lane_points(from).back(), &b = map.lane_points(to).front();
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z));
}

class Linker {
 public:
  explicit Linker(Freezer& freezer) : f(freezer) {}
  void run();

 private:
  void road_links(Row road);
  void section_links(Row road, Row section);
  void across_road_end(Row road, bool at_end);
  void junction_links(Row junction);
  void connection_links(Row junction, const ConnectionDraft& connection);
  bool incoming_at_end(Row junction, const ConnectionDraft& connection, Row incoming, Row connecting);
  bool trusted_end(Row road, bool at_end, Row other, bool stated, int line);
  void count_wrong_contact(Row road, int line);
  double end_gap(Row road, bool at_end, Row other, bool other_at_end) const;
  void connect_mid_road(LaneEnd a, Row road, double s, std::int32_t id, int line, const char* element);
  void mid_road_connection(Row junction, const ConnectionDraft& connection);
  void connect(LaneEnd a, LaneEnd b, int line);
  bool meets(LaneEnd a, LaneEnd b) const;
  void connect_road(LaneEnd a, Row road, std::int32_t id, bool at_end, int line, const char* element);
  void connect_id(LaneEnd a, Row section, std::int32_t id, bool at_end, int line, const char* element);
  void store();

  Row end_section(Row road, bool at_end) const {
    const Range sections = f.map.roads[road].sections;
    return sections.empty() ? kNone : at_end ? sections.end - 1 : sections.begin;
  }

  Freezer& f;
  std::vector<Link> links_;
  int wrong_contacts_ = 0, wrong_contact_line_ = 0;
  std::string wrong_contact_where_;
};

void Linker::run() {
  for (Row road = 0; road < static_cast<Row>(f.map.roads.size()); ++road) road_links(road);
  for (Row junction = 0; junction < static_cast<Row>(f.map.junctions.size()); ++junction) junction_links(junction);
  if (wrong_contacts_ > 0)
    f.report(sim::Severity::kWarning, wrong_contact_line_, wrong_contact_where_,
             std::to_string(wrong_contacts_) +
                 " contact points name the end of a road that lies elsewhere, while its other end meets; the end that "
                 "meets is taken",
             "correct contactPoint");
  store();
}

void Linker::road_links(Row road) {
  const Range sections = f.map.roads[road].sections;
  for (Row section = sections.begin; section + 1 < sections.end; ++section) section_links(road, section);
  if (sections.empty()) return;
  across_road_end(road, false);
  across_road_end(road, true);
}

// Between a section and the next one of the same road.
void Linker::section_links(Row, Row section) {
  const Range here = f.map.sections[section].lanes, next = f.map.sections[section + 1].lanes;
  for (Row lane = here.begin; lane < here.end; ++lane)
    for (const std::int32_t id : f.lanes[lane].lane->successors)
      connect_id({lane, true}, section + 1, id, false, f.lanes[lane].lane->line, "successor");
  for (Row lane = next.begin; lane < next.end; ++lane)
    for (const std::int32_t id : f.lanes[lane].lane->predecessors)
      connect_id({lane, false}, section, id, true, f.lanes[lane].lane->line, "predecessor");
}

void Linker::across_road_end(Row road, bool at_end) {
  const RoadDraft& draft = *f.roads[road];
  const RoadLink& link = at_end ? draft.successor : draft.predecessor;
  const char* element = at_end ? "successor" : "predecessor";
  const Range lanes = f.map.sections[end_section(road, at_end)].lanes;
  if (link.type == ElementType::kJunction) {
    if (f.junction_of(link.id) == kNone)
      f.report(sim::Severity::kWarning, draft.line, f.road_name(road),
               std::string(element) + " is junction " + link.id + ", which is not in the file");
    return;  // lanes are linked by the junction's connections
  }
  const Row other = link.type == ElementType::kRoad ? f.road_of(link.id) : kNone;
  if (link.type == ElementType::kRoad && other == kNone)
    f.report(sim::Severity::kWarning, draft.line, f.road_name(road),
             std::string(element) + " is road " + link.id + ", which is not in the file");
  if (other == kNone) return;
  if (link.s >= 0.0) {
    for (Row lane = lanes.begin; lane < lanes.end; ++lane) {
      const LaneDraft& from = *f.lanes[lane].lane;
      for (const std::int32_t id : at_end ? from.successors : from.predecessors)
        connect_mid_road({lane, at_end}, other, link.s, id, from.line, element);
    }
    return;
  }
  const bool other_end = trusted_end(road, at_end, other, link.contact == Contact::kEnd, draft.line);
  const Row section = end_section(other, other_end);
  if (section == kNone) return;
  for (Row lane = lanes.begin; lane < lanes.end; ++lane) {
    const LaneDraft& from = *f.lanes[lane].lane;
    for (const std::int32_t id : at_end ? from.successors : from.predecessors)
      connect_road({lane, at_end}, other, id, other_end, from.line, element);
  }
}

void Linker::junction_links(Row junction) {
  const JunctionDraft& draft = *f.junctions[junction];
  for (const ConnectionDraft& connection : draft.connections) {
    if (draft.type == JunctionType::kVirtual)
      mid_road_connection(junction, connection);
    else
      connection_links(junction, connection);
  }
}

double Linker::end_gap(Row road, bool at_end, Row other, bool other_at_end) const {
  const auto end_of = [&](Row r, bool end) {
    const auto line = Map::rows(f.map.geometries, f.map.roads[r].geometry);
    return evaluate(line, end ? f.map.roads[r].length : 0.0);
  };
  const CurvePoint a = end_of(road, at_end), b = end_of(other, other_at_end);
  return sim::hypot(a.x - b.x, a.y - b.y);
}

// The stated contact point, unless that end lies apart and the road's other end meets (some writers swap them).
bool Linker::trusted_end(Row road, bool at_end, Row other, bool stated, int line) {
  if (end_gap(road, at_end, other, stated) <= kMaxLinkGapM || end_gap(road, at_end, other, !stated) > kMaxLinkGapM)
    return stated;
  count_wrong_contact(road, line);
  return !stated;
}

void Linker::count_wrong_contact(Row road, int line) {
  if (wrong_contacts_++ == 0) wrong_contact_line_ = line, wrong_contact_where_ = f.road_name(road);
}

// Which end of the incoming road touches the connecting road.
bool Linker::incoming_at_end(Row junction, const ConnectionDraft& connection, Row incoming, Row connecting) {
  const RoadDraft& in = *f.roads[incoming];
  const RoadDraft& via = *f.roads[connecting];
  const std::string& id = f.junctions[junction]->id;
  const bool via_end = connection.contact == Contact::kEnd;
  const RoadLink& back = via_end ? via.successor : via.predecessor;
  const bool starts = in.predecessor.type == ElementType::kJunction && in.predecessor.id == id;
  const bool ends = in.successor.type == ElementType::kJunction && in.successor.id == id;
  if (!starts && !ends)
    f.report(sim::Severity::kWarning, connection.line,
             "<junction id=\"" + id + "\"> <connection id=\"" + connection.id + "\">",
             "incoming road " + in.id + " does not name the junction as its successor or predecessor");
  if (starts != ends) return ends;
  if (back.type == ElementType::kRoad && back.id == in.id)
    return trusted_end(connecting, via_end, incoming, back.contact == Contact::kEnd, connection.line);
  return end_gap(incoming, true, connecting, via_end) < end_gap(incoming, false, connecting, via_end);
}

void Linker::connection_links(Row junction, const ConnectionDraft& connection) {
  const std::string where =
      "<junction id=\"" + f.junctions[junction]->id + "\"> <connection id=\"" + connection.id + "\">";
  const Row incoming = f.road_of(connection.incoming_road), connecting = f.road_of(connection.connecting_road);
  if (incoming == kNone || connecting == kNone) {
    f.report(sim::Severity::kWarning, connection.line, where,
             std::string(incoming == kNone ? "incoming road \"" + connection.incoming_road
                                           : "connecting road \"" + connection.connecting_road) +
                 "\" is not in the file");
    return;
  }
  const bool at_end = incoming_at_end(junction, connection, incoming, connecting);
  const bool via_end = trusted_end(incoming, at_end, connecting, connection.contact == Contact::kEnd, connection.line);
  const Row from = end_section(incoming, at_end), to = end_section(connecting, via_end);
  if (from == kNone || to == kNone) return;
  std::vector<LaneLinkDraft> pairs = connection.links;
  if (pairs.empty())  // 12.3: without laneLink, lanes of equal id belong together
    for (Row lane = f.map.sections[from].lanes.begin; lane < f.map.sections[from].lanes.end; ++lane) {
      const std::int32_t id = f.map.lanes[lane].odr_id;
      const Row twin = f.lane_of(to, id);
      const bool leaves = drives_with_s(f.map.lanes[lane]) == at_end;
      if (twin != kNone && leaves && drives_with_s(f.map.lanes[twin]) != via_end) pairs.push_back({id, id});
    }
  for (const LaneLinkDraft& pair : pairs) {
    const Row lane = f.lane_of(from, pair.from);
    if (lane == kNone) {
      f.report(
          sim::Severity::kWarning, connection.line, where,
          "laneLink names lane " + std::to_string(pair.from) + ", which road " + connection.incoming_road + " has not");
      continue;
    }
    connect_road({lane, at_end}, connecting, pair.to, via_end, connection.line, "laneLink");
  }
}

bool Linker::meets(LaneEnd a, LaneEnd b) const {
  const Lane &la = f.map.lanes[a.lane], &lb = f.map.lanes[b.lane];
  const bool a_leaves = drives_with_s(la) == a.at_end, b_leaves = drives_with_s(lb) == b.at_end;
  if (!drivable(la.type) || !drivable(lb.type) || a_leaves == b_leaves) return false;
  return gap(f.map, a_leaves ? a.lane : b.lane, a_leaves ? b.lane : a.lane) <= kMaxLinkGapM;
}

// To a lane of another road, at the stated end of it or, where only that one meets, at its other end.
void Linker::connect_road(LaneEnd a, Row road, std::int32_t id, bool at_end, int line, const char* element) {
  const Row stated = f.lane_of(end_section(road, at_end), id), other = f.lane_of(end_section(road, !at_end), id);
  const bool flip = (stated == kNone || !meets(a, {stated, at_end})) && other != kNone && meets(a, {other, !at_end});
  if (flip) count_wrong_contact(f.map.lanes[a.lane].road, line);
  connect_id(a, end_section(road, at_end != flip), id, at_end != flip, line, element);
}

// To a lane of another road where that one's lane section ends or begins: with the lane's traffic, whichever way it
// runs.
void Linker::connect_mid_road(LaneEnd a, Row road, double s, std::int32_t id, int line, const char* element) {
  const Range sections = f.map.roads[road].sections;
  Row after = sections.begin;
  while (after + 1 < sections.end && f.map.sections[after].s < s - 1e-6) ++after;
  const bool a_leaves = drives_with_s(f.map.lanes[a.lane]) == a.at_end;
  const Row probe = f.lane_of(after, id);
  const bool with_s = probe == kNone ? id < 0 : drives_with_s(f.map.lanes[probe]);
  const bool at_end = with_s != a_leaves;  // who leaves does so at the end in driving direction
  connect_id(a, at_end && after > sections.begin ? after - 1 : after, id, at_end, line, element);
}

// 12.5: the main road of a virtual junction goes on; others leave and join it where their own links say.
void Linker::mid_road_connection(Row junction, const ConnectionDraft& connection) {
  const Row incoming = f.road_of(connection.incoming_road), connecting = f.road_of(connection.connecting_road);
  const bool via_end = connection.contact == Contact::kEnd;
  const RoadLink* link = connecting == kNone ? nullptr
                         : via_end           ? &f.roads[connecting]->successor
                                             : &f.roads[connecting]->predecessor;
  if (incoming == kNone || link == nullptr || link->s < 0.0 || link->id != connection.incoming_road)
    return connection_links(junction, connection);
  const Row to = end_section(connecting, via_end);
  for (const LaneLinkDraft& pair : connection.links) {
    const Row lane = to == kNone ? kNone : f.lane_of(to, pair.to);
    if (lane != kNone)
      connect_mid_road({lane, via_end}, incoming, link->s, pair.from, connection.line, "laneLink");
    else
      f.report(
          sim::Severity::kWarning, connection.line, "<junction id=\"" + f.junctions[junction]->id + "\">",
          "laneLink names lane " + std::to_string(pair.to) + ", which road " + connection.connecting_road + " has not");
  }
}

void Linker::connect_id(LaneEnd a, Row section, std::int32_t id, bool at_end, int line, const char* element) {
  if (id == 0) return;
  const Row lane = f.lane_of(section, id);
  if (lane != kNone) return connect(a, {lane, at_end}, line);
  f.report(sim::Severity::kWarning, line, f.lane_name(a.lane),
           std::string(element) + " is lane " + std::to_string(id) + " of " +
               f.road_name(f.map.sections[section].road) + ", which has no such lane there");
}

void Linker::connect(LaneEnd a, LaneEnd b, int line) {
  const Lane &la = f.map.lanes[a.lane], &lb = f.map.lanes[b.lane];
  if (!drivable(la.type) || !drivable(lb.type)) return;
  const bool a_leaves = drives_with_s(la) == a.at_end, b_leaves = drives_with_s(lb) == b.at_end;
  if (a_leaves && !b_leaves)
    links_.push_back({a.lane, b.lane, line});
  else if (b_leaves && !a_leaves)
    links_.push_back({b.lane, a.lane, line});
  else
    f.report(
        sim::Severity::kWarning, line, f.lane_name(a.lane),
        "is linked to " + f.lane_name(b.lane) + ", but both " + (a_leaves ? "end" : "begin") + " there; link dropped");
}

void Linker::store() {
  std::stable_sort(links_.begin(), links_.end());
  std::vector<Link> kept;
  for (const Link& link : links_) {
    if (!kept.empty() && kept.back().from == link.from && kept.back().to == link.to) continue;
    const double apart = gap(f.map, link.from, link.to);
    if (apart <= kMaxLinkGapM) {
      kept.push_back(link);
      continue;
    }
    const bool told = &link != links_.data() && (&link)[-1].from == link.from && (&link)[-1].to == link.to;
    if (!told)
      f.report(sim::Severity::kWarning, link.line, f.lane_name(link.from),
               "is linked to " + f.lane_name(link.to) + " but ends " + std::to_string(apart) +
                   " m from its start; link dropped");
  }
  const auto add = [&](auto key, auto value, Range Lane::*range) {
    std::stable_sort(kept.begin(), kept.end(), [&](const Link& a, const Link& b) { return a.*key < b.*key; });
    std::size_t next = 0;
    for (Row lane = 0; lane < static_cast<Row>(f.map.lanes.size()); ++lane) {
      const Row begin = static_cast<Row>(f.map.links.size());
      for (; next < kept.size() && kept[next].*key == lane; ++next) f.map.links.push_back(kept[next].*value);
      f.map.lanes[lane].*range = {begin, static_cast<Row>(f.map.links.size())};
    }
  };
  add(&Link::from, &Link::to, &Lane::successors);
  add(&Link::to, &Link::from, &Lane::predecessors);
}

}  // namespace

void freeze_links(Freezer& f) { Linker(f).run(); }

}  // namespace bitgoeul::maps::detail
