#include "replay/sensors/ray_scene.h"

#include <embree3/rtcore.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/check.h"

namespace bitgoeul::replay {
namespace {

// A geometry of triangles, committed and attached. No triangles: an empty scene.
RTCScene make_scene(RTCDevice device, RTCBuildQuality quality, std::size_t corners, std::size_t triangles,
                    const auto& corner_at, const auto& row_at) {
  RTCScene scene = rtcNewScene(device);
  rtcSetSceneFlags(scene, RTC_SCENE_FLAG_ROBUST);
  rtcSetSceneBuildQuality(scene, quality);
  if (triangles > 0) {
    RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
    auto* points = static_cast<float*>(
        rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 3 * sizeof(float), corners));
    auto* rows = static_cast<std::uint32_t*>(rtcSetNewGeometryBuffer(
        geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 3 * sizeof(std::uint32_t), triangles));
    for (std::size_t i = 0; i < corners; ++i) {
      const sim::Vec3 p = corner_at(i);
      for (int k = 0; k < 3; ++k) points[3 * i + static_cast<std::size_t>(k)] = static_cast<float>(p(k));
    }
    for (std::size_t i = 0; i < 3 * triangles; ++i) rows[i] = row_at(i);
    rtcCommitGeometry(geometry);
    rtcAttachGeometry(scene, geometry);
    rtcReleaseGeometry(geometry);
  }
  rtcCommitScene(scene);
  return scene;
}

constexpr std::uint32_t kBoxRows[36] = {0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1,
                                        2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3};

sim::Vec3 corner_of(const Box& box, std::size_t k, double s, double c) {
  const double u = ((k & 1u) != 0 ? 0.5 : -0.5) * box.length_m, v = ((k & 2u) != 0 ? 0.5 : -0.5) * box.width_m;
  const double w = ((k & 4u) != 0 ? 0.5 : -0.5) * box.height_m;
  return {box.x + c * u - s * v, box.y + s * u + c * v, box.z + w};
}

}  // namespace

struct RayScene::Impl {
  RTCDevice device = nullptr;
  RTCScene scene = nullptr;
  sim::Vec3 middle = sim::Vec3::Zero();
};

struct MovingBoxes::Impl {
  RTCScene scene = nullptr;
};

RayScene::RayScene(const Triangles& still) : impl_(std::make_unique<Impl>()) {
  impl_->device = rtcNewDevice("threads=1,isa=sse4.2,max_isa=sse4.2");
  CHECK(impl_->device != nullptr, "Embree makes a device");
  if (!still.corners.empty()) {
    sim::Vec3 low = still.corners.front(), high = low;
    for (const sim::Vec3& p : still.corners) {
      low = low.cwiseMin(p);
      high = high.cwiseMax(p);
    }
    impl_->middle = ((low + high) / 2).array().round();
  }
  impl_->scene = make_scene(
      impl_->device, RTC_BUILD_QUALITY_MEDIUM, still.corners.size(), still.rows.size() / 3,
      [&](std::size_t i) { return sim::Vec3(still.corners[i] - impl_->middle); },
      [&](std::size_t i) { return still.rows[i]; });
}

RayScene::~RayScene() {
  rtcReleaseScene(impl_->scene);
  rtcReleaseDevice(impl_->device);
}

MovingBoxes::MovingBoxes(const RayScene& scene, const Boxes& boxes) : impl_(std::make_unique<Impl>()) {
  std::vector<sim::Vec3> corners;
  corners.reserve(boxes.size() * 8);
  for (const Box& box : boxes) {
    double s = 0, c = 0;
    sim::sincos(box.yaw_rad, s, c);
    for (std::size_t k = 0; k < 8; ++k) corners.push_back(corner_of(box, k, s, c) - scene.impl_->middle);
  }
  impl_->scene = make_scene(
      scene.impl_->device, RTC_BUILD_QUALITY_LOW, corners.size(), boxes.size() * 12,
      [&](std::size_t i) { return corners[i]; },
      [&](std::size_t i) { return static_cast<std::uint32_t>(i / 36 * 8) + kBoxRows[i % 36]; });
}

MovingBoxes::~MovingBoxes() { rtcReleaseScene(impl_->scene); }

namespace {

constexpr std::size_t kPacket = 16;

struct alignas(64) Packet {
  int valid[kPacket];
  RTCRayHit16 query;
};

void load(Packet& packet, std::span<const Ray> rays, const sim::Vec3& middle) {
  RTCRay16& r = packet.query.ray;
  RTCHit16& h = packet.query.hit;
  for (std::size_t k = 0; k < kPacket; ++k) {
    const Ray& ray = rays[std::min(k, rays.size() - 1)];
    const sim::Vec3 from = ray.origin - middle;
    packet.valid[k] = k < rays.size() && ray.near_m <= ray.far_m ? -1 : 0;
    r.org_x[k] = static_cast<float>(from.x()), r.org_y[k] = static_cast<float>(from.y());
    r.org_z[k] = static_cast<float>(from.z());
    r.dir_x[k] = static_cast<float>(ray.direction.x()), r.dir_y[k] = static_cast<float>(ray.direction.y());
    r.dir_z[k] = static_cast<float>(ray.direction.z());
    r.tnear[k] = static_cast<float>(ray.near_m), r.tfar[k] = static_cast<float>(ray.far_m);
    r.time[k] = 0, r.mask[k] = ~0u, r.id[k] = 0, r.flags[k] = 0;
    h.geomID[k] = h.instID[0][k] = RTC_INVALID_GEOMETRY_ID;
  }
}

}  // namespace

void RayScene::cast(const MovingBoxes& boxes, std::span<const Ray> rays, std::span<RayHit> hits) const {
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
  Packet packet;
  for (std::size_t first = 0; first < rays.size(); first += kPacket) {
    const std::size_t count = std::min(kPacket, rays.size() - first);
    load(packet, rays.subspan(first, count), impl_->middle);
    RTCHit16& h = packet.query.hit;
    rtcIntersect16(packet.valid, impl_->scene, &context, &packet.query);
    for (std::size_t k = 0; k < count; ++k) {
      hits[first + k].box = h.geomID[k] == RTC_INVALID_GEOMETRY_ID ? kHitNothing : kHitStill;
      h.geomID[k] = h.instID[0][k] = RTC_INVALID_GEOMETRY_ID;
    }
    rtcIntersect16(packet.valid, boxes.impl_->scene, &context, &packet.query);
    for (std::size_t k = 0; k < count; ++k) {
      if (h.geomID[k] != RTC_INVALID_GEOMETRY_ID) hits[first + k].box = static_cast<std::int32_t>(h.primID[k] / 12);
      hits[first + k].distance_m = static_cast<double>(packet.query.ray.tfar[k]);
    }
  }
}

double RayScene::open_share(const sim::Vec3& from, const Box& box) const {
  constexpr double kEnds = 0.3;  // m before the place: walls of what leans against one do not hide it
  const double dx = box.x - from.x(), dy = box.y - from.y(), flat = std::max(1e-6, sim::hypot(dx, dy));
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  const double ux = -dy / flat, uy = dx / flat;  // across the line of sight
  const double half = 0.5 * (std::abs(c * ux + s * uy) * box.length_m + std::abs(c * uy - s * ux) * box.width_m);
  std::array<Ray, kPacket> rays;
  for (std::size_t k = 0; k < kPacket; ++k) {
    const double across = half * (2 * (static_cast<double>(k % 8) + 0.5) / 8 - 1), up = k < 8 ? 1.0 / 3 : 0.9;
    const sim::Vec3 to(box.x + across * ux, box.y + across * uy, box.z + (up - 0.5) * box.height_m);
    const double distance = (to - from).norm();
    rays[k] = {from, (to - from) / std::max(1e-6, distance), 0, distance - kEnds};
  }
  Packet packet;
  load(packet, rays, impl_->middle);
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  rtcOccluded16(packet.valid, impl_->scene, &context, &packet.query.ray);
  int open = 0;
  for (std::size_t k = 0; k < kPacket; ++k) open += packet.valid[k] == 0 || packet.query.ray.tfar[k] >= 0;
  return static_cast<double>(open) / static_cast<double>(kPacket);
}

double leaves_at(const Box& box, const Ray& ray) {
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  const double dx = ray.origin.x() - box.x, dy = ray.origin.y() - box.y;
  const double at[3] = {c * dx + s * dy, c * dy - s * dx, ray.origin.z() - box.z};
  const double way[3] = {c * ray.direction.x() + s * ray.direction.y(), c * ray.direction.y() - s * ray.direction.x(),
                         ray.direction.z()};
  const double half[3] = {box.length_m / 2, box.width_m / 2, box.height_m / 2};
  double in = 0, out = 1e9;
  for (int k = 0; k < 3; ++k) {
    if (std::abs(way[k]) < 1e-12) {
      if (std::abs(at[k]) > half[k]) return 0;
      continue;
    }
    const double a = (-half[k] - at[k]) / way[k], b = (half[k] - at[k]) / way[k];
    in = std::max(in, std::min(a, b));
    out = std::min(out, std::max(a, b));
  }
  return in <= out ? out : 0;
}

}  // namespace bitgoeul::replay
