#include "maps/lane_index.h"

#include <doctest/doctest.h>

#include <tuple>

#include <algorithm>
#include <cmath>

#include "tests/maps/rich_road.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using namespace bitgoeul::tests;

namespace {

std::shared_ptr<const Map> frozen(MapBuilder builder) {
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

struct Brute {
  Row lane = kNone;
  double area = 1e300, t = 0, distance = 1e300;
};

// Distances to one lane, over all its segments.
Brute brute_lane(const Map& map, Row lane, double x, double y) {
  Brute best{lane, 1e300, 0, 1e300};
  const auto points = map.lane_points(lane);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const double dx = points[i + 1].x - points[i].x, dy = points[i + 1].y - points[i].y, length = std::hypot(dx, dy);
    const double along = ((x - points[i].x) * dx + (y - points[i].y) * dy) / length;
    const double t = (dx * (y - points[i].y) - dy * (x - points[i].x)) / length;
    const double u = std::clamp(along / length, 0.0, 1.0), over = along - u * length;
    const double half = (points[i].width + u * (points[i + 1].width - points[i].width)) / 2;
    const double area = std::hypot(over, std::max(0.0, std::abs(t) - half));
    best.distance = std::min(best.distance, std::hypot(over, t));
    if (area < best.area - 1e-12 || (std::abs(area - best.area) <= 1e-12 && std::abs(t) < std::abs(best.t)))
      best.area = area, best.t = t;
  }
  return best;
}

double next(std::uint64_t& state) {  // Knuth's MMIX generator
  state = state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<double>(state >> 11) / 9007199254740992.0;
}

}  // namespace

TEST_CASE("nearest lane and lanes near a point agree with a search over everything") {
  MapBuilder both = crossing();
  for (const RoadDraft& road : rich_road().roads) both.roads.push_back(road);
  const auto map = frozen(both);
  std::uint64_t seed = 20260722;
  int hits = 0;
  for (int i = 0; i < 3000; ++i) {
    const double x = map->box.min_x - 30 + next(seed) * (map->box.max_x - map->box.min_x + 60);
    const double y = map->box.min_y - 30 + next(seed) * (map->box.max_y - map->box.min_y + 60);
    LaneQuery query;
    query.max_distance_m = 1.0 + 40.0 * next(seed);
    Brute best;
    std::vector<Row> near;
    for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane) {
      const Brute b = brute_lane(*map, lane, x, y);
      if (b.distance <= query.max_distance_m) near.push_back(lane);
      if (!drivable(map->lanes[lane].type)) continue;
      const bool closer = b.area < best.area - 1e-12 ||
                          (std::abs(b.area - best.area) <= 1e-12 && std::abs(b.t) < std::abs(best.t) - 1e-12);
      if (closer) best = b;
    }
    const auto found = nearest_lane(*map, x, y, query);
    INFO(x, " ", y, " ", query.max_distance_m);
    REQUIRE(found.has_value() == (best.area <= query.max_distance_m));
    if (found) {
      ++hits;
      const Brute same = brute_lane(*map, found->lane, x, y);
      CHECK(same.area == doctest::Approx(best.area));
      CHECK(std::abs(found->t) == doctest::Approx(std::abs(best.t)));
    }
    std::vector<LaneMatch> matches;
    lanes_near(*map, x, y, query.max_distance_m, matches);
    REQUIRE(matches.size() == near.size());
    for (std::size_t k = 0; k < near.size(); ++k) CHECK(matches[k].lane == near[k]);
  }
  CHECK(hits > 500);
}

namespace {

// What a preference for a direction and a height chooses by: metres off in height beyond 2, the wrong way, the distance
// to the lane's area; the least of a lane's segments that reach so near.
using Preference = std::tuple<double, bool, double>;

Preference preference_of(const Map& map, Row lane, double x, double y, const LaneQuery& query) {
  Preference best{1e300, true, 1e300};
  const auto points = map.lane_points(lane);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const LanePoint &a = points[i], &b = points[i + 1];
    const double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
    const double u = std::clamp(((x - a.x) * dx + (y - a.y) * dy) / square, 0.0, 1.0);
    const auto at = [u](double from, double to) { return from + u * (to - from); };
    const double over = std::sqrt(square) * (((x - a.x) * dx + (y - a.y) * dy) / square - u);
    const double t = (dx * (y - a.y) - dy * (x - a.x)) / std::sqrt(square);
    const double area = std::hypot(over, std::max(0.0, std::abs(t) - at(a.width, b.width) / 2));
    if (area > query.max_distance_m) continue;
    const double dz = query.use_z ? std::max(0.0, std::abs(at(a.z, b.z) - query.z) - 2.0) : 0.0;
    const bool wrong = query.use_heading && std::cos(at(a.heading, b.heading) - query.heading) < 0;
    best = std::min(best, Preference{dz, wrong, area});
  }
  return best;
}

}  // namespace

TEST_CASE("nearest lane with a direction and a height agrees with a search over everything") {
  MapBuilder levels = crossing();
  for (const RoadDraft& road : rich_road().roads) levels.roads.push_back(road);
  RoadDraft bridge = line_road("bridge", -60, -50, sim::kPi / 2, 100);
  bridge.elevation = {{0, 3, 0.1, 0, 0}};
  bridge.sections[0].lanes = {driving_lane(-1), driving_lane(1)};
  levels.roads.push_back(bridge);
  const auto map = frozen(levels);
  std::uint64_t seed = 20261127;
  int hits = 0, exact = 0;
  for (int i = 0; i < 3000; ++i) {
    const double x =
        i % 2 ? -60 + 20 * (next(seed) - 0.5) : map->box.min_x + next(seed) * (map->box.max_x - map->box.min_x);
    const double y = i % 2 ? 100 * (next(seed) - 0.5) : map->box.min_y + next(seed) * (map->box.max_y - map->box.min_y);
    LaneQuery query;
    query.max_distance_m = 1.0 + 20.0 * next(seed);
    query.use_heading = i % 3 != 0, query.heading = 7 * next(seed);
    query.use_z = i % 5 != 0, query.z = 15 * next(seed);
    Preference best{1e300, true, 1e300};
    for (Row lane = 0; lane < static_cast<Row>(map->lanes.size()); ++lane)
      if (drivable(map->lanes[lane].type)) best = std::min(best, preference_of(*map, lane, x, y, query));
    const auto found = nearest_lane(*map, x, y, query);
    INFO(x, " ", y, " ", query.max_distance_m, " ", query.heading, " ", query.z);
    REQUIRE(found.has_value() == (std::get<2>(best) < 1e300));
    if (!found) continue;
    ++hits;
    const Preference own = preference_of(*map, found->lane, x, y, query);
    CHECK(std::get<0>(own) == doctest::Approx(std::get<0>(best)).epsilon(1e-9));
    if (std::get<0>(best) > 0) continue;  // of lanes of one height rounding chooses
    ++exact;
    CHECK(std::get<1>(own) == std::get<1>(best));
    CHECK(std::get<2>(own) == doctest::Approx(std::get<2>(best)).epsilon(1e-9));
  }
  CHECK(hits > 1000);
  CHECK(exact > 500);
}

TEST_CASE("nearest lane: direction, height, and points without an answer") {
  const auto map = frozen(crossing());
  LaneQuery query;
  query.use_heading = true;
  // On the west arm, a little left of its centre line: the lane towards the crossing for one who drives east.
  query.heading = 0.1;
  auto found = nearest_lane(*map, -60.0, 0.5, query);
  REQUIRE(found.has_value());
  CHECK(map->lanes[found->lane].odr_id == -1);
  query.heading = 3.0;
  found = nearest_lane(*map, -60.0, 0.5, query);
  REQUIRE(found.has_value());
  CHECK(map->lanes[found->lane].odr_id == 1);

  MapBuilder levels = crossing();
  RoadDraft bridge = line_road("bridge", -60, -50, sim::kPi / 2, 100);
  bridge.elevation = {{0, 8, 0, 0, 0}};
  bridge.sections[0].lanes = {driving_lane(-1)};
  levels.roads.push_back(bridge);
  const auto two = frozen(levels);
  LaneQuery high;
  high.use_z = true, high.z = 7.5;
  found = nearest_lane(*two, -58.5, -1.0, high);
  REQUIRE(found.has_value());
  CHECK(two->text_of(two->roads[two->lanes[found->lane].road].id) == "bridge");
  high.z = 0.2;
  found = nearest_lane(*two, -58.5, -1.0, high);
  REQUIRE(found.has_value());
  CHECK(two->text_of(two->roads[two->lanes[found->lane].road].id) == "W");

  CHECK(!nearest_lane(*map, std::nan(""), 0.0).has_value());
  CHECK(!nearest_lane(*map, 1e300, 0.0).has_value());
  CHECK(!nearest_lane(*map, 500.0, 500.0).has_value());
}

TEST_CASE("index cells ascend and hold every segment, and each box holds what of the lane lies in its cell") {
  const auto map = frozen(rich_road());
  std::vector<std::uint8_t> seen(map->points.size(), 0);
  const auto cell_at = [&](double x, double y) {
    const auto cx = static_cast<std::int32_t>(std::floor(x / kIndexCellM));
    const auto cy = static_cast<std::int32_t>(std::floor(y / kIndexCellM));
    for (const LaneCell& cell : map->cells)
      if (cell.cx == cx && cell.cy == cy) return &cell;
    return static_cast<const LaneCell*>(nullptr);
  };
  for (std::size_t i = 0; i < map->cells.size(); ++i) {
    const LaneCell& cell = map->cells[i];
    if (i > 0) CHECK(std::pair(map->cells[i - 1].cy, map->cells[i - 1].cx) < std::pair(cell.cy, cell.cx));
    CHECK(cell.drivable.end == cell.others.begin);
    for (Row row = cell.drivable.begin; row < cell.others.end; ++row) {
      const LaneSegment& segment = map->cell_segments[row];
      CHECK(drivable(map->lanes[segment.lane].type) == (row < cell.drivable.end));
      ++seen[static_cast<std::size_t>(segment.point)];
    }
  }
  // Points all over each segment's corridor: the cell there has the segment, and its box the point.
  std::size_t without = 0;
  for (const Lane& lane : map->lanes)
    for (Row p = lane.points.begin; p + 1 < lane.points.end; ++p) {
      CHECK(seen[static_cast<std::size_t>(p)] > 0);
      const LanePoint &a = map->points[p], &b = map->points[p + 1];
      const double dx = b.x - a.x, dy = b.y - a.y, length = std::hypot(dx, dy);
      if (!(length > 0)) continue;
      for (double u = 0; u <= 1.0; u += 0.125)
        for (double side = -1.0; side <= 1.0; side += 0.5) {
          const double t = 0.5 * side * (a.width + u * (b.width - a.width));
          const double x = a.x + u * dx - t * dy / length, y = a.y + u * dy + t * dx / length;
          const LaneCell* cell = cell_at(x, y);
          REQUIRE(cell != nullptr);
          const auto sx = static_cast<int>(256.0 * (x / kIndexCellM - cell->cx));
          const auto sy = static_cast<int>(256.0 * (y / kIndexCellM - cell->cy));
          bool held = false;
          for (Row row = cell->drivable.begin; row < cell->others.end && !held; ++row) {
            const LaneSegment& s = map->cell_segments[row];
            held = s.point == p && s.x0 <= sx && sx <= s.x1 && s.y0 <= sy && sy <= s.y1;
          }
          without += !held;
        }
    }
  CHECK(without == 0);
}
