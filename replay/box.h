// Box: one object on the ground plane, found or true, as perception stubs give it and scores compare it. Local frame
// (or the ego's body frame: whoever makes a list says which), metres, radians counter-clockwise, metres per second.
// Made by perception/ and from Objects of a log; read by scoring/. Thread rule: pure values.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/source.h"

namespace bitgoeul::replay {

struct Box {
  std::uint64_t id = 0;  // of its track or its truth; 0 = none
  ObjectClass object_class = ObjectClass::kUnknown;
  double x = 0, y = 0, z = 0;  // centre
  double yaw_rad = 0, length_m = 0, width_m = 0, height_m = 0;
  double vx_mps = 0, vy_mps = 0;
  bool has_velocity = false;
  bool ignored = false;             // of truth: neither asked for nor wrong when found
  bool predicted = false;           // of a track: not seen now, carried on from before
  float confidence = 1;             // 0 to 1
  std::int32_t points = -1;         // lidar points in it; -1 = not counted
  std::optional<ImageLabel> image;  // of truth that was labelled on a picture
};
using Boxes = std::vector<Box>;

double distance_m(const Box& a, const Box& b);   // of the centres, in the plane
double bev_iou(const Box& a, const Box& b);      // of the rectangles seen from above, 0 to 1
double aligned_iou(const Box& a, const Box& b);  // in three dimensions, centres and headings laid upon each other
// Whether a point of the plane lies in the rectangle, made wider by margin_m on every side.
bool covers(const Box& box, double x, double y, double margin_m = 0);

// The object as a box; its id is the text hashed to 64 bits (0 stays 0: no track).
Box box_of(const Object& object);

}  // namespace bitgoeul::replay
