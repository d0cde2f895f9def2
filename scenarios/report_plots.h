// SVG plots of report.html: lines over time and histograms, with axes, grid and legend. Pure text in, pure text out.
// Thread rule: pure.
#pragma once

#include <string>
#include <vector>

namespace bitgoeul::scenarios {

struct PlotSeries {
  std::string name, color;
  std::vector<double> values;
};

struct Plot {
  std::string title, x_unit, y_unit;
  std::vector<double> x;  // ascending; one value per entry of each series
  std::vector<PlotSeries> series;
  bool stacked = false;  // areas on top of each other instead of lines
  bool bars = false;     // one group of bars per x
};

// Averages neighbours until at most `points` are left.
Plot thinned(const Plot& plot, std::size_t points);
std::string plot_svg(const Plot& plot);

// Round numbers that divide [0, max] into about `count` parts; the last is >= max.
std::vector<double> ticks(double max, int count);

}  // namespace bitgoeul::scenarios
