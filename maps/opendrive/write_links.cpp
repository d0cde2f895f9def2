#include "maps/opendrive/write_links.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace bitgoeul::maps::opendrive {

namespace {

struct EndLink {
  RoadEnd from, to;
  Row from_lane = kNone, to_lane = kNone;
};

std::size_t index_of(RoadEnd end) { return 2 * static_cast<std::size_t>(end.road) + (end.at_end ? 1 : 0); }
RoadEnd exit_of(const Lane& lane) { return {lane.road, lane.direction > 0}; }
RoadEnd entry_of(const Lane& lane) { return {lane.road, lane.direction < 0}; }

bool inside_road(const Lane& from, const Lane& to) {
  return from.road == to.road && to.section == from.section + from.direction;
}

// Where a lane that another road meets begins or ends: the middle of its road beside a virtual junction (12.5), -1 at
// the road's end.
double middle_s(const Map& map, const Lane& lane, bool at_end) {
  const Range sections = map.roads[lane.road].sections;
  if (at_end) return lane.section + 1 < sections.end ? lane.s_end : -1;
  return lane.section > sections.begin ? lane.s_begin : -1;
}
double middle_of_entry(const Map& map, Row row) { return middle_s(map, map.lanes[row], map.lanes[row].direction < 0); }
double middle_of_exit(const Map& map, Row row) { return middle_s(map, map.lanes[row], map.lanes[row].direction > 0); }

// Lane links over road ends, in order of their rows.
std::vector<EndLink> end_links(const Map& map) {
  std::vector<EndLink> links;
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    for (const Row next : map.successors(row))
      if (!inside_road(map.lanes[row], map.lanes[next]))
        links.push_back({exit_of(map.lanes[row]), entry_of(map.lanes[next]), row, next});
  return links;
}

class LinkFinder {
 public:
  explicit LinkFinder(const Map& map) : map_(map), links_(end_links(map)) {}
  RoadLinks find();

 private:
  // Road ends on the other side, each once, the one with the most lane links first.
  using Partners = std::vector<std::pair<RoadEnd, int>>;
  Row junction(RoadEnd end) const { return map_.roads[end.road].junction; }
  void link_middles();
  void find_partners();
  bool only_partner(RoadEnd end, RoadEnd other) const {
    const Partners& partners = partners_[index_of(end)];
    return partners.size() == 1 && partners[0].first == other;
  }
  void link_plain_end(RoadEnd end);
  void link_junction_end(RoadEnd end);
  void join_direct(RoadEnd a, RoadEnd b);
  void name_direct_junctions();
  void add_connections();
  void add_connection(Row junction, Row incoming, RoadEnd connecting, std::int32_t from, std::int32_t to);
  Row root(std::size_t end) const {
    while (direct_[end] != static_cast<Row>(end)) end = static_cast<std::size_t>(direct_[end]);
    return static_cast<Row>(end);
  }

  const Map& map_;
  std::vector<EndLink> links_;
  std::vector<Partners> partners_;
  std::vector<Row> direct_;        // per end: another end of its direct junction, itself at the root, kNone outside
  std::vector<Row> direct_names_;  // per root end
  std::map<std::tuple<Row, Row, RoadEnd>, Connection> connections_;
  RoadLinks out_;
};

// The road that ends names the place on the other one; the links of that one stay as they are. A road inside a junction
// that leaves the middle of another makes the junction a virtual one, with a connection (12.5).
void LinkFinder::link_middles() {
  out_.ends.resize(2 * map_.roads.size());
  const auto meet = [&](RoadEnd end, RoadEnd main, Row main_lane, double s) {
    out_.ends[index_of(end)] = {main, kNone, s};
    if (junction(end) != kNone) out_.middles.push_back({junction(end), main.road, s, map_.lanes[main_lane].direction});
  };
  std::erase_if(links_, [&](const EndLink& link) {
    const double exit = middle_of_exit(map_, link.from_lane), entry = middle_of_entry(map_, link.to_lane);
    if (entry >= 0 && exit < 0) meet(link.from, link.to, link.to_lane, entry);
    if (exit >= 0 && entry < 0) {
      meet(link.to, link.from, link.from_lane, exit);
      if (junction(link.to) != kNone)
        add_connection(junction(link.to), link.from.road, link.to, map_.lanes[link.from_lane].odr_id,
                       map_.lanes[link.to_lane].odr_id);
    }
    return exit >= 0 || entry >= 0;
  });
  std::stable_sort(out_.middles.begin(), out_.middles.end(),
                   [](const MiddleMeeting& a, const MiddleMeeting& b) { return a.junction < b.junction; });
}

void LinkFinder::find_partners() {
  partners_.resize(2 * map_.roads.size());
  const auto count = [&](RoadEnd end, RoadEnd other) {
    Partners& partners = partners_[index_of(end)];
    const auto found = std::find_if(partners.begin(), partners.end(), [&](const auto& p) { return p.first == other; });
    if (found == partners.end())
      partners.push_back({other, 1});
    else
      ++found->second;
  };
  for (const EndLink& link : links_) count(link.from, link.to), count(link.to, link.from);
  for (Partners& partners : partners_)
    std::sort(partners.begin(), partners.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
}

void LinkFinder::join_direct(RoadEnd a, RoadEnd b) {
  const std::size_t ia = index_of(a), ib = index_of(b);
  if (direct_[ia] == kNone) direct_[ia] = static_cast<Row>(ia);
  if (direct_[ib] == kNone) direct_[ib] = static_cast<Row>(ib);
  const Row ra = root(ia), rb = root(ib);
  direct_[static_cast<std::size_t>(std::max(ra, rb))] = std::min(ra, rb);
}

// A road outside junctions: the junction whose roads it leads to, the one road on the other side, or a direct junction.
void LinkFinder::link_plain_end(RoadEnd end) {
  RoadEndLink& link = out_.ends[index_of(end)];
  for (const auto& [other, count] : partners_[index_of(end)]) {
    if (junction(other) != kNone) {
      if (link.junction == kNone) link.junction = junction(other);
    } else if (only_partner(end, other) && only_partner(other, end)) {
      link.road = other;
    } else {
      join_direct(end, other);
    }
  }
}

// A connecting road names the road that it comes from or leads to, never its junction.
void LinkFinder::link_junction_end(RoadEnd end) {
  RoadEndLink& link = out_.ends[index_of(end)];
  for (const auto& [other, count] : partners_[index_of(end)]) {
    const bool outside = junction(other) != junction(end);
    if (link.road.road == kNone || (outside && junction(link.road) == junction(end))) link.road = other;
  }
}

void LinkFinder::name_direct_junctions() {
  direct_names_.assign(direct_.size(), kNone);
  for (std::size_t end = 0; end < direct_.size(); ++end) {
    if (direct_[end] == kNone) continue;
    Row& name = direct_names_[static_cast<std::size_t>(root(end))];
    if (name == kNone) name = static_cast<Row>(map_.junctions.size()) + out_.direct_junctions++;
    if (out_.ends[end].junction == kNone) out_.ends[end].junction = name;
  }
}

void LinkFinder::add_connection(Row junction, Row incoming, RoadEnd connecting, std::int32_t from, std::int32_t to) {
  Connection& connection = connections_[{junction, incoming, connecting}];
  connection.junction = junction;
  connection.incoming = incoming;
  connection.connecting = connecting;
  connection.lanes.emplace_back(from, to);
}

void LinkFinder::add_connections() {
  const auto names = [&](RoadEnd end, RoadEnd other) {
    const RoadEndLink& link = out_.at(end);
    return link.junction == kNone && link.road == other;
  };
  for (const EndLink& link : links_) {
    const std::int32_t from = map_.lanes[link.from_lane].odr_id, to = map_.lanes[link.to_lane].odr_id;
    const Row before = junction(link.from), after = junction(link.to);
    if (after != kNone && before != after)
      add_connection(after, link.from.road, link.to, from, to);
    else if (names(link.from, link.to) || names(link.to, link.from))
      continue;
    else if (before != kNone)  // leads out to a second road, or on inside the junction
      add_connection(before, link.to.road, link.from, to, from);
    else
      add_connection(direct_names_[static_cast<std::size_t>(root(index_of(link.from)))], link.from.road, link.to, from,
                     to);
  }
  for (auto& [key, connection] : connections_) out_.connections.push_back(std::move(connection));
}

RoadLinks LinkFinder::find() {
  link_middles();
  find_partners();
  direct_.assign(partners_.size(), kNone);
  for (Row road = 0; road < static_cast<Row>(map_.roads.size()); ++road)
    for (const bool at_end : {false, true})
      map_.roads[road].junction == kNone ? link_plain_end({road, at_end}) : link_junction_end({road, at_end});
  name_direct_junctions();
  add_connections();
  return std::move(out_);
}

}  // namespace

RoadLinks find_road_links(const Map& map) { return LinkFinder(map).find(); }

std::vector<std::int32_t> linked_lanes(const Map& map, const RoadLinks& links, Row row, bool at_end) {
  const Lane& lane = map.lanes[row];
  const bool leaves = (lane.direction > 0) == at_end;
  const RoadEndLink& link = links.at({lane.road, at_end});
  std::vector<std::int32_t> ids;
  for (const Row other : leaves ? map.successors(row) : map.predecessors(row)) {
    const Lane& next = map.lanes[other];
    const bool inside = leaves ? inside_road(lane, next) : inside_road(next, lane);
    const RoadEnd touched = leaves ? entry_of(next) : exit_of(next);
    if (inside || (link.junction == kNone && link.road == touched)) ids.push_back(next.odr_id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace bitgoeul::maps::opendrive
