#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "maps/picture/scene.h"

namespace bitgoeul::maps::picture {

namespace {

using sim::Vec2;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

// Where a road's name may stand: the middle of its longest lanes in the box.
struct NamePlaces {
  double length = 0;  // of all roads of that name in the box
  RoadClass road_class = RoadClass::kService;
  std::vector<std::pair<double, Row>> lanes;  // by length, longest first
};

using Names = std::map<std::string_view, NamePlaces>;

Names collect_names(const Scene& scene) {
  Names names;
  const bool great_only = scene.canvas.metres_per_px() > 5;
  for (const Row row : scene.lanes) {
    const Lane& lane = scene.map.lanes[at(row)];
    const Road& road = scene.map.roads[at(lane.road)];
    if (lane.junction != kNone || road.name.size == 0 || !stands_for_section(scene.map, row)) continue;
    if (great_only && draw_rank(road.road_class) <= draw_rank(RoadClass::kResidential)) continue;
    const auto points = scene.map.lane_points(row);
    const LanePoint& mid = points[points.size() / 2];
    if (!inside(scene.canvas, mid.x, mid.y, 0)) continue;
    NamePlaces& places = names[scene.map.text_of(road.name)];
    places.length += lane.length;
    places.lanes.emplace_back(lane.length, row);
    if (draw_rank(road.road_class) > draw_rank(places.road_class)) places.road_class = road.road_class;
  }
  for (auto& [name, places] : names)
    std::sort(places.lanes.begin(), places.lanes.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
  return names;
}

// A text takes the place of a chain of discs along its line.
using Discs = std::vector<Vec2>;
constexpr double kDiscPx = 9;

Discs discs_of(Vec2 centre, double width, double angle) {
  Discs discs;
  const Vec2 along(sim::cos(angle), sim::sin(angle));
  for (double u = -width / 2; u <= width / 2 + kDiscPx; u += kDiscPx) discs.push_back(centre + u * along);
  return discs;
}

bool fits(const Scene& scene, const Discs& placed, const Discs& text) {
  return std::all_of(text.begin(), text.end(), [&](const Vec2& t) {
    if (t.x() < 12 || t.y() < 12 || t.x() > scene.canvas.width_px() - 12 || t.y() > scene.canvas.height_px() - 12)
      return false;
    return std::none_of(placed.begin(), placed.end(), [&](const Vec2& p) { return (p - t).norm() < 2 * kDiscPx; });
  });
}

// The angle on the screen, turned so that the text never stands on its head.
double text_angle(const Scene& scene, Row lane) {
  const auto points = scene.map.lane_points(lane);
  const std::size_t mid = points.size() / 2;
  double angle = -points[mid].heading;
  angle = sim::wrap_angle(angle);
  if (angle > sim::kPi / 2) angle -= sim::kPi;
  if (angle < -sim::kPi / 2) angle += sim::kPi;
  return angle;
}

}  // namespace

void draw_road_names(Scene& scene) {
  const double mpp = scene.canvas.metres_per_px();
  const Names names = collect_names(scene);
  std::vector<std::pair<std::string_view, const NamePlaces*>> order;
  for (const auto& [name, places] : names) order.emplace_back(name, &places);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    const int ra = draw_rank(a.second->road_class), rb = draw_rank(b.second->road_class);
    if (ra != rb) return ra > rb;
    return a.second->length != b.second->length ? a.second->length > b.second->length : a.first < b.first;
  });
  Discs placed;
  for (const auto& [name, places] : order) {
    TextStyle style{.size_px = scene.detail.plan ? 13.0 : 11.0,
                    .color = kInk,
                    .bold = scene.detail.plan,
                    .anchor_x = 0.5,
                    .halo_px = 2.2};
    const std::string text(name);
    const double width = scene.canvas.text_width_px(text, style);
    // A name needs a road to stand on.
    if (places->length / mpp < (scene.detail.plan ? 1.1 : 1.6) * width) continue;
    for (std::size_t i = 0; i < std::min<std::size_t>(places->lanes.size(), 12); ++i) {
      const auto points = scene.map.lane_points(places->lanes[i].second);
      const LanePoint& mid = points[points.size() / 2];
      style.angle = text_angle(scene, places->lanes[i].second);
      const Vec2 centre = scene.canvas.to_px(mid.x, mid.y);
      const Discs discs = discs_of(centre, width, style.angle);
      if (!fits(scene, placed, discs)) continue;
      placed.insert(placed.end(), discs.begin(), discs.end());
      scene.canvas.text_px(centre.x() - 4 * sim::sin(style.angle), centre.y() + 4 * sim::cos(style.angle), text, style);
      break;
    }
  }
}

namespace {

// The longest of 1, 2, 5 x 10^n metres that is at most `limit`.
double round_length(double limit) {
  double step = 1;
  while (step * 10 <= limit) step *= 10;
  if (step * 5 <= limit) return step * 5;
  return step * 2 <= limit ? step * 2 : step;
}

std::string metres_text(double metres) {
  const bool km = metres >= 1000;
  return std::to_string(static_cast<long>(std::lround(km ? metres / 1000 : metres))) + (km ? " km" : " m");
}

void scale_bar(Scene& scene, double x, double y) {
  Canvas& c = scene.canvas;
  const double metres = round_length(c.metres_per_px() * 180);
  const double length = metres / c.metres_per_px();
  for (int i = 0; i < 4; ++i) {
    c.box_px(x + i * length / 4, y, length / 4, 5);
    c.fill(i % 2 == 0 ? kInk : rgb(0xffffff));
  }
  c.box_px(x, y, length, 5);
  c.stroke(kInk, 1);
  c.text_px(x + length + 8, y + 7, metres_text(metres), {.size_px = 12, .color = kInk});
}

void north_arrow(Scene& scene, double x, double y) {
  Canvas& c = scene.canvas;
  const double sine = sim::sin(-scene.map.offset_heading), cosine = sim::cos(-scene.map.offset_heading);
  const auto turned = [&](double u, double v) { return Vec2(x + u * cosine - v * sine, y + u * sine + v * cosine); };
  const Vec2 left[3] = {turned(0, -20), turned(-9, 10), turned(0, 4)},
             right[3] = {turned(0, -20), turned(9, 10), turned(0, 4)};
  c.box_px(x - 20, y - 40, 40, 60, 8);
  c.fill(rgb(0xffffff, 0.8));
  c.polygon_px(left);
  c.fill(kInk);
  c.polygon_px(right);
  c.fill(rgb(0xffffff));
  c.polygon_px(left);
  c.polygon_px(right);
  c.stroke(kInk, 1);
  const Vec2 n = turned(0, -25);
  c.text_px(n.x(), n.y(), "N", {.size_px = 13, .color = kInk, .bold = true, .anchor_x = 0.5});
}

// Far look: which colour is which class, only those that the map has.
void class_key(Scene& scene) {
  Canvas& c = scene.canvas;
  std::vector<RoadClass> present;
  for (auto it = std::rbegin(kDrawOrder); it != std::rend(kDrawOrder); ++it)
    if (*it != RoadClass::kConnection &&
        std::any_of(scene.map.roads.begin(), scene.map.roads.end(), [&](const Road& r) { return r.road_class == *it; }))
      present.push_back(*it);
  if (present.size() < 2) return;
  const bool dots = scene.detail.junction_dots &&
                    std::any_of(scene.map.junctions.begin(), scene.map.junctions.end(),
                                [](const Junction& j) { return j.control == JunctionControl::kSignals; });
  const double rows = static_cast<double>(present.size()) + (dots ? 1 : 0);
  const double x = c.width_px() - 132, h = 18 * rows + 14;
  double y = c.height_px() - h - 14;
  c.box_px(x, y, 118, h, 6);
  c.fill(rgb(0xffffff, 0.85));
  y += 18;
  for (const RoadClass road_class : present) {
    const ClassStyle& style = style_of(road_class);
    const Vec2 line[2] = {{x + 10, y - 4}, {x + 36, y - 4}};
    c.line_px(line);
    c.stroke(style.casing, 1.2 * style.width_px + 2);
    c.line_px(line);
    c.stroke(style.fill, 1.2 * style.width_px + 0.4);
    c.text_px(x + 46, y, style.label, {.size_px = 11, .color = kInk});
    y += 18;
  }
  if (!dots) return;
  c.box_px(x + 20, y - 7.5, 6, 6, 3);
  c.fill(rgb(0x1f7a4d));
  c.text_px(x + 46, y, "signals", {.size_px = 11, .color = kInk});
}

}  // namespace

void draw_legend(Scene& scene) {
  Canvas& c = scene.canvas;
  const std::string title = scene.map.name.empty() ? scene.map.source : scene.map.name;
  const TextStyle title_style{.size_px = 17, .color = kInk, .bold = true},
      notice_style{.size_px = 12, .color = rgb(0x55595d)};
  const double text_width =
      std::max(c.text_width_px(title, title_style), c.text_width_px(scene.map.notice, notice_style));
  const double width = std::min<double>(std::max(text_width, 260.0) + 28, c.width_px() - 28);
  const double height = scene.map.notice.empty() ? 62 : 80;
  double y = c.height_px() - height - 14;
  c.box_px(14, y, width, height, 6);
  c.fill(rgb(0xffffff, 0.85));
  y += 24;
  c.text_px(28, y, title, title_style);
  if (!scene.map.notice.empty()) c.text_px(28, y += 19, scene.map.notice, notice_style);
  scale_bar(scene, 28, y + 18);
  north_arrow(scene, c.width_px() - 40, 60);
  if (!scene.detail.plan) class_key(scene);
}

}  // namespace bitgoeul::maps::picture
