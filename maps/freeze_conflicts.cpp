// freeze, stage 8: where lanes' swept areas overlap, and who goes first there. Pairs are sought among the connecting
// lanes of a junction, lanes that share a successor or predecessor, and connecting lanes of different junctions that
// lie over each other.
#include <algorithm>
#include <cmath>

#include "maps/detail/freeze.h"
#include "maps/detail/overlap.h"
#include "maps/detail/priority.h"
#include "maps/detail/strangers.h"

namespace bitgoeul::maps::detail {
namespace {

using Pair = std::pair<Row, Row>;  // first < second

bool contains(std::span<const Row> rows, Row row) { return std::find(rows.begin(), rows.end(), row) != rows.end(); }

bool share(std::span<const Row> a, std::span<const Row> b) {
  return std::any_of(a.begin(), a.end(), [&](Row row) { return contains(b, row); });
}

void add_pairs(std::span<const Row> lanes, std::vector<Pair>& pairs) {
  for (std::size_t i = 0; i < lanes.size(); ++i)
    for (std::size_t k = i + 1; k < lanes.size(); ++k)
      if (lanes[i] != lanes[k]) pairs.emplace_back(std::min(lanes[i], lanes[k]), std::max(lanes[i], lanes[k]));
}

GeoBox lane_box(const Map& map, Row lane) {
  const auto points = map.lane_points(lane);
  GeoBox box{points[0].x, points[0].y, points[0].x, points[0].y};
  for (const LanePoint& p : points) {
    box.min_x = std::min(box.min_x, p.x), box.max_x = std::max(box.max_x, p.x);
    box.min_y = std::min(box.min_y, p.y), box.max_y = std::max(box.max_y, p.y);
  }
  const double reach = kBodyHalfWidthM + kBodyMarginM + kSweepM;
  return {box.min_x - reach, box.min_y - reach, box.max_x + reach, box.max_y + reach};
}

// Connecting lanes of different junctions whose boxes meet, by a grid of cells.
void add_pairs_between_junctions(const Map& map, const std::vector<GeoBox>& boxes, std::vector<Pair>& pairs) {
  constexpr double kCell = 32.0;
  constexpr double kMaxCells =
      64.0;  // a longer ramp is cut to the cells about its middle: it cannot be one junction's lane
  struct Entry {
    std::int64_t cell;
    Row lane;
    bool operator<(const Entry& o) const { return cell != o.cell ? cell < o.cell : lane < o.lane; }
  };
  const auto cell_of = [](double v) { return static_cast<std::int64_t>(std::floor(v / kCell)); };
  std::vector<Entry> entries;
  for (const Row lane : map.junction_lanes) {
    const GeoBox& box = boxes[static_cast<std::size_t>(lane)];
    const std::int64_t x1 = std::min(cell_of(box.max_x), cell_of(box.min_x + kMaxCells * kCell));
    const std::int64_t y1 = std::min(cell_of(box.max_y), cell_of(box.min_y + kMaxCells * kCell));
    for (std::int64_t cy = cell_of(box.min_y); cy <= y1; ++cy)
      for (std::int64_t cx = cell_of(box.min_x); cx <= x1; ++cx) entries.push_back({cy * 0x100000000 + cx, lane});
  }
  std::sort(entries.begin(), entries.end());
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (std::size_t k = i + 1; k < entries.size() && entries[k].cell == entries[i].cell; ++k) {
      const Row a = entries[i].lane, b = entries[k].lane;
      if (map.lanes[a].junction != map.lanes[b].junction &&
          touch(boxes[static_cast<std::size_t>(a)], boxes[static_cast<std::size_t>(b)]))
        pairs.emplace_back(a, b);
    }
}

// Pairs that may be in conflict at all, before any fine geometry.
bool eligible(const Map& map, const std::vector<GeoBox>& boxes, const Pair& pair) {
  const Lane &a = map.lanes[pair.first], &b = map.lanes[pair.second];
  if (!drivable(a.type) || !drivable(b.type)) return false;
  if (!touch(boxes[static_cast<std::size_t>(pair.first)], boxes[static_cast<std::size_t>(pair.second)])) return false;
  if (contains(map.successors(pair.first), pair.second) || contains(map.successors(pair.second), pair.first))
    return false;
  // Side by side in one section: a conflict only when both lead into, or come from, one lane.
  return a.section != b.section || share(map.successors(pair.first), map.successors(pair.second)) ||
         share(map.predecessors(pair.first), map.predecessors(pair.second));
}

std::vector<Pair> candidate_pairs(const Map& map) {
  std::vector<GeoBox> boxes(map.lanes.size());
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    boxes[static_cast<std::size_t>(lane)] = lane_box(map, lane);
  std::vector<Pair> pairs;
  for (Row junction = 0; junction < static_cast<Row>(map.junctions.size()); ++junction)
    add_pairs(map.lanes_of_junction(junction), pairs);
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    add_pairs(map.successors(lane), pairs);
    add_pairs(map.predecessors(lane), pairs);
  }
  add_pairs_between_junctions(map, boxes, pairs);
  std::erase_if(pairs, [&](const Pair& pair) { return map.lanes[pair.first].level != map.lanes[pair.second].level; });
  add_stranger_pairs(map, boxes, pairs);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::erase_if(pairs, [&](const Pair& pair) { return !eligible(map, boxes, pair); });
  return pairs;
}

ConflictKind kind_of(const Map& map, const Pair& pair) {
  if (share(map.successors(pair.first), map.successors(pair.second))) return ConflictKind::kMerging;
  if (share(map.predecessors(pair.first), map.predecessors(pair.second))) return ConflictKind::kDiverging;
  return ConflictKind::kCrossing;
}

struct Found {
  Row lane = kNone;
  Conflict conflict;
};

void store(Map& map, std::vector<Found>& found) {
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    if (a.lane != b.lane) return a.lane < b.lane;
    return a.conflict.s_begin != b.conflict.s_begin ? a.conflict.s_begin < b.conflict.s_begin
                                                    : a.conflict.lane < b.conflict.lane;
  });
  std::size_t next = 0;
  map.conflicts.reserve(found.size());
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    const Row begin = static_cast<Row>(map.conflicts.size());
    for (; next < found.size() && found[next].lane == lane; ++next) map.conflicts.push_back(found[next].conflict);
    map.lanes[lane].conflicts = {begin, static_cast<Row>(map.conflicts.size())};
  }
}

// Neighbours of different roads (sources that draw each lane by itself) whose corridors meet in the middle of both have
// no room beside each other: one of them at a time is driven on, and nobody changes from one into the other.
constexpr double kBesideM = 20.0;

bool beside_in_the_middle(const Lane& lane, double begin, double end) {
  return end - begin >= kBesideM && begin < 0.5 * lane.length && end > 0.5 * lane.length;
}

void close_narrow_neighbours(Freezer& f, const std::vector<Found>& found) {
  int pairs = 0;
  Row first = kNone, beside = kNone;
  for (const Found& entry : found) {
    Lane& lane = f.map.lanes[entry.lane];
    const Conflict& c = entry.conflict;
    if (lane.junction != kNone || c.kind == ConflictKind::kDiverging) continue;
    if (c.lane != lane.left && c.lane != lane.right) continue;
    if (!beside_in_the_middle(lane, c.s_begin, c.s_end)) continue;
    (c.lane == lane.left ? lane.change_left : lane.change_right) = 0;
    if (entry.lane > c.lane) continue;
    if (pairs++ == 0) first = entry.lane, beside = c.lane;
  }
  if (pairs > 0)
    f.report(sim::Severity::kWarning, f.roads[f.map.lanes[first].road]->line, f.lane_name(first),
             std::to_string(pairs) + " lanes run beside their neighbour nearer than two cars are wide (here " +
                 f.lane_name(beside) + "); one of the two at a time is driven on, without lane changes between them",
             "move the lanes apart, or remove one");
}

}  // namespace

void freeze_conflicts(Freezer& f) {
  const Priorities priorities(f);
  std::vector<Corridor> corridors(f.map.lanes.size());  // made when first needed
  const auto corridor = [&](Row lane) -> const Corridor& {
    Corridor& c = corridors[static_cast<std::size_t>(lane)];
    if (c.bars.empty()) c = make_corridor(f.map, lane);
    return c;
  };
  std::vector<Found> found;
  Row done = 0;  // pairs ascend by their first lane, which is the lesser one: corridors before it are not needed again
  for (const Pair& pair : candidate_pairs(f.map)) {
    for (; done < pair.first; ++done) corridors[static_cast<std::size_t>(done)] = {};
    const auto area = overlap(corridor(pair.first), corridor(pair.second));
    if (!area) continue;
    const ConflictKind kind = kind_of(f.map, pair);
    const int first = kind == ConflictKind::kDiverging ? 0 : priorities.first(pair.first, pair.second);
    Conflict own{pair.second,   kind,       static_cast<std::int8_t>(first), {}, area->a_begin, area->a_end,
                 area->b_begin, area->b_end};
    Conflict other{pair.first,    kind,       static_cast<std::int8_t>(-first), {}, area->b_begin, area->b_end,
                   area->a_begin, area->a_end};
    found.push_back({pair.first, own});
    found.push_back({pair.second, other});
  }
  close_narrow_neighbours(f, found);
  store(f.map, found);
}

}  // namespace bitgoeul::maps::detail
