#include "sim/grid.h"

#include <algorithm>
#include <limits>

#include "sim/check.h"

namespace bitgoeul::sim {

void Grid::reserve(std::size_t rows) {
  std::size_t buckets = 1;
  while (buckets < rows) buckets *= 2;
  start_.reserve(buckets + 1);
  entries_.reserve(rows);
  bucket_.reserve(rows);
}

// A counting sort: how many rows per bucket, where each bucket starts, then rows in ascending order into their places.
void Grid::build(std::span<const double> x, std::span<const double> y, std::span<const std::uint8_t> alive) {
  CHECK(x.size() == y.size() && x.size() == alive.size(), "columns of unequal length");
  const std::size_t rows = x.size();
  std::size_t buckets = 1;
  while (buckets < rows) buckets *= 2;
  bucket_mask_ = buckets - 1;
  start_.assign(buckets + 1, 0);
  bucket_.resize(rows);
  std::size_t entries = 0;
  constexpr auto kFar = std::numeric_limits<std::int64_t>::max();
  low_x_ = low_y_ = kFar;
  high_x_ = high_y_ = -kFar;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!alive[row]) continue;
    const std::int64_t cx = cell(x[row]), cy = cell(y[row]);
    low_x_ = std::min(low_x_, cx), high_x_ = std::max(high_x_, cx);
    low_y_ = std::min(low_y_, cy), high_y_ = std::max(high_y_, cy);
    bucket_[row] = static_cast<std::uint32_t>(bucket_of(cx, cy));
    ++start_[bucket_[row]];
    ++entries;
  }
  std::uint32_t sum = 0;
  for (std::size_t b = 0; b <= buckets; ++b) sum += start_[b], start_[b] = sum;  // now the end of each bucket
  entries_.resize(entries);
  for (std::size_t row = rows; row-- > 0;) {  // backwards: each end sinks to its start, rows ascend
    if (!alive[row]) continue;
    entries_[--start_[bucket_[row]]] = {x[row], y[row], low(cell(x[row])), low(cell(y[row])), static_cast<Row>(row)};
  }
}

}  // namespace bitgoeul::sim
