#include "scenarios/closed_loop/way_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/math.h"

namespace bitgoeul::scenarios::closed_loop {
namespace {

constexpr double kKnotM = 5;  // between points of the way: nearer ones tell more of the noise than of the way
constexpr double kBeforeM = 150,
                 kBehindM = 300;  // straight on; for who follows, and for who drives faster than the log
constexpr double kLaneWidthM = 3.5;
constexpr double kLeastLimitKmh = 30, kLimitStepKmh = 10;

struct Knot {
  double x = 0, y = 0, z = 0, heading = 0;
};

Knot ahead_of(const Knot& k, double by_m) {
  double sine, cosine;
  sim::sincos(k.heading, sine, cosine);
  return {k.x + by_m * cosine, k.y + by_m * sine, k.z, k.heading};
}

// One every kKnotM of the way, headings along it; with its straight ends.
std::vector<Knot> knots_of(const replay::LoggedTrack& track) {
  std::vector<Knot> way;
  for (const replay::TrackPoint& p : track.points)
    if (way.empty() || sim::hypot(p.x - way.back().x, p.y - way.back().y) >= kKnotM)
      way.push_back({p.x, p.y, static_cast<double>(p.z), static_cast<double>(p.yaw)});
  for (std::size_t i = 0; i < way.size() && way.size() > 1; ++i) {
    const Knot &a = way[i > 0 ? i - 1 : 0], &b = way[std::min(i + 1, way.size() - 1)];
    way[i].heading = sim::atan2(b.y - a.y, b.x - a.x);
  }
  way.insert(way.begin(), ahead_of(way.front(), -kBeforeM));
  way.push_back(ahead_of(way.back(), kBehindM));
  return way;
}

// A cubic from knot to knot with their headings (Hermite, tangents as long as the chord), in the frame of the first.
struct Cubic {
  double c_u = 0, d_u = 0, c_v = 0, d_v = 0, b_u = 0, length = 0;
};

Cubic cubic_between(const Knot& a, const Knot& b) {
  double sine, cosine, turn_sine, turn_cosine;
  sim::sincos(a.heading, sine, cosine);
  sim::sincos(sim::wrap_angle(b.heading - a.heading), turn_sine, turn_cosine);
  const double dx = b.x - a.x, dy = b.y - a.y, chord = sim::hypot(dx, dy);
  const double u = cosine * dx + sine * dy, v = -sine * dx + cosine * dy;
  Cubic c;
  c.b_u = chord;
  c.c_u = 3 * u - chord * (2 + turn_cosine), c.d_u = -2 * u + chord * (1 + turn_cosine);
  c.c_v = 3 * v - chord * turn_sine, c.d_v = -2 * v + chord * turn_sine;
  constexpr int kParts = 16;  // Simpson's rule
  for (int i = 0; i <= kParts; ++i) {
    const double p = static_cast<double>(i) / kParts;
    const double speed = sim::hypot(c.b_u + p * (2 * c.c_u + 3 * p * c.d_u), p * (2 * c.c_v + 3 * p * c.d_v));
    c.length += (i == 0 || i == kParts ? 1 : i % 2 == 1 ? 4 : 2) * speed / (3 * kParts);
  }
  return c;
}

double limit_kmh(const replay::LoggedTrack& track) {
  double fastest = kLeastLimitKmh;
  for (const replay::TrackPoint& p : track.points) fastest = std::max(fastest, 3.6 * static_cast<double>(p.speed));
  return std::ceil(fastest / kLimitStepKmh - 1e-9) * kLimitStepKmh;
}

}  // namespace

sim::Result<std::string> way_as_opendrive(const replay::LoggedTrack& track) {
  if (track.points.empty()) return sim::fail("is nowhere in the log", {}, 0, "vehicle " + track.name);
  const std::vector<Knot> way = knots_of(track);
  std::string plan, heights;
  double s = 0;
  for (std::size_t i = 0; i + 1 < way.size(); ++i) {
    const Cubic c = cubic_between(way[i], way[i + 1]);
    plan += fmt::format(
        "   <geometry s=\"{:.9f}\" x=\"{:.6f}\" y=\"{:.6f}\" hdg=\"{:.9f}\" length=\"{:.9f}\">\n"
        "    <paramPoly3 aU=\"0\" bU=\"{:.12g}\" cU=\"{:.12g}\" dU=\"{:.12g}\" aV=\"0\" bV=\"0\" cV=\"{:.12g}\" "
        "dV=\"{:.12g}\" pRange=\"normalized\"/>\n   </geometry>\n",
        s, way[i].x, way[i].y, way[i].heading, c.length, c.b_u, c.c_u, c.d_u, c.c_v, c.d_v);
    heights += fmt::format("   <elevation s=\"{:.9f}\" a=\"{:.4f}\" b=\"{:.9f}\" c=\"0\" d=\"0\"/>\n", s, way[i].z,
                           (way[i + 1].z - way[i].z) / c.length);
    s += c.length;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<OpenDRIVE>\n <header revMajor=\"1\" revMinor=\"7\" name=\"the way that was driven\"/>\n"
      " <road id=\"1\" name=\"way\" length=\"{:.9f}\" junction=\"-1\">\n"
      "  <type s=\"0\" type=\"town\"><speed max=\"{:g}\" unit=\"km/h\"/></type>\n"
      "  <planView>\n{}  </planView>\n  <elevationProfile>\n{}  </elevationProfile>\n"
      "  <lanes>\n   <laneOffset s=\"0\" a=\"{:g}\" b=\"0\" c=\"0\" d=\"0\"/>\n   <laneSection s=\"0\">\n"
      "    <center><lane id=\"0\" type=\"none\" level=\"false\"/></center>\n"
      "    <right><lane id=\"-1\" type=\"driving\" level=\"false\"><width sOffset=\"0\" a=\"{:g}\" b=\"0\" c=\"0\" "
      "d=\"0\"/></lane></right>\n"
      "   </laneSection>\n  </lanes>\n </road>\n</OpenDRIVE>\n",
      s, limit_kmh(track), plan, heights, kLaneWidthM / 2, kLaneWidthM);
}

}  // namespace bitgoeul::scenarios::closed_loop
