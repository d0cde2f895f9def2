#include "scenarios/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report_map.h"
#include "scenarios/report_plots.h"

namespace bitgoeul::scenarios {
namespace {

constexpr std::size_t kMaxEventRows = 300, kMaxVehicleRows = 2000, kPlotPoints = 400;
constexpr const char *kEgoColor = "#1f6fd1", *kTrafficColor = "#8a97a8", *kStandColor = "#d7191c";

constexpr const char* kStyle = R"css(
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,"Segoe UI","Noto Sans","Noto Sans KR",sans-serif;color:#1c2733;background:#f3f5f8}
header{background:linear-gradient(100deg,#0d2338,#173f63);color:#fff;padding:26px 0 24px}
.wrap{max-width:1320px;margin:0 auto;padding:0 24px}
h1{margin:0;font-size:26px;font-weight:650;letter-spacing:.2px}
header p{margin:4px 0 0;color:#c5d4e3}
.badge{float:right;font-size:20px;font-weight:700;padding:8px 22px;border-radius:8px;background:#777}
.PASS{background:#1c8f4d;color:#fff}.FAIL{background:#c8202a;color:#fff}.INCONCLUSIVE{background:#b7791f;color:#fff}
.notice{background:#fff4d6;border-left:4px solid #e0a100;padding:8px 14px;border-radius:4px;margin:20px 0 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:20px 0}
.card{background:#fff;border-radius:10px;padding:12px 16px;box-shadow:0 1px 3px #0d233822}
.card b{display:block;font-size:24px;font-weight:650;font-variant-numeric:tabular-nums}
.card span{color:#5b6b7c;font-size:13px}
section{background:#fff;border-radius:10px;padding:16px 20px 20px;margin:0 0 18px;box-shadow:0 1px 3px #0d233822}
h2{margin:0 0 10px;font-size:18px}
.map{display:block;width:100%;height:auto;border:1px solid #d9e0e8;border-radius:6px;background:#fff}
.trip{fill:none;stroke-linejoin:round;stroke-linecap:round;opacity:.8}
.ego{fill:#0d2338;stroke:#fff;stroke-width:1}
.crash circle{fill:#fff;stroke:#c8202a;stroke-width:2.5}.crash path{stroke:#c8202a;stroke-width:2.5}
.legend{margin:10px 0 0;color:#44515f;font-size:14px}.legend span{margin-left:14px;white-space:nowrap}
.legend i{display:inline-block;width:22px;height:6px;border-radius:3px;margin-right:6px;vertical-align:middle}
.legend .dot{width:9px;height:9px;border-radius:50%;background:#0d2338}.legend .cross{width:11px;height:11px;border-radius:50%;border:2.5px solid #c8202a}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(480px,1fr));gap:14px}
.plot{width:100%;height:auto}.plot text{font-size:12px;fill:#44515f}.plot .title{font-size:14px;font-weight:600;fill:#1c2733}
.plot .unit{fill:#7a8896}.grid{stroke:#e3e8ee}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid #e8edf2;white-space:nowrap}
th:first-child,td:first-child,.text{text-align:left}
th{position:sticky;top:0;background:#eef2f6;font-weight:600;cursor:pointer}
.scroll{max-height:460px;overflow:auto;border:1px solid #e3e8ee;border-radius:6px}
.tag{padding:1px 9px;border-radius:10px;font-size:13px;font-weight:600}
code{font:13px ui-monospace,"DejaVu Sans Mono",monospace;background:#eef2f6;padding:2px 6px;border-radius:4px;overflow-wrap:anywhere}
pre{background:#0d2338;color:#dce8f4;padding:12px 16px;border-radius:8px;overflow:auto;white-space:pre-wrap;font:13px ui-monospace,"DejaVu Sans Mono",monospace}
.none{color:#7a8896}
@media print{body{background:#fff}.scroll{max-height:none}}
)css";

// Click on a column head to sort by it.
constexpr const char* kScript = R"js(
document.querySelectorAll('th').forEach(h=>h.onclick=()=>{const t=h.closest('table'),b=t.tBodies[0],i=h.cellIndex,d=h.dataset.d=h.dataset.d=='1'?'-1':'1';
const v=r=>{const s=r.cells[i].textContent,n=parseFloat(s);return isNaN(n)?s:n};
[...b.rows].sort((p,q)=>{const x=v(p),y=v(q);return (x<y?-1:x>y?1:0)*d}).forEach(r=>b.append(r))})
)js";

std::string card(const std::string& value, const std::string& label) {
  return fmt::format("<div class=\"card\"><b>{}</b><span>{}</span></div>", html_escaped(value), html_escaped(label));
}

std::string duration_text(double s) {
  const auto total = static_cast<long long>(s + 0.5);
  return total >= 3600 ? fmt::format("{}:{:02}:{:02} h", total / 3600, total / 60 % 60, total % 60)
                       : fmt::format("{}:{:02} min", total / 60, total % 60);
}

std::string header(const RunResult& r) {
  const std::string verdict = to_string(r.verdict);
  std::string html = fmt::format(
      "<header><div class=\"wrap\"><div class=\"badge {0}\">{0}</div><h1>Bitgoeul run report</h1><p>{1} on map {2}, "
      "seed {3}{4}</p></div></header>",
      verdict, html_escaped(r.scenario_file), html_escaped(r.map_name), r.seed,
      r.interrupted ? "; interrupted before its end" : "");
  html += "<div class=\"wrap\">";
  if (!r.map_notice.empty()) html += fmt::format("<p class=\"notice\">Map: {}</p>", html_escaped(r.map_notice));
  return html;
}

std::string cards(const RunResult& r) {
  std::string html = "<div class=\"cards\">";
  html += card(fmt::format("{}", r.vehicles), "self-driving vehicles");
  html +=
      card(fmt::format("{:.0f}", r.traffic_mean), fmt::format("background vehicles (mean; peak {})", r.traffic_peak));
  html += card(duration_text(r.sim_time_s), fmt::format("simulated, {} steps of {:g} s", r.steps, r.dt_s));
  html += card(fmt::format("{:.1f}x", r.realtime_factor), fmt::format("real time, {} threads", r.threads));
  html += card(fmt::format("{:.1f} km", r.distance_m / 1000), "driven by the self-driving vehicles");
  html += card(fmt::format("{:.1f} km/h", r.mean_speed_mps * 3.6), "their mean speed, stops included");
  html +=
      card(fmt::format("{}", r.collisions_engine), fmt::format("collisions by our drivers ({} in all)", r.collisions));
  html += card(fmt::format("{}", r.red_lights), "red lights run");
  html += card(fmt::format("{}", r.routes_completed), "round trips completed");
  html += card(fmt::format("{:.2f} s", r.startup_s), "from start to the first step");
  return html + "</div>";
}

std::string criteria_section(const RunResult& r) {
  std::string rows;
  for (const Criterion& c : r.criteria)
    rows += fmt::format(
        "<tr><td>{0}</td><td class=\"text\"><span class=\"tag "
        "{1}\">{1}</span></td><td>{2:.6g}</td><td>{3:.6g}</td><td class=\"text\">{6}</td><td>{4}</td><td "
        "class=\"text\">{5}</td><td class=\"text\">{7}</td></tr>",
        html_escaped(c.name), to_string(c.verdict), c.value, c.limit,
        c.time_s < 0 ? std::string() : fmt::format("{:.2f}", c.time_s),
        html_escaped(c.entity + (c.other.empty() ? "" : ", " + c.other)), html_escaped(c.unit),
        html_escaped(c.place ? c.place->lane : std::string()));
  if (rows.empty())
    rows = "<tr><td colspan=\"8\" class=\"none\">nothing was evaluated: no self-driving vehicle, or no step</td></tr>";
  return "<section><h2>Verdict</h2><table><thead><tr><th>criterion</th><th "
         "class=\"text\">verdict</th><th>value</th><th>limit</th><th "
         "class=\"text\">unit</th><th>time [s]</th><th class=\"text\">entity</th><th "
         "class=\"text\">road/lane</th></tr></thead><tbody>" +
         rows + "</tbody></table></section>";
}

Plot over_time(const Statistics& statistics, std::string title, std::string unit) {
  Plot plot;
  plot.title = std::move(title);
  plot.y_unit = std::move(unit);
  plot.x_unit = "simulated time [s]";
  for (const SecondSample& s : statistics.seconds) plot.x.push_back(s.time_s);
  return plot;
}

template <class F>
void add_series(Plot& plot, const Statistics& statistics, std::string name, std::string color, F&& value) {
  PlotSeries series{std::move(name), std::move(color), {}};
  for (const SecondSample& s : statistics.seconds) series.values.push_back(value(s));
  plot.series.push_back(std::move(series));
}

Plot speed_histogram(const Statistics& statistics) {
  Plot plot;
  plot.title = "Speeds";
  plot.x_unit = "speed [km/h]";
  plot.y_unit = "% of the time";
  plot.bars = true;
  for (int i = 0; i < kSpeedBins; ++i) plot.x.push_back(5.0 * i);
  const auto shares = [](const std::vector<std::int64_t>& bins) {
    double sum = 0;
    for (std::int64_t n : bins) sum += static_cast<double>(n);
    std::vector<double> out;
    for (std::int64_t n : bins) out.push_back(sum > 0 ? 100.0 * static_cast<double>(n) / sum : 0.0);
    return out;
  };
  plot.series.push_back({"self-driving", kEgoColor, shares(statistics.ego_speed_histogram)});
  plot.series.push_back({"background", kTrafficColor, shares(statistics.traffic_speed_histogram)});
  return plot;
}

std::string plots_section(const Statistics& statistics) {
  Plot speed = over_time(statistics, "Mean speed", "km/h");
  add_series(speed, statistics, "self-driving", kEgoColor, [](const SecondSample& s) { return s.ego_mean_mps * 3.6; });
  add_series(speed, statistics, "background", kTrafficColor,
             [](const SecondSample& s) { return s.traffic_mean_mps * 3.6; });
  Plot moving = over_time(statistics, "Self-driving vehicles", "");
  moving.stacked = true;
  add_series(moving, statistics, "moving", kEgoColor, [](const SecondSample& s) { return s.egos - s.egos_standing; });
  add_series(moving, statistics, "standing", kStandColor, [](const SecondSample& s) { return s.egos_standing; });
  Plot traffic = over_time(statistics, "Background vehicles", "");
  traffic.stacked = true;
  add_series(traffic, statistics, "moving", kTrafficColor,
             [](const SecondSample& s) { return s.traffic - s.traffic_standing; });
  add_series(traffic, statistics, "standing", kStandColor, [](const SecondSample& s) { return s.traffic_standing; });
  Plot flow = over_time(statistics, "Flow, all vehicles", "vehicle-km per hour");
  add_series(flow, statistics, "flow", "#3aa655", [](const SecondSample& s) { return s.flow_vkm_per_h; });
  std::string html = "<section><h2>Traffic over time</h2><div class=\"plots\">";
  for (const Plot* plot : {&speed, &moving, &traffic, &flow}) html += plot_svg(thinned(*plot, kPlotPoints));
  return html + plot_svg(speed_histogram(statistics)) + "</div></section>";
}

std::string vehicles_section(const RunResult& r, const Statistics& statistics) {
  std::string rows;
  const std::size_t shown = std::min(kMaxVehicleRows, statistics.egos.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const EgoStatistics& e = statistics.egos[i];
    const double mean_kmh = r.sim_time_s > 0 ? e.distance_m / r.sim_time_s * 3.6 : 0.0;
    rows += fmt::format(
        "<tr><td>{}</td><td>{:.2f}</td><td>{:.1f}</td><td>{:.1f}</td><td>{}</td><td>{:.0f}</td><td>{:.0f}</td><td>{}</"
        "td><td>{}</td><td>{}</td></tr>",
        html_escaped(e.name), e.distance_m / 1000, mean_kmh, e.max_speed_mps * 3.6, e.stops, e.standing_s,
        e.longest_standing_s, e.routes_completed, e.red_lights, e.collisions);
  }
  std::string html =
      "<section><h2>Self-driving vehicles</h2><div class=\"scroll\"><table><thead><tr><th>vehicle</th><th>distance "
      "[km]</th><th>mean [km/h]</th>"
      "<th>max [km/h]</th><th>stops</th><th>standing [s]</th><th>longest stand [s]</th><th>round trips</th><th>red "
      "lights</th><th>collisions</th></tr></thead><tbody>";
  html += rows + "</tbody></table></div>";
  if (shown < statistics.egos.size())
    html += fmt::format("<p class=\"none\">{} more vehicles are not listed</p>", statistics.egos.size() - shown);
  return html + "</section>";
}

std::string events_section(const RunResult& r, const Statistics& statistics) {
  if (statistics.kept.empty())
    return "<section><h2>Events</h2><p class=\"none\">No collision, no red light run, nothing off the road, no long "
           "standstill.</p></section>";
  std::string rows;
  const std::size_t shown = std::min(kMaxEventRows, statistics.kept.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const sim::Event& e = statistics.kept[i];
    rows += fmt::format(
        "<tr><td>{:.2f}</td><td class=\"text\">{}</td><td class=\"text\">{}</td><td "
        "class=\"text\">{}</td><td>{:.1f}</td><td>{:.1f}</td><td>{:.3g}</td></tr>",
        static_cast<double>(e.step) * r.dt_s, html_escaped(sim::to_string(e.kind)),
        html_escaped(statistics.name_of(e.entity)), html_escaped(statistics.name_of(e.other)), e.x, e.y, e.value);
  }
  std::string html =
      "<section><h2>Events</h2><div class=\"scroll\"><table><thead><tr><th>time [s]</th><th "
      "class=\"text\">kind</th><th class=\"text\">entity</th>"
      "<th class=\"text\">other</th><th>x [m]</th><th>y [m]</th><th>value</th></tr></thead><tbody>" +
      rows + "</tbody></table></div>";
  const std::int64_t left_out = static_cast<std::int64_t>(statistics.kept.size() - shown) + statistics.kept_left_out;
  if (left_out > 0) html += fmt::format("<p class=\"none\">{} more stand in events.jsonl</p>", left_out);
  return html + "</section>";
}

std::string story_section(std::span<const StoryLine> lines) {
  if (lines.empty()) return {};
  std::string html =
      "<section><h2>Storyboard</h2><div class=\"scroll\"><table><thead><tr><th>time [s]</th><th "
      "class=\"text\">what</th><th class=\"text\">transition</th><th class=\"text\">element</th></tr></thead><tbody>";
  const std::size_t shown = std::min(kMaxEventRows, lines.size());
  for (const StoryLine& line : lines.first(shown))
    html += fmt::format(
        "<tr><td>{:.2f}</td><td class=\"text\">{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td></tr>",
        line.time_s, replay::to_string(line.change.type), replay::to_string(line.change.transition),
        html_escaped(line.change.element + (line.change.what.empty() ? "" : ": " + line.change.what)));
  html += "</tbody></table></div>";
  if (shown < lines.size())
    html += fmt::format("<p class=\"none\">{} more stand in events.jsonl</p>", lines.size() - shown);
  return html + "</section>";
}

std::string reproduce_section(const RunResult& r) {
  return fmt::format(
      "<section><h2>Reproduce</h2><pre>{}</pre><p>State hash after step {}: <code>{}</code><br>Map {}: "
      "<code>{}</code><br>Scenario {}: "
      "<code>{}</code><br>Engine {} {}</p></section>",
      html_escaped(r.command), r.steps, sim::to_hex(r.state_hash), html_escaped(r.map_name), sim::to_hex(r.map_hash),
      html_escaped(r.scenario_file), sim::to_hex(r.scenario_hash), html_escaped(r.engine_version),
      html_escaped(r.engine_commit));
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? kDigits[word >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string make_report(const ReportInput& input, sim::Issues& issues) {
  const RunResult& r = input.result;
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">";
  html += fmt::format("<title>{}: {}</title><style>{}</style></head><body>", to_string(r.verdict),
                      html_escaped(r.scenario_file), kStyle);
  html += header(r) + cards(r) + criteria_section(r);
  html += "<section><h2>Trips</h2>" + map_svg(input, issues) + "</section>";
  html += plots_section(input.statistics) + vehicles_section(r, input.statistics) + events_section(r, input.statistics);
  html += story_section(input.story) + reproduce_section(r);
  return html + "</div><script>" + kScript + "</script></body></html>\n";
}

}  // namespace bitgoeul::scenarios
