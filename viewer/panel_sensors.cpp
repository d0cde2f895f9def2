#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "replay/local_frame.h"
#include "viewer/canvas.h"
#include "viewer/panel_parts.h"

namespace bitgoeul::viewer {

namespace {

constexpr ImU32 kMatchedColor = IM_COL32(90, 230, 120, 235), kMissedColor = IM_COL32(255, 150, 50, 255),
                kGhostColor = IM_COL32(250, 70, 120, 240), kNotAskedColor = IM_COL32(150, 160, 170, 130),
                kTruthColor = IM_COL32(240, 240, 240, 150), kTrackColor = IM_COL32(90, 200, 245, 235);

ImU32 color_of(Verdict verdict) {
  return verdict == Verdict::kMatched  ? kMatchedColor
         : verdict == Verdict::kMissed ? kMissedColor
         : verdict == Verdict::kGhost  ? kGhostColor
                                       : kNotAskedColor;
}

Vec3 around(const Vec3& center, double radius, double angle) {
  return center + Vec3(std::cos(angle), std::sin(angle), 0) * radius;
}

void draw_sector(const Canvas& c, const Vec3& at, double yaw, double fov, double range, ImU32 color) {
  const bool whole = fov >= 2 * sim::kPi - 1e-6;
  const int parts = std::max(6, static_cast<int>(fov / 0.06));
  const double first = yaw - fov / 2;
  for (int i = 0; i < parts; ++i)
    c.line(around(at, range, first + fov * i / parts), around(at, range, first + fov * (i + 1) / parts), color);
  if (whole) return;
  c.line(at, around(at, range, first), color), c.line(at, around(at, range, first + fov), color);
}

// What a box hides from the eye of the sensor, out to the range: a shade on the ground.
void draw_shade(const Canvas& c, const Vec3& eye, const replay::Box& box, double range) {
  const double far = std::hypot(box.x - eye.x(), box.y - eye.y());
  if (far > range || far < 1.5) return;
  const double n = std::sin(box.yaw_rad), s = std::cos(box.yaw_rad),
               middle = std::atan2(box.y - eye.y(), box.x - eye.x());
  double low = 0, high = 0, low_r = far, high_r = far;
  for (int i = 0; i < 4; ++i) {
    const double u = (i % 2 ? 1 : -1) * box.length_m / 2, v = (i / 2 ? 1 : -1) * box.width_m / 2;
    const double x = box.x + u * s - v * n - eye.x(), y = box.y + u * n + v * s - eye.y();
    const double off = std::remainder(std::atan2(y, x) - middle, 2 * sim::kPi);
    if (off < low) low = off, low_r = std::hypot(x, y);
    if (off > high) high = off, high_r = std::hypot(x, y);
  }
  if (high - low > 1.5) return;
  const Vec3 corners[] = {around(eye, low_r, middle + low), around(eye, range, middle + low),
                          around(eye, range, middle + high), around(eye, high_r, middle + high)};
  c.area(corners, IM_COL32(255, 190, 90, 22));
}

void draw_fields(const Canvas& c, const JudgedPercept& p) {
  const SensorFeed& feed = *c.s.first.feed;
  const replay::Pose& ego = p.boxes.ego;
  const double yaw = replay::yaw_of(ego.rotation), degree = sim::kPi / 180;
  const Vec3 ground = ego.position + Vec3(0, 0, 0.1);
  const replay::StubSetup& stub = feed.stub();
  double range = feed.region().range_m;
  if (stub.kind == replay::StubKind::kPhenomenological) {
    for (const replay::SensorModel& m : stub.sensors) {
      const Vec3 at = ground + Vec3(std::cos(yaw) * m.x_m - std::sin(yaw) * m.y_m,
                                    std::sin(yaw) * m.x_m + std::cos(yaw) * m.y_m, 0);
      range = *std::max_element(std::begin(m.range_m), std::end(m.range_m));
      draw_sector(c, at, yaw + m.yaw_deg * degree, m.fov_deg * degree, range, IM_COL32(255, 200, 110, 130));
    }
  } else {
    draw_sector(c, ground, yaw, 2 * sim::kPi, range, IM_COL32(255, 200, 110, 130));
  }
  if (feed.region().fov_deg < 360)
    draw_sector(c, ground, yaw, feed.region().fov_deg * degree, range, IM_COL32(130, 200, 255, 130));
  for (const replay::Box& box : p.boxes.has_truth ? p.boxes.truth : p.boxes.tracks) draw_shade(c, ground, box, range);
}

// Rings of 10 m steps, where there is no map to judge distances by.
void draw_rings(const Canvas& c, const Vec3& ground) {
  for (const double radius : {10.0, 20.0, 30.0, 40.0, 50.0}) {
    draw_sector(c, ground, 0, 2 * sim::kPi, radius, IM_COL32(120, 135, 150, 60));
    c.text(around(ground, radius, 0.6), fmt::format("{:.0f} m", radius).c_str(), IM_COL32(150, 165, 180, 160));
  }
}

void draw_arrow(const Canvas& c, const replay::Box& box, ImU32 color) {
  const double speed = std::hypot(box.vx_mps, box.vy_mps);
  if (!box.has_velocity || speed < 0.5 || speed > 80) return;
  const Vec3 from(box.x, box.y, box.z), to = from + Vec3(box.vx_mps, box.vy_mps, 0);  // where it is in a second
  const Vec3 back = (from - to).normalized() * 0.7, side(-back.y() * 0.5, back.x() * 0.5, 0);
  c.line(from, to, color, 2), c.line(to, to + back + side, color, 2), c.line(to, to + back - side, color, 2);
}

void draw_trails(const Canvas& c) {
  const auto frames = c.s.first.feed->before(c.s.playback.time_ns, 3'000'000'000);
  for (std::size_t i = 1; i < frames.size(); ++i)
    for (const replay::Box& now : frames[i]->boxes.tracks)
      for (const replay::Box& then : frames[i - 1]->boxes.tracks)
        if (now.id == then.id) c.line({then.x, then.y, then.z}, {now.x, now.y, now.z}, IM_COL32(90, 200, 245, 150), 2);
}

// The vehicle that looks, where the log does not tell of it as an entity.
void draw_ego(const Canvas& c, const replay::Percept& p) {
  for (const Mover& m : c.s.moment.movers)
    if (m.role == sim::Role::kEgo) return;
  replay::Box box = p.ego_box;
  if (box.length_m <= 0) {  // a car with its rear axle at the origin
    const double yaw = replay::yaw_of(p.ego.rotation);
    box.x = p.ego.position.x() + 1.35 * std::cos(yaw), box.y = p.ego.position.y() + 1.35 * std::sin(yaw);
    box.z = p.ego.position.z() + 0.75, box.yaw_rad = yaw;
    box.length_m = 4.5, box.width_m = 1.8, box.height_m = 1.5;
  }
  c.box(box, IM_COL32(120, 220, 255, 255), 2);
  c.text({box.x, box.y, box.z + 1}, say(c.s, "this vehicle", "자차"), IM_COL32(120, 220, 255, 255));
}

void draw_boxes(const Canvas& c, const JudgedPercept& p) {
  const Settings& set = c.s.settings;
  const replay::Percept& b = p.boxes;
  if (set.show_truth)
    for (std::size_t i = 0; i < p.truth.size(); ++i) {
      const bool missed = p.truth[i] == Verdict::kMissed;
      c.box(b.truth[i],
            missed                            ? kMissedColor
            : p.truth[i] == Verdict::kMatched ? kTruthColor
                                              : kNotAskedColor,
            missed ? 2.5f : 1.0f);
      if (missed)
        c.text({b.truth[i].x, b.truth[i].y, b.truth[i].z + b.truth[i].height_m / 2 + 0.3}, say(c.s, "missed", "놓침"),
               kMissedColor);
    }
  if (set.show_detections)
    for (std::size_t i = 0; i < b.detections.size(); ++i)
      c.box(b.detections[i], color_of(p.detections[i]), p.detections[i] == Verdict::kNotAsked ? 1.0f : 2.0f);
  if (!set.show_tracks) return;
  draw_trails(c);
  for (std::size_t i = 0; i < b.tracks.size(); ++i) {
    const replay::Box& t = b.tracks[i];
    const Vec3 top(t.x, t.y, t.z + t.height_m / 2 + 0.3);
    if (!set.show_detections) c.box(t, color_of(p.tracks[i]), 2);
    draw_arrow(c, t, kTrackColor);
    if ((top - c.s.pose.eye).norm() < 150 && p.tracks[i] != Verdict::kNotAsked)
      c.text(top, fmt::format("{} {}{}", to_string(t.object_class), t.id, t.predicted ? " ?" : "").c_str(),
             p.tracks[i] == Verdict::kGhost ? kGhostColor : kTrackColor);
  }
}

void colored(ImU32 color, const std::string& words) {
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextUnformatted(words.c_str());
  ImGui::PopStyleColor();
}

void draw_counts(const State& s) {
  const auto& p = s.sensed.percept;
  if (!p) return ImGui::TextDisabled("%s", say(s, "no detections here", "여기에는 탐지 없음"));
  if (!p->boxes.has_truth)
    return ImGui::Text("%zu %s, %zu %s", p->boxes.detections.size(), say(s, "detections", "탐지"),
                       p->boxes.tracks.size(), say(s, "tracks", "추적"));
  colored(kMatchedColor, fmt::format("{} {}", p->matched, say(s, "matched", "맞음")));
  ImGui::SameLine();
  colored(kMissedColor, fmt::format("{} {}", p->missed, say(s, "missed", "놓침")));
  ImGui::SameLine();
  colored(kGhostColor, fmt::format("{} {}", p->ghosts, say(s, "ghost", "유령")));
  colored(kTruthColor, fmt::format("{} {}", p->boxes.truth.size(), say(s, "true", "실제")));
  ImGui::SameLine();
  colored(kTrackColor, fmt::format("{} {}", p->boxes.tracks.size(), say(s, "tracks", "추적")));
}

void draw_pictures(const State& s) {
  for (const ShownPicture& p : s.pictures) {
    ImGui::TextDisabled("%s", shown(p.name, 40).c_str());
    if (p.width <= 0) {
      ImGui::TextDisabled("%s", say(s, "cannot be decoded", "해독할 수 없음"));
      continue;
    }
    const float w = 300, h = std::min(220.0f, w * static_cast<float>(p.height) / static_cast<float>(p.width));
    ImGui::Image(reinterpret_cast<ImTextureID>(static_cast<std::intptr_t>(p.texture)), ImVec2(w, h));
  }
}

}  // namespace

void draw_sensed(const Canvas& c) {
  if (!c.s.first.feed) return;
  const auto& percept = c.s.sensed.percept;
  const auto& cloud = c.s.sensed.cloud;
  if (!c.s.first.map)
    draw_rings(c, percept ? percept->boxes.ego.position : cloud ? cloud->to_local.position : Vec3(0, 0, 0));
  if (!percept) return;
  if (c.s.settings.show_fields) draw_fields(c, *percept);
  draw_boxes(c, *percept);
  draw_ego(c, percept->boxes);
}

void draw_sensors(State& s, float x, float y) {
  ImGui::SetNextWindowPos(ImVec2(x, y), ImGuiCond_Always);
  ImGui::Begin(say(s, "Sensors###sensorpanel", "센서###sensorpanel"), &s.settings.show_sensors,
               ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoMove);
  remember_window(s, "sensorpanel");
  if (s.sensed.cloud) ImGui::Text("%zu %s", s.sensed.cloud->points.x.size(), say(s, "points", "점"));
  if (s.first.feed->has_points()) {
    ImGui::SetNextItemWidth(110);
    ImGui::Combo(say(s, "points by", "점 색"), &s.settings.points_by,
                 say(s, "height\0intensity\0time\0none\0", "높이\0세기\0시간\0없음\0"));
  }
  ImGui::TextDisabled("%s", s.first.feed->stub().name.c_str());
  draw_counts(s);
  const auto check = [&s](const char* name, const char* en, const char* ko, bool& on) {
    ImGui::Checkbox(say(s, en, ko), &on);
    remember_spot(s, name);
  };
  check("show_truth", "truth", "실제", s.settings.show_truth);
  ImGui::SameLine();
  check("show_detections", "detections", "탐지", s.settings.show_detections);
  check("show_tracks", "tracks", "추적", s.settings.show_tracks);
  ImGui::SameLine();
  check("show_fields", "fields of view", "시야", s.settings.show_fields);
  draw_pictures(s);
  ImGui::End();
}

}  // namespace bitgoeul::viewer
