// Points of a lidar as the scene draws them, coloured by what a person asks for. Pure.
#pragma once

#include <vector>

#include "viewer/scene.h"
#include "viewer/sensor_feed.h"

namespace bitgoeul::viewer {

enum class PointsBy : std::uint8_t { kHeight, kIntensity, kTime, kNone };

// About the sensor's own place (cloud.to_local.position). Height counts from 2 m below the sensor, the ground; time
// runs from the first point to the last; what the log does not hold leaves them grey.
std::vector<ScenePoint> scene_points(const Cloud& cloud, PointsBy by);
Color ramp_color(double share);  // 0 deep blue ... 1 red

}  // namespace bitgoeul::viewer
