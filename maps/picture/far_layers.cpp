#include <algorithm>
#include <cstdlib>

#include "maps/picture/scene.h"

namespace bitgoeul::maps::picture {

namespace {

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

const Road* road_of(const Scene& scene, Row lane) {
  const Row road = scene.map.lanes[at(lane)].road;
  return road >= 0 && at(road) < scene.map.roads.size() ? &scene.map.roads[at(road)] : nullptr;
}

struct Pick {
  RoadClass road_class;
  bool tunnel;
  bool lanes;  // every lane by its width
  bool edges;  // only its two edges: the ends would show as bars where lanes meet
};

// Collects the lanes of that class on these levels as one path; false when there are none.
bool collect(Scene& scene, std::size_t begin, std::size_t end, const Pick& pick) {
  std::vector<sim::Vec2> line;
  bool any = false;
  for (std::size_t i = begin; i < end; ++i) {
    const Row row = scene.lanes[i];
    const Lane& lane = scene.map.lanes[at(row)];
    const Road* road = road_of(scene, row);
    if (!road || scene.lane_class[at(row)] != pick.road_class || (road->tunnel != 0) != pick.tunnel ||
        !drivable(lane.type))
      continue;
    if (pick.lanes) {
      if (pick.edges) {
        lane_edges(scene, row);
      } else {
        lane_area(scene, row, line);
        scene.canvas.polygon(line);
      }
    } else {
      if (!stands_for_section(scene.map, row)) continue;
      // To the reference line: the inner edge, which lies left of a lane that is driven in right-hand traffic.
      shifted_line(scene, row, (lane.odr_id < 0) == (lane.direction > 0) ? 0.5 : -0.5, true, line);
      scene.canvas.line(line);
    }
    any = true;
  }
  return any;
}

double far_width(const ClassStyle& style, double mpp) {
  const double grow = std::clamp(20.0 / mpp, 0.6, 4.0);  // linear in the scale between 33 and 5 m per pixel
  return style.width_px * (0.45 + 0.55 * grow);
}

bool with_casing(RoadClass c, double mpp) {
  return mpp < 8 || (c != RoadClass::kResidential && c != RoadClass::kService && c != RoadClass::kConnection);
}

void draw_far(Scene& scene, std::size_t begin, std::size_t end, bool casing) {
  const double mpp = scene.canvas.metres_per_px();
  for (const RoadClass c : kDrawOrder)
    for (const bool tunnel : {true, false}) {
      const ClassStyle& style = style_of(c);
      const double width = far_width(style, mpp);
      if (casing && !with_casing(c, mpp)) continue;
      if (!collect(scene, begin, end, {c, tunnel, false, false})) continue;
      if (casing)
        scene.canvas.stroke(style.casing, width + (width > 1.5 ? 1.6 : 0.9), tunnel ? Dash{6, 3} : Dash{}, false);
      else if (!with_casing(c, mpp))
        scene.canvas.stroke(style.casing, std::max(0.45, width * 0.8), {}, false);  // as a thin grey line
      else
        scene.canvas.stroke(tunnel ? rgb(0xffffff, 0.55) : style.fill, width);
    }
}

void draw_lanes(Scene& scene, std::size_t begin, std::size_t end, bool casing) {
  for (const RoadClass c : kDrawOrder)
    for (const bool tunnel : {true, false}) {
      const ClassStyle& style = style_of(c);
      if (!collect(scene, begin, end, {c, tunnel, true, casing})) continue;
      if (casing)
        scene.canvas.stroke(style.casing, c == RoadClass::kConnection ? 0.8 : 2.2, tunnel ? Dash{6, 3} : Dash{},
                            !tunnel);
      else
        scene.canvas.fill(tunnel ? Color{style.fill.r, style.fill.g, style.fill.b, 0.45} : style.fill);
    }
}

int level_count(const Scene& scene) {
  int count = 0;
  for (std::size_t i = 0; i < scene.lanes.size(); ++i)
    count += i == 0 || scene.lane_level[at(scene.lanes[i])] != scene.lane_level[at(scene.lanes[i - 1])];
  return count;
}

}  // namespace

void draw_roads(Scene& scene) {
  // Levels lie over each other. Without levels steps of height do, unless they would cut hills into slices.
  const bool one_level = scene.by_height && level_count(scene) > 8;
  std::size_t begin = 0;
  while (begin < scene.lanes.size()) {
    std::size_t end = begin;
    while (end < scene.lanes.size() &&
           (one_level || scene.lane_level[at(scene.lanes[end])] == scene.lane_level[at(scene.lanes[begin])]))
      ++end;
    for (const bool casing : {true, false})
      scene.detail.lane_lines ? draw_lanes(scene, begin, end, casing) : draw_far(scene, begin, end, casing);
    begin = end;
  }
}

void draw_junction_dots(Scene& scene) {
  const double mpp = scene.canvas.metres_per_px();
  const double radius = std::clamp(30.0 / mpp, 1.1, 4.0);
  for (const bool rim : {true, false})
    for (const JunctionControl control : {JunctionControl::kRoundabout, JunctionControl::kSignals}) {
      for (const Junction& j : scene.map.junctions)
        if (j.control == control && inside(scene.canvas, j.x, j.y, 0))
          scene.canvas.disc(j.x, j.y, radius + (rim ? 0.9 : 0));
      scene.canvas.fill(rim                                    ? rgb(0xffffff, 0.9)
                        : control == JunctionControl::kSignals ? rgb(0x1f7a4d)
                                                               : rgb(0x3f6fb5));
    }
}

}  // namespace bitgoeul::maps::picture
