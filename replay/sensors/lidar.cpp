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

constexpr int kTile = 4;  // rays of a packet: 4 azimuths of 4 beams, which look the same way

// Directions in the frame of the sensor, and where each ray stands among the packets.
struct Fan {
  std::vector<sim::Vec3> ways;     // azimuth by azimuth
  std::vector<std::size_t> slots;  // of each way
  std::size_t room = 0;            // slots, with those that stay empty where a tile is not full
};

Fan fan_of(const BeamPattern& pattern) {
  Fan fan;
  const auto beams = static_cast<int>(pattern.elevations_rad.size());
  const int columns = (beams + kTile - 1) / kTile;
  std::vector<double> up(pattern.elevations_rad.size()), flat(up);
  for (std::size_t e = 0; e < up.size(); ++e) sim::sincos(pattern.elevations_rad[e], up[e], flat[e]);
  for (int a = 0; a < pattern.azimuths; ++a) {
    double s = 0, c = 0;
    sim::sincos(2 * sim::kPi * a / pattern.azimuths, s, c);
    for (int e = 0; e < beams; ++e) {
      const auto at = static_cast<std::size_t>(e);
      fan.ways.push_back({flat[at] * c, flat[at] * s, up[at]});
      const int tile = a / kTile * columns + e / kTile;
      fan.slots.push_back(static_cast<std::size_t>(tile * kTile * kTile + a % kTile * kTile + e % kTile));
    }
  }
  fan.room = static_cast<std::size_t>((pattern.azimuths + kTile - 1) / kTile * columns * kTile * kTile);
  return fan;
}

Pose pose_of(const LidarMount& mount) {
  return {{mount.x_m, mount.y_m, mount.z_m}, rotation_of(mount.yaw_rad, mount.pitch_rad, mount.roll_rad)};
}

// What a beam can meet.
Boxes within(const Boxes& boxes, const sim::Vec3& from, double far_m) {
  Boxes out;
  for (const Box& box : boxes)
    if (sim::hypot(box.x - from.x(), box.y - from.y()) < far_m + sim::hypot(box.length_m, box.width_m))
      out.push_back(box);
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
  const Fan fan = fan_of(pattern);
  PointCloud cloud;
  cloud.to_body = pose_of(mount);
  const Pose seat = frame.ego * cloud.to_body;
  const Eigen::Matrix3d turn = seat.rotation.toRotationMatrix();
  std::vector<Ray> rays(fan.room, Ray{seat.position, sim::Vec3::UnitX(), 1, 0});  // empty slots are cast nowhere
  for (std::size_t i = 0; i < fan.ways.size(); ++i) {
    Ray& ray = rays[fan.slots[i]];
    ray = {seat.position, turn * fan.ways[i], pattern.near_m, pattern.far_m};
    if (frame.ego_box.length_m > 0) ray.near_m = std::max(ray.near_m, leaves_at(frame.ego_box, ray) + 0.05);
  }
  std::vector<RayHit> hits(rays.size());
  scene.cast(MovingBoxes(scene, within(frame.truth, seat.position, pattern.far_m)), rays, hits);
  const std::uint64_t noise = sim::random_bits(seed, 0, kRangeNoise, sim::Stream::kPerception);
  const std::uint64_t loss = sim::random_bits(seed, 0, kDropOut, sim::Stream::kPerception);
  for (std::size_t i = 0; i < fan.ways.size(); ++i) {
    const Ray& ray = rays[fan.slots[i]];
    const RayHit& hit = hits[fan.slots[i]];
    double distance = hit.distance_m;
    if (hit.box == kHitNothing) {
      const double down = ray.direction.z();
      distance = down < -1e-6 ? (frame.ego.position.z() - seat.position.z()) / down : 0;
      if (distance < ray.near_m || distance > pattern.far_m) continue;
    }
    const auto beam = static_cast<std::uint32_t>(i);
    if (sim::uniform(loss, beam, frame.time_ns, sim::Stream::kPerception) < pattern.drop_out) continue;
    distance += pattern.sigma_m * sim::normal(noise, beam, frame.time_ns, sim::Stream::kPerception);
    cloud.x.push_back(static_cast<float>(fan.ways[i].x() * distance));
    cloud.y.push_back(static_cast<float>(fan.ways[i].y() * distance));
    cloud.z.push_back(static_cast<float>(fan.ways[i].z() * distance));
    cloud.intensity.push_back(hit.box >= 0 ? 0.5f : 0.2f);
  }
  return cloud;
}

PointCloud scan(const RayScene& scene, const SensorFrame& frame, std::span<const Lidar> lidars, std::uint64_t seed) {
  PointCloud all;
  for (std::size_t l = 0; l < lidars.size(); ++l) {
    PointCloud one = scan(scene, frame, lidars[l].mount, lidars[l].pattern, seed + l * 0x9e3779b97f4a7c15u);
    if (lidars.size() == 1) return one;
    const Eigen::Matrix3f turn = one.to_body.rotation.toRotationMatrix().cast<float>();
    const Eigen::Vector3f from = one.to_body.position.cast<float>();
    for (std::size_t i = 0; i < one.x.size(); ++i) {
      const Eigen::Vector3f p = turn * Eigen::Vector3f(one.x[i], one.y[i], one.z[i]) + from;
      all.x.push_back(p.x()), all.y.push_back(p.y()), all.z.push_back(p.z());
    }
    all.intensity.insert(all.intensity.end(), one.intensity.begin(), one.intensity.end());
  }
  return all;
}

}  // namespace bitgoeul::replay
