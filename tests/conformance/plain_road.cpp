#include "tests/conformance/plain_road.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <pugixml.hpp>

namespace bitgoeul::tests {
namespace {

using Function = std::function<double(double)>;

// Adaptive Simpson: halves until both halves agree with the whole.
double simpson(const Function& f, double a, double fa, double b, double fb, double m, double fm, double whole,
               double tolerance, int depth) {
  const double l = 0.5 * (a + m), r = 0.5 * (m + b), fl = f(l), fr = f(r);
  const double left = (m - a) / 6 * (fa + 4 * fl + fm), right = (b - m) / 6 * (fm + 4 * fr + fb);
  const double error = left + right - whole;
  if (depth == 0 || std::abs(error) < 15 * tolerance) return left + right + error / 15;
  return simpson(f, a, fa, m, fm, l, fl, left, 0.5 * tolerance, depth - 1) +
         simpson(f, m, fm, b, fb, r, fr, right, 0.5 * tolerance, depth - 1);
}

double integral(const Function& f, double a, double b) {
  const double m = 0.5 * (a + b), fa = f(a), fm = f(m), fb = f(b);
  return simpson(f, a, fa, b, fb, m, fm, (b - a) / 6 * (fa + 4 * fm + fb), 1e-9, 24);
}

double cubic(const double* p, double t) { return p[0] + p[1] * t + p[2] * t * t + p[3] * t * t * t; }

struct Frame {
  double x = 0, y = 0, heading = 0;
};

Frame turned(const PlainPiece& g, double u, double v, double heading) {
  const double c = std::cos(g.heading), s = std::sin(g.heading);
  return {g.x + u * c - v * s, g.y + u * s + v * c, g.heading + heading};
}

// Clauses 9.3 to 9.5: the integral of the direction, whose angle is the integral of the curvature.
Frame by_curvature(const PlainPiece& g, double k0, double k1, double ds) {
  const auto angle = [&](double s) { return k0 * s + 0.5 * (k1 - k0) * s * s / g.length; };
  const double u = integral([&](double s) { return std::cos(angle(s)); }, 0, ds);
  const double v = integral([&](double s) { return std::sin(angle(s)); }, 0, ds);
  return turned(g, u, v, angle(ds));
}

// Clause 9.6 (poly3): ds is arc length; u by bisection of the length of the curve.
Frame by_poly3(const PlainPiece& g, double ds) {
  const auto slope = [&](double u) { return g.p[1] + 2 * g.p[2] * u + 3 * g.p[3] * u * u; };
  const auto length = [&](double u) { return integral([&](double t) { return std::hypot(1.0, slope(t)); }, 0, u); };
  double lo = 0, hi = ds;
  for (int i = 0; i < 45; ++i) (length(0.5 * (lo + hi)) < ds ? lo : hi) = 0.5 * (lo + hi);
  return turned(g, lo, cubic(g.p, lo), std::atan(slope(lo)));
}

// Clause 9.7 (paramPoly3): the parameter runs with s, from 0 to 1 or to the length.
Frame by_param_poly3(const PlainPiece& g, double ds) {
  const double t = g.normalized ? ds / g.length : ds;
  const auto derivative = [&](const double* p) { return p[1] + 2 * p[2] * t + 3 * p[3] * t * t; };
  return turned(g, cubic(g.p, t), cubic(g.p + 4, t), std::atan2(derivative(g.p + 4), derivative(g.p)));
}

Frame on_piece(const PlainPiece& g, double ds) {
  if (g.kind == "arc") return by_curvature(g, g.p[0], g.p[0], ds);
  if (g.kind == "spiral") return by_curvature(g, g.p[0], g.p[1], ds);
  if (g.kind == "poly3") return by_poly3(g, ds);
  if (g.kind == "paramPoly3") return by_param_poly3(g, ds);
  return turned(g, ds, 0, 0);
}

template <class T>
const T* valid_at(const std::vector<T>& all, double s) {
  const T* valid = nullptr;
  for (const T& one : all)
    if (one.s <= s + 1e-9) valid = &one;
  return valid;
}

double value(const std::vector<PlainPoly>& polys, double s) {
  const PlainPoly* p = valid_at(polys, s);
  if (p == nullptr) return 0;
  const double coefficients[4] = {p->a, p->b, p->c, p->d};
  return cubic(coefficients, s - p->s);
}

const PlainLane* find(const PlainSection& section, int id) {
  for (const PlainLane& lane : section.lanes)
    if (lane.id == id) return &lane;
  return nullptr;
}

struct Across {
  double tilted = 0, flat = 0, height = 0;  // t that the superelevation turns, t beyond it, height above the road
};

// Clauses 11.6 (width, border), 11.7 (height), 11.8 (level): from the reference line outwards.
std::optional<Across> across(const PlainRoad& road, const PlainSection& section, int id, double s) {
  const int side = id > 0 ? 1 : -1;
  const double ds = s - section.s;
  double edge = 0;  // of the last lane, without the lane offset
  bool level = false;
  Across out;
  out.tilted = value(road.offset, s);
  for (int i = side; std::abs(i) <= std::abs(id); i += side) {
    const PlainLane* lane = find(section, i);
    if (lane == nullptr) return std::nullopt;
    if (level && !lane->level) return std::nullopt;
    level = lane->level;
    const double outer =
        lane->borders.empty() ? edge + side * std::max(0.0, value(lane->widths, ds)) : value(lane->borders, ds);
    const double part = (i == id ? 0.5 : 1.0) * (outer - edge);
    (level ? out.flat : out.tilted) += part;
    edge = outer;
    const PlainHeight* height = valid_at(lane->heights, ds);
    if (i == id && height != nullptr) out.height = 0.5 * (height->inner + height->outer);
  }
  return out;
}

PlainPiece read_piece(const pugi::xml_node& node) {
  PlainPiece g;
  g.s = node.attribute("s").as_double(), g.x = node.attribute("x").as_double(), g.y = node.attribute("y").as_double();
  g.heading = node.attribute("hdg").as_double(), g.length = node.attribute("length").as_double();
  for (const char* kind : {"line", "arc", "spiral", "poly3", "paramPoly3"}) {
    const pugi::xml_node shape = node.child(kind);
    if (!shape) continue;
    g.kind = kind;
    int i = 0;
    for (const char* name : {"curvature", "curvStart", "curvEnd"})
      if (shape.attribute(name)) g.p[i++] = shape.attribute(name).as_double();
    if (g.kind == "poly3")
      for (const char* name : {"a", "b", "c", "d"}) g.p[i++] = shape.attribute(name).as_double();
    if (g.kind == "paramPoly3")
      for (const char* name : {"aU", "bU", "cU", "dU", "aV", "bV", "cV", "dV"})
        g.p[i++] = shape.attribute(name).as_double();
    g.normalized = std::string(shape.attribute("pRange").as_string("normalized")) == "normalized";
  }
  return g;
}

std::vector<PlainPoly> read_polys(const pugi::xml_node& parent, const char* name, const char* place) {
  std::vector<PlainPoly> polys;
  for (const pugi::xml_node& e : parent.children(name))
    polys.push_back({e.attribute(place).as_double(), e.attribute("a").as_double(), e.attribute("b").as_double(),
                     e.attribute("c").as_double(), e.attribute("d").as_double()});
  return polys;
}

PlainSection read_section(const pugi::xml_node& node) {
  PlainSection section;
  section.s = node.attribute("s").as_double();
  for (const char* side : {"left", "right"})
    for (const pugi::xml_node& e : node.child(side).children("lane")) {
      PlainLane lane;
      lane.id = e.attribute("id").as_int();
      lane.level = e.attribute("level").as_bool();
      lane.widths = read_polys(e, "width", "sOffset");
      lane.borders = read_polys(e, "border", "sOffset");
      for (const pugi::xml_node& h : e.children("height"))
        lane.heights.push_back(
            {h.attribute("sOffset").as_double(), h.attribute("inner").as_double(), h.attribute("outer").as_double()});
      section.lanes.push_back(lane);
    }
  return section;
}

PlainRoad read_road(const pugi::xml_node& node) {
  PlainRoad road;
  road.id = node.attribute("id").as_string();
  road.length = node.attribute("length").as_double();
  for (const pugi::xml_node& e : node.child("planView").children("geometry")) road.pieces.push_back(read_piece(e));
  const pugi::xml_node lateral = node.child("lateralProfile"), lanes = node.child("lanes");
  road.has_shape = lateral.child("shape") || lateral.child("crossSectionSurface") || lateral.child("crossfall");
  road.elevation = read_polys(node.child("elevationProfile"), "elevation", "s");
  road.superelevation = read_polys(lateral, "superelevation", "s");
  road.offset = read_polys(lanes, "laneOffset", "s");
  for (const pugi::xml_node& e : lanes.children("laneSection")) road.sections.push_back(read_section(e));
  // The geometry says how long a road is.
  if (!road.pieces.empty()) road.length = road.pieces.back().s + road.pieces.back().length;
  for (std::size_t i = 0; i < road.sections.size(); ++i)
    road.sections[i].end = i + 1 < road.sections.size() ? road.sections[i + 1].s : road.length;
  return road;
}

}  // namespace

std::vector<PlainRoad> read_plain_roads(const std::string& text) {
  pugi::xml_document document;
  document.load_buffer(text.data(), text.size());
  std::vector<PlainRoad> roads;
  for (const pugi::xml_node& node : document.document_element().children("road")) roads.push_back(read_road(node));
  return roads;
}

double plain_gap_near(const PlainRoad& road, double s) {
  double gap = 0;
  for (std::size_t i = 1; i < road.pieces.size(); ++i) {
    if (std::abs(road.pieces[i].s - s) > 0.5) continue;
    const Frame end = on_piece(road.pieces[i - 1], road.pieces[i - 1].length);
    gap = std::max(gap, std::hypot(end.x - road.pieces[i].x, end.y - road.pieces[i].y));
  }
  return gap;
}

std::optional<PlainPoint> plain_lane_centre(const PlainRoad& road, const PlainSection& section, int lane_id, double s) {
  const auto t = across(road, section, lane_id, s);
  const PlainPiece* piece = valid_at(road.pieces, s);
  if (!t || piece == nullptr) return std::nullopt;
  const Frame at = on_piece(*piece, std::min(s - piece->s, piece->length));
  const double tilt = value(road.superelevation, s), side = t->tilted * std::cos(tilt) + t->flat;
  return PlainPoint{at.x - side * std::sin(at.heading), at.y + side * std::cos(at.heading),
                    value(road.elevation, s) + t->tilted * std::sin(tilt) + t->height};
}

}  // namespace bitgoeul::tests
