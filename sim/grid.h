// Uniform grid over points: which rows lie near a place. Rebuilt from scratch by a counting sort into hashed cells (the
// plane is unbounded, memory is O(rows)); rows of a cell are in ascending order, so every query order is defined.
// Made once per step by the contacts stage; read by contacts, perception stubs and right of way.
// Thread rule: build serially, then query from anywhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::sim {

class Grid {
 public:
  explicit Grid(double cell_m = 16.0) : cell_m_(cell_m) {}
  void reserve(std::size_t rows);
  // Rows whose alive[row] is 0 are left out. Columns have equal length.
  void build(std::span<const double> x, std::span<const double> y, std::span<const std::uint8_t> alive);

  // Calls f(row) or f(row, x, y), its place as of build(), for every row within the cells that touch the square of
  // half-size `radius_m` about (x, y): a superset of the rows within radius_m. Cells in row-major order, rows ascending
  // within a cell.
  template <class F>
  void each_near(double x, double y, double radius_m, F&& f) const {
    const std::int64_t x0 = std::max(cell(x - radius_m), low_x_), x1 = std::min(cell(x + radius_m), high_x_);
    const std::int64_t y0 = std::max(cell(y - radius_m), low_y_), y1 = std::min(cell(y + radius_m), high_y_);
    for (std::int64_t cy = y0; cy <= y1; ++cy)
      for (std::int64_t cx = x0; cx <= x1; ++cx) {
        const std::size_t bucket = bucket_of(cx, cy);
        for (std::uint32_t i = start_[bucket]; i < start_[bucket + 1]; ++i) {
          const Entry& entry = entries_[i];
          if (entry.cx != low(cx) || entry.cy != low(cy)) continue;
          if constexpr (std::is_invocable_v<F, Row, double, double>)
            f(entry.row, entry.x, entry.y);
          else
            f(entry.row);
        }
      }
  }

 private:
  // Cell number along one axis, held within +-10^12 so that no coordinate overflows it; NaN counts as zero.
  std::int64_t cell(double v) const {
    const double c = std::floor(v / cell_m_);
    return static_cast<std::int64_t>(c >= -1e12 ? (c <= 1e12 ? c : 1e12) : (c < -1e12 ? -1e12 : 0.0));
  }
  // Enough of a cell's number to tell it from the others that a query looks at.
  static std::int32_t low(std::int64_t cell) { return static_cast<std::int32_t>(cell); }
  // Multiplicative hash with the odd constants of 2^64 / golden ratio and of splitmix64.
  std::size_t bucket_of(std::int64_t cx, std::int64_t cy) const {
    std::uint64_t h =
        static_cast<std::uint64_t>(cx) * 0x9E3779B97F4A7C15u ^ static_cast<std::uint64_t>(cy) * 0xBF58476D1CE4E5B9u;
    return static_cast<std::size_t>((h ^ h >> 32) & bucket_mask_);
  }
  struct Entry {
    double x, y;
    std::int32_t cx, cy;
    Row row;
  };
  double cell_m_;
  std::vector<std::uint32_t> start_{0, 0};
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> bucket_;  // per row, scratch
  std::size_t bucket_mask_ = 0;
  std::int64_t low_x_ = 0, high_x_ = -1, low_y_ = 0, high_y_ = -1;  // cells that hold anything; empty: high < low
};

}  // namespace bitgoeul::sim
