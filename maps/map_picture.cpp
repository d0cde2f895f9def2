#include "maps/map_picture.h"

#include <cmath>
#include <cstdio>
#include <fstream>

#include "maps/picture/scene.h"

namespace bitgoeul::maps {

namespace {

using namespace picture;

GeoBox whole(const Map& map) {
  GeoBox box{1e300, 1e300, -1e300, -1e300};
  for (const LanePoint& p : map.points) {
    if (!std::isfinite(p.x) || !std::isfinite(p.y)) continue;
    box.min_x = std::min(box.min_x, p.x), box.max_x = std::max(box.max_x, p.x);
    box.min_y = std::min(box.min_y, p.y), box.max_y = std::max(box.max_y, p.y);
  }
  const double margin = 10 + 0.03 * std::max(box.max_x - box.min_x, box.max_y - box.min_y);
  const double legend = 0.07 * (box.max_y - box.min_y);
  return {box.min_x - margin, box.min_y - margin - legend, box.max_x + margin, box.max_y + margin};
}

// One level after the other, so that what lies above covers what lies below.
void draw_plan(Scene& scene) {
  const PictureOptions& o = scene.options;
  std::size_t begin = 0;
  while (begin < scene.lanes.size()) {
    const int level = scene.lane_level[static_cast<std::size_t>(scene.lanes[begin])];
    std::size_t end = begin;
    while (end < scene.lanes.size() && scene.lane_level[static_cast<std::size_t>(scene.lanes[end])] == level) ++end;
    draw_rims(scene, begin, end);
    draw_junction_grounds(scene, begin, end);
    draw_surfaces(scene, begin, end);
    if (o.markings && scene.detail.markings) draw_markings(scene, begin, end);
    if (o.objects && scene.detail.objects) draw_islands(scene, level);
    if (o.crosswalks && scene.detail.crosswalks) draw_crosswalks(scene, level);
    if (o.markings && scene.detail.crosswalks) draw_stop_lines(scene, level);
    if (o.arrows && scene.detail.movements) draw_movements(scene, begin, end);
    if (o.arrows && scene.detail.arrows) draw_arrows(scene, begin, end);
    begin = end;
  }
}

}  // namespace

sim::Result<std::string> draw_map_png(const Map& map, const PictureOptions& options, GeoBox& drawn) {
  if (map.points.empty()) return sim::fail("the map has no lane to draw", map.source);
  auto canvas = Canvas::make(options.width_px, options.height_px, options.box.value_or(whole(map)));
  if (!canvas) return tl::unexpected(canvas.error());
  drawn = canvas->box();
  Scene scene = make_scene(map, options, *canvas);
  canvas->background(scene.detail.plan ? kPlanGround : kMapGround);
  if (options.objects && scene.detail.objects) draw_ground_objects(scene);
  if (scene.detail.plan)
    draw_plan(scene);
  else
    draw_roads(scene);
  if (options.junctions && scene.detail.junction_dots) draw_junction_dots(scene);
  if (options.signals && scene.detail.signals) draw_signals(scene);
  if (options.labels) draw_road_names(scene);
  if (options.legend) draw_legend(scene);
  if (options.overlay) options.overlay(*canvas);
  return canvas->png();
}

sim::Result<void> draw_map(const Map& map, const std::filesystem::path& png, const PictureOptions& options) {
  GeoBox drawn;
  const auto bytes = draw_map_png(map, options, drawn);
  if (!bytes) return tl::unexpected(bytes.error());
  std::filesystem::path temporary = png;
  temporary += ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
  out.close();
  std::error_code error;
  if (out.good()) std::filesystem::rename(temporary, png, error);
  if (out.good() && !error) return {};
  const std::string reason = error ? error.message() : "no such folder, no permission or no space";
  std::filesystem::remove(temporary, error);
  return sim::fail("cannot write the picture: " + reason, png.string());
}

}  // namespace bitgoeul::maps
