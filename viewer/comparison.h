// Comparison: how far two runs on one clock are apart over time, from the histories of their named vehicles, and where
// the logs first differ. Rows of equal name belong together. Main thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "viewer/source.h"

namespace bitgoeul::viewer {

struct DifferencePoint {
  std::int64_t time_ns = 0;
  float mean_m = 0, most_m = 0;  // over the vehicles that both have then
  sim::Row worst = sim::kNone;
};
// At the times that both know (to a millisecond).
std::vector<DifferencePoint> differences(const Source& a, const Tracks& of_a, const Source& b, const Tracks& of_b);

struct Divergence {
  std::int64_t time_ns = 0, step = 0;
  std::string what;  // entity, column and the two values, as far as they are known
};
struct Comparison {
  std::optional<Divergence> first;  // none: equal as far as both go, or live
  std::vector<DifferencePoint> points;
  std::size_t samples = 0;  // of both histories when the points were made

  void refresh(Source& a, Source& b);  // cheap when nothing has come
};

}  // namespace bitgoeul::viewer
