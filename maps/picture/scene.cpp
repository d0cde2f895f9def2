#include "maps/picture/scene.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace bitgoeul::maps::picture {

namespace {

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

bool lane_inside(const Map& map, Row lane, const GeoBox& box) {
  const double margin = 10, shortest = 0.05;  // slivers between two sections would only show their rim
  if (!(map.lanes[at(lane)].length > shortest)) return false;
  bool left = true, right = true, below = true, above = true;  // all points lie on that side of the box
  for (const LanePoint& p : map.lane_points(lane)) {
    if (!std::isfinite(p.x + p.y + p.z + p.width)) return false;
    left = left && p.x < box.min_x - margin;
    right = right && p.x > box.max_x + margin;
    below = below && p.y < box.min_y - margin;
    above = above && p.y > box.max_y + margin;
  }
  return map.lane_points(lane).size() >= 2 && !left && !right && !below && !above;
}

// A connecting lane looks like the greater of the roads that it joins.
void find_classes(Scene& scene) {
  const Map& map = scene.map;
  const auto of_road = [&](Row lane) {
    const Row road = map.lanes[at(lane)].road;
    return road >= 0 && at(road) < map.roads.size() ? map.roads[at(road)].road_class : RoadClass::kUnknown;
  };
  scene.lane_class.assign(map.lanes.size(), RoadClass::kUnknown);
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    RoadClass found = of_road(row);
    if (found == RoadClass::kConnection)
      for (const auto& links : {map.successors(row), map.predecessors(row)})
        for (const Row link : links)
          if (draw_rank(of_road(link)) > draw_rank(found)) found = of_road(link);
    scene.lane_class[at(row)] = found;
  }
}

int bucket(double z) { return static_cast<int>(std::floor(std::clamp(z, -4e4, 4e4) / 4.0)); }

}  // namespace

int object_level(const Scene& scene, const Object& object) {
  if (scene.by_height) return bucket(object.z);
  return object.road >= 0 && at(object.road) < scene.map.roads.size() ? scene.map.roads[at(object.road)].level : 0;
}

Scene make_scene(const Map& map, const PictureOptions& options, Canvas& canvas) {
  Scene scene{map, options, canvas, detail_at(canvas.metres_per_px()), {}, {}, {}, false};
  scene.by_height = std::all_of(map.lanes.begin(), map.lanes.end(), [](const Lane& lane) { return lane.level == 0; });
  scene.lane_level.assign(map.lanes.size(), kHidden);
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    if (!lane_inside(map, row, canvas.box())) continue;
    const auto points = map.lane_points(row);
    scene.lane_level[at(row)] = scene.by_height ? bucket(points[points.size() / 2].z) : map.lanes[at(row)].level;
    scene.lanes.push_back(row);
  }
  find_classes(scene);
  std::sort(scene.lanes.begin(), scene.lanes.end(), [&](Row a, Row b) {
    return scene.lane_level[at(a)] != scene.lane_level[at(b)] ? scene.lane_level[at(a)] < scene.lane_level[at(b)]
                                                              : a < b;
  });
  return scene;
}

void shifted_line(const Scene& scene, Row lane, double t, bool in_widths, std::vector<sim::Vec2>& out) {
  out.clear();
  const auto points = scene.map.lane_points(lane);
  const double skip = scene.canvas.metres_per_px() * 0.5;
  const LanePoint* kept = nullptr;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const LanePoint& p = points[i];
    if (kept && i + 1 < points.size() && sim::hypot(p.x - kept->x, p.y - kept->y) < skip) continue;
    kept = &p;
    double sine = 0, cosine = 1;
    const double shift = in_widths ? t * p.width : t;
    if (shift != 0) sim::sincos(p.heading, sine, cosine);
    out.emplace_back(p.x - shift * sine, p.y + shift * cosine);
  }
}

void lane_area(const Scene& scene, Row lane, std::vector<sim::Vec2>& out) {
  std::vector<sim::Vec2> right;
  shifted_line(scene, lane, 0.5, true, out);
  shifted_line(scene, lane, -0.5, true, right);
  out.insert(out.end(), right.rbegin(), right.rend());
}

void lane_edges(Scene& scene, Row lane) {
  std::vector<sim::Vec2> line;
  for (const double side : {0.5, -0.5}) {
    shifted_line(scene, lane, side, true, line);
    scene.canvas.line(line);
  }
}

bool stands_for_section(const Map& map, Row row) {
  const Lane& lane = map.lanes[at(row)];
  if (!drivable(lane.type)) return false;
  const Range lanes = map.sections[at(lane.section)].lanes;
  for (Row other = lanes.begin; other < lanes.end; ++other) {
    const Lane& o = map.lanes[at(other)];
    if (other == row || !drivable(o.type)) continue;
    const int a = std::abs(o.odr_id), b = std::abs(lane.odr_id);
    if (a < b || (a == b && o.odr_id < lane.odr_id)) return false;
  }
  return true;
}

bool inside(const Canvas& canvas, double x, double y, double margin_m) {
  const GeoBox& b = canvas.box();
  return x > b.min_x - margin_m && x < b.max_x + margin_m && y > b.min_y - margin_m && y < b.max_y + margin_m;
}

}  // namespace bitgoeul::maps::picture
