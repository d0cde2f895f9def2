// Shape writer: tiny shapefiles for tests, byte by byte from the ESRI description of 1998 and the dBASE III layout, so
// that tests need no data sets and can write what no library would. Used by tests/maps only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bitgoeul::tests {

struct ShapePoint {
  double x = 0, y = 0, z = 0;
};
struct ShapeRecord {
  std::vector<ShapePoint> points;
  std::vector<std::string> values;  // by column; bytes as they shall stand
};
struct ShapeTable {
  int type = 11;                     // 11 PointZ, 13 PolyLineZ, 15 PolygonZ
  std::vector<std::string> columns;  // character columns of 30 bytes
  std::vector<ShapeRecord> records;
};

// folder/name.shp, .shx, .dbf and, unless prj is empty, .prj.
void write_shapes(const std::filesystem::path& folder, const std::string& name, const ShapeTable& table,
                  const std::string& prj);
extern const char* const kUtm52N;
extern const char* const kUtmK;

}  // namespace bitgoeul::tests
