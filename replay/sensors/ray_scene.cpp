#include "replay/sensors/ray_scene.h"

#include <embree3/rtcore.h>

#include <algorithm>
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

void RayScene::cast(const MovingBoxes& boxes, std::span<const Ray> rays, std::span<RayHit> hits) const {
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  for (std::size_t i = 0; i < rays.size(); ++i) {
    const sim::Vec3 from = rays[i].origin - impl_->middle;
    RTCRayHit query{};
    query.ray = {.org_x = static_cast<float>(from.x()),
                 .org_y = static_cast<float>(from.y()),
                 .org_z = static_cast<float>(from.z()),
                 .tnear = static_cast<float>(rays[i].near_m),
                 .dir_x = static_cast<float>(rays[i].direction.x()),
                 .dir_y = static_cast<float>(rays[i].direction.y()),
                 .dir_z = static_cast<float>(rays[i].direction.z()),
                 .time = 0,
                 .tfar = static_cast<float>(rays[i].far_m),
                 .mask = ~0u,
                 .id = 0,
                 .flags = 0};
    query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
    rtcIntersect1(impl_->scene, &context, &query);
    std::int32_t box = query.hit.geomID == RTC_INVALID_GEOMETRY_ID ? kHitNothing : kHitStill;
    query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
    query.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
    rtcIntersect1(boxes.impl_->scene, &context, &query);
    if (query.hit.geomID != RTC_INVALID_GEOMETRY_ID) box = static_cast<std::int32_t>(query.hit.primID / 12);
    hits[i] = {static_cast<double>(query.ray.tfar), box};
  }
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
