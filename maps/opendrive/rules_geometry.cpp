// The reference line and the cross section (ASAM OpenDRIVE 1.8, clauses 9 and 10.5).
#include <algorithm>
#include <cmath>

#include "maps/opendrive/file_rules.h"
#include "maps/reference_line.h"
#include "sim/math.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr double kGapM = 0.01;
constexpr double kKinkRad = 1.0 * sim::kPi / 180.0;
constexpr double kLengthM = 0.001;  // of a paramPoly3 against its length attribute

}  // namespace

void reference_line_missing(FileCheck& check) {
  for (const FileRoad& road : check.model.roads)
    if (road.geometries.empty())
      check.find(road.element, "the road has no reference line", "add <planView> with <geometry>");
}

void geometry_shape(FileCheck& check) {
  for (const FileRoad& road : check.model.roads)
    for (const FileGeometry& piece : road.geometries) {
      int shapes = 0;
      for (const char* name : {"line", "arc", "spiral", "poly3", "paramPoly3"})
        for (XmlElement e = piece.element.child(name); e; e = e.next(name)) ++shapes;
      if (shapes != 1)
        check.find(piece.element, "holds " + std::to_string(shapes) + " shapes",
                   "write exactly one of line, arc, spiral, poly3, paramPoly3");
    }
}

void reference_line_gap(FileCheck& check) {
  for (const FileRoad& road : check.model.roads)
    for (std::size_t i = 1; i < road.geometries.size(); ++i) {
      const FileGeometry &a = road.geometries[i - 1], &b = road.geometries[i];
      if (!a.sound || !b.sound || b.geometry.s < a.geometry.s) continue;
      const CurvePoint end = evaluate(a.geometry, a.geometry.length);
      const double gap = sim::hypot(end.x - b.geometry.x, end.y - b.geometry.y);
      if (gap > kGapM)
        check.find(b.element, "begins " + number(gap) + " m from where the piece before it ends",
                   "check x, y, hdg and length of both");
    }
}

void reference_line_kink(FileCheck& check) {
  for (const FileRoad& road : check.model.roads)
    for (std::size_t i = 1; i < road.geometries.size(); ++i) {
      const FileGeometry &a = road.geometries[i - 1], &b = road.geometries[i];
      if (!a.sound || !b.sound || b.geometry.s < a.geometry.s || b.geometry.length < 1e-3 || a.geometry.length < 1e-3)
        continue;
      const CurvePoint end = evaluate(a.geometry, a.geometry.length), begin = evaluate(b.geometry, 0.0);
      const double turn = sim::wrap_angle(begin.heading - end.heading);
      if (std::abs(turn) > kKinkRad)
        check.find(b.element, "begins " + number(turn * 180.0 / sim::kPi) + " degrees askew to the piece before it",
                   "check hdg of both, and the curvature of the first");
    }
}

void road_length_sum(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    double sum = 0;
    bool sound = !road.geometries.empty();
    for (const FileGeometry& piece : road.geometries) sum += piece.geometry.length, sound = sound && piece.sound;
    if (sound && std::abs(sum - road.length) > 0.01)
      check.find(road.element,
                 "the road's length is " + number(road.length) + " m, its geometries have " + number(sum) + " m in all",
                 "write the sum of the lengths");
  }
}

namespace {

template <class F>
void for_each_param_poly3(FileCheck& check, F&& f) {
  for (const FileRoad& road : check.model.roads)
    for (const FileGeometry& piece : road.geometries)
      if (piece.geometry.kind == GeometryKind::kParamPoly3 && piece.sound) f(piece);
}

// Length of the curve over its parameter range, by Simpson's rule with halved steps until 1e-6 m are settled.
double curve_length(const Geometry& g) {
  const double end = g.normalized != 0 ? 1.0 : g.length;
  const auto speed = [&](double p) {
    const double u = g.p[1] + p * (2 * g.p[2] + p * 3 * g.p[3]), v = g.p[5] + p * (2 * g.p[6] + p * 3 * g.p[7]);
    return sim::hypot(u, v);
  };
  double before = -1;
  for (int steps = 32; steps <= 8192; steps *= 2) {
    const double h = end / steps;
    double sum = speed(0) + speed(end);
    for (int i = 1; i < steps; ++i) sum += (i % 2 == 1 ? 4 : 2) * speed(i * h);
    const double length = sum * h / 3;
    if (std::abs(length - before) < 1e-6) return length;
    before = length;
  }
  return before;
}

void length_differs(FileCheck& check, const FileGeometry& piece) {
  const double length = curve_length(piece.geometry);
  if (std::abs(length - piece.geometry.length) > kLengthM)
    check.find(piece.element, "its length is given as " + number(piece.geometry.length) + " m, but the curve has " +
                                  number(length) + " m over its parameter's range");
}

}  // namespace

void parampoly3_frame(FileCheck& check) {
  for_each_param_poly3(check, [&](const FileGeometry& piece) {
    const double* p = piece.geometry.p;
    constexpr double kZero = 1e-6;
    if (std::abs(p[0]) > kZero || std::abs(p[4]) > kZero || std::abs(p[5]) > kZero || p[1] <= 0)
      check.find(piece.element, "the cubic does not begin at x, y in the direction of hdg",
                 "make aU, aV and bV 0 and bU greater than 0");
  });
}

void parampoly3_length(FileCheck& check) {
  for_each_param_poly3(check, [&](const FileGeometry& piece) {
    if (piece.geometry.normalized != 0) length_differs(check, piece);
  });
}

void parampoly3_arc_length_range(FileCheck& check) {
  for_each_param_poly3(check, [&](const FileGeometry& piece) {
    if (piece.geometry.normalized == 0) length_differs(check, piece);
  });
}

void surface_and_superelevation(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    const XmlElement profile = road.element.child("lateralProfile");
    if (!profile.child("crossSectionSurface")) continue;
    for (const char* name : {"superelevation", "shape"})
      if (const XmlElement e = profile.child(name))
        check.find(e, std::string("<") + name + "> stands beside a cross section surface", "keep one of the two");
  }
}

}  // namespace bitgoeul::maps::opendrive
