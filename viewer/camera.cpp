#include "viewer/camera.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::viewer {

namespace {

constexpr std::string_view kNames[kCameraModes] = {"free", "orbit", "follow", "driver", "top", "cinematic"};

Vec3 direction(double yaw, double pitch) {
  return {std::cos(yaw) * std::cos(pitch), std::sin(yaw) * std::cos(pitch), std::sin(pitch)};
}

double wrapped(double a) { return std::remainder(a, 2 * sim::kPi); }

}  // namespace

std::string_view to_string(CameraMode mode) { return kNames[static_cast<int>(mode)]; }

std::optional<CameraMode> camera_mode(std::string_view name) {
  for (int i = 0; i < kCameraModes; ++i)
    if (kNames[i] == name) return static_cast<CameraMode>(i);
  return std::nullopt;
}

void CameraRig::drag(double dx, double dy) {
  if (mode == CameraMode::kTop) return pan(dx, dy);
  if (mode == CameraMode::kFree) {  // about the eye
    const Vec3 eye = focus - direction(yaw, pitch) * distance;
    yaw = wrapped(yaw - dx * 0.004), pitch = std::clamp(pitch - dy * 0.004, -1.55, 1.2);
    focus = eye + direction(yaw, pitch) * distance;
    return;
  }
  yaw = wrapped(yaw - dx * 0.006), pitch = std::clamp(pitch - dy * 0.006, -1.55, 0.3);
}

void CameraRig::pan(double dx, double dy) {
  const double k = distance * 0.0012, heading = mode == CameraMode::kTop ? sim::kPi / 2 : yaw;
  const Vec3 ahead(std::cos(heading), std::sin(heading), 0), left(-ahead.y(), ahead.x(), 0);
  focus += (left * dx + ahead * dy) * k;
}

void CameraRig::zoom(double steps) { distance = std::clamp(distance * std::pow(0.88, steps), 3.0, 40000.0); }

void CameraRig::move(double ahead, double left, double up) {
  const double heading = mode == CameraMode::kTop ? sim::kPi / 2 : yaw;
  const Vec3 a(std::cos(heading), std::sin(heading), 0);
  focus += (a * ahead + Vec3(-a.y(), a.x(), 0) * left + Vec3(0, 0, up)) * distance;
}

CameraPose CameraRig::pose(const std::optional<Subject>& subject, double dt_s, double time_s) {
  CameraPose p;
  if (subject && mode != CameraMode::kFree) {
    focus = subject->position + Vec3(0, 0, subject->height * 0.6);
    const double catch_up = has_lag ? 1 - std::exp(-dt_s * 3) : 1;
    lag_yaw = wrapped(lag_yaw + catch_up * wrapped(subject->yaw - lag_yaw));
    has_lag = true;
  }
  if (mode == CameraMode::kDriver && subject) {
    const Vec3 along = direction(subject->yaw, 0);
    p.eye = subject->position + along * (subject->length * 0.08) + Vec3(0, 0, subject->height * 0.86);
    p.ahead = direction(subject->yaw, -subject->pitch - 0.06);
    p.fov_rad = 1.1;
    return p;
  }
  double y = yaw, tilt = pitch, d = distance;
  if (mode == CameraMode::kFollow && subject) y = lag_yaw + yaw;
  if (mode == CameraMode::kCinematic) {
    y = (subject ? lag_yaw : 0) + yaw + 0.12 * time_s;
    tilt = std::min(pitch, -0.08) * (0.75 + 0.25 * std::sin(time_s * 0.21));
    d = distance * (1 + 0.25 * std::sin(time_s * 0.13));
  }
  if (mode == CameraMode::kTop) {
    p.eye = focus + Vec3(0, 0, distance), p.ahead = Vec3(0, 0, -1), p.up = Vec3(0, 1, 0);
    return p;
  }
  p.ahead = direction(y, tilt);
  p.eye = focus - p.ahead * d;
  return p;
}

std::optional<PixelPlace> project(const CameraPose& pose, const Vec3& p, int width, int height) {
  const Vec3 right = pose.ahead.cross(pose.up).normalized(), up = right.cross(pose.ahead), d = p - pose.eye;
  const double depth = d.dot(pose.ahead);
  if (depth < 0.05) return std::nullopt;
  const double k = height / 2.0 / std::tan(pose.fov_rad / 2) / depth;
  return PixelPlace{width / 2.0 + d.dot(right) * k, height / 2.0 - d.dot(up) * k, depth};
}

Vec3 ray_through(const CameraPose& pose, double x, double y, int width, int height) {
  const Vec3 right = pose.ahead.cross(pose.up).normalized(), up = right.cross(pose.ahead);
  const double k = std::tan(pose.fov_rad / 2) / (height / 2.0);
  return (pose.ahead + right * ((x - width / 2.0) * k) + up * ((height / 2.0 - y) * k)).normalized();
}

}  // namespace bitgoeul::viewer
