// SensorFrame: all that a perception stub may know of one moment, from a log or a live run alike: the points of a
// lidar, what is really there, what the log itself detected, and what hides things. Boxes and walls in the local frame,
// points in the frame of their sensor. Made by FrameMaker or simulated sensors; read by stubs. Thread rule: plain
// values; the scene belongs to whoever made the frame.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/box.h"

namespace bitgoeul::replay {

struct Wall {  // seen from above
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

class RayScene;

struct SensorFrame {
  std::int64_t time_ns = 0;  // of the measurement
  Pose ego;                  // of the body in the local frame
  Box ego_box;               // with its velocity; without size when the log does not say
  bool has_cloud = false, has_truth = false, has_logged = false;
  PointCloud cloud;
  Boxes truth;   // without the ego
  Boxes logged;  // the log's own detections
  std::vector<Wall> walls;
  std::shared_ptr<const ImageView> view;  // of the picture that the truth was labelled on; null: none
  const RayScene* scene = nullptr;        // buildings and ground that hide things; null: nothing does
};

}  // namespace bitgoeul::replay
