// Walking along lanes of any type, with or against their driving direction: over links, along a route, else by the
// straightest way on. Read by positions, actors and measures of distance along the road. Metres along the lane's centre
// line unless it says otherwise; t left of the centre line, seen in the lane's driving direction.
// Thread rule: pure reads of the const Map.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "maps/map.h"

namespace bitgoeul::scenarios::story {

using maps::Row;

struct LaneSpot {
  Row lane = maps::kNone;
  double s = 0, t = 0;
  std::int8_t dir = 1;  // +1: looks along the driving direction, -1: against it
};

// Where one comes to who leaves the lane at the end that `dir` looks to; nothing: the road ends there. Lanes that
// `route` names go before others, then lanes beside those, then the one whose far end turns least.
std::optional<LaneSpot> lane_after(const maps::Map& map, const LaneSpot& at, std::span<const Row> route = {});

// Moves `metres` the way `dir` looks (negative: backwards), measured at t: on the inside of a bend s grows faster.
// Gives the metres that were left when the road ended, 0 when it did not.
double walk(const maps::Map& map, LaneSpot& at, double metres, std::span<const Row> route = {});

// The same in metres of road s, as the reference line counts them (`dir` looks forward too).
double walk_road_s(const maps::Map& map, LaneSpot& at, double metres, std::span<const Row> route = {});

// The lane of the same lane section `steps` lanes to the left of growing s (lane 0 is not counted); kNone: none.
Row lane_beside(const maps::Map& map, Row lane, std::int32_t steps);
// The lane of that road id in the section of `lane`; kNone: none.
Row lane_in_section(const maps::Map& map, Row lane, std::int32_t odr_id);
// The same cross-section seen from another lane of the section.
LaneSpot seen_from(const maps::Map& map, const LaneSpot& at, Row lane);

// How far along the road the way from `from` in its direction leads to the cross-section of `to` (negative: it lies
// behind), looking no farther than `limit_m` either way; nothing: not met.
std::optional<double> way_to(const maps::Map& map, const LaneSpot& from, const LaneSpot& to, double limit_m,
                             std::span<const Row> route = {});

}  // namespace bitgoeul::scenarios::story
