// Rays against closed forms; a simulated lidar that lidar_cluster takes for a real one. What a ray costs:
// tests/bench/lidar_bench.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "replay/perception/stub.h"
#include "replay/sensors/lidar.h"
#include "sim/random.h"

using namespace bitgoeul::replay;
namespace sim = bitgoeul::sim;
using doctest::Approx;

namespace {

Box box_at(double x, double y, double yaw, double length = 4.4, double width = 1.8, double height = 1.6) {
  Box box;
  box.id = 3;
  box.object_class = ObjectClass::kCar;
  box.x = x;
  box.y = y;
  box.z = height / 2;
  box.yaw_rad = yaw;
  box.length_m = length;
  box.width_m = width;
  box.height_m = height;
  return box;
}

Triangles square(double half, double z, double x0 = 0) {
  Triangles t;
  t.corners = {{x0 - half, -half, z}, {x0 + half, -half, z}, {x0 + half, half, z}, {x0 - half, half, z}};
  t.rows = {0, 1, 2, 0, 2, 3};
  return t;
}

SensorFrame frame_of(Boxes truth, std::int64_t time_ns = 0) {
  SensorFrame frame;
  frame.time_ns = time_ns;
  frame.truth = std::move(truth);
  frame.ego_box = box_at(1.4, 0, 0, 4.6, 1.8, 1.5);
  return frame;
}

RayHit one(const RayScene& scene, const Boxes& boxes, const Ray& ray) {
  RayHit hit;
  scene.cast(MovingBoxes(scene, boxes), std::span(&ray, 1), std::span(&hit, 1));
  return hit;
}

}  // namespace

TEST_CASE("rays: ground, box, turned box, nothing; nearest of all") {
  const RayScene scene(square(50, 0));
  const double down = std::sqrt(0.5);
  RayHit hit = one(scene, {}, {{0, 0, 2}, {down, 0, -down}, 0, 100});
  CHECK(hit.box == kHitStill);
  CHECK(hit.distance_m == Approx(2 * std::sqrt(2.0)).epsilon(1e-6));
  CHECK(one(scene, {}, {{0, 0, 2}, {0, 0, 1}, 0, 100}).box == kHitNothing);
  const Boxes boxes = {box_at(20, 0, 0), box_at(10, 0, sim::kPi / 4, 2, 2)};
  hit = one(scene, boxes, {{0, 0, 1}, {1, 0, 0}, 0, 100});
  CHECK(hit.box == 1);
  CHECK(hit.distance_m == Approx(10 - std::sqrt(2.0)).epsilon(1e-5));
  hit = one(scene, boxes, {{0, 0, 1}, {1, 0, 0}, 12, 100});
  CHECK(hit.box == 0);
  CHECK(hit.distance_m == Approx(17.8).epsilon(1e-6));
  CHECK(leaves_at(boxes[0], {{20, 0, 0.8}, {1, 0, 0}}) == Approx(2.2));
  CHECK(leaves_at(boxes[0], {{0, 5, 0.8}, {1, 0, 0}}) == 0);
}

TEST_CASE("rays: random boxes give what the slabs give") {
  const RayScene scene({});
  for (std::uint32_t k = 0; k < 500; ++k) {
    const auto u = [&](std::int64_t i) { return sim::uniform(3, k, i, sim::Stream::kTest); };
    const Box box = box_at(20 + 10 * u(0), 10 * u(1) - 5, 6 * u(2));
    const sim::Vec3 way = sim::Vec3(1, u(3) - 0.5, 0.1 * u(4) - 0.05).normalized();
    const Ray there{{0, 0, 1}, way, 0, 100};
    const RayHit hit = one(scene, {box}, there);
    const double leaves = leaves_at(box, there);
    CHECK((hit.box == 0) == (leaves > 0));
    if (hit.box != 0) continue;
    // Back from beyond the box, the ray leaves it where it came in.
    const Ray back{there.origin + way * 100, -way, 0, 200};
    CHECK(hit.distance_m == Approx(100 - leaves_at(box, back)).epsilon(1e-4));
  }
}

TEST_CASE("rays: those cast together meet what each meets alone") {
  Triangles hills;  // not flat, so that every ray has its own triangle
  for (int v = 0; v <= 60; ++v)
    for (int u = 0; u <= 60; ++u)
      hills.corners.push_back({u * 2.0 - 60, v * 2.0 - 60, 0.4 * sim::sin(u * 0.7) * sim::cos(v * 0.5)});
  for (std::uint32_t v = 0; v < 60; ++v)
    for (std::uint32_t u = 0; u < 60; ++u) {
      const std::uint32_t a = v * 61 + u;
      for (const std::uint32_t row : {a, a + 1, a + 62, a, a + 62, a + 61}) hills.rows.push_back(row);
    }
  const RayScene scene(hills);
  const Boxes boxes = {box_at(15, 3, 0.1), box_at(-12, -4, 3), box_at(8, -9, 1.2), box_at(28, 0, 0)};
  std::vector<Ray> rays;
  for (std::uint32_t k = 0; k < 40'000; ++k) {
    const auto u = [&](std::int64_t i) { return sim::uniform(5, k, i, sim::Stream::kTest); };
    const double azimuth = k < 20'000 ? k * 2e-4 : 6 * u(0), up = k < 20'000 ? -0.002 * (k % 16) : 0.4 * u(1) - 0.3;
    rays.push_back({{0, 0, 1.9}, {sim::cos(up) * sim::cos(azimuth), sim::cos(up) * sim::sin(azimuth), sim::sin(up)}});
  }
  rays[7].near_m = 2 * rays[7].far_m;
  std::vector<RayHit> together(rays.size());
  scene.cast(MovingBoxes(scene, boxes), rays, together);
  CHECK(together[7].box == kHitNothing);
  int differ = 0;
  double worst = 0;
  for (std::size_t i = 0; i < rays.size(); i += i < 100 ? 1 : 13) {
    const RayHit alone = one(scene, boxes, rays[i]);
    differ += alone.box != together[i].box;
    if (alone.box == together[i].box) worst = std::max(worst, std::abs(alone.distance_m - together[i].distance_m));
  }
  CHECK(differ == 0);
  CHECK(worst < 1e-3);
}

TEST_CASE("rays: a wall hides the share of a box that stands behind it, by width and by height") {
  const auto wall = [](double y0, double y1, double top) {
    Triangles t;
    t.corners = {{10, y0, 0}, {10, y1, 0}, {10, y1, top}, {10, y0, top}};
    t.rows = {0, 1, 2, 0, 2, 3};
    return t;
  };
  const sim::Vec3 eye(0, 0, 1.7);
  const Box across = box_at(20, 0, sim::kPi / 2);  // 4.4 m wide, 1.6 m high
  CHECK(RayScene(Triangles{}).open_share(eye, across) == 1);
  CHECK(RayScene(wall(0, 30, 5)).open_share(eye, across) == 0.5);
  CHECK(RayScene(wall(-30, 30, 5)).open_share(eye, across) == 0);
  CHECK(RayScene(wall(0.55, 30, 5)).open_share(eye, across) == Approx(12.0 / 16));  // a half of that half
  // Halfway the lines to 0.53 m and 1.44 m of height pass at 1.12 m and 1.57 m.
  CHECK(RayScene(wall(-30, 30, 1.3)).open_share(eye, across) == 0.5);
  CHECK(RayScene(wall(-30, 30, 1.0)).open_share(eye, across) == 1);
  CHECK(RayScene(wall(-30, 30, 5)).open_share({0, 0, 1.7}, box_at(9, 0, 0, 1, 1)) == 1);  // before the wall
}

TEST_CASE("simulated lidar: range noise and drop-outs are those asked for, and the same again") {
  const RayScene scene({});
  BeamPattern pattern = *beam_pattern("lidar32");
  pattern.sigma_m = 0.05;
  pattern.drop_out = 0.1;
  const PointCloud cloud = scan(scene, frame_of({}), {}, pattern, 1);
  BeamPattern exact = pattern;
  exact.sigma_m = exact.drop_out = 0;
  const PointCloud all = scan(scene, frame_of({}), {}, exact, 1);
  CHECK(static_cast<double>(cloud.x.size()) / static_cast<double>(all.x.size()) == Approx(0.9).epsilon(0.01));
  for (const float z : all.z) CHECK(std::abs(z + 1.9f) < 1e-4f);  // level ground
  double squares = 0;
  for (std::size_t i = 0; i < cloud.x.size(); ++i) {
    const double r = sim::hypot(sim::hypot(cloud.x[i], cloud.y[i]), cloud.z[i]);
    const double off = r * (1 + 1.9 / static_cast<double>(cloud.z[i]));  // along the beam, to the ground
    squares += off * off;
  }
  CHECK(std::sqrt(squares / static_cast<double>(cloud.x.size())) == Approx(0.05).epsilon(0.05));
  CHECK(scan(scene, frame_of({}), {}, pattern, 1).x == cloud.x);
  CHECK(scan(scene, frame_of({}), {}, pattern, 2).x != cloud.x);
}

TEST_CASE("simulated lidar: lidar_cluster finds what stands there, and nothing of the own vehicle") {
  const RayScene scene(square(100, 0));
  LidarClusterScratch scratch;
  const Boxes truth = {box_at(15, 3, 0.1), box_at(-12, -4, 3), box_at(8, -9, 1.2), box_at(28, 0, 0)};
  SensorFrame frame = frame_of(truth);
  frame.cloud = scan(scene, frame, {}, *beam_pattern("lidar64"), 1);
  StubSetup setup;
  setup.kind = StubKind::kLidarCluster;
  const Boxes found = perceive(frame, setup, 1, scratch);
  CHECK(found.size() == truth.size());
  for (const Box& box : truth)
    CHECK(std::any_of(found.begin(), found.end(),
                      [&](const Box& f) { return distance_m(f, box) < 0.5 && f.object_class == ObjectClass::kCar; }));
}

TEST_CASE("simulated lidar: a mount turns its points, several lidars give one cloud in the body frame") {
  const RayScene scene(square(100, 0));
  BeamPattern exact = *beam_pattern("lidar16");
  exact.sigma_m = exact.drop_out = 0;
  const SensorFrame frame = frame_of({box_at(20, 0, 0, 1, 8, 4)});
  Lidar ahead{exact, {2, 0, 1.9, 0, 0, 0}}, turned{exact, {2, 0, 1.9, 0.7, 0.1, 0.05}};
  for (const Lidar& lidar : {ahead, turned}) {
    const PointCloud cloud = scan(scene, frame, lidar.mount, exact, 1);
    std::size_t on_wall = 0;
    for (std::size_t i = 0; i < cloud.x.size(); ++i) {
      const sim::Vec3 p =
          cloud.to_body.rotation * sim::Vec3(cloud.x[i], cloud.y[i], cloud.z[i]) + cloud.to_body.position;
      const bool wall = std::abs(p.x() - 19.5) < 1e-3 && std::abs(p.y()) < 4.01;
      on_wall += wall;
      CHECK((wall || std::abs(p.z()) < 1e-3 || cloud.intensity[i] == 0.5f));
    }
    CHECK(on_wall > 50);
  }
  const std::vector<Lidar> both = {ahead, turned};
  const PointCloud all = scan(scene, frame, both, 1);
  CHECK(all.to_body.position.norm() == 0);
  CHECK(all.x.size() ==
        scan(scene, frame, ahead.mount, exact, 1).x.size() + scan(scene, frame, turned.mount, exact, 1).x.size());
  for (std::size_t i = 0; i < all.x.size(); ++i) CHECK((all.z[i] > -1e-3f && all.z[i] < 4.01f));
}
