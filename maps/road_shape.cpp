#include "maps/road_shape.h"

#include <algorithm>

namespace bitgoeul::maps {
namespace {

using Pieces = std::span<const ShapePiece>;

// The pieces of one s: those that share the s of the one at `first`.
Pieces group_at(Pieces pieces, std::size_t first) {
  std::size_t end = first;
  while (end < pieces.size() && pieces[end].s == pieces[first].s) ++end;
  return pieces.subspan(first, end - first);
}

double across(Pieces group, double t) {
  const auto after =
      std::upper_bound(group.begin(), group.end(), t, [](double at, const ShapePiece& p) { return at < p.t; });
  const ShapePiece& p = after == group.begin() ? group.front() : *(after - 1);
  const double dt = after == group.begin() ? 0.0 : t - p.t;
  return p.a + dt * (p.b + dt * (p.c + dt * p.d));
}

}  // namespace

double shape_height(Pieces pieces, double s, double t) {
  if (pieces.empty()) return 0.0;
  const auto after =
      std::upper_bound(pieces.begin(), pieces.end(), s, [](double at, const ShapePiece& p) { return at < p.s; });
  if (after == pieces.begin()) return across(group_at(pieces, 0), t);
  std::size_t last = static_cast<std::size_t>(after - pieces.begin()) - 1, first = last;
  while (first > 0 && pieces[first - 1].s == pieces[last].s) --first;
  const double here = across(group_at(pieces, first), t);
  if (after == pieces.end()) return here;
  const double f = (s - pieces[first].s) / (after->s - pieces[first].s);
  return here + f * (across(group_at(pieces, last + 1), t) - here);
}

}  // namespace bitgoeul::maps
