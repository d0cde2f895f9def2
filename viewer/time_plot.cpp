#include "viewer/time_plot.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <iterator>

#include "viewer/panel_parts.h"

namespace bitgoeul::viewer {

namespace {

constexpr ImU32 kLineColors[] = {IM_COL32(90, 200, 245, 255), IM_COL32(245, 170, 80, 255), IM_COL32(140, 230, 130, 255),
                                 IM_COL32(225, 120, 220, 255)};

}  // namespace

unsigned plot_color(std::size_t line) { return kLineColors[line % std::size(kLineColors)]; }

void draw_time_plot(State& s, const std::string& spot, std::span<const PlotLine> lines, float width, float height) {
  float low = 1e30f, high = -1e30f;
  for (const PlotLine& line : lines)
    for (const auto& [time, value] : line.values) low = std::min(low, value), high = std::max(high, value);
  if (low > high) low = 0, high = 1;
  if (high - low < 1e-3f) high = low + 1;
  const ImVec2 at = ImGui::GetCursorScreenPos(), size(width, height);
  ImGui::InvisibleButton(spot.c_str(), size);
  remember_spot(s, spot.c_str());
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, ImVec2(at.x + size.x, at.y + size.y), IM_COL32(20, 28, 35, 255), 3);
  const double end = std::max<double>(1, static_cast<double>(s.end_ns()));
  const auto x_of = [&](std::int64_t t) { return at.x + size.x * static_cast<float>(static_cast<double>(t) / end); };
  const auto upright = [&](std::int64_t t, ImU32 color) {
    draw.AddLine(ImVec2(x_of(t), at.y), ImVec2(x_of(t), at.y + size.y), color);
  };
  std::vector<ImVec2> points;
  for (const PlotLine& line : lines) {
    points.clear();
    const std::size_t stride = std::max<std::size_t>(1, line.values.size() / 600);
    for (std::size_t k = 0; k < line.values.size(); k += stride)
      points.emplace_back(x_of(line.values[k].first),
                          at.y + size.y - 3 - (size.y - 6) * (line.values[k].second - low) / (high - low));
    draw.AddPolyline(points.data(), static_cast<int>(points.size()), line.color, 0, 1.5f);
  }
  if (s.comparison.first) upright(s.comparison.first->time_ns, IM_COL32(220, 90, 250, 255));
  upright(s.playback.time_ns, IM_COL32(255, 255, 255, 200));
  draw.AddText(ImVec2(at.x + 3, at.y), IM_COL32(160, 175, 185, 255), fmt::format("{:.4g}", high).c_str());
  draw.AddText(ImVec2(at.x + 3, at.y + size.y - 16), IM_COL32(160, 175, 185, 255), fmt::format("{:.4g}", low).c_str());
  if (!ImGui::IsItemActive() || s.end_ns() <= 0) return;
  const double part = std::clamp(static_cast<double>((ImGui::GetIO().MousePos.x - at.x) / size.x), 0.0, 1.0);
  s.playback.time_ns = static_cast<std::int64_t>(part * end);
  s.playback.playing = false;
}

}  // namespace bitgoeul::viewer
