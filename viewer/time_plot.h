// TimePlot: lines of values over the time of the log, with the clock as a white line; a click sets the clock. Drawn
// within the window of a panel. Main thread only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "viewer/state.h"

namespace bitgoeul::viewer {

struct PlotLine {
  std::vector<std::pair<std::int64_t, float>> values;  // time in ns, value
  unsigned color = 0;
};
unsigned plot_color(std::size_t line);

void draw_time_plot(State& state, const std::string& spot, std::span<const PlotLine> lines, float width, float height);

}  // namespace bitgoeul::viewer
