// Who goes first where two lanes meet. Made and read by freeze_conflicts.cpp; needs junctions, turns and signal groups
// in place. Antisymmetric: first(a, b) = -first(b, a). Order of the rules: file's priorities, signals, road class,
// turns, right before left. Thread rule: pure reads.
#pragma once

#include <vector>

#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {

class Priorities {
 public:
  explicit Priorities(const Freezer& f);
  // +1: a goes first, -1: b goes first, 0: who comes first.
  int first(Row a, Row b) const;

 private:
  int by_file(Row a, Row b) const;
  int by_crossing(Row a, Row b) const;
  int by_turn(Row a, Row b) const;
  const Freezer& f_;
  std::vector<PriorityDraft> crossings_;  // of junctions of type crossing
  std::vector<Row>
      source_;  // per lane: the lane before the junction from which it is entered, itself outside junctions
};

}  // namespace bitgoeul::maps::detail
