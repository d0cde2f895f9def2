// Canvas: lines and words laid over the scene at places of the map. Made for one frame by draw_overlay(), handed to
// whoever draws on the scene. Colours as ImGui packs them. Main thread only.
#pragma once

#include <span>

#include "replay/box.h"
#include "viewer/state.h"

struct ImDrawList;

namespace bitgoeul::viewer {

struct Canvas {
  const State& s;
  ImDrawList& draw;
  int width, height;  // of the view
  int x0 = 0;         // where it begins in the picture

  std::optional<PixelPlace> at(const Vec3& p) const {
    auto place = project(s.pose, p, width, height);
    if (place) place->x += x0;
    return place;
  }
  void line(const Vec3& a, const Vec3& b, unsigned color, float thick = 1.5f) const;  // cut at the eye
  void text(const Vec3& p, const char* words, unsigned color) const;
  void box(const replay::Box& box, unsigned color, float thick = 1.5f) const;
  void area(std::span<const Vec3> corners, unsigned color) const;  // convex; left out when a corner lies behind the eye
};

replay::Box box_of(const Mover& mover);

}  // namespace bitgoeul::viewer
