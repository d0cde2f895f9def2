// RoadRules: what a driver has to know of each lane, packed so that one look costs one cache line: length, limit now,
// where to wait, whether the right of way must be asked for. Derived from the Map and the clock at load and whenever
// the minute of the day changes. Thread rule: update() serially, reads anywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::vehicles {

using maps::kNone;
using maps::Row;

struct alignas(64) LaneRule {
  double length = 0;
  double stop_s = 0;        // where to wait at the end of this lane
  double hold_s = 0;        // > 0: a lane outside junctions whose conflict lies inside: where to wait for it
  float limit_mps = 0;      // now
  float entry_cap_mps = 0;  // comfortable speed at the lane's start
  Row junction = kNone;
  Row signal_group = kNone;
  Row escape = kNone;  // a lane that just ends: the neighbour to change to (it goes on, or has its own escape)
  std::int32_t sibling_begin = 0, sibling_end = 0;  // rows of RoadRules::siblings
  maps::TurnWhen turn_when = maps::TurnWhen::kLight;
  std::uint8_t controlled =
      0;  // crosses or merges with another lane, or has a signal: drive on it only with the right of way
  std::uint8_t closed = 0;         // bus lane, or one at this time of day: background traffic stays out
  std::uint8_t goes_on = 0;        // leads into another lane; else whoever reaches its end leaves the map
  std::uint8_t plain = 0;          // wide and not bent, and nothing crosses it, joins it or branches off
  std::uint8_t crossed_count = 0;  // crosswalks over it, where people walk ...
  std::int32_t crossed_begin = 0;  // ... rows of Crossings::crossed
};

// A lane that leaves from the same place: its traffic is in the way until its rear has passed `other_end`.
struct Sibling {
  Row lane = kNone;
  double other_end = 0;
};

struct RoadRules {
  std::vector<LaneRule> lanes;
  std::vector<Sibling> siblings;
  std::vector<Row> timed;    // lanes whose rules depend on the time
  std::int64_t minute = -1;  // of the week, for which the limits hold

  explicit RoadRules(const maps::Map& map);
  // time_of_day_s may run over midnight. Cheap unless the minute has changed.
  void update(const maps::Map& map, int weekday, double time_of_day_s);
};

}  // namespace bitgoeul::vehicles
