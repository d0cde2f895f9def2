#include "vehicles/state.h"

#include <algorithm>

namespace bitgoeul::vehicles {

void State::enlist(Row lane, Row node) {
  const double s = node_s(node);
  Row rear = kNone;
  for (Row next = lists.first[lane]; next != kNone; next = lists.ahead[next]) {
    const double next_s = node_s(next);
    if (next_s > s || (next_s == s && next > node)) break;
    rear = next;
  }
  lists.insert_after(lane, node, rear);
}

bool Vehicles::moves(std::string_view column) {
  static constexpr std::string_view kNames[] = {
      "s", "t", "hint", "cap_mps", "distance_m", "side_s", "standstill_step", "change_progress"};
  return std::find(std::begin(kNames), std::end(kNames), column) != std::end(kNames);
}

bool Vehicles::thinks(std::string_view column) {
  static constexpr std::string_view kNames[] = {"held", "command_acceleration_mps2", "request_step", "wait",
                                                "change_wait_step"};
  return std::find(std::begin(kNames), std::end(kNames), column) != std::end(kNames);
}

std::string_view to_string(Wait wait) {
  static constexpr std::string_view kNames[] = {"free",     "leader",     "signal",  "conflict",
                                                "priority", "exit full",  "queue",   "lane change",
                                                "way end",  "pedestrian", "bus stop"};
  return kNames[static_cast<int>(wait)];
}

}  // namespace bitgoeul::vehicles
