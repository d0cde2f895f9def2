#include "viewer/weather.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::viewer {

namespace {

constexpr double kDegree = sim::kPi / 180, kLatitude = 35.16 * kDegree, kLongitudeDeg = 126.85, kZoneDeg = 135;

double smooth(double low, double high, double v) {
  const double x = std::clamp((v - low) / (high - low), 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

Vec3 blend(const Vec3& a, const Vec3& b, double f) { return a * (1 - f) + b * f; }

}  // namespace

Vec3 sun_direction(int month, int day, double hour) {
  static constexpr int kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const double g = 2 * sim::kPi * (kBefore[std::clamp(month, 1, 12) - 1] + day - 1) / 365;
  const double declination = 0.006918 - 0.399912 * std::cos(g) + 0.070257 * std::sin(g) - 0.006758 * std::cos(2 * g) +
                             0.000907 * std::sin(2 * g) - 0.002697 * std::cos(3 * g) + 0.00148 * std::sin(3 * g);
  const double equation_min = 229.18 * (0.000075 + 0.001868 * std::cos(g) - 0.032077 * std::sin(g) -
                                        0.014615 * std::cos(2 * g) - 0.040849 * std::sin(2 * g));
  const double solar = hour + (kLongitudeDeg - kZoneDeg) / 15 + equation_min / 60;
  const double h = (solar - 12) * 15 * kDegree;
  const double up =
      std::sin(kLatitude) * std::sin(declination) + std::cos(kLatitude) * std::cos(declination) * std::cos(h);
  const double east = -std::cos(declination) * std::sin(h);
  const double north =
      std::cos(kLatitude) * std::sin(declination) - std::sin(kLatitude) * std::cos(declination) * std::cos(h);
  return {east, north, up};
}

Light light_of(const Weather& w, double above_ground_m) {
  Light l;
  l.sun = sun_direction(w.month, w.day, w.hour);
  const double day = smooth(-0.10, 0.18, l.sun.z()), low = 1 - smooth(0.0, 0.35, l.sun.z());
  l.night = 1 - smooth(-0.08, 0.06, l.sun.z());
  const double cloud = std::clamp(w.rain * 1.2 + (w.fog_m > 0 ? 1.2 - w.fog_m / 3000 : 0.0), 0.0, 1.0);
  if (l.sun.z() < 0.02) l.sun = Vec3(-0.35, 0.25, 0.9).normalized();  // the moon, always well placed
  l.sun_color = blend(Vec3(0.10, 0.11, 0.16), blend(Vec3(0.80, 0.76, 0.68), Vec3(0.85, 0.5, 0.26), low), day) *
                (1 - 0.85 * cloud);
  l.sky_light = blend(Vec3(0.15, 0.165, 0.23), Vec3(0.40, 0.45, 0.52), day) * (1 - 0.15 * cloud);
  l.ground_light = blend(Vec3(0.11, 0.10, 0.10), Vec3(0.25, 0.245, 0.23), day);
  const Vec3 grey = blend(Vec3(0.06, 0.065, 0.08), Vec3(0.66, 0.69, 0.72), day);
  l.zenith = blend(blend(Vec3(0.012, 0.018, 0.045), Vec3(0.24, 0.45, 0.78), day), grey * 0.9, cloud);
  l.horizon =
      blend(blend(Vec3(0.05, 0.055, 0.09), blend(Vec3(0.72, 0.81, 0.9), Vec3(0.9, 0.66, 0.48), low), day), grey, cloud);
  l.fog = l.horizon;
  const double sight = w.fog_m > 0  ? w.fog_m
                       : w.rain > 0 ? 12000 / (1 + 7 * w.rain)
                                    : 26000 + 12 * std::max(0.0, above_ground_m);
  l.fog_density = 3.0 / sight;
  l.haze = w.fog_m > 0 ? std::clamp(1.2 - w.fog_m / 4000, 0.0, 1.0) : 0.6 * w.rain;
  l.wet = std::clamp(w.rain * 1.5, 0.0, 1.0);
  return l;
}

}  // namespace bitgoeul::viewer
