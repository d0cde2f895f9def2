#include "vehicles/lane_lists.h"

#include <algorithm>

#include "sim/check.h"

namespace bitgoeul::vehicles {

void LaneLists::reset(std::size_t capacity, std::size_t lanes) {
  ahead.assign(2 * capacity, kOut);
  behind.assign(2 * capacity, kOut);
  first.assign(lanes, kNone);
  last.assign(lanes, kNone);
  marks = sim::Marks(2 * capacity);
}

void LaneLists::clear_ends() {
  std::fill(first.begin(), first.end(), kNone);
  std::fill(last.begin(), last.end(), kNone);
}

void LaneLists::mark(Row rear, Row node, Row front) {
  for (const Row changed : {rear, node, front})
    if (changed != kNone) marks.row(static_cast<std::size_t>(changed));
}

void LaneLists::insert_after(Row lane, Row node, Row rear) {
  CHECK(!listed(node), "a node stands in one lane only");
  const Row front = rear == kNone ? first[lane] : ahead[rear];
  mark(rear, node, front);
  behind[node] = rear;
  ahead[node] = front;
  (rear == kNone ? first[lane] : ahead[rear]) = node;
  (front == kNone ? last[lane] : behind[front]) = node;
}

void LaneLists::remove(Row lane, Row node) {
  CHECK(listed(node), "only a listed node can leave its lane");
  const Row front = ahead[node], rear = behind[node];
  mark(rear, node, front);
  (rear == kNone ? first[lane] : ahead[rear]) = front;
  (front == kNone ? last[lane] : behind[front]) = rear;
  ahead[node] = behind[node] = kOut;
}

}  // namespace bitgoeul::vehicles
