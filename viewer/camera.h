// Camera: how the picture is looked at. A rig turns hand movements and the vehicle that is followed into a pose.
// Held by the application, fed by window input, read by the scene. Metres of the map frame, radians, yaw
// counter-clockwise from east, pitch positive upwards.
#pragma once

#include <optional>
#include <string_view>

#include "viewer/mesh.h"

namespace bitgoeul::viewer {

enum class CameraMode : std::uint8_t { kFree, kOrbit, kFollow, kDriver, kTop, kCinematic };
inline constexpr int kCameraModes = 6;
std::string_view to_string(CameraMode mode);
std::optional<CameraMode> camera_mode(std::string_view name);

struct CameraPose {
  Vec3 eye{0, 0, 100};
  Vec3 ahead{1, 0, 0}, up{0, 0, 1};
  double fov_rad = 0.9;  // upright
};

// What is followed: the box centre on the ground.
struct Subject {
  Vec3 position{0, 0, 0};
  double yaw = 0, pitch = 0, length = 4.6, height = 1.5;
};

struct CameraRig {
  CameraMode mode = CameraMode::kOrbit;
  Vec3 focus{0, 0, 0};
  double yaw = 0.6, pitch = -0.5, distance = 120;
  double lag_yaw = 0;  // of the subject, followed softly
  bool has_lag = false;

  void drag(double dx, double dy);                  // turns; pixels
  void pan(double dx, double dy);                   // moves over the ground; pixels
  void zoom(double steps);                          // positive: nearer
  void move(double ahead, double left, double up);  // shares of the distance
  // Takes the subject into account; dt_s is wall time, time_s the clock of the picture.
  CameraPose pose(const std::optional<Subject>& subject, double dt_s, double time_s);
};

// A point in the picture: x right, y down, in pixels, and the distance along the line of sight.
struct PixelPlace {
  double x = 0, y = 0, depth = 0;
};
std::optional<PixelPlace> project(const CameraPose& pose, const Vec3& p, int width, int height);
// Direction through a pixel, unit length.
Vec3 ray_through(const CameraPose& pose, double x, double y, int width, int height);

}  // namespace bitgoeul::viewer
