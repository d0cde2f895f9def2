#include "maps/detail/road_finder.h"

#include <algorithm>
#include <cmath>

#include "maps/reference_line.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kStepM = 2.0, kCellM = 32.0;

std::int64_t cell_of(double v) { return static_cast<std::int64_t>(std::floor(v / kCellM)); }

}  // namespace

RoadFinder::RoadFinder(const std::vector<RoadDraft>& roads) : roads_(roads) {
  for (std::size_t road = 0; road < roads.size(); ++road) {
    const std::size_t first = samples_.size();
    const int steps = std::max(1, static_cast<int>(std::min(std::ceil(roads[road].length / kStepM), 1e6)));
    for (int i = 0; i <= steps; ++i) {
      const double s = roads[road].length * i / steps;
      const CurvePoint p = evaluate(std::span<const Geometry>(roads[road].plan_view), s);
      cells_[{cell_of(p.x), cell_of(p.y)}].push_back(samples_.size());
      samples_.push_back({p.x, p.y, s, road});
    }
    by_id_.try_emplace(roads[road].id, first, samples_.size());
  }
}

// The foot of p near the sample, by halving the step.
RoadPlace RoadFinder::refine(const Sample& sample, const sim::Vec3& p) const {
  const RoadDraft& road = roads_[sample.road];
  const std::span<const Geometry> line(road.plan_view);
  const auto distance = [&](double s) {
    const CurvePoint q = evaluate(line, s);
    return sim::hypot(q.x - p.x(), q.y - p.y());
  };
  double s = sample.s, best = distance(s);
  for (double step = kStepM; step > 1e-4; step *= 0.5)
    for (const double to : {s - step, s + step}) {
      const double at = std::clamp(to, 0.0, road.length), d = distance(at);
      if (d < best) best = d, s = at;
    }
  const CurvePoint q = evaluate(line, s);
  double sine, cosine;
  sim::sincos(q.heading, sine, cosine);
  RoadPlace place{sample.road, s, 0, 0, q.heading};
  place.t = -sine * (p.x() - q.x) + cosine * (p.y() - q.y);
  place.z_offset = p.z() - evaluate(std::span<const Poly3>(road.elevation), s);
  return place;
}

std::optional<RoadPlace> RoadFinder::find(const sim::Vec3& p, const std::vector<std::string>& preferred,
                                          double reach_m) const {
  const Sample* best = nullptr;
  double best_distance = reach_m;
  const auto look = [&](const Sample& sample) {
    const double d = sim::hypot(sample.x - p.x(), sample.y - p.y());
    if (d < best_distance) best_distance = d, best = &sample;
  };
  for (const std::string& id : preferred)
    if (const auto at = by_id_.find(id); at != by_id_.end())
      for (std::size_t i = at->second.first; i < at->second.second; ++i) look(samples_[i]);
  if (best == nullptr)
    for (std::int64_t cy = cell_of(p.y() - reach_m); cy <= cell_of(p.y() + reach_m); ++cy)
      for (std::int64_t cx = cell_of(p.x() - reach_m); cx <= cell_of(p.x() + reach_m); ++cx)
        if (const auto at = cells_.find({cx, cy}); at != cells_.end())
          for (const std::size_t i : at->second) look(samples_[i]);
  if (best == nullptr) return std::nullopt;
  return refine(*best, p);
}

}  // namespace bitgoeul::maps::detail
