#include "maps/road_network/lane_builder_curve.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kMinPieceM = 1e-6;

StreetPose along(const CurvePiece& piece, double ds) {
  StreetPose pose{piece.x, piece.y, piece.heading + piece.curvature * ds, piece.curvature};
  double sine = 0, cosine = 0;
  if (piece.curvature == 0.0) {
    sim::sincos(piece.heading, sine, cosine);
    pose.x += ds * cosine;
    pose.y += ds * sine;
    return pose;
  }
  // chord of the arc
  const double half = 0.5 * piece.curvature * ds;
  const double chord = std::fabs(half) < 1e-12 ? ds : ds * sim::sin(half) / half;
  sim::sincos(piece.heading + half, sine, cosine);
  pose.x += chord * cosine;
  pose.y += chord * sine;
  return pose;
}

double bearing(const Vec2& from, const Vec2& to) { return sim::atan2(to.y() - from.y(), to.x() - from.x()); }

void append(StreetCurve& curve, const CurvePiece& piece) {
  if (piece.length < kMinPieceM) return;
  curve.pieces.push_back(piece);
  curve.length += piece.length;
}

// How far before and after each inner vertex its arc begins and ends.
std::vector<double> tangent_lengths(const std::vector<Vec2>& line, const std::vector<double>& turns,
                                    double max_radius_m, double max_offset_m) {
  constexpr double kTightestM = 7.0;
  std::vector<double> tangents(line.size(), 0.0);
  for (std::size_t i = 1; i + 1 < line.size(); ++i) {
    const double cosine = sim::cos(0.5 * turns[i]);  // an arc passes its vertex at radius (1 / cosine - 1)
    const double near = max_offset_m * cosine / std::max(1.0 - cosine, 1e-12);
    const double radius = std::min(max_radius_m, std::max(near, kTightestM));
    tangents[i] = radius * std::fabs(sim::tan(0.5 * turns[i]));
  }
  std::vector<double> allowed = tangents;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double room = (line[i + 1] - line[i]).norm();
    const double wanted = tangents[i] + tangents[i + 1];
    if (wanted <= room || wanted <= 0.0) continue;
    // The smaller wish is met up to half of the room, the larger takes the rest.
    double first = std::min(tangents[i], 0.5 * room), second = std::min(tangents[i + 1], 0.5 * room);
    if (tangents[i] < 0.5 * room)
      second = room - first;
    else if (tangents[i + 1] < 0.5 * room)
      first = room - second;
    allowed[i] = std::min(allowed[i], first);
    allowed[i + 1] = std::min(allowed[i + 1], second);
  }
  return allowed;
}

}  // namespace

Vec2 StreetPose::offset(double t) const {
  double sine = 0, cosine = 0;
  sim::sincos(heading, sine, cosine);
  return {x - t * sine, y + t * cosine};
}

StreetPose StreetCurve::at(double s) const {
  if (pieces.empty()) return {};
  double start = 0;
  for (const CurvePiece& piece : pieces) {
    if (s <= start + piece.length || &piece == &pieces.back())
      return along(piece, std::clamp(s - start, 0.0, piece.length));
    start += piece.length;
  }
  return along(pieces.back(), pieces.back().length);
}

StreetCurve make_curve(const std::vector<Vec2>& line, double max_radius_m, double max_offset_m) {
  std::vector<double> turns(line.size(), 0.0);
  for (std::size_t i = 1; i + 1 < line.size(); ++i) {
    const double turn = sim::wrap_angle(bearing(line[i], line[i + 1]) - bearing(line[i - 1], line[i]));
    turns[i] = std::clamp(turn, -3.0, 3.0);
  }
  const std::vector<double> tangents = tangent_lengths(line, turns, max_radius_m, max_offset_m);
  StreetCurve curve;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double heading = bearing(line[i], line[i + 1]);
    const Vec2 direction = (line[i + 1] - line[i]).normalized();
    const Vec2 start = line[i] + direction * tangents[i];
    const double straight = (line[i + 1] - line[i]).norm() - tangents[i] - tangents[i + 1];
    append(curve, {start.x(), start.y(), heading, straight, 0.0});
    const double turn = turns[i + 1];
    if (tangents[i + 1] < kMinPieceM || turn == 0.0) continue;
    const Vec2 entry = line[i + 1] - direction * tangents[i + 1];
    const double curvature = sim::tan(0.5 * turn) / tangents[i + 1];
    append(curve, {entry.x(), entry.y(), heading, turn / curvature, curvature});
  }
  return curve;
}

StreetCurve cut_curve(const StreetCurve& curve, double from_s, double to_s) {
  StreetCurve out;
  double start = 0;
  for (const CurvePiece& piece : curve.pieces) {
    const double begin = std::max(from_s - start, 0.0), end = std::min(to_s - start, piece.length);
    start += piece.length;
    if (end - begin < kMinPieceM) continue;
    const StreetPose pose = along(piece, begin);
    append(out, {pose.x, pose.y, pose.heading, end - begin, piece.curvature});
  }
  return out;
}

std::vector<Vec2> sample_curve(const StreetCurve& curve, double step_m) {
  const int steps = std::max(1, static_cast<int>(std::ceil(curve.length / step_m)));
  std::vector<Vec2> out;
  out.reserve(static_cast<std::size_t>(steps) + 1);
  for (int i = 0; i <= steps; ++i) out.push_back(curve.at(curve.length * i / steps).point());
  return out;
}

double smallest_radius(const StreetCurve& curve) {
  double sharpest = 0;
  for (const CurvePiece& piece : curve.pieces) sharpest = std::max(sharpest, std::fabs(piece.curvature));
  return sharpest > 0 ? 1.0 / sharpest : 1e9;
}

namespace {

double distance_to_chord(const Vec2& point, const Vec2& a, const Vec2& b) {
  const Vec2 chord = b - a;
  const double square = chord.squaredNorm();
  const double along_chord = square > 0 ? std::clamp((point - a).dot(chord) / square, 0.0, 1.0) : 0.0;
  return (point - (a + along_chord * chord)).norm();
}

}  // namespace

double line_length(const std::vector<Vec2>& line) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) sum += (line[i + 1] - line[i]).norm();
  return sum;
}

double distance_to_line(const Vec2& point, const std::vector<Vec2>& line) {
  double least = 1e18;
  for (std::size_t i = 0; i + 1 < line.size(); ++i)
    least = std::min(least, distance_to_chord(point, line[i], line[i + 1]));
  return least;
}

std::vector<Vec2> simplify_line(const std::vector<Vec2>& line, double tolerance_m) {
  if (line.size() < 3) return line;
  std::vector<char> keep(line.size(), 0);
  keep.front() = keep.back() = 1;
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, line.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    std::size_t worst = first;
    double worst_distance = tolerance_m;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double distance = distance_to_chord(line[i], line[first], line[last]);
      if (distance > worst_distance) worst_distance = distance, worst = i;
    }
    if (worst == first) continue;
    keep[worst] = 1;
    open.push_back({first, worst});
    open.push_back({worst, last});
  }
  std::vector<Vec2> out;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (keep[i]) out.push_back(line[i]);
  return out;
}

}  // namespace bitgoeul::maps
