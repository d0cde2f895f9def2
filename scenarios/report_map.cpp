#include "scenarios/report_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "maps/map_picture.h"
#include "sim/math.h"

namespace bitgoeul::scenarios {
namespace {

constexpr int kWidth = 1600, kHeight = 1100;
constexpr std::size_t kMaxTripPoints = 80'000, kFewEgos = 20;  // few: room for broad lines

struct SpeedClass {
  double below_kmh;
  const char *name, *color;
};
constexpr std::array<SpeedClass, 5> kClasses{{{10, "under 10", "#d7191c"},
                                              {30, "10 to 30", "#f07c1f"},
                                              {50, "30 to 50", "#e3b505"},
                                              {70, "50 to 70", "#3aa655"},
                                              {1e9, "over 70 km/h", "#1f6fd1"}}};

std::size_t class_of(double speed_mps) {
  std::size_t k = 0;
  while (k + 1 < kClasses.size() && speed_mps * 3.6 >= kClasses[k].below_kmh) ++k;
  return k;
}

// The part of the map that was driven on, with a margin, not larger than the map.
std::optional<maps::GeoBox> driven_box(const ReportInput& input) {
  std::optional<maps::GeoBox> box;
  for (const EgoStatistics& ego : input.statistics.egos)
    for (const TripPoint& p : ego.trip) {
      if (!box) box = maps::GeoBox{p.x, p.y, p.x, p.y};
      box->min_x = std::min<double>(box->min_x, p.x);
      box->min_y = std::min<double>(box->min_y, p.y);
      box->max_x = std::max<double>(box->max_x, p.x);
      box->max_y = std::max<double>(box->max_y, p.y);
    }
  if (!box) return box;
  const double margin = std::max(60.0, 0.04 * std::max(box->max_x - box->min_x, box->max_y - box->min_y));
  return maps::GeoBox{box->min_x - margin, box->min_y - margin, box->max_x + margin, box->max_y + margin};
}

struct Pixels {
  maps::GeoBox box;
  double x(double metres) const { return (metres - box.min_x) / (box.max_x - box.min_x) * kWidth; }
  double y(double metres) const { return (box.max_y - metres) / (box.max_y - box.min_y) * kHeight; }
};

std::size_t trip_stride(const Statistics& statistics) {
  std::size_t points = 0;
  for (const EgoStatistics& ego : statistics.egos) points += ego.trip.size();
  return points / kMaxTripPoints + 1;
}

// One path per speed class over all trips; points closer than a pixel are skipped.
std::string trips(const Statistics& statistics, const Pixels& pixels) {
  std::array<std::string, kClasses.size()> paths;
  const std::size_t stride = trip_stride(statistics);
  for (const EgoStatistics& ego : statistics.egos) {
    if (ego.trip.empty()) continue;
    double x = pixels.x(ego.trip[0].x), y = pixels.y(ego.trip[0].y);
    std::size_t last = kClasses.size();  // class whose path ends at (x, y)
    for (std::size_t i = stride; i < ego.trip.size(); i += stride) {
      const double nx = pixels.x(ego.trip[i].x), ny = pixels.y(ego.trip[i].y);
      bool jumped = false;  // it left the map and came in again elsewhere
      for (std::size_t j = i - stride + 1; j <= i; ++j) jumped |= ego.trip[j].enters;
      if (jumped) x = nx, y = ny, last = kClasses.size();
      if (sim::hypot(nx - x, ny - y) < 1.0) continue;
      const std::size_t k = class_of(ego.trip[i].speed_mps);
      if (k != last) paths[k] += fmt::format("M{:.1f} {:.1f}", x, y);
      paths[k] += fmt::format("L{:.1f} {:.1f}", nx, ny);
      x = nx, y = ny, last = k;
    }
  }
  const double width = statistics.egos.size() <= kFewEgos ? 6.0 : 2.4;
  std::string svg;
  for (std::size_t k = kClasses.size(); k-- > 0;)
    svg += fmt::format("<path class=\"trip\" d=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>", paths[k], kClasses[k].color,
                       width);
  return svg;
}

std::string ends(const Statistics& statistics, const Pixels& pixels) {
  std::string svg;
  for (const EgoStatistics& ego : statistics.egos)
    if (ego.seen)
      svg +=
          fmt::format("<circle class=\"ego\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{}: {:.2f} km</title></circle>",
                      pixels.x(ego.x), pixels.y(ego.y), html_escaped(ego.name), ego.distance_m / 1000);
  return svg;
}

std::string marks(const Statistics& statistics, const Pixels& pixels, double dt_s) {
  std::string svg;
  for (const sim::Event& event : statistics.kept) {
    if (event.kind != sim::EventKind::kCollisionBegin) continue;
    const double x = pixels.x(event.x), y = pixels.y(event.y);
    svg += fmt::format(
        "<g class=\"crash\"><circle cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"9\"/><path d=\"M{2:.1f} {3:.1f}l8 8m0 -8l-8 8\"/>"
        "<title>collision at {4:.1f} s: {5} and {6}</title></g>",
        x, y, x - 4, y - 4, static_cast<double>(event.step) * dt_s, html_escaped(statistics.name_of(event.entity)),
        html_escaped(statistics.name_of(event.other)));
  }
  return svg;
}

std::string speed_legend() {
  std::string html = "<p class=\"legend\">Trips by speed:";
  for (const SpeedClass& k : kClasses)
    html += fmt::format(" <span><i style=\"background:{}\"></i>{}</span>", k.color, k.name);
  return html +
         " <span><i class=\"dot\"></i>vehicle at the end</span> <span><i class=\"cross\"></i>collision</span></p>";
}

}  // namespace

std::string map_svg(const ReportInput& input, sim::Issues& issues) {
  maps::PictureOptions options;
  options.width_px = kWidth;
  options.height_px = kHeight;
  options.box = driven_box(input);
  options.arrows = false;
  Pixels pixels{options.box.value_or(input.map.box)};
  auto png = maps::draw_map_png(input.map, options, pixels.box);
  std::string picture = "<rect width=\"100%\" height=\"100%\" fill=\"#f4f4f0\"/>";
  if (png) {
    // The map is paled so that the trips stand out.
    picture = fmt::format(
        "<image width=\"{0}\" height=\"{1}\" href=\"data:image/png;base64,{2}\"/>"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\" opacity=\"0.45\"/>",
        kWidth, kHeight, base64(*png));
  } else {
    sim::Issue issue = png.error();
    issue.severity = sim::Severity::kWarning;
    issues.push_back(std::move(issue));
  }
  return fmt::format("<svg class=\"map\" viewBox=\"0 0 {} {}\" role=\"img\">{}{}{}{}</svg>{}", kWidth, kHeight, picture,
                     trips(input.statistics, pixels), ends(input.statistics, pixels),
                     marks(input.statistics, pixels, input.result.dt_s), speed_legend());
}

}  // namespace bitgoeul::scenarios
