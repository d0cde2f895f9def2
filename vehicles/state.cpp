#include "vehicles/state.h"

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

std::string_view to_string(Wait wait) {
  static constexpr std::string_view kNames[] = {"free",      "leader", "signal",      "conflict", "priority",
                                                "exit full", "queue",  "lane change", "way end"};
  return kNames[static_cast<int>(wait)];
}

}  // namespace bitgoeul::vehicles
