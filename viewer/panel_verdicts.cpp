// Criteria of the run, and the comparison of two runs: their panels and what they draw on the scene.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "viewer/app.h"
#include "viewer/canvas.h"
#include "viewer/panel_parts.h"
#include "viewer/time_plot.h"

namespace bitgoeul::viewer {

namespace {

constexpr ImU32 kFailColor = IM_COL32(255, 110, 95, 255), kOtherRunColor = IM_COL32(205, 130, 245, 255);

ImVec4 verdict_color(const std::string& verdict) {
  if (verdict == "FAIL" || verdict == "ERROR") return {1, 0.43f, 0.37f, 1};
  return verdict == "PASS" ? ImVec4(0.4f, 0.9f, 0.5f, 1) : ImVec4(0.95f, 0.82f, 0.35f, 1);
}

sim::Row row_named(const State& s, const std::string& name) {
  for (const Mover& m : s.moment.movers)
    if (!name.empty() && s.source()->name(m.row).name == name) return m.row;
  return sim::kNone;
}

void go_to(State& s, const ShownCriterion& c) {
  if (c.time_ns >= 0) s.playback.time_ns = std::min(c.time_ns, s.end_ns()), s.playback.playing = false;
  if (const sim::Row row = row_named(s, c.entity); row != sim::kNone) return look_at(s, row);
  if (!c.place) return;
  select(s, sim::kNone);
  s.rig.mode = CameraMode::kOrbit, s.rig.focus = *c.place, s.rig.distance = std::min(s.rig.distance, 60.0);
}

void draw_criterion(State& s, const ShownCriterion& c, int i) {
  ImGui::TableNextColumn();
  ImGui::TextColored(verdict_color(c.verdict), "%s", shown(c.verdict, 14).c_str());
  ImGui::TableNextColumn();
  if (ImGui::Selectable(fmt::format("{}##criterion{}", shown(c.name, 60), i).c_str(), false,
                        ImGuiSelectableFlags_SpanAllColumns))
    go_to(s, c);
  remember_spot(s, fmt::format("criterion_{}", i).c_str());
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(fmt::format("{:.4g} / {:.4g} {}", c.value, c.limit, shown(c.unit, 12)).c_str());
  ImGui::TableNextColumn();
  if (c.time_ns >= 0) ImGui::Text("%.2f s", static_cast<double>(c.time_ns) * 1e-9);
  ImGui::TableNextColumn();
  ImGui::TextUnformatted((shown(c.entity, 24) + (c.other.empty() ? "" : " - " + shown(c.other, 24))).c_str());
}

struct Apart {
  sim::Row row;
  double distance;
};

std::vector<Apart> apart_now(const State& s) {
  std::vector<Apart> list;
  for (const Mover& m : s.moment.movers) {
    if (m.role == sim::Role::kTraffic) continue;
    if (const Mover* other = s.ghost.find(m.row)) list.push_back({m.row, std::hypot(other->x - m.x, other->y - m.y)});
  }
  std::stable_sort(list.begin(), list.end(), [](const Apart& a, const Apart& b) { return a.distance > b.distance; });
  return list;
}

void draw_divergence(State& s) {
  const auto& first = s.comparison.first;
  if (!first) {
    ImGui::TextDisabled("%s", s.first.source->live() || s.second.source->live()
                                  ? say(s, "live runs: no first difference", "실시간 실행: 첫 차이 없음")
                                  : say(s, "no step differs", "다른 스텝 없음"));
    return;
  }
  ImGui::PushStyleColor(ImGuiCol_Text, kOtherRunColor);
  ImGui::TextWrapped("%s %.2f s (%s %lld)  %s", say(s, "first difference at", "첫 차이"),
                     static_cast<double>(first->time_ns) * 1e-9, say(s, "step", "스텝"),
                     static_cast<long long>(first->step), shown(first->what, 160).c_str());
  ImGui::PopStyleColor();
  if (ImGui::SmallButton(say(s, "go there", "가기"))) s.playback.time_ns = first->time_ns, s.playback.playing = false;
  remember_spot(s, "go_divergence");
}

}  // namespace

void draw_criteria(State& s, int width, int height) {
  ImGui::SetNextWindowPos(ImVec2(static_cast<float>(width) / 2 - 330, static_cast<float>(height) - 330),
                          ImGuiCond_FirstUseEver);
  ImGui::SetNextWindowSize(ImVec2(660, 220), ImGuiCond_FirstUseEver);
  ImGui::Begin(say(s, "Criteria###criterialist", "판정###criterialist"), &s.settings.show_criteria);
  remember_window(s, "criterialist");
  if (s.first.criteria.empty())
    ImGui::TextDisabled("%s", say(s, "no result.json with criteria beside this log", "로그 옆에 판정이 없음"));
  if (!s.first.criteria.empty() && ImGui::BeginTable("criteria", 5, ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg)) {
    for (const char* title : {say(s, "verdict", "결과"), say(s, "criterion", "기준"),
                              say(s, "value / limit", "값 / 한계"), say(s, "time", "시각"), say(s, "vehicle", "차량")})
      ImGui::TableSetupColumn(title);
    ImGui::TableHeadersRow();
    for (const bool failed : {true, false})  // what failed first
      for (std::size_t i = 0; i < s.first.criteria.size(); ++i)
        if (s.first.criteria[i].failed() == failed) draw_criterion(s, s.first.criteria[i], static_cast<int>(i));
    ImGui::EndTable();
  }
  ImGui::End();
}

void draw_comparison(State& s, float x, float y) {
  constexpr float kWidth = 440, kHeight = 250;
  ImGui::SetNextWindowPos(ImVec2(x, y - kHeight), ImGuiCond_Always);
  ImGui::SetNextWindowSize(ImVec2(kWidth, kHeight));
  ImGui::Begin(say(s, "Two runs###comparison", "두 실행 비교###comparison"), nullptr, kFixedPanel);
  remember_window(s, "comparison");
  ImGui::TextUnformatted(shown(s.first.path, 50).c_str());
  ImGui::PushStyleColor(ImGuiCol_Text, kOtherRunColor);
  ImGui::Text("%s %s", s.halves() ? say(s, "right half:", "오른쪽:") : say(s, "ghosts:", "유령:"),
              shown(s.second.path, 50).c_str());
  ImGui::PopStyleColor();
  draw_divergence(s);
  PlotLine lines[2] = {{{}, kOtherRunColor}, {{}, plot_color(0)}};
  for (const DifferencePoint& p : s.comparison.points) {
    lines[0].values.emplace_back(p.time_ns, p.most_m);
    lines[1].values.emplace_back(p.time_ns, p.mean_m);
  }
  ImGui::TextDisabled("%s", say(s, "apart, most and mean  m", "거리, 최대와 평균  m"));
  draw_time_plot(s, "plot_difference", lines, kWidth - 18, 60);
  const std::vector<Apart> apart = apart_now(s);
  for (std::size_t i = 0; i < std::min<std::size_t>(apart.size(), 3); ++i) {
    if (ImGui::Selectable(
            fmt::format("{}  {:.2f} m##apart{}", shown(name_of(s, apart[i].row), 40), apart[i].distance, i).c_str(),
            s.selected == apart[i].row))
      look_at(s, apart[i].row);
    if (i == 0) remember_spot(s, "most_apart");
  }
  ImGui::End();
}

void draw_criteria_places(const Canvas& c) {
  for (const ShownCriterion& one : c.s.first.criteria) {
    if (!one.failed() || !one.place || (*one.place - c.s.pose.eye).norm() > 800) continue;
    const std::int64_t apart = std::abs(c.s.playback.time_ns - one.time_ns);
    const bool now = one.time_ns < 0 || apart < 2'000'000'000;
    const ImU32 color = now ? kFailColor : IM_COL32(255, 110, 95, 110);
    c.line(*one.place, *one.place + Vec3(0, 0, 5), color, now ? 3.0f : 1.5f);
    c.text(*one.place + Vec3(0, 0, 5.2), shown(one.name, 60).c_str(), color);
  }
}

void draw_ghost_links(const Canvas& c) {
  for (const Apart& one : apart_now(c.s)) {
    const Mover *m = c.s.moment.find(one.row), *other = c.s.ghost.find(one.row);
    if (one.distance < 0.3 || (m->center() - c.s.pose.eye).norm() > 400) continue;
    const Vec3 up(0, 0, 1);
    c.line(m->center() + up, other->center() + up, kOtherRunColor, 2);
    c.text((m->center() + other->center()) / 2 + up * 1.5, fmt::format("{:.2f} m", one.distance).c_str(),
           kOtherRunColor);
  }
}

}  // namespace bitgoeul::viewer
