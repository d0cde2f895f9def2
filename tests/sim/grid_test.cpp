#include "sim/grid.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "sim/random.h"
#include "tests/support/allocation_guard.h"

using namespace bitgoeul::sim;

namespace {

struct Points {
  std::vector<double> x, y;
  std::vector<std::uint8_t> alive;
};

Points random_points(std::uint64_t seed, std::uint32_t n, double half_width) {
  Points p;
  for (std::uint32_t i = 0; i < n; ++i) {
    p.x.push_back(half_width * (2 * uniform(seed, i, 0, Stream::kTest) - 1));
    p.y.push_back(half_width * (2 * uniform(seed, i, 1, Stream::kTest) - 1));
    p.alive.push_back(uniform(seed, i, 2, Stream::kTest) < 0.9);
  }
  return p;
}

std::int64_t cell(double v, double size) { return static_cast<std::int64_t>(std::floor(v / size)); }

// The promise in words: rows whose cell touches the square, cells in row-major order, rows ascending.
std::vector<Row> by_brute_force(const Points& p, double size, double x, double y, double r) {
  std::vector<std::tuple<std::int64_t, std::int64_t, Row>> found;
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    const auto cx = cell(p.x[i], size), cy = cell(p.y[i], size);
    if (p.alive[i] && cx >= cell(x - r, size) && cx <= cell(x + r, size) && cy >= cell(y - r, size) &&
        cy <= cell(y + r, size))
      found.emplace_back(cy, cx, static_cast<Row>(i));
  }
  std::sort(found.begin(), found.end());
  std::vector<Row> rows;
  for (const auto& f : found) rows.push_back(std::get<2>(f));
  return rows;
}

std::vector<Row> by_grid(const Grid& grid, double x, double y, double r) {
  std::vector<Row> rows;
  grid.each_near(x, y, r, [&](Row row) { rows.push_back(row); });
  return rows;
}

}  // namespace

TEST_CASE("the grid finds what brute force finds, in the same order, also at negative coordinates") {
  for (double half_width : {5.0, 200.0, 20'000.0}) {
    const Points p = random_points(11, 800, half_width);
    Grid grid(16.0);
    grid.build(p.x, p.y, p.alive);
    for (std::uint32_t q = 0; q < 200; ++q) {
      const double x = half_width * 1.2 * (2 * uniform(5, q, 0, Stream::kTest) - 1);
      const double y = half_width * 1.2 * (2 * uniform(5, q, 1, Stream::kTest) - 1);
      const double r = 60 * uniform(5, q, 2, Stream::kTest);
      const auto rows = by_grid(grid, x, y, r);
      CHECK(rows == by_brute_force(p, 16.0, x, y, r));
      for (std::size_t i = 0; i < p.x.size(); ++i)
        if (p.alive[i] && std::hypot(p.x[i] - x, p.y[i] - y) <= r)
          CHECK(std::find(rows.begin(), rows.end(), static_cast<Row>(i)) != rows.end());
    }
  }
}

TEST_CASE("an empty grid, no living row, a query at a cell border and coordinates out of this world") {
  Grid grid(10.0);
  CHECK(by_grid(grid, 0, 0, 100).empty());
  const Points none;
  grid.build(none.x, none.y, none.alive);
  CHECK(by_grid(grid, 0, 0, 100).empty());
  const std::vector<double> x{10.0, -10.0, 1e300, std::nan("")}, y{0.0, 0.0, -1e300, 0.0};
  const std::vector<std::uint8_t> dead(4, 0), alive(4, 1);
  grid.build(x, y, dead);
  CHECK(by_grid(grid, 0, 0, 100).empty());
  grid.build(x, y, alive);
  CHECK(by_grid(grid, 0.0, 0.0, 10.0) == std::vector<Row>{1, 3, 0});
  CHECK(by_grid(grid, 9.0, 0.0, 0.5) == std::vector<Row>{3});
  const std::vector<std::uint8_t> near{1, 1, 0, 0};  // a radius without end visits the cells in use only
  grid.build(x, y, near);
  CHECK(by_grid(grid, 0.0, 0.0, HUGE_VAL) == std::vector<Row>{1, 0});
}

TEST_CASE("rebuilding the grid allocates nothing after warm-up") {
  const Points p = random_points(1, 500, 300), q = random_points(2, 500, 300);
  Grid grid;
  grid.reserve(500);
  const bitgoeul::test::AllocationGuard guard;
  std::size_t found = 0;
  for (const Points* points : {&p, &q, &p}) {
    grid.build(points->x, points->y, points->alive);
    grid.each_near(0, 0, 50, [&](Row) { ++found; });
  }
  CHECK(guard.allocations() == 0);
  CHECK(found > 0);
}
