#include "replay/sensors/lidar.h"

#include <cmath>

#include "replay/local_frame.h"
#include "sim/random.h"

namespace bitgoeul::replay {
namespace {

enum Purpose : std::uint32_t { kRangeNoise = 100, kDropOut };

std::vector<double> even(double from_deg, double to_deg, int n) {
  std::vector<double> out;
  for (int i = 0; i < n; ++i) out.push_back((from_deg + (to_deg - from_deg) * i / (n - 1)) * sim::kPi / 180);
  return out;
}

// Directions in the body frame, azimuth by azimuth.
std::vector<sim::Vec3> directions(const BeamPattern& pattern) {
  std::vector<sim::Vec3> out;
  for (int a = 0; a < pattern.azimuths; ++a) {
    double s = 0, c = 0;
    sim::sincos(2 * sim::kPi * a / pattern.azimuths, s, c);
    for (const double elevation : pattern.elevations_rad) {
      double up = 0, flat = 0;
      sim::sincos(elevation, up, flat);
      out.push_back({flat * c, flat * s, up});
    }
  }
  return out;
}

}  // namespace

std::optional<BeamPattern> beam_pattern(std::string_view name) {
  if (name == "lidar16") return BeamPattern{"lidar16", even(-15, 15, 16), 1800, 0.5, 100, 0.03, 0.005};
  if (name == "lidar32") return BeamPattern{"lidar32", even(-30.67, 10.67, 32), 900, 0.5, 100, 0.02, 0.005};
  if (name == "lidar64") return BeamPattern{"lidar64", even(-24.8, 2, 64), 1800, 0.9, 120, 0.02, 0.005};
  if (name == "lidar128") return BeamPattern{"lidar128", even(-25, 15, 128), 1800, 0.4, 200, 0.02, 0.005};
  return std::nullopt;
}

PointCloud scan(const RayScene& scene, const SensorFrame& frame, const LidarMount& mount, const BeamPattern& pattern,
                std::uint64_t seed) {
  const std::vector<sim::Vec3> ways = directions(pattern);
  const Pose seat = frame.ego * Pose{{mount.x_m, mount.y_m, mount.z_m}, Eigen::Quaterniond::Identity()};
  std::vector<Ray> rays(ways.size());
  for (std::size_t i = 0; i < ways.size(); ++i) {
    rays[i] = {seat.position, seat.rotation * ways[i], pattern.near_m, pattern.far_m};
    if (frame.ego_box.length_m > 0) rays[i].near_m = std::max(rays[i].near_m, leaves_at(frame.ego_box, rays[i]) + 0.05);
  }
  std::vector<RayHit> hits(rays.size());
  scene.cast(MovingBoxes(scene, frame.truth), rays, hits);
  PointCloud cloud;
  cloud.to_body.position = {mount.x_m, mount.y_m, mount.z_m};
  const std::uint64_t noise = sim::random_bits(seed, 0, kRangeNoise, sim::Stream::kPerception);
  const std::uint64_t loss = sim::random_bits(seed, 0, kDropOut, sim::Stream::kPerception);
  for (std::size_t i = 0; i < rays.size(); ++i) {
    double distance = hits[i].distance_m;
    if (hits[i].box == kHitNothing) {
      const double down = rays[i].direction.z();
      distance = down < -1e-6 ? (frame.ego.position.z() - seat.position.z()) / down : 0;
      if (distance < rays[i].near_m || distance > pattern.far_m) continue;
    }
    const auto beam = static_cast<std::uint32_t>(i);
    if (sim::uniform(loss, beam, frame.time_ns, sim::Stream::kPerception) < pattern.drop_out) continue;
    distance += pattern.sigma_m * sim::normal(noise, beam, frame.time_ns, sim::Stream::kPerception);
    cloud.x.push_back(static_cast<float>(ways[i].x() * distance));
    cloud.y.push_back(static_cast<float>(ways[i].y() * distance));
    cloud.z.push_back(static_cast<float>(ways[i].z() * distance));
    cloud.intensity.push_back(hits[i].box >= 0 ? 0.5f : 0.2f);
  }
  return cloud;
}

}  // namespace bitgoeul::replay
