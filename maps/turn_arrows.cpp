#include "maps/turn_arrows.h"

#include <algorithm>

namespace bitgoeul::maps {

namespace {

constexpr double kFirstM = 2.0;   // of a lane stay free
constexpr double kNarrowM = 2.5;  // no arrow in a taper

unsigned turns_from(const Map& map, Row lane) {
  unsigned turns = 0;
  for (const Row next : map.successors(lane)) {
    const Lane& n = map.lanes[static_cast<std::size_t>(next)];
    if (n.junction != kNone && n.turn != Turn::kNone) turns |= 1u << static_cast<unsigned>(n.turn);
  }
  return turns;
}

double width_at(const Map& map, Row lane, double s) {
  const auto points = map.lane_points(lane);
  for (const LanePoint& p : points)
    if (p.s >= s) return p.width;
  return points.empty() ? 0 : points.back().width;
}

}  // namespace

std::optional<PaintedArrow> turn_arrow(const Map& map, Row row, double before_m) {
  const Lane& lane = map.lanes[static_cast<std::size_t>(row)];
  if (!drivable(lane.type) || lane.junction != kNone) return std::nullopt;
  if (const unsigned turns = turns_from(map, row); turns != 0) {
    const double s = std::clamp(lane.stop_s, 0.0, lane.length) - before_m;
    return s < kFirstM ? std::nullopt : std::optional(PaintedArrow{s, turns});
  }
  const auto next = map.successors(row);
  if (next.size() != 1) return std::nullopt;
  const Lane& last = map.lanes[static_cast<std::size_t>(next[0])];
  const unsigned turns = turns_from(map, next[0]);
  const double stop = std::clamp(last.stop_s, 0.0, last.length), s = lane.length + stop - before_m;
  if (turns == 0 || stop - before_m >= kFirstM || s < kFirstM || s > lane.length || last.road != lane.road)
    return std::nullopt;
  return width_at(map, row, s) < kNarrowM ? std::nullopt : std::optional(PaintedArrow{s, turns});
}

}  // namespace bitgoeul::maps
