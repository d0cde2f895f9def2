// What the pictures of a run and of a closed loop share. Thread rule: pure.
#pragma once

#include <array>

#include "sim/math.h"

namespace bitgoeul::scenarios {

// 1, 2 or 5 times a power of ten that gives at most `most` marks.
double round_step(double span, double most);

// Of a box seen from above, whose middle lies `center_m` ahead of the point. Metres, radians.
std::array<sim::Vec2, 4> body_corners(double x, double y, double yaw_rad, double length_m, double width_m,
                                      double center_m);

}  // namespace bitgoeul::scenarios
