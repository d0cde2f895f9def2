#include "replay/scoring/assignment.h"

#include <limits>

namespace bitgoeul::replay {
namespace {

// One more row finds its column by the shortest augmenting path. Row and column 0 are none; costs are -worth, at most
// 0, and a square is filled with zeros, so that leaving something alone costs nothing.
struct Square {
  const Worths& worths;
  std::size_t n;
  std::vector<double> row_price, column_price;
  std::vector<std::size_t> row_of, before;

  explicit Square(const Worths& w)
      : worths(w),
        n(std::max(w.rows, w.columns)),
        row_price(n + 1),
        column_price(n + 1),
        row_of(n + 1),
        before(n + 1) {}

  double cost(std::size_t row, std::size_t column) const {
    if (row > worths.rows || column > worths.columns) return 0;
    const double worth = worths(row - 1, column - 1);
    return worth > 0 ? -worth : 0;
  }

  void place(std::size_t row) {
    std::vector<double> least(n + 1, std::numeric_limits<double>::infinity());
    std::vector<char> used(n + 1, 0);
    row_of[0] = row;
    std::size_t column = 0;
    do {
      used[column] = 1;
      column = widen(column, least, used);
    } while (row_of[column] != 0);
    while (column != 0) {
      row_of[column] = row_of[before[column]];
      column = before[column];
    }
  }

  std::size_t widen(std::size_t column, std::vector<double>& least, const std::vector<char>& used) {
    const std::size_t row = row_of[column];
    double delta = std::numeric_limits<double>::infinity();
    std::size_t next = 0;
    for (std::size_t j = 1; j <= n; ++j) {
      if (used[j]) continue;
      const double reduced = cost(row, j) - row_price[row] - column_price[j];
      if (reduced < least[j]) {
        least[j] = reduced;
        before[j] = column;
      }
      if (least[j] < delta) {
        delta = least[j];
        next = j;
      }
    }
    for (std::size_t j = 0; j <= n; ++j) {
      if (used[j]) {
        row_price[row_of[j]] += delta;
        column_price[j] -= delta;
      } else {
        least[j] -= delta;
      }
    }
    return next;
  }
};

}  // namespace

std::vector<int> assign(const Worths& worths) {
  std::vector<int> out(worths.rows, -1);
  if (worths.rows == 0 || worths.columns == 0) return out;
  Square square(worths);
  for (std::size_t row = 1; row <= square.n; ++row) square.place(row);
  for (std::size_t column = 1; column <= worths.columns; ++column) {
    const std::size_t row = square.row_of[column];
    if (row >= 1 && row <= worths.rows && worths(row - 1, column - 1) > 0) out[row - 1] = static_cast<int>(column) - 1;
  }
  return out;
}

}  // namespace bitgoeul::replay
