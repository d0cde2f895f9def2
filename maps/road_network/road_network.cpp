#include "maps/road_network/road_network.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps {

double Terrain::at(double x, double y) const {
  if (columns < 1 || rows < 1) return 0.0;
  const double u = std::clamp((x - x0) / cell_m, 0.0, static_cast<double>(columns - 1));
  const double v = std::clamp((y - y0) / cell_m, 0.0, static_cast<double>(rows - 1));
  const int column = std::min(static_cast<int>(u), std::max(columns - 2, 0));
  const int row = std::min(static_cast<int>(v), std::max(rows - 2, 0));
  const auto sample = [&](int c, int r) {
    const std::size_t index = static_cast<std::size_t>(std::min(r, rows - 1)) * static_cast<std::size_t>(columns) +
                              static_cast<std::size_t>(std::min(c, columns - 1));
    return static_cast<double>(height[index]);
  };
  const double fu = u - column, fv = v - row;
  const double south = sample(column, row) * (1 - fu) + sample(column + 1, row) * fu;
  const double north = sample(column, row + 1) * (1 - fu) + sample(column + 1, row + 1) * fu;
  return south * (1 - fv) + north * fv;
}

}  // namespace bitgoeul::maps
