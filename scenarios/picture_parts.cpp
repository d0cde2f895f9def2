#include "scenarios/picture_parts.h"

namespace bitgoeul::scenarios {

double round_step(double span, double most) {
  double step = 1;
  for (int i = 0; span / step > most && i < 30; ++i) step *= i % 3 == 1 ? 2.5 : 2;
  return step;
}

std::array<sim::Vec2, 4> body_corners(double x, double y, double yaw_rad, double length_m, double width_m,
                                      double center_m) {
  double sine = 0, cosine = 1;
  sim::sincos(yaw_rad, sine, cosine);
  const auto corner = [&](double along, double left) {
    const double a = center_m + along * length_m, l = left * width_m;
    return sim::Vec2(x + a * cosine - l * sine, y + a * sine + l * cosine);
  };
  return {corner(0.5, -0.5), corner(0.5, 0.5), corner(-0.5, 0.5), corner(-0.5, -0.5)};
}

}  // namespace bitgoeul::scenarios
