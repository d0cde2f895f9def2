// ShapeLayer: one shapefile as plain rows (GDAL hidden in shape_layer.cpp): UTF-8 texts by column, points by part.
// Made by read_shape_layer for the NGII reader. Says what is wrong with the file: parts that are missing, cut off,
// geometry that is empty or not finite. Thread rule: one call at a time per file; the result is plain data.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "maps/detail/tally.h"
#include "sim/math.h"

namespace bitgoeul::maps::ngii {

enum class ShapeKind { kPoints, kLines, kPolygons };

struct ShapeRow {
  int record = 0;                             // 1-based number in the file
  std::vector<std::string> values;            // by column, blanks at both ends cut off
  std::vector<std::vector<sim::Vec3>> parts;  // never empty, every coordinate finite
};

struct ShapeLayer {
  std::string name;  // of the file, upper case, without extension
  std::string file;
  ShapeKind kind = ShapeKind::kPoints;
  bool has_z = false;
  std::string crs;  // PROJ name of the .prj's system; empty when there is none, or one that PROJ cannot use
  std::vector<std::string> columns;
  std::vector<ShapeRow> rows;

  int column(std::string_view name) const;  // whatever the case of its letters; -1: none
};

// Fails when the file cannot be read at all. Rows without usable geometry are left out and counted.
sim::Result<ShapeLayer> read_shape_layer(const std::filesystem::path& shp, detail::Tally& tally);

}  // namespace bitgoeul::maps::ngii
