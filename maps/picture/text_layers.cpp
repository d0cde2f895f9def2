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

// Where a road's name may stand: the middle of its longest lane in the box.
struct NamePlace {
  double length = 0;  // of all roads of that name in the box
  double best = 0;    // of the lane that carries the name
  Row lane = kNone;
  RoadClass road_class = RoadClass::kUnknown;
};

using Names = std::map<std::string_view, NamePlace>;

Names collect_names(const Scene& scene) {
  Names names;
  for (const Row row : scene.lanes) {
    const Lane& lane = scene.map.lanes[at(row)];
    if (!drivable(lane.type) || lane.junction != kNone || std::abs(lane.odr_id) != 1) continue;
    const auto points = scene.map.lane_points(row);
    const LanePoint& mid = points[points.size() / 2];
    const Road& road = scene.map.roads[at(lane.road)];
    if (road.name.size == 0 || !inside(scene.canvas, mid.x, mid.y, 0)) continue;
    NamePlace& place = names[scene.map.text_of(road.name)];
    place.length += lane.length;
    if (lane.length > place.best) place.best = lane.length, place.lane = row, place.road_class = road.road_class;
  }
  return names;
}

struct PlacedText {
  Vec2 centre;
  double half = 0;
};

bool collides(const std::vector<PlacedText>& placed, const PlacedText& text) {
  return std::any_of(placed.begin(), placed.end(), [&](const PlacedText& p) {
    const double dx = std::abs(p.centre.x() - text.centre.x()), dy = std::abs(p.centre.y() - text.centre.y());
    return dx < p.half + text.half && dy < std::max(14.0, 0.6 * std::min(p.half, text.half));
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
  std::vector<std::pair<std::string_view, NamePlace>> order(names.begin(), names.end());
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    const int ra = draw_rank(a.second.road_class), rb = draw_rank(b.second.road_class);
    if (ra != rb) return ra > rb;
    return a.second.length != b.second.length ? a.second.length > b.second.length : a.first < b.first;
  });
  std::vector<PlacedText> placed;
  const double margin = 40;
  for (const auto& [name, place] : order) {
    const TextStyle style{.size_px = scene.detail.plan ? 13.0 : 11.0,
                          .color = kInk,
                          .bold = scene.detail.plan,
                          .angle = text_angle(scene, place.lane),
                          .anchor_x = 0.5,
                          .halo_px = 2.2};
    const std::string text(name);
    const double width = scene.canvas.text_width_px(text, style);
    // A name needs a road to stand on, and far away only great roads have one.
    if (place.length / mpp < (scene.detail.plan ? 1.1 : 1.6) * width) continue;
    const auto points = scene.map.lane_points(place.lane);
    const LanePoint& mid = points[points.size() / 2];
    const PlacedText here{scene.canvas.to_px(mid.x, mid.y), width / 2 + 6};
    if (here.centre.x() < margin || here.centre.x() > scene.canvas.width_px() - margin || here.centre.y() < margin ||
        here.centre.y() > scene.canvas.height_px() - margin || collides(placed, here))
      continue;
    placed.push_back(here);
    scene.canvas.text_px(here.centre.x() - 4 * sim::sin(style.angle), here.centre.y() + 4 * sim::cos(style.angle), text,
                         style);
    if (placed.size() >= 120) break;
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
