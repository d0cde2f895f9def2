#include "maps/road_network/network_limits.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "maps/xml.h"

namespace bitgoeul::maps {
namespace {

constexpr double kMostExtentM = 2.0e6;
constexpr int kMostStreetsOfPoint = 1'000;
constexpr std::size_t kMostPointsOfStreet = 20'000;
// Of streets within a square of a kilometre; a dense city has 40 km.
constexpr double kSquareM = 1'000, kMostInSquareM = 300'000;

sim::Result<void> check_extent(const RoadNetwork& network) {
  if (network.streets.empty() || network.streets[0].line.empty()) return {};
  sim::Vec2 low = network.streets[0].line[0], high = low;
  for (const Street& street : network.streets)
    for (const sim::Vec2& p : street.line) {
      low = low.cwiseMin(p), high = high.cwiseMax(p);
      if ((high - low).maxCoeff() <= kMostExtentM) continue;
      return sim::fail("the streets reach over more than " + std::to_string(static_cast<int>(kMostExtentM / 1e3)) +
                           " km, which one flat map cannot show",
                       network.source, street.source_line, readable("street `" + street.id + "`"),
                       "correct its coordinates, or cut the network into several maps");
    }
  return {};
}

sim::Result<void> check_lines(const RoadNetwork& network) {
  std::unordered_map<std::int64_t, double> squares;
  for (const Street& street : network.streets) {
    const auto fail = [&](const std::string& what, const char* remedy) {
      return sim::fail(what, network.source, street.source_line, readable("street `" + street.id + "`"), remedy);
    };
    if (street.line.size() > kMostPointsOfStreet)
      return fail("has more than " + std::to_string(kMostPointsOfStreet) + " points", "cut it into several streets");
    for (std::size_t i = 1; i < street.line.size(); ++i) {
      const sim::Vec2 way = street.line[i] - street.line[i - 1];
      const double pieces = std::ceil(way.norm() / (0.5 * kSquareM));
      for (double k = 0; k < pieces; ++k) {
        const sim::Vec2 middle = street.line[i - 1] + way * ((k + 0.5) / pieces);
        const auto square = [](double v) { return static_cast<std::int64_t>(std::floor(v / kSquareM)); };
        double& length = squares[square(middle.x()) * 1'000'000 + square(middle.y())];
        length += way.norm() / pieces;
        if (length > kMostInSquareM)
          return fail("the streets of one square kilometre are longer than 300 km together",
                      "remove streets that stand in the file many times");
      }
    }
  }
  return {};
}

// Where a street may join others: by the vertex's id, at its ends, or by any place of its line itself.
struct Meeting {
  std::int64_t vertex = 0;
  double x = 0, y = 0;
  const Street* street = nullptr;
};

std::vector<Meeting> meetings_of(const RoadNetwork& network) {
  std::size_t count = 0;
  for (const Street& street : network.streets) count += street.vertices.empty() ? street.line.size() : 2;
  std::vector<Meeting> meetings;
  meetings.reserve(count);
  for (const Street& street : network.streets) {
    if (street.line.empty()) continue;
    if (street.vertices.empty()) {
      for (const sim::Vec2& p : street.line) meetings.push_back({0, p.x(), p.y(), &street});
    } else {
      meetings.push_back({street.vertices.front(), 0, 0, &street});
      meetings.push_back({street.vertices.back(), 0, 0, &street});
    }
  }
  return meetings;
}

}  // namespace

sim::Result<void> check_network(const RoadNetwork& network) {
  if (auto extent = check_extent(network); !extent) return extent;
  if (auto lines = check_lines(network); !lines) return lines;
  std::vector<Meeting> meetings = meetings_of(network);
  const auto key = [](const Meeting& m) { return std::tuple(m.vertex, m.x, m.y); };
  std::sort(meetings.begin(), meetings.end(), [&](const Meeting& a, const Meeting& b) {
    return std::tuple(key(a), a.street) < std::tuple(key(b), b.street);  // streets lie in one array
  });
  int same = 0;
  for (std::size_t i = 0; i < meetings.size(); ++i) {
    same = i > 0 && key(meetings[i]) == key(meetings[i - 1]) ? same + 1 : 1;
    if (same > kMostStreetsOfPoint)
      return sim::fail("more than " + std::to_string(kMostStreetsOfPoint) + " streets meet in one point",
                       network.source, meetings[i].street->source_line,
                       readable("street `" + meetings[i].street->id + "`"),
                       "remove streets that stand in the file many times");
  }
  return {};
}

}  // namespace bitgoeul::maps
