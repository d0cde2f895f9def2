#include "viewer/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace bitgoeul::viewer {

namespace {

struct Sum {
  double sum = 0, most = -1;
  int count = 0;
  sim::Row worst = sim::kNone;
};

void add_pair(const std::vector<Sample>& a, const std::vector<Sample>& b, sim::Row row,
              std::map<std::int64_t, Sum>& sums) {
  constexpr std::int64_t kSame = 1'000'000;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::int64_t apart = a[i].time_ns - b[j].time_ns;
    if (apart > kSame)
      ++j;
    else if (apart < -kSame)
      ++i;
    else {
      const double d = std::hypot(static_cast<double>(a[i].x) - static_cast<double>(b[j].x),
                                  static_cast<double>(a[i].y) - static_cast<double>(b[j].y));
      Sum& sum = sums[a[i].time_ns];
      sum.sum += d, ++sum.count;
      if (d > sum.most) sum.most = d, sum.worst = row;
      ++i, ++j;
    }
  }
}

}  // namespace

std::vector<DifferencePoint> differences(const Source& a, const Tracks& of_a, const Source& b, const Tracks& of_b) {
  std::map<std::int64_t, Sum> sums;
  for (const auto& [row, samples] : of_a) {
    const auto other = of_b.find(row);
    if (other != of_b.end() && a.name(row).name == b.name(row).name) add_pair(samples, other->second, row, sums);
  }
  std::vector<DifferencePoint> points;
  for (const auto& [time_ns, sum] : sums)
    points.push_back({time_ns, static_cast<float>(sum.sum / sum.count), static_cast<float>(sum.most), sum.worst});
  return points;
}

void Comparison::refresh(Source& a, Source& b) {
  const std::size_t now = a.history().size() + b.history().size();
  // While logs are still being read, not for every frame of theirs.
  if (now == samples || (now < samples + samples / 8 && a.known_ns() < a.end_ns())) return;
  samples = now;
  points = differences(a, a.history().all(), b, b.history().all());
}

}  // namespace bitgoeul::viewer
