// Scene: what the layers of a map picture share: the map, the options, the canvas, what lies inside the box, the level
// order. Made by draw_map; each layer is one function that draws on scene.canvas. Metres in the map frame. One thread.
#pragma once

#include <vector>

#include "maps/map.h"
#include "maps/map_picture.h"
#include "maps/picture/canvas.h"
#include "maps/picture/style.h"

namespace bitgoeul::maps::picture {

struct Scene {
  const Map& map;
  const PictureOptions& options;
  Canvas& canvas;
  Detail detail;
  std::vector<Row> lanes;             // inside the box, ascending (level, row)
  std::vector<int> lane_level;        // drawing level of every lane of the map, kHidden outside the box
  std::vector<RoadClass> lane_class;  // of every lane; connecting lanes take that of the greater road they join
  bool by_height = false;             // the map gives no levels: every 4 m of height are one
};

inline constexpr int kHidden = -1000000;

Scene make_scene(const Map& map, const PictureOptions& options, Canvas& canvas);
int object_level(const Scene& scene, const Object& object);

// Centre line shifted to the left by t (a part of the lane's width when `in_widths`); points closer than half a pixel
// are left out.
void shifted_line(const Scene& scene, Row lane, double t, bool in_widths, std::vector<sim::Vec2>& out);
// The lane's area: left edge forth, right edge back.
void lane_area(const Scene& scene, Row lane, std::vector<sim::Vec2>& out);
// Adds both edges of the lane to the canvas's path, without its ends.
void lane_edges(Scene& scene, Row lane);
// The drivable lane next to the reference line stands for its section.
bool stands_for_section(const Map& map, Row row);
bool inside(const Canvas& canvas, double x, double y, double margin_m);

// Far look.
void draw_roads(Scene& scene);
void draw_junction_dots(Scene& scene);
// Near look, one level at a time, from begin to end of scene.lanes.
void draw_rims(Scene& scene, std::size_t begin, std::size_t end);
// Pavement and corners of crossings, under the surfaces.
void draw_junction_grounds(Scene& scene, std::size_t begin, std::size_t end);
void draw_surfaces(Scene& scene, std::size_t begin, std::size_t end);
void draw_markings(Scene& scene, std::size_t begin, std::size_t end);
void draw_movements(Scene& scene, std::size_t begin, std::size_t end);
void draw_arrows(Scene& scene, std::size_t begin, std::size_t end);
// Both looks.
void draw_ground_objects(Scene& scene);  // buildings, parking
void draw_crosswalks(Scene& scene, int level);
void draw_islands(Scene& scene, int level);
void draw_stop_lines(Scene& scene, int level);
void draw_signals(Scene& scene);
void draw_road_names(Scene& scene);
void draw_legend(Scene& scene);

}  // namespace bitgoeul::maps::picture
