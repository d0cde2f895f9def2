// Simulated lidar: rays through a million triangles and 200 boxes, beside Embree asked directly for the same rays; a
// whole scan with directions, noise and drop-outs; what one frame of 200 vehicles costs, also in Gwangju.
// `bench --benchmark_filter=lidar`
#include <benchmark/benchmark.h>
#include <embree3/rtcore.h>

#include <cmath>
#include <memory>

#include "maps/load_map.h"
#include "replay/sensors/lidar.h"
#include "replay/sensors/map_mesh.h"
#include "sim/jobs.h"
#include "sim/math.h"

namespace {

using namespace bitgoeul;
using namespace bitgoeul::replay;

Triangles ground() {  // a million triangles
  Triangles t;
  for (int v = 0; v <= 700; ++v)
    for (int u = 0; u <= 700; ++u)
      t.corners.push_back({u * 2.0 - 700, v * 2.0 - 700, 0.3 * sim::sin(u * 0.1) * sim::cos(v * 0.07)});
  for (std::uint32_t v = 0; v < 700; ++v)
    for (std::uint32_t u = 0; u < 700; ++u) {
      const std::uint32_t a = v * 701 + u;
      for (const std::uint32_t row : {a, a + 1, a + 702, a, a + 702, a + 701}) t.rows.push_back(row);
    }
  return t;
}

const RayScene& scene() {
  static const RayScene once(ground());
  return once;
}

Box car(double x, double y, double z, double yaw) {
  Box box;
  box.id = 3, box.object_class = ObjectClass::kCar;
  box.x = x, box.y = y, box.z = z + 0.8, box.yaw_rad = yaw;
  box.length_m = 4.4, box.width_m = 1.8, box.height_m = 1.6;
  return box;
}

Boxes fleet() {
  Boxes boxes;
  for (int i = 0; i < 200; ++i) boxes.push_back(car(i % 20 * 12 - 120, i / 20 * 12 - 60, 0, 0.3 * i));
  return boxes;
}

SensorFrame frame_of(const Boxes& boxes, std::size_t own) {
  SensorFrame frame;
  frame.time_ns = 100'000'000;
  frame.ego_box = boxes[own];
  frame.ego.position = {frame.ego_box.x, frame.ego_box.y, frame.ego_box.z - 0.8};
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (i != own) frame.truth.push_back(boxes[i]);
  return frame;
}

// Directions of lidar32, tile by tile of 4 azimuths and 4 beams.
std::vector<sim::Vec3> ways() {
  const BeamPattern pattern = *beam_pattern("lidar32");
  std::vector<sim::Vec3> out;
  for (int a = 0; a < pattern.azimuths; a += 4)
    for (std::size_t e = 0; e < pattern.elevations_rad.size(); e += 4)
      for (int i = 0; i < 16; ++i) {
        const double azimuth = 2 * sim::kPi * (a + i / 4) / pattern.azimuths;
        const double up = pattern.elevations_rad[e + static_cast<std::size_t>(i % 4)];
        out.push_back({sim::cos(up) * sim::cos(azimuth), sim::cos(up) * sim::sin(azimuth), sim::sin(up)});
      }
  return out;
}

void count_rays(benchmark::State& state, std::size_t rays) {
  state.counters["Mrays/s"] =
      benchmark::Counter(static_cast<double>(rays) * 1e-6, benchmark::Counter::kIsIterationInvariantRate);
}

// Embree itself, the still triangles only: one ray at a time (0), coherent packets of 4, 8, 16.
void embree(benchmark::State& state, const char* isa) {
  const RTCDevice device = rtcNewDevice(isa);
  const RTCScene still = rtcNewScene(device);
  const RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
  const Triangles t = ground();
  auto* points = static_cast<float*>(
      rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 12, t.corners.size()));
  auto* rows = static_cast<std::uint32_t*>(
      rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 12, t.rows.size() / 3));
  for (std::size_t i = 0; i < t.corners.size(); ++i)
    for (int k = 0; k < 3; ++k) points[3 * i + static_cast<std::size_t>(k)] = static_cast<float>(t.corners[i](k));
  for (std::size_t i = 0; i < t.rows.size(); ++i) rows[i] = t.rows[i];
  rtcCommitGeometry(geometry);
  rtcAttachGeometry(still, geometry);
  rtcReleaseGeometry(geometry);
  rtcSetSceneFlags(still, RTC_SCENE_FLAG_ROBUST);
  rtcCommitScene(still);
  const std::vector<sim::Vec3> all = ways();
  const auto width = static_cast<std::size_t>(state.range(0));
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  if (width > 0) context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
  alignas(64) int valid[16];
  for (int& v : valid) v = -1;
  RTCRayHit16 q16;
  RTCRayHit8 q8;
  RTCRayHit4 q4;
  RTCRayHit q1;
  const auto fill = [&](auto& q, std::size_t first, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k) {
      q.ray.org_x[k] = 10, q.ray.org_y[k] = 5, q.ray.org_z[k] = 1.9f;
      q.ray.dir_x[k] = static_cast<float>(all[first + k].x()), q.ray.dir_y[k] = static_cast<float>(all[first + k].y());
      q.ray.dir_z[k] = static_cast<float>(all[first + k].z());
      q.ray.tnear[k] = 1, q.ray.tfar[k] = 100, q.ray.time[k] = 0, q.ray.mask[k] = ~0u, q.ray.flags[k] = 0;
      q.hit.geomID[k] = q.hit.instID[0][k] = RTC_INVALID_GEOMETRY_ID;
    }
  };
  for (auto _ : state) {
    for (std::size_t i = 0; i < all.size(); i += std::max<std::size_t>(width, 1)) {
      if (width == 16) fill(q16, i, 16), rtcIntersect16(valid, still, &context, &q16);
      if (width == 8) fill(q8, i, 8), rtcIntersect8(valid, still, &context, &q8);
      if (width == 4) fill(q4, i, 4), rtcIntersect4(valid, still, &context, &q4);
      if (width > 0) continue;
      q1 = {};
      q1.ray.org_x = 10, q1.ray.org_y = 5, q1.ray.org_z = 1.9f;
      q1.ray.dir_x = static_cast<float>(all[i].x()), q1.ray.dir_y = static_cast<float>(all[i].y());
      q1.ray.dir_z = static_cast<float>(all[i].z());
      q1.ray.tnear = 1, q1.ray.tfar = 100, q1.ray.mask = ~0u;
      q1.hit.geomID = q1.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
      rtcIntersect1(still, &context, &q1);
    }
    benchmark::DoNotOptimize(q16);
    benchmark::DoNotOptimize(q8);
    benchmark::DoNotOptimize(q4);
    benchmark::DoNotOptimize(q1);
  }
  count_rays(state, all.size());
  rtcReleaseScene(still);
  rtcReleaseDevice(device);
}
void lidar_embree(benchmark::State& state) { embree(state, "threads=1,isa=sse4.2,max_isa=sse4.2"); }
void lidar_embree_any_isa(benchmark::State& state) { embree(state, "threads=1"); }
BENCHMARK(lidar_embree)->Arg(0)->Arg(4)->Arg(8)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK(lidar_embree_any_isa)->Arg(0)->Arg(8)->Arg(16)->Unit(benchmark::kMillisecond);

void lidar_cast(benchmark::State& state) {
  const MovingBoxes boxes(scene(), fleet());
  std::vector<Ray> rays;
  for (const sim::Vec3& way : ways()) rays.push_back({{10, 5, 1.9}, way, 1, 100});
  std::vector<RayHit> hits(rays.size());
  for (auto _ : state) {
    scene().cast(boxes, rays, hits);
    benchmark::DoNotOptimize(hits.data());
  }
  count_rays(state, rays.size());
}
BENCHMARK(lidar_cast)->Unit(benchmark::kMillisecond);

void lidar_scan(benchmark::State& state) {
  const Boxes boxes = fleet();
  const SensorFrame frame = frame_of(boxes, 90);
  const BeamPattern pattern = *beam_pattern(state.range(0) == 32 ? "lidar32" : "lidar64");
  std::size_t points = 0;
  for (auto _ : state) points = scan(scene(), frame, {}, pattern, 1).x.size();
  count_rays(state, pattern.elevations_rad.size() * static_cast<std::size_t>(pattern.azimuths));
  state.counters["points"] = static_cast<double>(points);
}
BENCHMARK(lidar_scan)->Arg(32)->Arg(64)->Unit(benchmark::kMillisecond);

// 200 vehicles with lidar32 on lanes of Gwangju, 2,000 more around them: one frame; ten of them make a second.
void lidar_gwangju_frame_of_200(benchmark::State& state) {
  sim::Issues issues;
  const auto map = maps::load_map("gwangju", issues);
  if (!map) return state.SkipWithError("map not found");
  const RayScene city(mesh_of(**map));
  Boxes boxes;
  for (std::size_t lane = 0; boxes.size() < 2200; lane = (lane + 37) % (*map)->lanes.size()) {
    const auto points = (*map)->lane_points(static_cast<maps::Row>(lane));
    const maps::LanePoint& p = points[boxes.size() % points.size()];
    if (maps::drivable((*map)->lanes[lane].type)) boxes.push_back(car(p.x, p.y, p.z, p.heading));
  }
  sim::Jobs jobs(static_cast<int>(state.range(0)));
  const BeamPattern pattern = *beam_pattern("lidar32");
  for (auto _ : state)
    jobs.parallel_for(
        200,
        [&](std::size_t begin, std::size_t end, std::size_t) {
          for (std::size_t i = begin; i < end; ++i)
            benchmark::DoNotOptimize(scan(city, frame_of(boxes, i), {}, pattern, i).x.data());
        },
        1);
  count_rays(state, 200 * 32 * 900);
}
BENCHMARK(lidar_gwangju_frame_of_200)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

}  // namespace
