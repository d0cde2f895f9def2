// LaneLists: who drives on a lane, in order. Doubly linked lists of nodes, so that the leader is one look away and a
// step touches only those that change lane. Node n < capacity is vehicle n on its own lane; node n + capacity is its
// second place (the lane it is leaving, or the one it asks to be let into). The links are state (two vehicles at the
// same s keep their order over save and restore); the ends per lane are derived from them. Thread rule: insert and
// remove only in serial stages; reads anywhere.
#pragma once

#include <string_view>
#include <vector>

#include "sim/id.h"
#include "sim/table.h"

namespace bitgoeul::vehicles {

using sim::kNone;
using sim::Row;

inline constexpr Row kOut = -2;  // a link of a node that stands in no list

struct LaneLists {
  std::vector<Row> ahead, behind;  // per node
  std::vector<Row> first, last;    // per lane: the rearmost and the foremost node
  sim::Marks marks{0};             // nodes whose links have changed

  template <class F>
  void columns(F&& f) {
    f("ahead", ahead);
    f("behind", behind);
  }

  void reset(std::size_t capacity, std::size_t lanes);
  bool listed(Row node) const { return ahead[static_cast<std::size_t>(node)] != kOut; }
  // Puts the node before (ahead of) `rear`, or at the rear end when that is kNone.
  void insert_after(Row lane, Row node, Row rear);
  void remove(Row lane, Row node);
  void clear_ends();

 private:
  void mark(Row rear, Row node, Row front);
};

}  // namespace bitgoeul::vehicles
