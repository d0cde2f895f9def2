#include "maps/routing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/maps/hand_map.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using tests::HandMap;

namespace {

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

// Streets between the nodes of an n x n grid, `step` metres apart, one lane per direction, no turn barred, no turn
// back.
struct GridMap {
  HandMap m;
  int n;
  std::vector<Row> out;  // lane that leaves node (x, y) in direction d: 0 east, 1 north, 2 west, 3 south
  static constexpr int kDx[4] = {1, 0, -1, 0}, kDy[4] = {0, 1, 0, -1};

  GridMap(int size, double step) : n(size), out(at(size) * at(size) * 4, kNone) {
    for (int y = 0; y < n; ++y)
      for (int x = 0; x < n; ++x)
        for (int d = 0; d < 4; ++d)
          if (inside(x + kDx[d], y + kDy[d])) {
            m.road(std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(d));
            leaving(x, y, d) = m.lane(-1, {{x * step, y * step, 0}, {(x + kDx[d]) * step, (y + kDy[d]) * step, 0}});
          }
    for (int y = 0; y < n; ++y)
      for (int x = 0; x < n; ++x)
        for (int d = 0; d < 4; ++d)
          for (int e = 0; e < 4; ++e)
            if (leaving(x, y, d) != kNone && (e + 2) % 4 != d) {
              const Row next = leaving(x + kDx[d], y + kDy[d], e);
              if (next != kNone) m.link(leaving(x, y, d), next);
            }
    m.finish();
  }
  bool inside(int x, int y) const { return x >= 0 && y >= 0 && x < n && y < n; }
  Row& leaving(int x, int y, int d) {
    static Row none = kNone;
    return inside(x, y) ? out[(at(y) * at(n) + at(x)) * 4 + at(d)] : none;
  }
};

// Every two neighbours of the list: successor, or beside it where a change is allowed. Returns the first offence or -1.
int first_illegal(const Map& map, const Route& route) {
  for (std::size_t i = 0; i + 1 < route.lanes.size(); ++i) {
    const Row a = route.lanes[i], b = route.lanes[i + 1];
    const auto next = map.successors(a);
    const bool follows = std::find(next.begin(), next.end(), b) != next.end();
    const Lane& lane = map.lanes[at(a)];
    const bool beside = (lane.left == b && lane.change_left) || (lane.right == b && lane.change_right);
    if (!follows && !beside) return static_cast<int>(i);
  }
  return -1;
}

// The same cost model, solved by relaxing every edge of (lane, changes made in this section, first section) until
// nothing moves.
double brute_force(const Map& map, const RouteRequest& r) {
  constexpr int kChanges = 5;
  const double inf = std::numeric_limits<double>::infinity();
  const std::size_t n = map.lanes.size();
  const double f0 = r.from_s / map.lanes[at(r.from_lane)].length;
  std::vector<double> cost(n * kChanges * 2, inf);
  const auto state = [&](Row lane, int k, int first) { return (at(lane) * kChanges + at(k)) * 2 + at(first); };
  const auto drive = [&](Row lane, double metres) {
    const Lane& l = map.lanes[at(lane)];
    const double factor = l.type == LaneType::kBus ? r.bus_lane_cost_factor : 1.0;
    return factor * (r.shortest ? metres : metres / l.speed_limit_mps);
  };
  cost[state(r.from_lane, 0, 1)] = 0;
  double best = inf;
  const auto relax = [&](Row lane, int k, int first) {
    const double here = cost[state(lane, k, first)];
    if (here == inf) return false;
    const Lane& l = map.lanes[at(lane)];
    const double begin = first ? f0 * l.length : 0.0;
    if (lane == r.to_lane && r.to_s >= begin + k * r.lane_change_length_m)
      best = std::min(best, here + drive(lane, r.to_s - begin));
    bool moved = false;
    const auto offer = [&](std::size_t to, double c) {
      if (c < cost[to]) cost[to] = c, moved = true;
    };
    for (const Row next : map.successors(lane)) offer(state(next, 0, 0), here + drive(lane, l.length - begin));
    for (const Row side : {l.change_left ? l.left : kNone, l.change_right ? l.right : kNone}) {
      if (side == kNone || k + 1 >= kChanges) continue;
      const double rest = first ? 1 - f0 : 1.0, needed = (k + 1) * r.lane_change_length_m;
      if (rest * l.length >= needed && rest * map.lanes[at(side)].length >= needed)
        offer(state(side, k + 1, first), here + r.lane_change_cost_s);
    }
    return moved;
  };
  for (bool moved = true; moved;) {
    moved = false;
    for (Row lane = 0; lane < static_cast<Row>(n); ++lane)
      for (int k = 0; k < kChanges; ++k)
        for (int first = 0; first < 2; ++first) moved |= relax(lane, k, first);
  }
  return best;
}

double cost_of(const Map& map, const RouteRequest& r, const Route& route) {
  double cost = 0, begin = r.from_s / map.lanes[at(r.from_lane)].length;
  for (std::size_t i = 0; i < route.lanes.size(); ++i) {
    const Lane& lane = map.lanes[at(route.lanes[i])];
    const bool last = i + 1 == route.lanes.size();
    const auto next = map.successors(route.lanes[i]);
    if (!last && std::find(next.begin(), next.end(), route.lanes[i + 1]) == next.end()) {
      cost += r.lane_change_cost_s;
      continue;
    }
    const double metres = (last ? r.to_s : lane.length) - begin * lane.length;
    cost += (lane.type == LaneType::kBus ? r.bus_lane_cost_factor : 1.0) *
            (r.shortest ? metres : metres / lane.speed_limit_mps);
    begin = 0;
  }
  return cost;
}

// Streets of one to three lanes between random nodes; lengths, limits, bus lanes and barred changes at random. Lanes of
// a street lie on top of each other, so that a link never jumps.
HandMap random_map(std::mt19937& random) {
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  HandMap m;
  const int nodes = 6 + pick(8), streets = 12 + pick(20);
  std::vector<sim::Vec3> node;
  for (int i = 0; i < nodes; ++i) node.emplace_back(pick(600), pick(600), 0);
  std::vector<std::vector<Row>> into(at(nodes)), from(at(nodes));
  for (int i = 0; i < streets; ++i) {
    const int a = pick(nodes), b = (a + 1 + pick(nodes - 1)) % nodes;
    if ((node[at(a)] - node[at(b)]).norm() < 1) continue;
    m.road(std::to_string(i));
    const int lanes = 1 + pick(3);
    for (int k = 0; k < lanes; ++k) {
      const Row row =
          m.lane(-1 - k, {node[at(a)], node[at(b)]}, 3.5, 5 + pick(20), pick(6) ? LaneType::kDriving : LaneType::kBus);
      Lane& lane = m.map.lanes[at(row)];
      const double stretch = 1 + pick(50) / 100.0;
      lane.length *= stretch;
      m.map.points[at(lane.points.end) - 1].s *= stretch;
      lane.change_left = pick(4) != 0, lane.change_right = pick(4) != 0;
      if (k > 0) m.side_by_side(row - 1, row);
      from[at(a)].push_back(row), into[at(b)].push_back(row);
    }
  }
  for (int i = 0; i < nodes; ++i)
    for (const Row a : into[at(i)])
      for (const Row b : from[at(i)])
        if (pick(3) == 0) m.link(a, b);
  m.finish();
  return m;
}

}  // namespace

TEST_CASE("grid: the shortest way is the Manhattan distance") {
  GridMap grid(12, 100);
  bool landmarks = false;
  SUBCASE("straight distance") { landmarks = false; }
  SUBCASE("landmarks") { landmarks = true; }
  Router router(grid.m.map, landmarks ? 0 : 5000);
  for (const auto& [x, y] : {std::pair{5, 7}, {11, 11}, {2, 9}, {10, 1}}) {
    RouteRequest request;
    request.from_lane = grid.leaving(0, 0, 0);
    request.to_lane = grid.leaving(x - 1, y, 0);
    request.to_s = 100;
    for (const bool shortest : {false, true}) {
      request.shortest = shortest;
      const auto route = router.find(request);
      REQUIRE(route);
      CHECK(route->length_m == doctest::Approx(100.0 * (x + y)));
      CHECK(route->time_s == doctest::Approx(100.0 * (x + y) / 15.0));
      CHECK(route->lanes.size() == at(x + y));
      CHECK(first_illegal(grid.m.map, *route) == -1);
    }
  }
}

TEST_CASE("same lane: ahead is direct, behind leads round the block") {
  GridMap grid(3, 100);
  Router router(grid.m.map);
  RouteRequest request;
  request.from_lane = request.to_lane = grid.leaving(0, 0, 0);
  request.from_s = 30, request.to_s = 80;
  auto route = router.find(request);
  REQUIRE(route);
  CHECK(route->lanes == std::vector<Row>{request.from_lane});
  CHECK(route->length_m == doctest::Approx(50));
  CHECK(route->time_s == doctest::Approx(50 / 15.0));
  std::swap(request.from_s, request.to_s);
  route = router.find(request);
  REQUIRE(route);
  CHECK(route->length_m == doctest::Approx(350));  // round one block of 4 x 100 m less the 50 m
  CHECK(route->lanes.size() == 5);
  CHECK(first_illegal(grid.m.map, *route) == -1);
}

TEST_CASE("lane changes: only where there is length, mark and a neighbour") {
  HandMap m = tests::stadium();  // lane rows: 0 inner, 1 outer of the first straight (100 m), 2, 3 the bend ...
  m.links.erase(std::remove(m.links.begin(), m.links.end(), std::pair<Row, Row>{1, 3}),
                m.links.end());  // outer lane ends after 100 m
  Map& map = m.finish();
  Router router(map);
  RouteRequest request;
  request.from_lane = 1, request.from_s = 20, request.to_lane = 2, request.to_s = 10;
  auto route = router.find(request);
  REQUIRE(route);
  CHECK(route->lanes == std::vector<Row>{1, 0, 2});
  CHECK(route->length_m == doctest::Approx(90));
  SUBCASE("30 m are needed: from 71 m on there is no way") {
    request.from_s = 69;
    CHECK(router.find(request));
    request.from_s = 71;
    CHECK_FALSE(router.find(request));
  }
  SUBCASE("the change must be done before the destination in the same section") {
    request.to_lane = 0, request.to_s = 51;
    CHECK(router.find(request)->lanes == std::vector<Row>{1, 0});
    request.to_s = 49;  // too near: once around on the inner lanes
    CHECK(router.find(request)->lanes == std::vector<Row>{1, 0, 2, 4, 6, 0});
  }
  SUBCASE("a solid line bars it") {
    map.lanes[1].change_left = 0;
    Router barred(map);
    CHECK_FALSE(barred.find(request));
  }
}

TEST_CASE("no way: the error names both ends") {
  HandMap m;
  m.road("12");
  const Row a = m.lane(-1, HandMap::straight(0, 0, 100, 0));
  m.road("34");
  const Row b = m.lane(-2, HandMap::straight(0, 50, 100, 50));
  m.finish();
  Router router(m.map);
  RouteRequest request;
  request.from_lane = a, request.from_s = 12.5, request.to_lane = b, request.to_s = 7;
  const auto route = router.find(request);
  REQUIRE_FALSE(route);
  CHECK(route.error().what.find("road 12 lane -1 s 12.5") != std::string::npos);
  CHECK(route.error().what.find("road 34 lane -2 s 7.0") != std::string::npos);
}

TEST_CASE("bad requests are refused with a reason") {
  HandMap m = tests::stadium();
  m.road("walk");
  const Row walk = m.lane(-1, HandMap::straight(0, -20, 100, -20), 2, 1, LaneType::kSidewalk);
  m.finish();
  Router router(m.map);
  const auto reason = [&](Row from, double from_s, Row to, double to_s) {
    RouteRequest request;
    request.from_lane = from, request.from_s = from_s, request.to_lane = to, request.to_s = to_s;
    const auto route = router.find(request);
    return route ? std::string() : route.error().what;
  };
  CHECK(reason(0, 0, 4, 1).empty());
  CHECK(reason(kNone, 0, 4, 1).find("not on the map") != std::string::npos);
  CHECK(reason(0, 0, 4000, 1).find("not on the map") != std::string::npos);
  CHECK(reason(0, 101, 4, 1).find("outside the lane") != std::string::npos);
  CHECK(reason(0, std::nan(""), 4, 1).find("outside the lane") != std::string::npos);
  CHECK(reason(0, 0, walk, 1).find("sidewalk") != std::string::npos);
}

TEST_CASE("random networks: as cheap as brute force, every step legal, same again") {
  std::mt19937 random(20240518);
  int found = 0, refused = 0;
  for (int round = 0; round < 60; ++round) {
    HandMap m = random_map(random);
    Router router(m.map), with_landmarks(m.map, 0);
    for (int i = 0; i < 25; ++i) {
      RouteRequest request;
      request.from_lane = static_cast<Row>(random() % m.map.lanes.size());
      request.to_lane = static_cast<Row>(random() % m.map.lanes.size());
      request.from_s = m.map.lanes[at(request.from_lane)].length * static_cast<double>(random() % 100) / 100.0;
      request.to_s = m.map.lanes[at(request.to_lane)].length * static_cast<double>(random() % 100) / 100.0;
      request.shortest = random() % 2 == 0;
      request.lane_change_cost_s = static_cast<double>(random() % 3) * 4;
      const double best = brute_force(m.map, request);
      const auto route = router.find(request);
      CHECK(static_cast<bool>(route) == std::isfinite(best));
      if (!route) {
        ++refused;
        continue;
      }
      ++found;
      CHECK(cost_of(m.map, request, *route) == doctest::Approx(best).epsilon(1e-9));
      CHECK(first_illegal(m.map, *route) == -1);
      CHECK(Router(m.map).find(request)->lanes == route->lanes);
      const auto other = with_landmarks.find(request);
      REQUIRE(other);
      CHECK(cost_of(m.map, request, *other) == doctest::Approx(best).epsilon(1e-9));
    }
  }
  CHECK(found > 300);
  CHECK(refused > 50);
}
