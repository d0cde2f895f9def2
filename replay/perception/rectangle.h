// Rectangles about points of the plane: along the axes, or with the heading that its corner tells (Zhang et al. 2017,
// "Efficient L-shape fitting for vehicle detection using laser scanners": the closeness criterion over headings a
// degree apart). Made from one cluster; read by lidar_cluster. Metres, radians. Thread rule: pure.
#pragma once

#include <vector>

#include "sim/math.h"

namespace bitgoeul::replay {

struct Rectangle {
  double x = 0, y = 0, yaw_rad = 0;  // middle; heading of the longer side, in (-pi/2, pi/2]
  double length_m = 0, width_m = 0;  // length >= width
  double residual_m = 0;             // mean distance of the points from the nearest side
};

Rectangle fit_axes(const std::vector<sim::Vec2>& points);
Rectangle fit_corner(const std::vector<sim::Vec2>& points);

}  // namespace bitgoeul::replay
