// RayScene: what rays of a simulated sensor meet: still triangles (map_mesh.h), and boxes that stand where they stand
// in one frame. Embree behind it, one instruction set for every machine, so that the same rays give the same bits.
// Metres in the local frame; single precision about the scene's own middle (1 mm at 8 km). Made once per map; read by
// scan(). Thread rule: cast() from any thread, each with its own MovingBoxes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "replay/box.h"

namespace bitgoeul::replay {

struct Triangles {
  std::vector<sim::Vec3> corners;
  std::vector<std::uint32_t> rows;  // three of corners each
};

struct Ray {
  sim::Vec3 origin, direction;  // of length one
  double near_m = 0, far_m = 100;
};
inline constexpr std::int32_t kHitNothing = -2, kHitStill = -1;
struct RayHit {
  double distance_m = 0;
  std::int32_t box = kHitNothing;  // row of the boxes, or one of the above
};

class RayScene;
class MovingBoxes {
 public:
  MovingBoxes(const RayScene& scene, const Boxes& boxes);
  ~MovingBoxes();
  MovingBoxes(const MovingBoxes&) = delete;
  MovingBoxes& operator=(const MovingBoxes&) = delete;

 private:
  friend class RayScene;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class RayScene {
 public:
  explicit RayScene(const Triangles& still);
  ~RayScene();
  RayScene(const RayScene&) = delete;
  RayScene& operator=(const RayScene&) = delete;
  // The nearest hit of each ray. hits is as long as rays. Sixteen rays in a row are cast together: fast when they look
  // the same way. Rays with near_m > far_m meet nothing.
  void cast(const MovingBoxes& boxes, std::span<const Ray> rays, std::span<RayHit> hits) const;
  // The share of a box that still things do not hide from a point: of 16 places on its upright middle plane across the
  // line of sight, 8 beside each other at a third and at nine tenths of its height.
  double open_share(const sim::Vec3& from, const Box& box) const;

 private:
  friend class MovingBoxes;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Where a ray that starts in the box leaves it; 0 when it does not touch the box.
double leaves_at(const Box& box, const Ray& ray);

}  // namespace bitgoeul::replay
