// map_picture: draws a Map to PNG: whole map or a box, lanes by type, markings, arrows, stop lines, crosswalks,
// signals; also the base layer of report.html. Software rasteriser with antialiasing (Cairo, hidden in the .cpp). The
// map's notice stands in the picture.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

namespace picture {
class Canvas;
}

struct PictureOptions {
  int width_px = 1600, height_px = 1200;
  std::optional<GeoBox> box;  // map frame; widened to the picture's shape; default: the whole map
  bool arrows = true, signals = true, crosswalks = true, labels = true;
  bool markings = true, objects = true, junctions = true;
  bool legend = true;                                  // name, notice, scale bar, north arrow
  std::function<void(picture::Canvas&)> overlay = {};  // draws on top of everything (picture/canvas.h)
};

sim::Result<void> draw_map(const Map& map, const std::filesystem::path& png, const PictureOptions& options = {});
// PNG bytes in memory, for the report; the box actually drawn (aspect kept) comes back in `drawn`.
sim::Result<std::string> draw_map_png(const Map& map, const PictureOptions& options, GeoBox& drawn);

}  // namespace bitgoeul::maps
