#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "maps/load_map.h"
#include "maps/map_picture.h"
#include "scenarios/batch/chart_js.h"
#include "scenarios/batch/report_script.h"
#include "scenarios/batch/reports.h"
#include "scenarios/report.h"

namespace bitgoeul::scenarios::batch {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMapWidth = 1400, kMapHeight = 900;
constexpr std::size_t kMaxMaps = 3, kMaxMarks = 4000;

Json pairs(const Parameters& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json;
}

Json row_data(const Row& row, std::size_t index) {
  Json json{
      {"i", index}, {"s", row.scenario}, {"p", pairs(row.parameters)}, {"k", pairs(row.stacks)}, {"seed", row.seed}};
  json["v"] = to_string(row.verdict);
  json["m"] = row.message;
  json["x"] = row.excused;
  json["h"] = row.state_hash;
  json["ok"] = row.verified;
  json["r"] = row.repro;
  json["dir"] = row.verdict == Class::kNotRun || row.verdict == Class::kInfra
                    ? std::string()
                    : "runs/" + row.key.substr(0, 2) + "/" + row.key;
  json["n"] = row.metrics;
  for (const RowCriterion& c : row.criteria) json["c"][c.name] = {c.value, c.limit, c.verdict};
  return json;
}

Json baseline_data(const Comparison& c) {
  Json json{{"directory", c.directory},
            {"paired", c.paired},
            {"same_bits", c.same_bits},
            {"only_before", c.only_before},
            {"only_now", c.only_now}};
  json["newly_failing"] = c.newly_failing;
  json["newly_passing"] = c.newly_passing;
  json["other_bits"] = c.other_bits;
  json["moved"] = Json::array();
  for (const MovedMetric& m : c.moved) json["moved"].push_back({m.row, m.metric, m.before, m.now});
  std::map<std::string, std::vector<double>> values;
  std::map<std::string, std::array<int, 2>> passed;  // of how many
  for (const Row& row : c.before)
    for (const RowCriterion& k : row.criteria) {
      values[k.name].push_back(k.value);
      passed[k.name][0] += k.verdict == "PASS";
      ++passed[k.name][1];
    }
  json["criteria"] = values;
  json["passed"] = passed;
  return json;
}

Json groups_data(const std::vector<Row>& rows) {
  Json json = Json::array();
  for (const SeedGroup& g : over_seeds(rows))
    json.push_back({{"s", g.scenario},
                    {"p", pairs(g.parameters)},
                    {"k", pairs(g.stacks)},
                    {"n", g.runs},
                    {"passed", g.passed},
                    {"low", g.rate.low},
                    {"high", g.rate.high}});
  return json;
}

// Text inside a script element: nothing in it may look like markup.
std::string script_json(const Json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', true, Json::error_handler_t::replace)) c == '<' ? out += "\\u003c" : out += c;
  return out;
}

struct Mark {
  const Row* row;
  const Place* place;
};

std::string mark_svg(const Mark& mark, const maps::GeoBox& box) {
  const double x = (mark.place->x - box.min_x) / (box.max_x - box.min_x) * kMapWidth;
  const double y = (box.max_y - mark.place->y) / (box.max_y - box.min_y) * kMapHeight;
  return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\"><title>{} at {:.1f} s, {}: {}</title></circle>", x, y,
                     html_escaped(mark.place->kind), mark.place->time_s, html_escaped(mark.place->entity),
                     html_escaped(title_of(*mark.row)));
}

std::string map_figure(const std::string& name, const std::vector<Mark>& marks, sim::Issues& issues) {
  sim::Issues load_issues;
  const auto map = maps::load_map(name, load_issues);
  if (!map) return fmt::format("<p class=\"none\">map {} cannot be loaded any more</p>", html_escaped(name));
  maps::GeoBox around{marks[0].place->x, marks[0].place->y, marks[0].place->x, marks[0].place->y};
  for (const Mark& m : marks) {
    around.min_x = std::min<double>(around.min_x, m.place->x),
    around.max_x = std::max<double>(around.max_x, m.place->x);
    around.min_y = std::min<double>(around.min_y, m.place->y),
    around.max_y = std::max<double>(around.max_y, m.place->y);
  }
  const double margin = std::max(80.0, 0.1 * std::max(around.max_x - around.min_x, around.max_y - around.min_y));
  maps::PictureOptions options;
  options.width_px = kMapWidth;
  options.height_px = kMapHeight;
  options.box =
      maps::GeoBox{around.min_x - margin, around.min_y - margin, around.max_x + margin, around.max_y + margin};
  maps::GeoBox drawn = *options.box;
  const auto png = maps::draw_map_png(**map, options, drawn);
  if (!png) {
    issues.push_back(png.error());
    return {};
  }
  std::string svg = fmt::format(
      "<h3>{}: {} places</h3><svg class=\"map\" viewBox=\"0 0 {} {}\" role=\"img\"><image width=\"{}\" height=\"{}\" "
      "href=\"data:image/png;base64,{}\"/><g class=\"marks\">",
      html_escaped(std::filesystem::path(name).stem().string()), marks.size(), kMapWidth, kMapHeight, kMapWidth,
      kMapHeight, base64(*png));
  for (std::size_t i = 0; i < std::min(marks.size(), kMaxMarks); ++i) svg += mark_svg(marks[i], drawn);
  return svg + "</g></svg>";
}

// The maps with the most places, drawn around them.
std::string places_section(const std::vector<Row>& rows, sim::Issues& issues) {
  std::map<std::string, std::vector<Mark>> by_map;
  for (const Row& row : rows)
    for (const Place& place : row.places) by_map[row.map].push_back({&row, &place});
  std::vector<std::pair<std::size_t, std::string>> order;
  for (const auto& [name, marks] : by_map) order.emplace_back(marks.size(), name);
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  if (order.empty()) return "<p class=\"none\">No run that did not pass says where.</p>";
  std::string html;
  for (std::size_t i = 0; i < std::min(kMaxMaps, order.size()); ++i)
    html += map_figure(order[i].second, by_map[order[i].second], issues);
  if (order.size() > kMaxMaps) html += fmt::format("<p class=\"none\">{} more maps</p>", order.size() - kMaxMaps);
  return html;
}

std::string head(const ReportData& data) {
  const Counts counts = count(data.rows);
  const int code = exit_code(data.rows);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}</title><style>{1}</style></head><body><header><div "
      "class=\"wrap\"><div "
      "class=\"badge {2}\">{3}</div><h1>{0}</h1><p>{4} runs",
      html_escaped(data.suite.name), kPageStyle,
      code == 0   ? "PASS"
      : code == 4 ? "NOT_RUN"
                  : "FAIL",
      code == 0   ? "PASS"
      : code == 4 ? "INCOMPLETE"
                  : "FAIL",
      counts.total);
  for (const auto& [verdict, n] : counts.of) html += fmt::format(" · {} {}", n, to_string(verdict));
  if (counts.excused > 0) html += fmt::format(" · {} expected to fail", counts.excused);
  return html + "</p></div></header><div class=\"wrap\">";
}

}  // namespace

std::string report_html(const ReportData& data, sim::Issues& issues) {
  Json all{{"name", data.suite.name}};
  all["rows"] = Json::array();
  for (std::size_t i = 0; i < data.rows.size(); ++i) all["rows"].push_back(row_data(data.rows[i], i));
  all["groups"] = groups_data(data.rows);
  all["baseline"] = data.baseline ? baseline_data(*data.baseline) : Json(nullptr);
  std::string html = head(data);
  html += kPageBody;
  html += "<section><h2>Where it went wrong</h2>" + places_section(data.rows, issues) + "</section></div>";
  html += "<script>" + std::string(chart_js()) + "</script>";
  html += "<script>const DATA=" + script_json(all) + ";\n" + kPageScript + "</script></body></html>\n";
  return html;
}

}  // namespace bitgoeul::scenarios::batch
