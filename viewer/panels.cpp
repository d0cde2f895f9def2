#include "viewer/panels.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "viewer/hands.h"
#include "viewer/panel_parts.h"

namespace bitgoeul::viewer {

namespace {

constexpr float kTimelineHeight = 92, kSide = 290;

bool button(State& s, const char* name, const char* label, const char* tip) {
  const bool pressed = ImGui::Button(fmt::format("{}##{}", label, name).c_str());
  remember_spot(s, name);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", tip);
  return pressed;
}

ImU32 story_color(replay::StoryTransition transition) {
  switch (transition) {
    case replay::StoryTransition::kStart:
      return IM_COL32(110, 230, 120, 255);
    case replay::StoryTransition::kFailed:
      return IM_COL32(255, 90, 80, 255);
    default:
      return IM_COL32(150, 165, 180, 255);
  }
}

ImU32 event_color(sim::EventKind kind) {
  switch (kind) {
    case sim::EventKind::kCollisionBegin:
    case sim::EventKind::kCollisionEnd:
      return IM_COL32(240, 70, 60, 255);
    case sim::EventKind::kRedLight:
      return IM_COL32(250, 150, 60, 255);
    case sim::EventKind::kStandstill:
    case sim::EventKind::kOffRoad:
      return IM_COL32(250, 210, 70, 255);
    case sim::EventKind::kRouteCompleted:
      return IM_COL32(90, 220, 120, 255);
    case sim::EventKind::kLaneChange:
      return IM_COL32(100, 150, 210, 160);
    default:
      return IM_COL32(120, 130, 140, 120);
  }
}

void draw_controls(State& s) {
  Playback& p = s.playback;
  if (button(s, "start", "|<", say(s, "to the start (Home)", "처음으로"))) p.time_ns = 0;
  ImGui::SameLine();
  if (button(s, "previous", "<!", say(s, "previous event (P)", "이전 사건"))) p.jump(stops(s), false);
  ImGui::SameLine();
  if (button(s, "back", "<", say(s, "one frame back", "한 프레임 뒤로"))) p.step(-1, s.end_ns());
  ImGui::SameLine();
  if (button(s, "play", p.playing ? "||" : ">", say(s, "play, stand (Space)", "재생, 정지"))) {
    p.playing = !p.playing;
    if (p.playing && p.time_ns >= s.end_ns()) p.time_ns = 0;
  }
  ImGui::SameLine();
  if (button(s, "on", ">·", say(s, "one frame on", "한 프레임 앞으로"))) p.step(1, s.end_ns());
  ImGui::SameLine();
  if (button(s, "next", "!>", say(s, "next event (N)", "다음 사건"))) p.jump(stops(s), true);
  ImGui::SameLine();
  ImGui::SetNextItemWidth(110);
  float speed = static_cast<float>(p.speed);
  if (ImGui::SliderFloat("##speed", &speed, 0.125f, 64, "%.3gx", ImGuiSliderFlags_Logarithmic))
    p.speed = static_cast<double>(speed);
  ImGui::SameLine();
  ImGui::Checkbox(say(s, "loop", "반복"), &p.loop);
  remember_spot(s, "loop");
  if (p.loop) {
    ImGui::SameLine();
    if (ImGui::SmallButton("[")) p.loop_begin_ns = p.time_ns;
    ImGui::SameLine();
    if (ImGui::SmallButton("]")) p.loop_end_ns = p.time_ns;
  }
  if (s.source() && s.source()->live()) {
    ImGui::SameLine();
    ImGui::SetNextItemWidth(80);
    ImGui::InputInt(say(s, "seed", "시드"), &s.next_seed, 0);
    ImGui::SameLine();
    if (button(s, "restart", say(s, "restart", "다시"),
               say(s, "run again from the start with this seed", "이 시드로 처음부터")))
      s.wish.restart = true, s.wish.seed = static_cast<std::uint64_t>(std::max(s.next_seed, 0));
  }
  ImGui::SameLine();
  const double t = static_cast<double>(p.time_ns) * 1e-9, end = static_cast<double>(s.end_ns()) * 1e-9;
  ImGui::Text("%02d:%06.3f / %02d:%02d   %s %lld   %s", static_cast<int>(t / 60), std::fmod(t, 60),
              static_cast<int>(end / 60), static_cast<int>(std::fmod(end, 60)), say(s, "step", "스텝"),
              static_cast<long long>(s.moment.step), s.source() ? s.source()->title().c_str() : "");
}

void draw_bar(State& s) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const ImVec2 size(ImGui::GetContentRegionAvail().x, 30);
  ImGui::InvisibleButton("timeline", size);
  remember_spot(s, "timeline");
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const double end = std::max<double>(1, static_cast<double>(s.end_ns()));
  const auto x_of = [&](std::int64_t t) { return low.x + size.x * static_cast<float>(static_cast<double>(t) / end); };
  const float y0 = low.y + 4, y1 = low.y + size.y - 4;
  draw.AddRectFilled(ImVec2(low.x, y0), ImVec2(low.x + size.x, y1), IM_COL32(30, 40, 50, 255), 3);
  if (s.source())
    draw.AddRectFilled(ImVec2(low.x, y0), ImVec2(x_of(std::min(s.source()->known_ns(), s.end_ns())), y1),
                       IM_COL32(48, 66, 82, 255), 3);
  if (s.playback.loop && s.playback.loop_end_ns > s.playback.loop_begin_ns)
    draw.AddRectFilled(ImVec2(x_of(s.playback.loop_begin_ns), y0), ImVec2(x_of(s.playback.loop_end_ns), y1),
                       IM_COL32(70, 110, 160, 120));
  for (const TimedEvent& e : s.events) {
    if (!notable(e.event)) continue;
    const bool weak = e.event.kind == sim::EventKind::kLaneChange;
    const float x = x_of(e.time_ns);
    draw.AddLine(ImVec2(x, weak ? y1 - 6 : y0), ImVec2(x, y1), event_color(e.event.kind), weak ? 1.0f : 2.0f);
  }
  std::string pointed;  // what of the storyboard lies under the mouse
  for (const TimedStory& e : s.story) {
    if (!notable(e.change)) continue;
    const float x = x_of(e.time_ns);
    draw.AddLine(ImVec2(x, y0), ImVec2(x, y0 + 8), story_color(e.change.transition), 2);
    if (ImGui::IsItemHovered() && std::abs(ImGui::GetIO().MousePos.x - x) < 4 && pointed.size() < 1000)
      pointed.append(pointed.empty() ? "" : "\n").append(story_text(e));
  }
  if (!pointed.empty()) ImGui::SetTooltip("%s", pointed.c_str());
  for (const Mark& m : s.marks) {
    const float x = x_of(m.time_ns);
    draw.AddTriangleFilled(ImVec2(x - 5, low.y), ImVec2(x + 5, low.y), ImVec2(x, low.y + 9),
                           IM_COL32(120, 220, 250, 255));
  }
  for (const ShownCriterion& c : s.first.criteria)
    if (c.failed() && c.time_ns >= 0)
      draw.AddCircleFilled(ImVec2(x_of(c.time_ns), low.y + size.y / 2), 4, IM_COL32(255, 110, 95, 255));
  if (s.comparison.first)
    draw.AddLine(ImVec2(x_of(s.comparison.first->time_ns), low.y),
                 ImVec2(x_of(s.comparison.first->time_ns), low.y + size.y), IM_COL32(220, 90, 250, 255), 3);
  const float x = x_of(s.playback.time_ns);
  draw.AddLine(ImVec2(x, low.y), ImVec2(x, low.y + size.y), IM_COL32(255, 255, 255, 255), 2);
  if (!ImGui::IsItemActive() || s.end_ns() <= 0) return;
  const double part = std::clamp(static_cast<double>((ImGui::GetIO().MousePos.x - low.x) / size.x), 0.0, 1.0);
  s.playback.time_ns = static_cast<std::int64_t>(part * end);
}

void draw_timeline(State& s, int width, int height) {
  place_window(0, static_cast<float>(height) - kTimelineHeight, static_cast<float>(width), kTimelineHeight);
  ImGui::Begin("##time", nullptr, kFixedPanel | ImGuiWindowFlags_NoTitleBar);
  draw_controls(s);
  draw_bar(s);
  ImGui::End();
}

void draw_help(State& s, int width) {
  ImGui::SetNextWindowPos(ImVec2(static_cast<float>(width) / 2 - 260, 60), ImGuiCond_Always);
  ImGui::SetNextWindowSize(ImVec2(520, 0));
  ImGui::Begin(say(s, "Keys", "단축키"), &s.settings.show_help,
               ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoResize);
  if (ImGui::BeginTable("keys", 2)) {
    ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 170);
    for (const KeyHelp& h : key_help()) {
      ImGui::TableNextColumn();
      ImGui::TextColored(ImVec4(0.5f, 0.85f, 1, 1), "%s", h.keys);
      ImGui::TableNextColumn();
      ImGui::TextWrapped("%s", say(s, h.english, h.korean));
    }
    ImGui::EndTable();
  }
  ImGui::End();
}

// What could not be opened or read, as long as it is so.
void draw_errors(State& s, int width) {
  std::vector<std::string> lines;
  bool error = false;
  for (const Opened* o : {&s.first, &s.second}) {
    for (const sim::Issue& issue : o->issues)
      lines.push_back(sim::to_string(issue)), error |= issue.severity == sim::Severity::kError;
    if (o->source && !o->source->trouble().empty()) lines.push_back(o->source->trouble()), error = true;
    if (o->feed && !o->feed->trouble().empty()) lines.push_back(o->feed->trouble()), error = true;
  }
  if (lines.empty()) return;
  const float w = std::min(760.0f, static_cast<float>(width) - 40);
  ImGui::SetNextWindowPos(ImVec2((static_cast<float>(width) - w) / 2, 44), ImGuiCond_Always);
  ImGui::SetNextWindowSize(ImVec2(w, 0));
  ImGui::PushStyleColor(ImGuiCol_WindowBg,
                        error ? ImVec4(0.34f, 0.08f, 0.07f, 0.95f) : ImVec4(0.3f, 0.24f, 0.06f, 0.93f));
  ImGui::Begin(error ? say(s, "Cannot be shown as it is###errors", "그대로 보여 줄 수 없음###errors")
                     : say(s, "Warning###errors", "주의###errors"),
               nullptr, ImGuiWindowFlags_NoResize);
  remember_window(s, "errors");
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 8); ++i)
    ImGui::TextWrapped("%s", shown(lines[i], 600).c_str());
  if (lines.size() > 8) ImGui::Text("... %zu", lines.size() - 8);
  ImGui::End();
  ImGui::PopStyleColor();
}

void draw_bar_above(State& s, int width) {
  place_window(0, 0, static_cast<float>(width), 34);
  ImGui::Begin("##bar", nullptr, kFixedPanel | ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoScrollbar);
  const auto toggle = [&s](const char* name, const char* en, const char* ko, bool& on) {
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImVec4(0.16f, 0.45f, 0.62f, 1));
    const bool was = on;
    if (ImGui::Button(fmt::format("{}##{}", say(s, en, ko), name).c_str())) on = !on;
    remember_spot(s, name);
    if (was) ImGui::PopStyleColor();
    ImGui::SameLine();
  };
  toggle("entities", "Entities", "객체", s.settings.show_entities);
  toggle("inspector", "Inspector", "정보", s.settings.show_inspector);
  toggle("events", "Events", "사건", s.settings.show_events);
  toggle("criteria", "Criteria", "판정", s.settings.show_criteria);
  toggle("view", "View", "보기", s.settings.show_view);
  if (s.first.feed) toggle("sensors", "Sensors", "센서", s.settings.show_sensors);
  toggle("measure", "Measure", "거리", s.measure.on);
  toggle("help", "Help", "도움말", s.settings.show_help);
  int mode = static_cast<int>(s.rig.mode);
  ImGui::SetNextItemWidth(110);
  const char* modes =
      say(s, "free\0orbit\0follow\0driver\0top\0cinematic\0", "자유\0궤도\0추적\0운전석\0위에서\0영화\0");
  if (ImGui::Combo("##camera", &mode, modes)) s.rig.mode = static_cast<CameraMode>(mode), s.rig.has_lag = false;
  ImGui::SameLine();
  if (ImGui::Button(s.settings.korean ? "English" : "한국어")) s.settings.korean = !s.settings.korean;
  remember_spot(s, "language");
  ImGui::SameLine();
  ImGui::TextDisabled("%s", place_text(s).c_str());
  ImGui::End();
}

void draw_notice(State& s, int width, int height) {
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  const float y = static_cast<float>(height) - (s.source() ? kTimelineHeight : 0) - 22;
  if (s.first.map && !s.first.map->notice.empty())
    draw.AddText(ImVec2(s.settings.show_entities && s.source() ? kSide + 8 : 8, y), IM_COL32(235, 240, 245, 190),
                 s.first.map->notice.c_str());
  if (s.loading)
    draw.AddText(ImVec2(static_cast<float>(width) / 2 - 40, 60), IM_COL32(255, 255, 255, 255),
                 say(s, "opening ...", "여는 중 ..."));
  if (s.message_left_s > 0 && !s.message.empty())
    draw.AddText(ImVec2(static_cast<float>(width) / 2 - 80, y - 24), IM_COL32(255, 240, 160, 255), s.message.c_str());
}

}  // namespace

void place_window(float x, float y, float w, float h) {
  ImGui::SetNextWindowPos(ImVec2(x, y), ImGuiCond_Always);
  ImGui::SetNextWindowSize(ImVec2(w, h), ImGuiCond_Always);
}

void remember_spot(State& s, const char* name) {
  const ImVec2 a = ImGui::GetItemRectMin(), b = ImGui::GetItemRectMax();
  s.spots[name] = {a.x, a.y, b.x, b.y};
}

void remember_window(State& s, const char* name) {
  const ImVec2 a = ImGui::GetWindowPos(), b = ImGui::GetWindowSize();
  s.spots[name] = {a.x, a.y, a.x + b.x, a.y + b.y};
}

// Text from files may hold anything: what is no character becomes a point, and it is cut to length.
std::string shown(const std::string& text, std::size_t longest) {
  std::string out = text.substr(0, longest);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 32 && c != '\n') c = '.';
  return out;
}

void draw_panels(State& s, int width, int height) {
  s.spots.clear();
  draw_overlay(s, width, height);
  draw_bar_above(s, width);
  const float floor = static_cast<float>(height) - (s.source() ? kTimelineHeight : 0);
  if (s.source()) draw_timeline(s, width, height);
  if (s.source() && s.settings.show_entities) draw_entities(s, 0, 34, kSide, floor - 34);
  if (s.source() && s.settings.show_inspector)
    draw_inspector(s, static_cast<float>(width) - kSide, 34, kSide, floor - 34);
  if (s.settings.show_events) draw_events(s, width, height);
  if (s.source() && s.settings.show_criteria) draw_criteria(s, width, height);
  if (s.source() && s.second.source) draw_comparison(s, s.settings.show_entities ? kSide + 8 : 8, floor - 26);
  if (s.settings.show_view) draw_view(s);
  if (s.first.feed && s.settings.show_sensors)
    draw_sensors(s, s.source() && s.settings.show_entities ? kSide + 8 : 8, 42);
  if (s.settings.show_help) draw_help(s, width);
  draw_errors(s, width);
  draw_notice(s, width, height);
}

}  // namespace bitgoeul::viewer
