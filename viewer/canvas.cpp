#include "viewer/canvas.h"

#include <imgui.h>

#include <cmath>
#include <vector>

namespace bitgoeul::viewer {

namespace {

ImVec2 pixel(const PixelPlace& p) { return {static_cast<float>(p.x), static_cast<float>(p.y)}; }

}  // namespace

void Canvas::line(const Vec3& a, const Vec3& b, unsigned color, float thick) const {
  constexpr double kNear = 0.3;
  Vec3 p = a, q = b;
  const double da = (a - s.pose.eye).dot(s.pose.ahead), db = (b - s.pose.eye).dot(s.pose.ahead);
  if (da < kNear && db < kNear) return;
  if (da < kNear) p = a + (b - a) * ((kNear - da) / (db - da));
  if (db < kNear) q = a + (b - a) * ((kNear - da) / (db - da));
  const auto from = at(p), to = at(q);
  if (from && to) draw.AddLine(pixel(*from), pixel(*to), color, thick);
}

void Canvas::text(const Vec3& p, const char* words, unsigned color) const {
  const auto place = at(p);
  if (!place) return;
  const ImVec2 size = ImGui::CalcTextSize(words),
               low(static_cast<float>(place->x) - size.x / 2, static_cast<float>(place->y) - size.y);
  draw.AddRectFilled(ImVec2(low.x - 3, low.y - 1), ImVec2(low.x + size.x + 3, low.y + size.y + 1),
                     IM_COL32(10, 15, 20, 150), 3);
  draw.AddText(low, color, words);
}

void Canvas::box(const replay::Box& b, unsigned color, float thick) const {
  const double c = std::cos(b.yaw_rad), n = std::sin(b.yaw_rad);
  const Vec3 low(b.x, b.y, b.z - b.height_m / 2), up(0, 0, b.height_m);
  const Vec3 along = Vec3(c, n, 0) * (b.length_m / 2), across = Vec3(-n, c, 0) * (b.width_m / 2);
  const Vec3 corners[4] = {low - along - across, low + along - across, low + along + across, low - along + across};
  for (int i = 0; i < 4; ++i) {
    const Vec3 &from = corners[i], &to = corners[(i + 1) % 4];
    line(from, to, color, thick), line(from + up, to + up, color, thick), line(from, from + up, color, thick);
  }
}

void Canvas::area(std::span<const Vec3> corners, unsigned color) const {
  std::vector<ImVec2> points;
  for (const Vec3& corner : corners) {
    const auto p = at(corner);
    if (!p || std::abs(p->x) > 1e5 || std::abs(p->y) > 1e5) return;
    points.push_back(pixel(*p));
  }
  draw.AddConvexPolyFilled(points.data(), static_cast<int>(points.size()), color);
}

replay::Box box_of(const Mover& m) {
  const Vec3 center = m.center();
  replay::Box box;
  box.x = center.x(), box.y = center.y(), box.z = center.z() + m.height / 2, box.yaw_rad = m.yaw;
  box.length_m = m.length, box.width_m = m.width, box.height_m = m.height;
  return box;
}

}  // namespace bitgoeul::viewer
