// Event: something worth a line in events.jsonl. Made by the observe and commit stages in id order; never read back by
// the step.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/id.h"

namespace bitgoeul::sim {

// Where a body was struck, seen from itself.
enum class ContactSide : std::uint8_t { kNone = 0, kFront = 1, kLeft = 2, kRear = 3, kRight = 4 };
std::string_view to_string(ContactSide side);

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
  kHandOver = 10,  // leaves what the log says of it; value: scenarios::HandOver
  kHandBack = 11,  // follows the log again
};

struct Event {
  std::int64_t step = 0;
  EventKind kind = EventKind::kSpawn;
  Id entity;
  Id other;            // null when there is none
  double x = 0.0;      // m
  double y = 0.0;      // m
  double value = 0.0;  // by kind: impact speed m/s, standstill s, lane row ...
  // Collisions only: change of velocity in the first step of the contact, and where each was struck.
  double delta_v_mps = 0.0, other_delta_v_mps = 0.0;
  ContactSide side = ContactSide::kNone, other_side = ContactSide::kNone;
};

std::string_view to_string(EventKind kind);

}  // namespace bitgoeul::sim
