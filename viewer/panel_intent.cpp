#include <fmt/format.h>
#include <imgui.h>

#include <cmath>

#include "viewer/canvas.h"
#include "viewer/panel_parts.h"

namespace bitgoeul::viewer {

namespace {

constexpr double kWayM = 600, kArcS = 2;
constexpr ImU32 kRouteColor = IM_COL32(80, 170, 255, 150), kPlanColor = IM_COL32(240, 90, 220, 255),
                kBrakeColor = IM_COL32(255, 90, 70, 230), kGoColor = IM_COL32(90, 220, 110, 230),
                kRollColor = IM_COL32(245, 190, 70, 230);

ImU32 command_color(const sim::Command& c) {
  return c.acceleration_mps2 < -0.3 ? kBrakeColor : c.acceleration_mps2 > 0.3 ? kGoColor : kRollColor;
}

void draw_points(const Canvas& c, const std::vector<Vec3>& points, double up_m, ImU32 color, float thick) {
  const Vec3 up(0, 0, up_m);
  for (std::size_t i = 1; i < points.size(); ++i) c.line(points[i - 1] + up, points[i] + up, color, thick);
}

// The two tracks of the outer wheels.
void draw_arc(const Canvas& c, const Mover& m, const sim::Command& command) {
  const auto arc = command_arc({m.x, m.y, m.z}, m.yaw, m.speed, 0.6 * m.length, command, kArcS);
  for (const double side : {-0.45, 0.45}) {
    std::vector<Vec3> track;
    for (std::size_t i = 0; i < arc.size(); ++i) {
      const Vec3 ahead = i + 1 < arc.size() ? arc[i + 1] - arc[i] : i > 0 ? arc[i] - arc[i - 1] : Vec3(1, 0, 0);
      const double length = std::max(1e-9, std::hypot(ahead.x(), ahead.y()));
      track.push_back(arc[i] + Vec3(-ahead.y(), ahead.x(), 0) * (side * m.width / length));
    }
    draw_points(c, track, 0.25, command_color(command), 3);
  }
}

void draw_plan(const Canvas& c, const Mover& m, const Intent& intent) {
  std::vector<Vec3> points;
  for (const sim::TrajectoryPoint& p : intent.plan) points.emplace_back(p.x, p.y, m.z);
  draw_points(c, points, 0.35, kPlanColor, 3);
  double next = 0;
  for (const sim::TrajectoryPoint& p : intent.plan) {  // a cross stroke every half second
    if (p.t_s < next) continue;
    next = p.t_s + 0.5;
    const Vec3 middle(p.x, p.y, m.z + 0.35), across(-std::sin(p.yaw_rad) * 0.6, std::cos(p.yaw_rad) * 0.6, 0);
    c.line(middle - across, middle + across, kPlanColor, 2);
  }
  if (points.size() > 1)
    c.text(points.back() + Vec3(0, 0, 0.8), fmt::format("{:.1f} s", intent.plan.back().t_s).c_str(), kPlanColor);
}

const Route* route_of(const State& s, sim::Row row) {
  const auto i = static_cast<std::size_t>(row);
  return row >= 0 && i < s.routes.size() && !s.routes[i].lanes.empty() ? &s.routes[i] : nullptr;
}

}  // namespace

void draw_intent(const Canvas& c) {
  const Mover* m = c.s.moment.find(c.s.selected);
  if (!m) return;
  if (const Route* route = route_of(c.s, m->row); route && c.s.first.map)
    draw_points(c, way_ahead(*c.s.first.map, *route, {m->x, m->y, m->z}, m->yaw, kWayM), 0.2, kRouteColor, 6);
  if (c.s.intent.command) draw_arc(c, *m, *c.s.intent.command);
  if (!c.s.intent.plan.empty()) draw_plan(c, *m, c.s.intent);
}

std::vector<std::pair<std::string, std::string>> intent_lines(const State& s, const Mover& m) {
  std::vector<std::pair<std::string, std::string>> lines;
  if (const auto& c = s.intent.command)
    lines.emplace_back(say(s, "command", "명령"), fmt::format("{:+.2f} m/s2  {:+.2f} deg", c->acceleration_mps2,
                                                              c->steering_rad * 180 / sim::kPi));
  if (const auto& plan = s.intent.plan; !plan.empty())
    lines.emplace_back(say(s, "plan", "계획"),
                       fmt::format("{} {}, {:.1f} s", plan.size(), say(s, "points", "점"), plan.back().t_s));
  if (const Route* route = route_of(s, m.row); route && s.first.map) {
    const double left = route_left_m(*s.first.map, *route, {m.x, m.y, m.z}, m.yaw);
    lines.emplace_back(say(s, "route", "경로"), route->closed ? std::string(say(s, "closed", "순환"))
                                                : left < 0    ? std::string(say(s, "not on it", "벗어남"))
                                                           : fmt::format("{:.0f} m {}", left, say(s, "left", "남음")));
  }
  return lines;
}

}  // namespace bitgoeul::viewer
