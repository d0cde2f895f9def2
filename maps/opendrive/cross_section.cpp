// OpenDRIVE 1.8, clause 10.6: the surface over the cross-section, from <shape>, from <crossSectionSurface> (1.8) and
// from the <crossfall> of 1.4. All three become pieces of height over t, at places along s between which it runs
// linearly.
#include <algorithm>
#include <cmath>
#include <map>

#include "maps/opendrive/reader.h"
#include "maps/reference_line.h"
#include "sim/math.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr double kStepM = 2.0;   // of samples along s where a coefficient changes
constexpr double kFarM = 100.0;  // how far the outermost strip reaches
constexpr double kMaxHeight = 100.0;

bool read_shape_piece(XmlElement element, ShapePiece& piece) {
  bool good = required_number(element, "s", piece.s, -kLengthToleranceM, kMaxLengthM);
  good = required_number(element, "t", piece.t, -kMaxWidthM, kMaxWidthM) && good;
  for (auto [name, value] : {std::pair{"a", &piece.a}, {"b", &piece.b}, {"c", &piece.c}, {"d", &piece.d}})
    good = required_number(element, name, *value, -kMaxHeight, kMaxHeight) && good;
  piece.s = std::max(piece.s, 0.0);
  return good;
}

// How one coefficient of a strip runs along s.
std::vector<Poly3> read_coefficients(XmlElement parent, const char* name, double end) {
  const XmlElement element = parent.child(name);
  if (!element) return {};
  std::vector<Poly3> polys;
  for (XmlElement e = element.child("coefficients"); e; e = e.next("coefficients")) {
    Poly3 p;
    if (!required_number(e, "s", p.s, -kLengthToleranceM, kMaxLengthM)) continue;
    for (auto [key, value] : {std::pair{"a", &p.a}, {"b", &p.b}, {"c", &p.c}, {"d", &p.d}})
      optional_number(e, key, *value, -kMaxCoefficient, kMaxCoefficient);
    polys.push_back(p);
  }
  std::stable_sort(polys.begin(), polys.end(), [](const Poly3& a, const Poly3& b) { return a.s < b.s; });
  limit_polys(polys, end, kMaxHeight, parent, name);
  return polys;
}

struct Strip {
  bool independent = false;  // its height does not begin where the strip inside it ends
  std::vector<Poly3> width, constant, linear, quadratic, cubic;
};

Strip read_strip(XmlElement element, double end) {
  static constexpr XmlWord<bool> kModes[] = {{"independent", true}, {"relative", false}};
  Strip strip;
  element.optional<bool>("mode", strip.independent, kModes);
  strip.width = read_coefficients(element, "width", end);
  strip.constant = read_coefficients(element, "constant", end);
  strip.linear = read_coefficients(element, "linear", end);
  strip.quadratic = read_coefficients(element, "quadratic", end);
  strip.cubic = read_coefficients(element, "cubic", end);
  return strip;
}

// Places along s at which to take the cross-section: where a record begins, and in steps where one is not constant.
std::vector<double> places_along(const std::vector<const std::vector<Poly3>*>& all, double end) {
  std::vector<double> places{0.0};
  bool constant = true;
  for (const auto* polys : all)
    for (const Poly3& p : *polys) {
      if (p.s > 0 && p.s < end) places.push_back(p.s);
      constant = constant && p.b == 0 && p.c == 0 && p.d == 0;
    }
  const int steps = constant ? 0 : static_cast<int>(std::min(std::ceil(end / kStepM), 5e3));
  for (int i = 1; i <= steps; ++i) places.push_back(end * i / steps);
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

// The polynomial of a piece, moved to begin dt further.
ShapePiece moved(ShapePiece p, double dt) {
  p.t += dt;
  p.a += dt * (p.b + dt * (p.c + dt * p.d));
  p.b += dt * (2 * p.c + dt * 3 * p.d);
  p.c += 3 * dt * p.d;
  return p;
}

// One side at one s, from the inside out. t runs outwards on the left and inwards on the right, so a right piece is
// moved to begin at its outer edge.
void side_at(const std::map<int, Strip>& strips, int side, double s, double t, std::vector<ShapePiece>& out) {
  double height = 0;
  for (int id = 1; strips.contains(side * id); ++id) {
    const Strip& strip = strips.at(side * id);
    const double width = strip.width.empty() ? kFarM : std::max(0.0, evaluate(strip.width, s));
    const double begin = evaluate(strip.constant, s) + (strip.independent ? 0.0 : height);
    const ShapePiece inner{
        s, t, begin, evaluate(strip.linear, s), evaluate(strip.quadratic, s), evaluate(strip.cubic, s)};
    const ShapePiece outer = moved(inner, side * width);
    out.push_back(side > 0 ? inner : outer);
    height = outer.a;
    t = outer.t;
  }
}

std::vector<const std::vector<Poly3>*> coefficients_of(const std::map<int, Strip>& strips) {
  std::vector<const std::vector<Poly3>*> all;
  for (const auto& [id, strip] : strips)
    for (const auto* polys : {&strip.width, &strip.constant, &strip.linear, &strip.quadratic, &strip.cubic})
      all.push_back(polys);
  return all;
}

bool refused_second(RoadDraft& road, XmlElement element) {
  if (road.shape.empty()) return false;
  std::string what(element.name());
  what.append(" stands beside another form of the road's shape; that counts");
  element.warning(std::move(what), "shape_twice", "remove one of them");
  return true;
}

}  // namespace

void read_shape(RoadDraft& road, XmlElement profile) {
  for (XmlElement e = profile.child("shape"); e; e = e.next("shape")) {
    ShapePiece piece;
    if (read_shape_piece(e, piece)) road.shape.push_back(piece);
  }
  std::stable_sort(road.shape.begin(), road.shape.end(),
                   [](const ShapePiece& a, const ShapePiece& b) { return std::pair(a.s, a.t) < std::pair(b.s, b.t); });
}

void read_cross_section(RoadDraft& road, XmlElement profile) {
  const XmlElement element = profile.child("crossSectionSurface");
  if (!element || refused_second(road, element)) return;
  const std::vector<Poly3> offset = read_coefficients(element, "tOffset", road.length);
  std::map<int, Strip> strips;
  const XmlElement group = element.child("surfaceStrips");
  for (XmlElement e = group.child("strip"); e; e = e.next("strip")) {
    std::int32_t id = 0;
    if (e.required("id", id) && id != 0) strips.emplace(id, read_strip(e, road.length));
  }
  keep_whole(element, "lateralProfile/", road.extras);
  auto all = coefficients_of(strips);
  all.push_back(&offset);
  for (const double s : places_along(all, road.length)) {
    std::vector<ShapePiece> right, left;
    side_at(strips, -1, s, evaluate(offset, s), right);
    side_at(strips, 1, s, evaluate(offset, s), left);
    road.shape.insert(road.shape.end(), right.rbegin(), right.rend());
    road.shape.insert(road.shape.end(), left.begin(), left.end());
  }
}

// 1.4, 5.3.6.2: the angle by which the surface falls from the reference line outwards.
void read_crossfall(RoadDraft& road, XmlElement profile) {
  std::vector<Poly3> left, right;
  for (XmlElement e = profile.child("crossfall"); e; e = e.next("crossfall")) {
    enum Side : int { kBoth, kLeft, kRight };
    static constexpr XmlWord<int> kSides[] = {{"both", kBoth}, {"left", kLeft}, {"right", kRight}};
    int side = kBoth;
    Poly3 poly;
    e.optional<int>("side", side, kSides);
    if (refused_second(road, e) || !read_poly3(e, "s", poly)) continue;
    if (side != kRight) left.push_back(poly);
    if (side != kLeft) right.push_back(poly);
  }
  if (left.empty() && right.empty()) return;
  for (auto* polys : {&left, &right}) {
    std::stable_sort(polys->begin(), polys->end(), [](const Poly3& a, const Poly3& b) { return a.s < b.s; });
    limit_polys(*polys, road.length, kMaxTiltRad, profile, "crossfall");
  }
  const auto slope = [](const std::vector<Poly3>& polys, double s) {
    double sine = 0, cosine = 1;
    sim::sincos(evaluate(polys, s), sine, cosine);
    return sine / std::max(cosine, 1e-3);
  };
  for (const double s : places_along({&left, &right}, road.length)) {
    const double fall = slope(right, s);
    road.shape.push_back({s, -kFarM, -kFarM * fall, fall, 0, 0});
    road.shape.push_back({s, 0, 0, -slope(left, s), 0, 0});
  }
}

}  // namespace bitgoeul::maps::opendrive
