// Where turn arrows are painted on a lane: 10 and 40 m before the stop line (or the end) of the lane that leads into a
// junction, also where that lies in the section before. Derived from the Map; read by the pictures and the viewer.
#pragma once

#include <optional>

#include "maps/map.h"

namespace bitgoeul::maps {

struct PaintedArrow {
  double s = 0;        // of the lane, where the arrow begins
  unsigned turns = 0;  // bits by Turn of the movements that lead on
};
inline constexpr double kArrowsBeforeM[] = {10.0, 40.0};

// The arrow on that lane, that far before the stop line; nothing where it lies on another lane or there is no room.
std::optional<PaintedArrow> turn_arrow(const Map& map, Row lane, double before_m);

}  // namespace bitgoeul::maps
