// Scene: the whole picture without the panels: land and city (tiles), what moves (actors), points of sensors, sky,
// light and shadows. Fed by the application each frame. Main thread only.
#pragma once

#include <memory>
#include <span>

#include "maps/map.h"
#include "viewer/actors.h"
#include "viewer/camera.h"
#include "viewer/weather.h"

namespace osg {
class Group;
}

namespace bitgoeul::viewer {

// What moves and shines in one run.
struct SceneRun {
  std::span<const Actor> actors;
  std::span<const Lamp> lamps;
};

struct ScenePoint {
  float x = 0, y = 0, z = 0;  // about the origin given with them
  Color color;
};

class Scene {
 public:
  explicit Scene(osg::Group* root);
  ~Scene();

  void set_map(std::shared_ptr<const maps::Map> map);  // null: bare ground
  void set_points(std::span<const ScenePoint> points, const Vec3& origin, float size_px);
  // patient: waits until everything that this view needs is there. With a second run the picture has two halves of that
  // aspect, one for each, seen by the same eye.
  void update(const CameraPose& pose, double aspect, const Weather& weather, double time_s, const SceneRun& run,
              const SceneRun* second, bool patient);
  // The right half of a picture of that size, when there is one; drawn after the left one, which is the window's.
  void place_right_half(const CameraPose& pose, int width, int height);
  bool settled() const;
  double ground(double x, double y) const;  // height of the land
  double near_m() const;                    // for the projection of this frame
  double far_m() const;
  const Light& light() const;
  std::size_t drawn() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::viewer
