// Event: something worth a line in events.jsonl. Made by the observe and commit stages in id order; never read back by
// the step.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/id.h"

namespace bitgoeul::sim {

enum class EventKind : std::uint16_t {
  kSpawn = 1,
  kRemove = 2,
  kCollisionBegin = 3,
  kCollisionEnd = 4,
  kLaneChange = 5,
  kRouteCompleted = 6,
  kRedLight = 7,
  kStandstill = 8,  // one that stands still for more than 300 s
  kOffRoad = 9,
};

struct Event {
  std::int64_t step = 0;
  EventKind kind = EventKind::kSpawn;
  Id entity;
  Id other;            // null when there is none
  double x = 0.0;      // m
  double y = 0.0;      // m
  double value = 0.0;  // by kind: impact speed m/s, standstill s, lane row ...
};

std::string_view to_string(EventKind kind);

}  // namespace bitgoeul::sim
