#include "maps/road_network/network_limits.h"

#include <algorithm>
#include <tuple>

namespace bitgoeul::maps {
namespace {

constexpr double kMostExtentM = 2.0e6;
constexpr int kMostStreetsOfPoint = 1'000;

sim::Result<void> check_extent(const RoadNetwork& network) {
  if (network.streets.empty() || network.streets[0].line.empty()) return {};
  sim::Vec2 low = network.streets[0].line[0], high = low;
  for (const Street& street : network.streets)
    for (const sim::Vec2& p : street.line) {
      low = low.cwiseMin(p), high = high.cwiseMax(p);
      if ((high - low).maxCoeff() <= kMostExtentM) continue;
      return sim::fail("the streets reach over more than " + std::to_string(static_cast<int>(kMostExtentM / 1e3)) +
                           " km, which one flat map cannot show",
                       network.source, street.source_line, "street `" + street.id + "`",
                       "correct its coordinates, or cut the network into several maps");
    }
  return {};
}

// An end of a street where it may join others: by the vertex's id, or by the place itself.
struct End {
  std::int64_t vertex = 0;
  double x = 0, y = 0;
  const Street* street = nullptr;
};

}  // namespace

sim::Result<void> check_network(const RoadNetwork& network) {
  if (auto extent = check_extent(network); !extent) return extent;
  std::vector<End> ends;
  ends.reserve(2 * network.streets.size());
  for (const Street& street : network.streets) {
    if (street.line.empty()) continue;
    const bool ids = !street.vertices.empty();
    for (const bool last : {false, true}) {
      const sim::Vec2& p = last ? street.line.back() : street.line.front();
      ends.push_back({ids ? (last ? street.vertices.back() : street.vertices.front()) : 0, ids ? 0.0 : p.x(),
                      ids ? 0.0 : p.y(), &street});
    }
  }
  const auto key = [](const End& e) { return std::tuple(e.vertex, e.x, e.y); };
  std::sort(ends.begin(), ends.end(), [&](const End& a, const End& b) {
    return std::tuple(key(a), a.street) < std::tuple(key(b), b.street);  // streets lie in one array
  });
  int same = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    same = i > 0 && key(ends[i]) == key(ends[i - 1]) ? same + 1 : 1;
    if (same > kMostStreetsOfPoint)
      return sim::fail("more than " + std::to_string(kMostStreetsOfPoint) + " streets meet in one point",
                       network.source, ends[i].street->source_line, "street `" + ends[i].street->id + "`",
                       "remove streets that stand in the file many times");
  }
  return {};
}

}  // namespace bitgoeul::maps
