#include <fmt/format.h>

#include <algorithm>

#include "maps/check/rules.h"

namespace bitgoeul::maps::check {

namespace {

Row lane_count(const Check& check) { return static_cast<Row>(check.map.lanes.size()); }

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

// The end of a road where no drivable lane of either direction is linked: the map's edge.
struct RoadEnds {
  std::vector<std::uint8_t> start, end;  // 1: open
};

bool linked_at(const Map& map, Row lane, bool road_end) {
  const bool lane_end = (map.lanes[at(lane)].direction > 0) == road_end;
  return !(lane_end ? map.successors(lane) : map.predecessors(lane)).empty();
}

RoadEnds find_ends(const Map& map) {
  RoadEnds ends{std::vector<std::uint8_t>(map.roads.size(), 1), std::vector<std::uint8_t>(map.roads.size(), 1)};
  for (std::size_t road = 0; road < map.roads.size(); ++road) {
    const Range sections = map.roads[road].sections;
    if (sections.empty()) continue;
    const auto look = [&](Row section, bool road_end, std::uint8_t& open) {
      const Range lanes = map.sections[at(section)].lanes;
      for (Row lane = lanes.begin; lane < lanes.end; ++lane)
        if (drivable(map.lanes[at(lane)].type) && linked_at(map, lane, road_end)) open = 0;
    };
    look(sections.begin, false, ends.start[road]);
    look(sections.end - 1, true, ends.end[road]);
  }
  return ends;
}

// The lane begins (or ends) at an open end of its road.
bool at_edge(const Map& map, const RoadEnds& ends, Row row, bool lane_end) {
  const Lane& lane = map.lanes[at(row)];
  const Range sections = map.roads[at(lane.road)].sections;
  const bool road_end = (lane.direction > 0) == lane_end;
  if (lane.section != (road_end ? sections.end - 1 : sections.begin)) return false;
  return (road_end ? ends.end : ends.start)[at(lane.road)] != 0;
}

// Everything that can be driven to from the marked lanes (forward), or from where they can be driven to (backward).
void spread(const Map& map, std::vector<std::uint8_t>& marked, bool forward) {
  std::vector<Row> open;
  const auto mark = [&](Row row) {
    if (row == kNone || marked[at(row)] || !drivable(map.lanes[at(row)].type)) return;
    marked[at(row)] = 1;
    open.push_back(row);
  };
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    if (marked[at(row)]) open.push_back(row);
  while (!open.empty()) {
    const Row row = open.back();
    open.pop_back();
    for (const Row link : forward ? map.successors(row) : map.predecessors(row)) mark(link);
    const Lane& lane = map.lanes[at(row)];
    for (const Row side : {lane.left, lane.right}) {
      if (side == kNone) continue;
      const Lane& from = forward ? lane : map.lanes[at(side)];
      const Row target = forward ? side : row;
      if ((from.left == target && from.change_left) || (from.right == target && from.change_right)) mark(side);
    }
  }
}

}  // namespace

namespace {

struct Ways {
  std::vector<std::uint8_t> in,
      out;  // per lane: some way leads there from the strong part or the map's edge; and on from there
};

Ways find_ways(const Check& check) {
  const Map& map = check.map;
  const RoadEnds ends = find_ends(map);
  Ways ways{std::vector<std::uint8_t>(map.lanes.size(), 0), std::vector<std::uint8_t>(map.lanes.size(), 0)};
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.is_drivable(row)) continue;
    ways.in[at(row)] = check.lane(row).reachable || at_edge(map, ends, row, false);
    ways.out[at(row)] = check.lane(row).reachable || at_edge(map, ends, row, true);
  }
  spread(map, ways.in, true);
  spread(map, ways.out, false);
  return ways;
}

}  // namespace

void unreachable_lane(Check& check) {
  const Ways ways = find_ways(check);
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.is_drivable(row) || check.lane(row).taper != 0 || (ways.in[at(row)] && ways.out[at(row)])) continue;
    check.find(check.lane_at(row, 0), !ways.in[at(row)] ? "no way leads to this lane" : "no way leads out of this lane",
               "link it at both ends, or let vehicles change lanes there");
  }
}

void open_end(Check& check) {
  const Ways ways = find_ways(check);
  double length = 0, all = 0;
  int lanes = 0;
  Row example = kNone;
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.good(row) || !check.is_drivable(row)) continue;
    all += check.lane(row).length;
    if (check.lane(row).reachable || check.lane(row).taper != 0 || !ways.in[at(row)] || !ways.out[at(row)]) continue;
    if (example == kNone) example = row;
    length += check.lane(row).length;
    ++lanes;
  }
  if (lanes > 0)
    check.find(check.lane_at(example), fmt::format("{} lanes ({} of {} km, this is the first) lie at roads that "
                                                   "leave the map: vehicles cannot come back from or to "
                                                   "them, so routes and background traffic avoid them",
                                                   lanes, number(length / 1000, 1), number(all / 1000, 1)));
}

void dead_end_lane(Check& check) {
  const Map& map = check.map;
  const RoadEnds ends = find_ends(map);
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.is_drivable(row) || !map.successors(row).empty() || at_edge(map, ends, row, true)) continue;
    if (check.lane(row).taper != 0) continue;  // narrows into its neighbour
    check.find(check.lane_at(row, check.lane(row).length), "the lane ends here and nothing follows it",
               "link it to a lane ahead, or narrow it into its neighbour");
  }
}

}  // namespace bitgoeul::maps::check
