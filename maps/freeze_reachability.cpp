// freeze, stage 10: which lanes can be reached from everywhere and lead back: the largest strongly connected part of
// the driving graph with its lane changes (Tarjan, "Depth-first search and linear graph algorithms", 1972, without
// recursion).
#include <algorithm>

#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kMinShare = 0.2;  // of the drivable length; less means an open road, where the question has no sense

struct Components {
  std::vector<Row> of;  // per lane
  Row count = 0;
};

std::vector<Row> ways_out(const Map& map, Row lane) {
  std::vector<Row> out;
  for (const Row next : map.successors(lane))
    if (map.lanes[next].taper == 0) out.push_back(next);
  const Lane& l = map.lanes[lane];
  if (l.change_left != 0 && l.left != kNone) out.push_back(l.left);
  if (l.change_right != 0 && l.right != kNone) out.push_back(l.right);
  return out;
}

class Tarjan {
 public:
  explicit Tarjan(const Map& map)
      : map_(map), index_(map.lanes.size(), kNone), low_(map.lanes.size(), 0), on_stack_(map.lanes.size(), 0) {
    found_.of.assign(map.lanes.size(), kNone);
    for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
      if (drivable(map.lanes[lane].type) && index_[lane] == kNone) search(lane);
  }
  const Components& components() const { return found_; }

 private:
  struct Frame {
    Row lane;
    std::vector<Row> out;
    std::size_t next = 0;
  };
  void enter(Row lane) {
    index_[lane] = low_[lane] = counter_++;
    stack_.push_back(lane);
    on_stack_[lane] = 1;
    frames_.push_back({lane, ways_out(map_, lane), 0});
  }
  void search(Row root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.next < frame.out.size()) {
        const Row to = frame.out[frame.next++];
        if (index_[to] == kNone)
          enter(to);
        else if (on_stack_[to] != 0)
          low_[frame.lane] = std::min(low_[frame.lane], index_[to]);
        continue;
      }
      leave();
    }
  }
  void leave() {
    const Row lane = frames_.back().lane;
    frames_.pop_back();
    if (!frames_.empty()) low_[frames_.back().lane] = std::min(low_[frames_.back().lane], low_[lane]);
    if (low_[lane] != index_[lane]) return;
    for (Row member = kNone; member != lane;) {
      member = stack_.back();
      stack_.pop_back();
      on_stack_[member] = 0;
      found_.of[member] = found_.count;
    }
    ++found_.count;
  }

  const Map& map_;
  std::vector<Row> index_, low_, stack_;
  std::vector<std::uint8_t> on_stack_;
  std::vector<Frame> frames_;
  Row counter_ = 0;
  Components found_;
};

}  // namespace

void freeze_reachability(Freezer& f) {
  Map& map = f.map;
  const Components parts = Tarjan(map).components();
  std::vector<double> length(static_cast<std::size_t>(parts.count), 0.0);
  std::vector<std::uint8_t> ring(static_cast<std::size_t>(parts.count),
                                 0);  // a part without an inner link is no round trip
  double total = 0.0;
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    const Row part = parts.of[lane];
    if (part == kNone) continue;
    total += map.lanes[lane].length;
    length[part] += map.lanes[lane].length;
    for (const Row next : map.successors(lane))
      if (parts.of[next] == part) ring[part] = 1;
  }
  std::vector<std::uint8_t> good(static_cast<std::size_t>(parts.count), 0);
  bool open = true;
  for (Row part = 0; part < parts.count; ++part)
    if (ring[part] != 0 && length[part] >= kMinShare * total) good[part] = 1, open = false;
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    map.lanes[lane].reachable = parts.of[lane] != kNone && (open || good[parts.of[lane]] != 0) ? 1 : 0;
}

}  // namespace bitgoeul::maps::detail
