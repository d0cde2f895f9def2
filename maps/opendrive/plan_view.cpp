// OpenDRIVE 1.8, clause 9: the reference line from line, arc, spiral, poly3 and paramPoly3.
#include <algorithm>
#include <cmath>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

bool read_arc(Geometry& geometry, XmlElement arc) {
  geometry.kind = GeometryKind::kArc;
  return required_number(arc, "curvature", geometry.p[0], -kMaxCurvature, kMaxCurvature);
}

bool read_spiral(Geometry& geometry, XmlElement spiral) {
  geometry.kind = GeometryKind::kSpiral;
  const bool start = required_number(spiral, "curvStart", geometry.p[0], -kMaxCurvature, kMaxCurvature);
  const bool end = required_number(spiral, "curvEnd", geometry.p[1], -kMaxCurvature, kMaxCurvature);
  return start && end;
}

bool read_coefficients(Geometry& geometry, XmlElement element, std::initializer_list<const char*> names) {
  bool good = true;
  int i = 0;
  for (const char* name : names)
    good = required_number(element, name, geometry.p[i++], -kMaxCoefficient, kMaxCoefficient) && good;
  return good;
}

bool read_poly3_shape(Geometry& geometry, XmlElement poly3) {
  geometry.kind = GeometryKind::kPoly3;
  return read_coefficients(geometry, poly3, {"a", "b", "c", "d"});
}

bool read_param_poly3(Geometry& geometry, XmlElement poly3) {
  static constexpr XmlWord<std::int32_t> kRanges[] = {{"normalized", 1}, {"arcLength", 0}};
  geometry.kind = GeometryKind::kParamPoly3;
  geometry.normalized = 1;
  poly3.optional<std::int32_t>("pRange", geometry.normalized, kRanges);
  return read_coefficients(geometry, poly3, {"aU", "bU", "cU", "dU", "aV", "bV", "cV", "dV"});
}

bool read_shape(Geometry& geometry, XmlElement element) {
  if (element.child("line")) return true;
  if (const XmlElement e = element.child("arc")) return read_arc(geometry, e);
  if (const XmlElement e = element.child("spiral")) return read_spiral(geometry, e);
  if (const XmlElement e = element.child("poly3")) return read_poly3_shape(geometry, e);
  if (const XmlElement e = element.child("paramPoly3")) return read_param_poly3(geometry, e);
  element.error("holds none of line, arc, spiral, poly3, paramPoly3", "geometry_shape", "add one of them");
  return false;
}

// How far the piece turns; more than a few hundred turns is no road, and nobody could sample it.
bool turns_too_far(const Geometry& g) {
  const double curvature = g.kind == GeometryKind::kArc      ? std::abs(g.p[0])
                           : g.kind == GeometryKind::kSpiral ? std::max(std::abs(g.p[0]), std::abs(g.p[1]))
                                                             : 0.0;
  return curvature * g.length > kMaxTurnRad;
}

// A cubic that leaves the map is no road either.
bool leaves_the_map(const Geometry& g) {
  if (g.kind != GeometryKind::kPoly3 && g.kind != GeometryKind::kParamPoly3) return false;
  const double p = g.kind == GeometryKind::kParamPoly3 && g.normalized ? 1.0 : g.length;
  const auto size = [&](const double* c) {
    return std::abs(c[0]) + p * (std::abs(c[1]) + p * (std::abs(c[2]) + p * std::abs(c[3])));
  };
  return size(g.p) > kMaxLengthM || (g.kind == GeometryKind::kParamPoly3 && size(g.p + 4) > kMaxLengthM);
}

// Start, heading and length. A missing or bad length is found from the next piece, see settle_lengths.
bool read_geometry(Geometry& geometry, XmlElement element) {
  const bool x = required_number(element, "x", geometry.x, -kMaxCoordinateM, kMaxCoordinateM);
  const bool y = required_number(element, "y", geometry.y, -kMaxCoordinateM, kMaxCoordinateM);
  const bool heading = required_number(element, "hdg", geometry.heading, -kMaxCoordinateM, kMaxCoordinateM);
  geometry.s = std::numeric_limits<double>::quiet_NaN();
  required_number(element, "s", geometry.s, -kLengthToleranceM, kMaxLengthM);
  geometry.length = std::numeric_limits<double>::quiet_NaN();
  required_number(element, "length", geometry.length, 0, kMaxLengthM);
  return read_shape(geometry, element) && x && y && heading;
}

struct Piece {
  Geometry geometry;
  XmlElement element;
};

// Pieces in ascending s; disorder is repaired when every s is known.
void settle_order(std::vector<Piece>& pieces) {
  const auto before = [](const Piece& a, const Piece& b) { return a.geometry.s < b.geometry.s; };
  for (const Piece& p : pieces)
    if (std::isnan(p.geometry.s)) return;
  const auto unsorted = std::is_sorted_until(pieces.begin(), pieces.end(), before);
  if (unsorted == pieces.end()) return;
  unsorted->element.warning("stands after one with a greater s; they are sorted", "ascending_order",
                            "write <geometry> in ascending order of s");
  std::stable_sort(pieces.begin(), pieces.end(), before);
}

bool settle_length(Piece& piece, double next_s) {
  Geometry& g = piece.geometry;
  if (std::isnan(g.length) && next_s > g.s) {
    g.length = next_s - g.s;
    piece.element.warning("its length is taken from the next s: " + std::to_string(g.length) + " m", "geometry_length",
                          "write the length");
  }
  if (std::isnan(g.length)) return false;
  if (turns_too_far(g) || leaves_the_map(g)) {
    piece.element.error("its numbers describe no road: it turns more than " + std::to_string(int(kMaxTurnRad)) +
                            " rad or leaves the map",
                        "geometry_size", "check length, curvature and coefficients");
    return false;
  }
  return true;
}

// Lengths count; s follows from them.
void settle_place(Piece& piece, double expected_s) {
  Geometry& g = piece.geometry;
  if (std::abs(g.s - expected_s) <= kLengthToleranceM) return;
  if (!std::isnan(g.s))
    piece.element.warning("begins at s = " + std::to_string(g.s) + ", but the pieces before it end at " +
                              std::to_string(expected_s) + "; that counts",
                          "geometry_s", "make s the sum of the lengths before");
  g.s = expected_s;
}

}  // namespace

bool read_plan_view(RoadDraft& road, XmlElement plan_view) {
  std::vector<Piece> pieces;
  for (XmlElement e = plan_view.child("geometry"); e; e = e.next("geometry")) {
    pieces.push_back({{}, e});
    if (!read_geometry(pieces.back().geometry, e)) return false;
  }
  settle_order(pieces);
  double s = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!settle_length(pieces[i], i + 1 < pieces.size() ? pieces[i + 1].geometry.s : road.length)) return false;
    settle_place(pieces[i], s);
    if (pieces[i].geometry.length <= 0) {
      pieces[i].element.warning("has no length; it is left out", "geometry_length", "remove it");
      continue;
    }
    road.plan_view.push_back(pieces[i].geometry);
    s = pieces[i].geometry.s + pieces[i].geometry.length;
  }
  return !road.plan_view.empty() && s <= kMaxLengthM;
}

}  // namespace bitgoeul::maps::opendrive
