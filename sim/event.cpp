#include "sim/event.h"

#include <iterator>

namespace bitgoeul::sim {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::kSpawn:
      return "spawn";
    case EventKind::kRemove:
      return "remove";
    case EventKind::kCollisionBegin:
      return "collision_begin";
    case EventKind::kCollisionEnd:
      return "collision_end";
    case EventKind::kLaneChange:
      return "lane_change";
    case EventKind::kRouteCompleted:
      return "route_completed";
    case EventKind::kRedLight:
      return "red_light";
    case EventKind::kStandstill:
      return "standstill";
    case EventKind::kOffRoad:
      return "off_road";
    case EventKind::kHandOver:
      return "hand_over";
    case EventKind::kHandBack:
      return "hand_back";
  }
  return "unknown";
}

std::string_view to_string(ContactSide side) {
  static constexpr std::string_view kNames[] = {"none", "front", "left", "rear", "right"};
  const auto at = static_cast<std::size_t>(side);
  return at < std::size(kNames) ? kNames[at] : "unknown";
}

}  // namespace bitgoeul::sim
