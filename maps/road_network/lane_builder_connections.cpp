#include "maps/road_network/lane_builder_connections.h"

#include <algorithm>
#include <cmath>

#include "maps/reference_line.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kMinTurnRadiusM = 5.0;
constexpr double kCubicBelowRad = 0.6, kArcTurnRad = 0.02;

Vec2 direction_of(double heading) {
  double sine = 0, cosine = 0;
  sim::sincos(heading, sine, cosine);
  return {cosine, sine};
}
double cross(const Vec2& a, const Vec2& b) { return a.x() * b.y() - a.y() * b.x(); }

void append_piece(StreetCurve& curve, double length, double curvature) {
  if (length < 1e-6) return;
  CurvePiece piece = curve.pieces.back();
  const StreetPose end = curve.at(curve.length);
  piece.x = end.x, piece.y = end.y, piece.heading = end.heading;
  piece.length = length, piece.curvature = curvature;
  if (curve.pieces.size() == 1 && curve.pieces[0].length == 0) curve.pieces.clear();
  curve.pieces.push_back(piece);
  curve.length += length;
}

StreetCurve start_at(const StreetPose& pose) {
  StreetCurve curve;
  curve.pieces.push_back({pose.x, pose.y, pose.heading, 0, 0});
  return curve;
}

// Line, arc, line with the largest radius that fits; empty when the tangents do not meet ahead.
std::vector<Geometry> line_arc_line(const StreetPose& from, const StreetPose& to, double least_turn_rad,
                                    double least_radius_m) {
  const double turn = sim::wrap_angle(to.heading - from.heading);
  const Vec2 out = direction_of(from.heading), in = direction_of(to.heading), gap = to.point() - from.point();
  const double denominator = cross(out, in);
  if (std::fabs(turn) < least_turn_rad || std::fabs(turn) > 2.9) return {};
  // from + before * out = to - behind * in
  const double before = cross(gap, in) / denominator, behind = cross(out, gap) / denominator;
  if (before <= 0.1 || behind <= 0.1) return {};
  const double tangent = std::min(before, behind);
  const double radius = tangent / std::fabs(sim::tan(0.5 * turn));
  if (radius < least_radius_m) return {};
  StreetCurve curve = start_at(from);
  append_piece(curve, before - tangent, 0.0);
  append_piece(curve, radius * std::fabs(turn), (turn > 0 ? 1.0 : -1.0) / radius);
  append_piece(curve, behind - tangent, 0.0);
  return to_geometries(curve);
}

// Length of a cubic by Gauss-Legendre quadrature, five points on each of eight parts.
double cubic_length(const double p[8]) {
  static constexpr double kNode[5] = {-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831,
                                      0.9061798459386640};
  static constexpr double kWeight[5] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665,
                                        0.2369268850561891};
  double sum = 0;
  for (int part = 0; part < 8; ++part)
    for (int i = 0; i < 5; ++i) {
      const double u = (part + 0.5 + 0.5 * kNode[i]) / 8.0;
      const double du = p[1] + u * (2 * p[2] + u * 3 * p[3]), dv = p[5] + u * (2 * p[6] + u * 3 * p[7]);
      sum += kWeight[i] * std::sqrt(du * du + dv * dv) / 16.0;
    }
  return sum;
}

// Hermite cubic in the start's own frame, parameter 0..1.
Geometry cubic(const StreetPose& from, const StreetPose& to) {
  const double turn = sim::wrap_angle(to.heading - from.heading);
  const Vec2 ahead = direction_of(from.heading), gap = to.point() - from.point();
  const double u1 = ahead.dot(gap), v1 = cross(ahead, gap);
  const double chord = gap.norm();
  // For a circular arc of that turn this speed is exact in the limit; lateral shifts get the chord.
  const double half = 0.5 * std::fabs(turn);
  const double speed =
      half < 1e-3 ? chord : chord * std::min(2.0, 2.0 * sim::tan(0.5 * half) / std::max(sim::sin(half), 1e-3));
  double sine = 0, cosine = 0;
  sim::sincos(turn, sine, cosine);
  const double du0 = speed, du1 = speed * cosine, dv1 = speed * sine;
  Geometry g;
  g.kind = GeometryKind::kParamPoly3;
  g.normalized = 1;
  g.x = from.x, g.y = from.y, g.heading = from.heading;
  const double p[8] = {0, du0, 3 * u1 - 2 * du0 - du1, -2 * u1 + du0 + du1, 0, 0, 3 * v1 - dv1, -2 * v1 + dv1};
  std::copy(p, p + 8, g.p);
  g.length = cubic_length(p);
  return g;
}

}  // namespace

std::vector<Geometry> to_geometries(const StreetCurve& curve) {
  std::vector<Geometry> out;
  double s = 0;
  for (const CurvePiece& piece : curve.pieces) {
    Geometry g;
    g.s = s, g.x = piece.x, g.y = piece.y, g.heading = sim::wrap_angle(piece.heading), g.length = piece.length;
    g.kind = piece.curvature == 0.0 ? GeometryKind::kLine : GeometryKind::kArc;
    g.p[0] = piece.curvature;
    out.push_back(g);
    s += piece.length;
  }
  return out;
}

double length_of(const std::vector<Geometry>& plan_view) {
  return plan_view.empty() ? 0.0 : plan_view.back().s + plan_view.back().length;
}

StreetPose pose_on(const std::vector<Geometry>& plan_view, double s) {
  const Geometry* at = &plan_view.front();
  for (const Geometry& g : plan_view)
    if (g.s <= s) at = &g;
  const CurvePoint p = evaluate(*at, s - at->s);
  return {p.x, p.y, p.heading, p.curvature};
}

std::vector<Vec2> sample_plan_view(const std::vector<Geometry>& plan_view, double step_m, double t) {
  std::vector<Vec2> out;
  for (const Geometry& g : plan_view) {
    const int steps = std::max(1, static_cast<int>(std::ceil(g.length / step_m)));
    for (int i = out.empty() ? 0 : 1; i <= steps; ++i) {
      const CurvePoint p = evaluate(g, g.length * i / steps);
      out.push_back(StreetPose{p.x, p.y, p.heading, 0}.offset(t));
    }
  }
  return out;
}

std::vector<Geometry> connect_lanes(const StreetPose& from, const StreetPose& to, double arc_radius_m) {
  const Vec2 ahead = direction_of(from.heading), gap = to.point() - from.point();
  const double turn = sim::wrap_angle(to.heading - from.heading);
  if (std::fabs(turn) < 1e-7 && std::fabs(cross(ahead, gap)) < 1e-5 && ahead.dot(gap) > 0) {
    StreetCurve curve = start_at(from);
    append_piece(curve, gap.norm(), 0.0);
    return to_geometries(curve);
  }
  std::vector<Geometry> turned = arc_radius_m > 0 ? line_arc_line(from, to, kArcTurnRad, arc_radius_m)
                                                  : line_arc_line(from, to, kCubicBelowRad, kMinTurnRadiusM);
  if (!turned.empty()) return turned;
  return {cubic(from, to)};
}

std::vector<Geometry> turn_around(const StreetPose& from, const StreetPose& to, double least_radius_m, int lane,
                                  int lanes, double lane_width_m) {
  constexpr double kSpreadM = 1.0;  // of lanes that turn side by side: fronts swing out of such a bend
  const double half_gap = 0.5 * (to.point() - from.point()).norm();
  const auto radius_of = [&](int k) {
    return std::max(least_radius_m + k * (lane_width_m + kSpreadM), half_gap + (k - lane) * lane_width_m);
  };
  const auto swing_of = [&](int k) {
    const double radius = radius_of(k), half = half_gap + (k - lane) * lane_width_m;
    return half >= radius ? 0.0 : sim::acos((half + radius) / (2 * radius));
  };
  double center = 0;
  for (int k = 0; k < lanes; ++k) center = std::max(center, 2 * radius_of(k) * sim::sin(swing_of(k)));
  const double radius = radius_of(lane), swing = swing_of(lane);
  const double lead = center - 2 * radius * sim::sin(swing);
  StreetCurve curve = start_at(from);
  append_piece(curve, lead, 0.0);
  append_piece(curve, radius * swing, -1.0 / radius);
  append_piece(curve, radius * (sim::kPi + 2 * swing), 1.0 / radius);
  append_piece(curve, radius * swing, -1.0 / radius);
  append_piece(curve, lead, 0.0);
  return to_geometries(curve);
}

}  // namespace bitgoeul::maps
