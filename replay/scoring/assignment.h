// The assignment of rows to columns of greatest total worth, each used once at most (Kuhn 1955, Munkres 1957; here by
// shortest augmenting paths, Jonker and Volgenant 1987, O(n^3)). Read by scores and trackers. Of several best ones the
// same is always given. Thread rule: pure.
#pragma once

#include <cstddef>
#include <vector>

namespace bitgoeul::replay {

struct Worths {  // rows x columns, row by row; 0 or less: never assigned
  std::size_t rows = 0, columns = 0;
  std::vector<double> worth;
  Worths(std::size_t r, std::size_t c) : rows(r), columns(c), worth(r * c, 0.0) {}
  double& operator()(std::size_t r, std::size_t c) { return worth[r * columns + c]; }
  double operator()(std::size_t r, std::size_t c) const { return worth[r * columns + c]; }
};

// By row: its column, or -1.
std::vector<int> assign(const Worths& worths);

}  // namespace bitgoeul::replay
