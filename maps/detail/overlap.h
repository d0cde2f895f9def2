// Overlap of the areas that a vehicle sweeps along two lanes: corridors about the sampled centre lines, cut in short
// quads. Made and read by freeze_conflicts.cpp. Ranges are whole quads, so they are never too short. Thread rule: pure.
#pragma once

#include <optional>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps::detail {

inline constexpr double kBodyHalfWidthM = 1.3;
inline constexpr double kBodyMarginM = 0.1;
inline constexpr double kCarHalfWidthM = 1.05;  // least, in lanes too narrow for the body above
inline constexpr double kSweepM = 0.8;          // most that the corners add in a bend
inline constexpr double kQuadLengthM = 0.5;
inline constexpr double kClearHeightM = 3.5;  // lanes this far above each other pass freely

struct Corridor {
  struct Bar {
    double s = 0, z = 0;
    double left_x = 0, left_y = 0, right_x = 0, right_y = 0;
  };
  std::vector<Bar> bars;       // quad i lies between bars i and i + 1
  std::vector<GeoBox> chunks;  // boxes of kChunk quads each
  GeoBox box;
  static constexpr std::size_t kChunk = 8;
};

struct Overlap {
  double a_begin = 0, a_end = 0, b_begin = 0, b_end = 0;
};

Corridor make_corridor(const Map& map, Row lane);
// The hull of all quads that overlap and are not above each other; nothing when there are none.
std::optional<Overlap> overlap(const Corridor& a, const Corridor& b);
inline bool touch(const GeoBox& a, const GeoBox& b) {
  return a.min_x <= b.max_x && b.min_x <= a.max_x && a.min_y <= b.max_y && b.min_y <= a.max_y;
}

}  // namespace bitgoeul::maps::detail
