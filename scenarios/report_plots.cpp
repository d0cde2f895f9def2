#include "scenarios/report_plots.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report.h"

namespace bitgoeul::scenarios {
namespace {

constexpr double kWidth = 620, kHeight = 250, kLeft = 52, kRight = 12, kTop = 34, kBottom = 38;

// Data to pixels.
struct Frame {
  double x0 = 0, x1 = 1, y1 = 1;
  double px(double x) const { return kLeft + (kWidth - kLeft - kRight) * (x - x0) / (x1 - x0); }
  double py(double y) const { return kHeight - kBottom - (kHeight - kTop - kBottom) * y / y1; }
};

std::string number(double v) {
  if (v >= 10000) return fmt::format("{:.0f}k", v / 1000);
  return fmt::format("{:.6g}", v);
}

double top_value(const Plot& plot) {
  double top = 0;
  for (std::size_t i = 0; i < plot.x.size(); ++i) {
    double sum = 0;
    for (const PlotSeries& s : plot.series) {
      if (i >= s.values.size()) continue;
      sum = plot.stacked ? sum + s.values[i] : s.values[i];
      top = std::max(top, sum);
    }
  }
  return top > 0 ? top : 1.0;
}

std::string axes(const Plot& plot, const Frame& frame, const std::vector<double>& y_ticks) {
  std::string svg;
  for (double y : y_ticks)
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>",
        kLeft, kWidth - kRight, frame.py(y), frame.py(y), kLeft - 6, frame.py(y) + 4, number(y));
  for (double x : ticks(frame.x1 - frame.x0, 8)) {
    if (frame.x0 + x > frame.x1 * 1.0001) break;
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", frame.px(frame.x0 + x),
                       kHeight - kBottom + 16, number(frame.x0 + x));
  }
  svg += fmt::format("<text class=\"unit\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", kWidth - kRight,
                     kHeight - 6, html_escaped(plot.x_unit));
  return svg;
}

std::string legend(const Plot& plot) {
  std::string spans;
  for (const PlotSeries& s : plot.series)
    spans += fmt::format("{}<tspan style=\"fill:{}\">■</tspan>&#160;{}", spans.empty() ? "" : "&#160;&#160;&#160;",
                         s.color, html_escaped(s.name));
  return fmt::format("<text x=\"{:.1f}\" y=\"18\" text-anchor=\"end\">{}</text>", kWidth - kRight, spans);
}

std::string line_path(const Plot& plot, const PlotSeries& series, const Frame& frame) {
  std::string d;
  for (std::size_t i = 0; i < series.values.size(); ++i)
    d += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", frame.px(plot.x[i]), frame.py(series.values[i]));
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>", d,
                     series.color);
}

std::string stacked_areas(const Plot& plot, const Frame& frame) {
  std::vector<double> below(plot.x.size(), 0.0);
  std::string svg;
  for (const PlotSeries& s : plot.series) {
    std::string up, down;
    for (std::size_t i = 0; i < plot.x.size(); ++i) {
      const double y = below[i] + s.values[i];
      up += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", frame.px(plot.x[i]), frame.py(y));
      down = fmt::format("L{:.1f} {:.1f}", frame.px(plot.x[i]), frame.py(below[i])) + down;
      below[i] = y;
    }
    svg += fmt::format("<path d=\"{}{}Z\" fill=\"{}\" opacity=\"0.85\"/>", up, down, s.color);
  }
  return svg;
}

std::string bars(const Plot& plot, const Frame& frame) {
  std::string svg;
  const double group = plot.x.size() > 1 ? frame.px(plot.x[1]) - frame.px(plot.x[0]) : 40.0;
  const double width = std::max(1.0, group * 0.8 / static_cast<double>(plot.series.size()));
  for (std::size_t k = 0; k < plot.series.size(); ++k)
    for (std::size_t i = 0; i < plot.x.size(); ++i) {
      const double x = frame.px(plot.x[i]) + group * 0.1 + width * static_cast<double>(k),
                   y = frame.py(plot.series[k].values[i]);
      svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>", x, y,
                         width * 0.95, frame.py(0) - y, plot.series[k].color);
    }
  return svg;
}

}  // namespace

std::vector<double> ticks(double max, int count) {
  if (!(max > 0)) return {0.0, 1.0};
  double step = 1.0;
  while (step * count > max * 10) step /= 10;
  while (step * count * 10 < max) step *= 10;
  for (double factor : {1.0, 2.0, 2.5, 5.0, 10.0})
    if (step * factor * count >= max * 0.999) {
      step *= factor;
      break;
    }
  std::vector<double> list;
  for (int i = 0; (i - 1) * step < max * 0.999; ++i) list.push_back(i * step);
  return list;
}

Plot thinned(const Plot& plot, std::size_t points) {
  if (plot.x.size() <= points || points == 0) return plot;
  Plot thin = plot;
  const std::size_t stride = (plot.x.size() + points - 1) / points;
  const auto average = [&](const std::vector<double>& values) {
    std::vector<double> out;
    for (std::size_t i = 0; i < values.size(); i += stride) {
      const std::size_t end = std::min(values.size(), i + stride);
      double sum = 0;
      for (std::size_t k = i; k < end; ++k) sum += values[k];
      out.push_back(sum / static_cast<double>(end - i));
    }
    return out;
  };
  thin.x = average(plot.x);
  for (PlotSeries& s : thin.series) s.values = average(s.values);
  return thin;
}

std::string plot_svg(const Plot& plot) {
  if (plot.x.empty() || plot.series.empty()) return "<p class=\"none\">nothing was measured</p>";
  Frame frame;
  frame.x0 = plot.bars ? 0.0 : plot.x.front();
  frame.x1 = plot.bars && plot.x.size() > 1 ? plot.x.back() + (plot.x[1] - plot.x[0]) : plot.x.back();
  if (!(frame.x1 > frame.x0)) frame.x1 = frame.x0 + 1;
  const std::vector<double> y_ticks = ticks(top_value(plot), 5);
  frame.y1 = y_ticks.back();
  std::string svg = fmt::format(
      "<svg class=\"plot\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\"><text class=\"title\" x=\"8\" y=\"18\">{}</text>",
      kWidth, kHeight, html_escaped(plot.title + (plot.y_unit.empty() ? "" : " [" + plot.y_unit + "]")));
  svg += axes(plot, frame, y_ticks) + legend(plot);
  if (plot.bars)
    svg += bars(plot, frame);
  else if (plot.stacked)
    svg += stacked_areas(plot, frame);
  else
    for (const PlotSeries& s : plot.series) svg += line_path(plot, s, frame);
  return svg + "</svg>";
}

}  // namespace bitgoeul::scenarios
