#include "viewer/sensor_points.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::viewer {

namespace {

// The share of each point of its colours' range; empty: the log does not hold it.
std::vector<float> shares(const Cloud& cloud, PointsBy by, const std::vector<ScenePoint>& points) {
  std::vector<float> out;
  const replay::PointCloud& c = cloud.points;
  if (by == PointsBy::kHeight)
    for (const ScenePoint& p : points) out.push_back((p.z + 2.0f) / 5.0f);
  if (by == PointsBy::kIntensity && c.intensity.size() == points.size()) {
    float most = 0;
    for (const float v : c.intensity) most = std::max(most, v);
    const float whole = most > 1.5f ? 255 : 1;  // sensors count to 1 or to 255
    for (const float v : c.intensity) out.push_back(std::sqrt(std::clamp(v / whole, 0.0f, 1.0f)));
  }
  if (by == PointsBy::kTime && c.offset_ns.size() == points.size() && !points.empty()) {
    const auto [low, high] = std::minmax_element(c.offset_ns.begin(), c.offset_ns.end());
    const double span = std::max(1.0, static_cast<double>(*high) - static_cast<double>(*low));
    for (const std::int32_t t : c.offset_ns)
      out.push_back(static_cast<float>((static_cast<double>(t) - static_cast<double>(*low)) / span));
  }
  return out;
}

}  // namespace

Color ramp_color(double share) {
  static constexpr std::uint32_t kStops[] = {0x2f56b8, 0x2fb5c8, 0x52c860, 0xe6d548, 0xf08a3c, 0xe0453c};
  const double u = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) * 4.999 : 0;
  const auto i = static_cast<std::size_t>(u);
  return mix(rgb(kStops[i]), rgb(kStops[i + 1]), u - static_cast<double>(i));
}

std::vector<ScenePoint> scene_points(const Cloud& cloud, PointsBy by) {
  const replay::PointCloud& c = cloud.points;
  const Eigen::Matrix3f turn = cloud.to_local.rotation.toRotationMatrix().cast<float>();
  std::vector<ScenePoint> points(c.x.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Eigen::Vector3f p = turn * Eigen::Vector3f(c.x[i], c.y[i], c.z[i]);
    points[i] = {p.x(), p.y(), p.z(), rgb(0xb4bcc4)};
  }
  const std::vector<float> share = shares(cloud, by, points);
  for (std::size_t i = 0; i < share.size(); ++i) points[i].color = ramp_color(static_cast<double>(share[i]));
  std::erase_if(points, [](const ScenePoint& p) {
    return !std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z) ||
           std::abs(p.x) + std::abs(p.y) + std::abs(p.z) > 1e5f;
  });
  return points;
}

}  // namespace bitgoeul::viewer
