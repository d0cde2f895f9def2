#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "maps/place.h"
#include "viewer/app.h"
#include "viewer/canvas.h"
#include "viewer/panel_parts.h"

namespace bitgoeul::viewer {

namespace {

void draw_labels(const Canvas& c, const Moment& moment) {
  for (const Mover& m : moment.movers) {
    if (m.role == sim::Role::kTraffic && m.row != c.s.selected) continue;
    const Vec3 top = m.center() + Vec3(0, 0, m.height + 0.7);
    if ((top - c.s.pose.eye).norm() > 350) continue;
    c.text(top, shown(name_of(c.s, m.row), 40).c_str(),
           m.row == c.s.selected ? IM_COL32(255, 230, 120, 255) : IM_COL32(220, 235, 245, 220));
  }
}

// Where the selected vehicle came from, and in a log where it will go.
void draw_trail(const Canvas& c) {
  const auto samples = c.s.source()->history().of(c.s.selected);
  const std::int64_t now = c.s.playback.time_ns, reach = 12'000'000'000;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const Sample &a = samples[i - 1], &b = samples[i];
    if (b.time_ns < now - reach || a.time_ns > now + reach / 2) continue;
    if (std::hypot(a.x - b.x, a.y - b.y) > 20) continue;  // entered the map again elsewhere
    const bool past = b.time_ns <= now;
    c.line({static_cast<double>(a.x), static_cast<double>(a.y), static_cast<double>(a.z) + 0.15},
           {static_cast<double>(b.x), static_cast<double>(b.y), static_cast<double>(b.z) + 0.15},
           past ? IM_COL32(90, 200, 245, 200) : IM_COL32(140, 240, 140, 200), 2.5f);
  }
}

// Events of the last seconds, shown where they happened.
void draw_event_places(const Canvas& c) {
  for (const TimedEvent& e : c.s.events) {
    const std::int64_t age = c.s.playback.time_ns - e.time_ns;
    if (age < 0 || age > 4'000'000'000 || !notable(e.event) || e.event.kind == sim::EventKind::kLaneChange) continue;
    const Mover* m = c.s.moment.find(e.event.entity.row());
    c.text({e.event.x, e.event.y, (m ? m->z : 0) + 3.2}, sim::to_string(e.event.kind).data(),
           IM_COL32(255, 120, 100, 255));
  }
}

void draw_measure(const Canvas& c) {
  const auto& points = c.s.measure.points;
  double sum = 0;
  const auto leg = [&](const Vec3& a, const Vec3& b) {
    sum += (b - a).norm();
    c.line(a, b, IM_COL32(255, 220, 80, 255), 2);
    c.text(
        b + Vec3(0, 0, 0.6),
        fmt::format("{:.2f} m{}", (b - a).norm(), points.size() > 1 ? fmt::format("  ({:.2f} m)", sum) : std::string())
            .c_str(),
        IM_COL32(255, 235, 150, 255));
  };
  for (std::size_t i = 1; i < points.size(); ++i) leg(points[i - 1], points[i]);
  if (!points.empty() && c.s.under_mouse) leg(points.back(), *c.s.under_mouse);
}

// Streaks before the eye; the same for the same moment.
void draw_rain(const Canvas& c) {
  const int count = static_cast<int>(500 * c.s.weather.rain);
  const double t = static_cast<double>(c.s.playback.time_ns / 50'000'000);
  for (int i = 0; i < count; ++i) {
    const double x = place_random(i, static_cast<std::int64_t>(t), 41) * c.width,
                 y = place_random(i, static_cast<std::int64_t>(t), 42) * c.height;
    const double length = 12 + 26 * place_random(i, 0, 43);
    c.draw.AddLine(ImVec2(static_cast<float>(x), static_cast<float>(y)),
                   ImVec2(static_cast<float>(x - length * 0.12), static_cast<float>(y + length)),
                   IM_COL32(200, 210, 225, 90), 1);
  }
}

// The second run's half; and what parts it from the first's.
void draw_right_half(const State& s, int width, int height) {
  const int half = s.view_width(width);
  const Canvas c{s, *ImGui::GetBackgroundDrawList(), width - half, height, half};
  const float x = static_cast<float>(half), bottom = static_cast<float>(height);
  c.draw.PushClipRect(ImVec2(x, 0), ImVec2(static_cast<float>(width), bottom));
  if (const Mover* m = s.ghost.find(s.selected)) c.box(box_of(*m), IM_COL32(255, 220, 80, 230));
  if (s.settings.labels) draw_labels(c, s.ghost);
  c.draw.PopClipRect();
  c.draw.AddLine(ImVec2(x, 0), ImVec2(x, bottom), IM_COL32(15, 20, 25, 255), 2);
}

}  // namespace

void draw_overlay(State& s, int width, int height) {
  const Canvas c{s, *ImGui::GetBackgroundDrawList(), s.view_width(width), height};
  c.draw.PushClipRect(ImVec2(0, 0), ImVec2(static_cast<float>(c.width), static_cast<float>(height)));
  if (s.weather.rain > 0) draw_rain(c);
  draw_sensed(c);
  if (s.source()) {
    if (s.settings.intent) draw_intent(c);
    if (s.settings.trails && s.selected != sim::kNone) draw_trail(c);
    if (s.settings.boxes)
      for (const Mover& m : s.moment.movers)
        if ((m.center() - s.pose.eye).norm() < 250)
          c.box(box_of(m), m.role == sim::Role::kEgo ? IM_COL32(90, 200, 245, 220) : IM_COL32(200, 200, 200, 150));
    if (const Mover* m = s.moment.find(s.selected); m && s.rig.mode != CameraMode::kDriver)
      c.box(box_of(*m), IM_COL32(255, 220, 80, 230));
    if (s.settings.labels) draw_labels(c, s.moment);
    draw_event_places(c);
    draw_criteria_places(c);
    if (s.second.source && !s.halves()) draw_ghost_links(c);
  }
  if (s.measure.on) draw_measure(c);
  c.draw.PopClipRect();
  if (s.halves()) draw_right_half(s, width, height);
}

std::string place_text(const State& s) {
  if (!s.under_mouse || !s.first.map) return {};
  const Vec3& p = *s.under_mouse;
  std::string text = fmt::format("x {:.1f}  y {:.1f}", p.x(), p.y());
  const maps::Map& map = *s.first.map;
  if (s.first.projection)
    if (const auto g = s.first.projection->inverse(p.x(), p.y()))
      text += fmt::format("   {:.6f} N {:.6f} E", g->latitude_deg, g->longitude_deg);
  if (const auto place = maps::place_near(map, p.x(), p.y()))
    text += fmt::format("   road {} lane {} s {:.1f} t {:+.1f}",
                        map.text_of(map.roads[static_cast<std::size_t>(place->road_lane.road)].id),
                        place->road_lane.lane_id, place->road_lane.s, place->lane.t);
  return text;
}

std::string event_text(const State& s, const TimedEvent& e) {
  std::string text = fmt::format("{:8.2f}  {}  {}", static_cast<double>(e.time_ns) * 1e-9, sim::to_string(e.event.kind),
                                 name_of(s, e.event.entity.row()));
  if (!e.event.other.null()) text += "  " + name_of(s, e.event.other.row());
  return shown(text);
}

std::string story_text(const TimedStory& e) {
  return shown(fmt::format("{:8.2f}  {} {}  {}{}{}", static_cast<double>(e.time_ns) * 1e-9,
                           replay::to_string(e.change.type), replay::to_string(e.change.transition), e.change.element,
                           e.change.what.empty() ? "" : ": ", e.change.what));
}

namespace {

// A line of the list: an event, or something that the storyboard did.
struct ListRow {
  std::int64_t time_ns = 0;
  const TimedEvent* event = nullptr;
  const TimedStory* story = nullptr;
};

std::vector<ListRow> rows_of(const State& s) {
  std::vector<ListRow> rows;
  for (const TimedStory& e : s.story)
    if (notable(e.change)) rows.push_back({e.time_ns, nullptr, &e});
  for (const TimedEvent& e : s.events)
    if (notable(e.event)) rows.push_back({e.time_ns, &e, nullptr});
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
  return rows;
}

}  // namespace

void draw_events(State& s, int width, int height) {
  ImGui::SetNextWindowPos(ImVec2(static_cast<float>(width) / 2 - 220, static_cast<float>(height) - 330),
                          ImGuiCond_FirstUseEver);
  ImGui::SetNextWindowSize(ImVec2(440, 220), ImGuiCond_FirstUseEver);
  ImGui::Begin(say(s, "Events###eventlist", "사건###eventlist"), &s.settings.show_events);
  const std::vector<ListRow> rows = rows_of(s);
  for (const Mark& m : s.marks) {
    if (!ImGui::Selectable(
            fmt::format("{:8.2f}  {} {}", static_cast<double>(m.time_ns) * 1e-9, say(s, "mark", "표시"), shown(m.text))
                .c_str()))
      continue;
    s.playback.time_ns = m.time_ns, s.playback.playing = false;
    if (m.entity != sim::kNone) select(s, m.entity);
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(rows.size()));
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const ListRow& row = rows[static_cast<std::size_t>(i)];
      const std::string text = row.event != nullptr ? event_text(s, *row.event) : story_text(*row.story);
      if (ImGui::Selectable(fmt::format("{}##{}", text, i).c_str())) {
        s.playback.time_ns = row.time_ns, s.playback.playing = false;
        if (row.event != nullptr) look_at(s, row.event->event.entity.row());
      }
      if (i == 0) remember_spot(s, "first_event");
    }
  ImGui::End();
}

void draw_view(State& s) {
  ImGui::SetNextWindowPos(ImVec2(310, 60), ImGuiCond_FirstUseEver);
  ImGui::Begin(say(s, "View###viewoptions", "보기###viewoptions"), &s.settings.show_view,
               ImGuiWindowFlags_AlwaysAutoResize);
  const auto slider = [](const char* label, double& value, float low, float high, const char* format) {
    float v = static_cast<float>(value);
    ImGui::SetNextItemWidth(160);
    if (ImGui::SliderFloat(label, &v, low, high, format)) value = static_cast<double>(v);
  };
  slider(say(s, "hour", "시각"), s.weather.hour, 0, 24, "%.1f h");
  ImGui::SetNextItemWidth(160);
  ImGui::SliderInt(say(s, "month", "월"), &s.weather.month, 1, 12);
  slider(say(s, "fog sight", "안개 시정"), s.weather.fog_m, 0, 3000,
         s.weather.fog_m > 0 ? "%.0f m" : say(s, "none", "없음"));
  slider(say(s, "rain", "비"), s.weather.rain, 0, 1, "%.2f");
  slider(say(s, "field of view", "화각"), s.settings.fov_deg, 20, 110, "%.0f deg");
  ImGui::Checkbox(say(s, "shadows", "그림자"), &s.weather.shadows);
  ImGui::Checkbox(say(s, "labels", "이름표"), &s.settings.labels);
  ImGui::Checkbox(say(s, "trails", "궤적"), &s.settings.trails);
  ImGui::Checkbox(say(s, "boxes", "상자"), &s.settings.boxes);
  ImGui::Checkbox(say(s, "route, command, plan", "경로, 명령, 계획"), &s.settings.intent);
  ImGui::SetNextItemWidth(160);
  ImGui::Combo(say(s, "colour by", "색 기준"), &s.settings.color_by,
               say(s, "role\0speed\0state\0type\0company\0verdict\0", "역할\0속도\0상태\0종류\0회사\0판정\0"));
  if (ImGui::Button(say(s, "save picture", "그림 저장"))) s.wish.save_picture = true;
  ImGui::TextDisabled("%.1f ms (%s %.1f ms)", s.frame_ms, say(s, "without drawing", "그리기 제외"), s.prepare_ms);
  ImGui::End();
}

}  // namespace bitgoeul::viewer
