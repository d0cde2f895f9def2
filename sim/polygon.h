// Where a point lies by a polygon in the plane. Thread rule: pure.
#pragma once

#include <cstddef>

namespace bitgoeul::sim {

// By how often a ray to the right crosses the edges. corner(i) is an array of x and y; the last corner joins the first.
// A point on an edge may count either way.
template <class Corner>
bool inside_polygon(std::size_t corners, Corner&& corner, double x, double y) {
  bool in = false;
  for (std::size_t i = 0, j = corners - 1; i < corners; j = i++) {
    const auto [ax, ay] = corner(i);
    const auto [bx, by] = corner(j);
    if ((ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) in = !in;
  }
  return in;
}

}  // namespace bitgoeul::sim
