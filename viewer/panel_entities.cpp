#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "maps/lane_index.h"
#include "maps/place.h"
#include "viewer/app.h"
#include "viewer/panel_parts.h"
#include "viewer/time_plot.h"

namespace bitgoeul::viewer {

namespace {

ImVec4 dot_color(Color c) { return {c.r / 255.0f, c.g / 255.0f, c.b / 255.0f, 1}; }

// Whose stack drives, and what the criteria say.
void draw_company_filter(State& s) {
  const std::vector<std::string>& companies = s.first.roster.companies();
  if (!companies.empty()) {
    const char* any = say(s, "any company", "모든 회사");
    ImGui::SetNextItemWidth(s.first.criteria.empty() ? -1 : 150);
    if (ImGui::BeginCombo(
            "##company",
            s.filter.company < 0 ? any : shown(companies[static_cast<std::size_t>(s.filter.company)], 24).c_str())) {
      if (ImGui::Selectable(any, s.filter.company < 0)) s.filter.company = -1;
      for (std::size_t i = 0; i < companies.size(); ++i) {
        const int company = static_cast<int>(i);
        ImGui::PushStyleColor(ImGuiCol_Text, dot_color(company_color(company)));
        if (ImGui::Selectable(fmt::format("{}##company{}", shown(companies[i], 40), i).c_str(),
                              s.filter.company == company))
          s.filter.company = company;
        ImGui::PopStyleColor();
      }
      ImGui::EndCombo();
    }
    remember_spot(s, "filter_company");
    if (!s.first.criteria.empty()) ImGui::SameLine();
  }
  if (s.first.criteria.empty()) return;
  int judged = static_cast<int>(s.filter.judged);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::Combo("##judged", &judged, say(s, "any verdict\0PASS\0FAIL\0", "모든 판정\0PASS\0FAIL\0")))
    s.filter.judged = static_cast<Judged>(judged);
  remember_spot(s, "filter_verdict");
}

void draw_junction_filter(State& s) {
  if (!s.first.map || s.first.map->junctions.empty()) return;
  ImGui::SetNextItemWidth(150);
  ImGui::InputTextWithHint("##junction", say(s, "junction, * any", "교차로 ID, * 전체"), s.filter.junction.data(),
                           s.filter.junction.size());
  remember_spot(s, "filter_junction");
  ImGui::SameLine();
  if (ImGui::Button(say(s, "here", "여기"))) {
    const Mover* m = s.moment.find(s.selected);
    const Vec3 at = m ? m->center() : s.rig.focus;
    const maps::Row junction = junction_near(*s.first.map, at.x(), at.y());
    if (junction == maps::kNone)
      tell(s, say(s, "no junction near", "가까운 교차로 없음"));
    else
      fmt::format_to_n(s.filter.junction.data(), s.filter.junction.size() - 1, "{}{:c}",
                       s.first.map->text_of(s.first.map->junctions[static_cast<std::size_t>(junction)].id), 0);
  }
  remember_spot(s, "junction_here");
}

void draw_filter(State& s) {
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##search", say(s, "name, type or company", "이름, 종류, 회사"), s.filter.text.data(),
                           s.filter.text.size());
  remember_spot(s, "search");
  ImGui::Checkbox(say(s, "self-driving", "자율주행"), &s.filter.egos);
  remember_spot(s, "filter_egos");
  ImGui::SameLine();
  ImGui::Checkbox(say(s, "traffic", "교통"), &s.filter.traffic);
  ImGui::SameLine();
  ImGui::Checkbox(say(s, "others", "기타"), &s.filter.actors);
  draw_company_filter(s);
  draw_junction_filter(s);
}

void draw_row(State& s, const Mover& m, const std::string& name) {
  ImGui::TableNextColumn();
  if (ImGui::Selectable(fmt::format("{}##{}", shown(name, 40), m.row).c_str(), s.selected == m.row,
                        ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick))
    ImGui::IsMouseDoubleClicked(0) ? look_at(s, m.row) : select(s, m.row);
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(to_string(m.kind).data());
  ImGui::TableNextColumn();
  ImGui::Text("%3.0f", m.speed * 3.6);
}

struct FieldName {
  const char *english, *korean, *unit;
};
constexpr FieldName kFieldNames[kFields] = {{"speed", "속도", "km/h"},
                                            {"acceleration", "가속도", "m/s2"},
                                            {"yaw rate", "요 각속도", "deg/s"},
                                            {"x", "x", "m"},
                                            {"y", "y", "m"},
                                            {"z", "높이", "m"},
                                            {"heading", "방향", "deg"},
                                            {"path curvature", "곡률", "1/km"}};

float value_of(const Sample& p, Field field) {
  constexpr float kDegree = 57.29578f;
  switch (field) {
    case Field::kSpeed:
      return p.speed * 3.6f;
    case Field::kAcceleration:
      return p.acceleration;
    case Field::kYawRate:
      return p.yaw_rate * kDegree;
    case Field::kX:
      return p.x;
    case Field::kY:
      return p.y;
    case Field::kZ:
      return p.z;
    case Field::kHeading:
      return p.yaw * kDegree;
    default:
      return std::abs(p.speed) > 0.5f ? p.yaw_rate / p.speed * 1000 : 0;
  }
}

void draw_plot(State& s, Field field, const std::vector<std::vector<Sample>>& rows, float width) {
  const FieldName& name = kFieldNames[static_cast<int>(field)];
  std::vector<PlotLine> lines(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    lines[i].color = plot_color(i);
    for (const Sample& p : rows[i]) lines[i].values.emplace_back(p.time_ns, value_of(p, field));
  }
  ImGui::Text("%s  %s", say(s, name.english, name.korean), name.unit);
  draw_time_plot(s, fmt::format("plot_{}", name.english), lines, width, 64);
}

void draw_plots(State& s, float width) {
  std::vector<std::vector<Sample>> lines;
  std::vector<sim::Row> rows{s.selected};
  for (const sim::Row row : s.pinned)
    if (row != s.selected) rows.push_back(row);
  for (const sim::Row row : rows) lines.push_back(s.source()->history().of(row));
  if (s.second.source) lines.push_back(s.second.source->history().of(s.selected));  // the other run's, for comparison
  for (const Field field : s.fields) draw_plot(s, field, lines, width);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    ImGui::PushStyleColor(ImGuiCol_Text, plot_color(i));
    ImGui::TextUnformatted(shown(name_of(s, rows[i])).c_str());
    ImGui::PopStyleColor();
  }
  if (!ImGui::CollapsingHeader(say(s, "fields to plot", "그래프 항목"))) return;
  for (int i = 0; i < kFields; ++i) {
    const auto field = static_cast<Field>(i);
    bool on = std::count(s.fields.begin(), s.fields.end(), field) > 0;
    if (i % 2 == 1) ImGui::SameLine(width / 2);
    if (!ImGui::Checkbox(say(s, kFieldNames[i].english, kFieldNames[i].korean), &on)) continue;
    if (on)
      s.fields.push_back(field);
    else
      std::erase(s.fields, field);
  }
}

void line(const char* label, const std::string& value) {
  ImGui::TableNextColumn();
  ImGui::TextDisabled("%s", label);
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(value.c_str());
}

void draw_fields(const State& s, const Mover& m) {
  if (!ImGui::BeginTable("fields", 2)) return;
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 92);
  constexpr double kDegree = 180 / sim::kPi;
  line(say(s, "row, kind", "행, 종류"), fmt::format("{}:{}  {}", m.row, m.generation, to_string(m.kind)));
  line(say(s, "role", "역할"), m.role == sim::Role::kEgo       ? say(s, "self-driving", "자율주행")
                               : m.role == sim::Role::kTraffic ? say(s, "traffic", "교통")
                                                               : say(s, "actor", "기타"));
  if (const int company = s.first.roster.company(m.row); company >= 0)
    line(say(s, "company", "회사"), shown(s.first.roster.companies()[static_cast<std::size_t>(company)], 40));
  if (const Judged judged = s.first.roster.judged(m.row); judged != Judged::kNot)
    line(say(s, "verdict", "판정"), judged == Judged::kPass ? "PASS" : "FAIL");
  line(say(s, "speed", "속도"), fmt::format("{:.2f} m/s  {:.1f} km/h", m.speed, m.speed * 3.6));
  line(say(s, "acceleration", "가속도"), fmt::format("{:+.2f} m/s2", m.acceleration));
  line(say(s, "yaw rate", "요 각속도"), fmt::format("{:+.2f} deg/s", m.yaw_rate * kDegree));
  line(say(s, "position", "위치"), fmt::format("{:.2f}, {:.2f}, {:.2f}", m.x, m.y, m.z));
  line(say(s, "yaw pitch roll", "자세"),
       fmt::format("{:.1f} {:.2f} {:.2f} deg", m.yaw * kDegree, m.pitch * kDegree, m.roll * kDegree));
  line(say(s, "size", "크기"), fmt::format("{:.2f} x {:.2f} x {:.2f} m", m.length, m.width, m.height));
  if (s.first.map) {
    maps::LaneQuery query;
    query.use_heading = query.use_z = true, query.heading = m.yaw, query.z = m.z;
    if (const auto place = maps::place_near(*s.first.map, m.x, m.y, query)) {
      const maps::Map& map = *s.first.map;
      const auto road = static_cast<std::size_t>(place->road_lane.road);
      line(say(s, "road", "도로"),
           shown(std::string(map.text_of(map.roads[road].id)) + " " + std::string(map.text_of(map.roads[road].name)),
                 30));
      line(say(s, "lane, s, t", "차로, s, t"),
           fmt::format("{}  {:.1f}  {:+.2f}", place->road_lane.lane_id, place->road_lane.s, place->lane.t));
      line(say(s, "limit", "제한"),
           fmt::format("{:.0f} km/h", map.lanes[static_cast<std::size_t>(place->lane.lane)].speed_limit_mps * 3.6));
    }
  }
  for (const auto& [label, value] : intent_lines(s, m)) line(label.c_str(), value);
  ImGui::EndTable();
}

}  // namespace

std::string name_of(const State& s, sim::Row row) {
  const std::string name = s.source() ? s.source()->name(row).name : std::string();
  return name.empty() ? fmt::format("#{}", row) : name;
}

void draw_entities(State& s, float x, float y, float w, float h) {
  place_window(x, y, w, h);
  ImGui::Begin(say(s, "Entities###entities", "객체###entities"), nullptr, kFixedPanel);
  draw_filter(s);
  const std::vector<sim::Row>& rows = s.entities.rows(
      s.filter, {s.moment, s.first.roster, s.first.map.get(), [&s](sim::Row row) { return name_of(s, row); }});
  ImGui::TextDisabled("%zu / %zu", rows.size(), s.moment.movers.size());
  if (ImGui::BeginTable("list", 3, ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg)) {
    ImGui::TableSetupColumn(say(s, "name", "이름"));
    ImGui::TableSetupColumn(say(s, "kind", "종류"), ImGuiTableColumnFlags_WidthFixed, 80);
    ImGui::TableSetupColumn("km/h", ImGuiTableColumnFlags_WidthFixed, 40);
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableHeadersRow();
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(rows.size()));
    while (clipper.Step())
      for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
        const sim::Row row = rows[static_cast<std::size_t>(i)];
        if (const Mover* mover = s.moment.find(row)) draw_row(s, *mover, name_of(s, row));
        if (i == 0) remember_spot(s, "first_entity");
      }
    ImGui::EndTable();
  }
  ImGui::End();
}

void draw_inspector(State& s, float x, float y, float w, float h) {
  place_window(x, y, w, h);
  ImGui::Begin(say(s, "Inspector###inspector", "정보###inspector"), nullptr, kFixedPanel);
  const Mover* m = s.moment.find(s.selected);
  if (!m) {
    ImGui::TextWrapped("%s",
                       say(s, "Click a vehicle, or choose one in the list.", "차량을 누르거나 목록에서 고르세요."));
    ImGui::End();
    return;
  }
  ImGui::TextColored(ImVec4(0.5f, 0.85f, 1, 1), "%s", shown(name_of(s, m->row)).c_str());
  ImGui::SameLine();
  const bool pinned = std::count(s.pinned.begin(), s.pinned.end(), m->row) > 0;
  if (ImGui::SmallButton(pinned ? say(s, "unpin", "고정 해제") : say(s, "pin", "고정"))) {
    if (pinned)
      std::erase(s.pinned, m->row);
    else
      s.pinned.push_back(m->row);
  }
  ImGui::SameLine();
  if (ImGui::SmallButton(say(s, "follow", "추적"))) look_at(s, m->row);
  remember_spot(s, "follow");
  draw_fields(s, *m);
  if (const std::string why = s.source()->describe(m->row); !why.empty())
    ImGui::TextWrapped("%s", shown(why, 400).c_str());
  if (s.second.source)
    if (const Mover* other = s.ghost.find(m->row))
      ImGui::TextColored(ImVec4(0.8f, 0.5f, 0.95f, 1), "%s %.3f m", say(s, "other run is off by", "다른 실행과의 차이"),
                         std::hypot(other->x - m->x, other->y - m->y));
  s.source()->history().track(s.selected);
  ImGui::Separator();
  draw_plots(s, w - 18);
  ImGui::End();
}

}  // namespace bitgoeul::viewer
