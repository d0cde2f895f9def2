// freeze, stage 4: lanes side by side, their markings as seen in driving direction, and where a lane change is allowed.
#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {
namespace {

// Whether the marking may be crossed from its inner (towards the reference line) or outer side. "solid broken" names
// the line nearest to the reference line first (OpenDRIVE 1.8, 11.9).
bool crossable(MarkType mark, bool from_inside) {
  switch (mark) {
    case MarkType::kNone:
    case MarkType::kBroken:
    case MarkType::kBrokenBroken:
    case MarkType::kBottsDots:
      return true;
    case MarkType::kSolidBroken:
      return !from_inside;
    case MarkType::kBrokenSolid:
      return from_inside;
    default:
      return false;
  }
}

bool may_cross_own_mark(const LaneDraft& lane, bool outwards) {
  const bool said = outwards ? lane.mark_change_out : lane.mark_change_in;
  return lane.mark_change_given ? said : said && crossable(lane.mark, outwards);
}

struct Side {
  Row lane = kNone;  // the lane next to it, kNone at the road's edge
  MarkType mark = MarkType::kNone;
  MarkColor color = MarkColor::kStandard;
  bool change = false;
};

Side outer_side(const Freezer& f, Row row, Row outer) {
  const LaneDraft& draft = *f.lanes[row].lane;
  return {outer, draft.mark, draft.mark_color, may_cross_own_mark(draft, true)};
}

Side inner_side(const Freezer& f, Row row, Row inner) {
  if (inner != kNone && (f.map.lanes[inner].odr_id > 0) == (f.map.lanes[row].odr_id > 0)) {
    const LaneDraft& draft = *f.lanes[inner].lane;
    return {inner, draft.mark, draft.mark_color, may_cross_own_mark(draft, false)};
  }
  const SectionDraft& section = *f.lanes[row].section;
  // At the centre line, left of it counts as inside of a right lane's view: its first line is the left one.
  const bool change = section.center_change || crossable(section.center_mark, f.map.lanes[row].odr_id > 0);
  return {inner, section.center_mark, section.center_color, change};
}

bool same_way(const Freezer& f, Row a, Row b) {
  return b != kNone && drivable(f.map.lanes[b].type) && f.map.lanes[a].direction == f.map.lanes[b].direction;
}

void set_neighbours(Freezer& f, Row row) {
  Lane& lane = f.map.lanes[row];
  const Range lanes = f.map.sections[lane.section].lanes;
  const Row more = row > lanes.begin ? row - 1 : kNone, less = row + 1 < lanes.end ? row + 1 : kNone;
  const bool is_left = lane.odr_id > 0;
  const Side outer = outer_side(f, row, is_left ? more : less), inner = inner_side(f, row, is_left ? less : more);
  // A right lane that drives along s has the reference line on its left; so has a left lane that drives against s.
  const bool inner_left = is_left != drives_with_s(lane);
  const Side &left = inner_left ? inner : outer, &right = inner_left ? outer : inner;
  lane.left_mark = left.mark;
  lane.left_color = left.color;
  lane.right_mark = right.mark;
  lane.right_color = right.color;
  lane.change_left = lane.change_right = 0;
  if (!drivable(lane.type)) return;
  const bool inside = f.map.roads[lane.road].junction != kNone;
  if (same_way(f, row, left.lane)) lane.left = left.lane, lane.change_left = left.change && !inside;
  if (same_way(f, row, right.lane)) lane.right = right.lane, lane.change_right = right.change && !inside;
  const Row across = f.map.roads[lane.road].left_hand_traffic != 0 ? right.lane : left.lane;
  if (across != kNone && drivable(f.map.lanes[across].type) && f.map.lanes[across].direction != lane.direction)
    lane.opposite = across;
}

// Lane -1 of that road, when it names this lane's road on its other side.
Row named_neighbour(const Freezer& f, Row row, bool left) {
  const LaneDraft& draft = *f.lanes[row].lane;
  const std::string& name = left ? draft.left_road : draft.right_road;
  const Row road = name.empty() ? kNone : f.road_of(name);
  if (road == kNone || f.map.roads[road].sections.empty()) return kNone;
  const Row other = f.lane_of(f.map.roads[road].sections.begin, -1);
  if (other == kNone || other == row || !same_way(f, row, other)) return kNone;
  const LaneDraft& back = *f.lanes[other].lane;
  return (left ? back.right_road : back.left_road) == f.lanes[row].road->id ? other : kNone;
}

void set_named_neighbours(Freezer& f, Row row) {
  Lane& lane = f.map.lanes[row];
  if (!drivable(lane.type)) return;
  const LaneDraft& draft = *f.lanes[row].lane;
  const bool inside = f.map.roads[lane.road].junction != kNone;
  if (const Row left = named_neighbour(f, row, true); lane.left == kNone && left != kNone)
    lane.left = left, lane.change_left = draft.change_left && !inside;
  if (const Row right = named_neighbour(f, row, false); lane.right == kNone && right != kNone)
    lane.right = right, lane.change_right = draft.change_right && !inside;
}

}  // namespace

void freeze_neighbours(Freezer& f) {
  for (Row lane = 0; lane < static_cast<Row>(f.map.lanes.size()); ++lane) {
    set_neighbours(f, lane);
    set_named_neighbours(f, lane);
  }
}

}  // namespace bitgoeul::maps::detail
