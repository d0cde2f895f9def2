// OpenDRIVE files that other tools wrote: all load and freeze, numbers agree with an independent scan of the text,
// reference lines join and agree with a quadrature of their headings. Skipped when the data sets are absent.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <fstream>

#include "maps/opendrive/opendrive.h"
#include "maps/reference_line.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> real_maps() {
  const fs::path root = tests::shared_data() / "xodr";
  std::vector<fs::path> files;
  for (const char* part : {"carla", "esmini", "misc/ingolstadt", "misc/libOpenDRIVE"}) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(root / part, error), end; !error && it != end; it.increment(error))
      if (it->path().extension() == ".xodr") files.push_back(it->path());
  }
  if (fs::exists(root / "morai_kcity.xodr")) files.push_back(root / "morai_kcity.xodr");
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_without_comments(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  for (std::size_t at = text.find("<!--"); at != std::string::npos; at = text.find("<!--"))
    text.erase(at, text.find("-->", at) + 3 - at);
  return text;
}

std::size_t count_tags(const std::string& text, const std::string& name) {
  std::size_t n = 0;
  for (std::size_t at = text.find("<" + name); at != std::string::npos; at = text.find("<" + name, at + 1)) {
    const char after = text[at + 1 + name.size()];
    n += after == ' ' || after == '\n' || after == '\r' || after == '\t' || after == '>' || after == '/';
  }
  return n;
}

struct Worst {
  double join_m = 0;
  double quadrature_m = 0;
};

// Position at ds by Simpson's rule over the heading, which the norm gives in closed form for these kinds (clauses 9.3
// to 9.5).
sim::Vec2 integrate_heading(const maps::Geometry& g, double ds) {
  constexpr int kPanels = 200;
  const bool spiral = g.kind == maps::GeometryKind::kSpiral, arc = g.kind == maps::GeometryKind::kArc;
  const double k0 = spiral || arc ? g.p[0] : 0.0, k1 = spiral ? g.p[1] : k0;
  const double h = ds / kPanels;
  sim::Vec2 sum(0, 0);
  for (int i = 0; i <= kPanels; ++i) {
    const double s = i * h, heading = g.heading + k0 * s + 0.5 * (k1 - k0) * s * s / g.length;
    const double weight = i == 0 || i == kPanels ? 1 : (i % 2 == 1 ? 4 : 2);
    sum += weight * sim::Vec2(std::cos(heading), std::sin(heading));
  }
  return sim::Vec2(g.x, g.y) + sum * h / 3;
}

// The same for polynomials: the curve itself (clauses 9.6 and 9.7). For poly3 the place along the curve is found by its
// length.
sim::Vec2 on_polynomial(const maps::Geometry& g, double ds) {
  const auto cubic = [](const double* c, double p) { return c[0] + p * (c[1] + p * (c[2] + p * c[3])); };
  double u = 0, v = 0;
  if (g.kind == maps::GeometryKind::kParamPoly3) {
    const double p = g.normalized != 0 ? ds / g.length : ds;
    u = cubic(g.p, p), v = cubic(g.p + 4, p);
  } else {
    double walked = 0;
    const double step = 1e-3;
    while (walked < ds) {
      const double slope = g.p[1] + u * (2 * g.p[2] + u * 3 * g.p[3]);
      const double du = std::min(step, ds - walked) / std::sqrt(1 + slope * slope);
      walked += du * std::sqrt(1 + slope * slope);
      u += du;
    }
    v = cubic(g.p, u);
  }
  const double c = std::cos(g.heading), s = std::sin(g.heading);
  return {g.x + u * c - v * s, g.y + u * s + v * c};
}

void check_piece(const maps::Geometry& g, Worst& worst) {
  const bool polynomial = g.kind == maps::GeometryKind::kPoly3 || g.kind == maps::GeometryKind::kParamPoly3;
  for (double f : {0.0, 0.3, 0.7, 1.0}) {
    const maps::CurvePoint p = maps::evaluate(g, f * g.length);
    const sim::Vec2 expected = polynomial ? on_polynomial(g, f * g.length) : integrate_heading(g, f * g.length);
    worst.quadrature_m = std::max(worst.quadrature_m, (sim::Vec2(p.x, p.y) - expected).norm());
  }
}

Worst check_reference_lines(const maps::MapBuilder& map) {
  Worst worst;
  for (const maps::RoadDraft& road : map.roads)
    for (std::size_t i = 0; i < road.plan_view.size(); ++i) {
      check_piece(road.plan_view[i], worst);
      if (i + 1 == road.plan_view.size()) continue;
      const maps::CurvePoint end = maps::evaluate(road.plan_view[i], road.plan_view[i].length);
      const maps::Geometry& next = road.plan_view[i + 1];
      worst.join_m = std::max(worst.join_m, std::hypot(end.x - next.x, end.y - next.y));
    }
  return worst;
}

}  // namespace

TEST_CASE("files of other tools load, freeze and count right") {
  const std::vector<fs::path> files = real_maps();
  if (files.empty()) {
    MESSAGE("skipped: no data sets beside the checkout");
    return;
  }
  CHECK(files.size() > 80);
  std::string table =
      "file, roads, junctions, lanes, signals, objects, points, errors, warnings, infos, join m, quadrature m\n";
  for (const fs::path& file : files) {
    CAPTURE(file.string());
    sim::Issues issues;
    auto builder = maps::opendrive::read_file(file, issues);
    REQUIRE(builder);
    const std::string text = text_without_comments(file);
    CHECK(builder->roads.size() == count_tags(text, "road"));
    CHECK(builder->junctions.size() == count_tags(text, "junction"));
    CHECK(builder->signals.size() == count_tags(text, "signal"));
    CHECK(builder->signal_references.size() == count_tags(text, "signalReference"));
    const Worst worst = check_reference_lines(*builder);
    CHECK(worst.quadrature_m < 0.01);
    // The K-City file was converted with pieces that miss each other by up to 0.14 m; the tools' own maps join.
    CHECK(worst.join_m < (file.filename() == "morai_kcity.xodr" ? 0.2 : 0.01));
    CHECK(!sim::has_errors(issues));
    const auto map = maps::freeze(std::move(*builder), issues);
    REQUIRE(map);
    CHECK((*map)->roads.size() == count_tags(text, "road"));
    int n[3] = {0, 0, 0};
    for (const sim::Issue& i : issues) ++n[static_cast<int>(i.severity)];
    char line[300];
    std::snprintf(line, sizeof line, "%s, %zu, %zu, %zu, %zu, %zu, %zu, %d, %d, %d, %.5f, %.6f\n",
                  file.filename().c_str(), (*map)->roads.size(), (*map)->junctions.size(), (*map)->lanes.size(),
                  (*map)->signals.size(), (*map)->objects.size(), (*map)->points.size(), n[2], n[1], n[0], worst.join_m,
                  worst.quadrature_m);
    table += line;
  }
  MESSAGE(table);
}
