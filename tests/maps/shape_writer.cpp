#include "tests/maps/shape_writer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>

namespace bitgoeul::tests {

const char* const kUtm52N =
    R"(PROJCS["WGS_1984_UTM_Zone_52N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",129.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]])";
const char* const kUtmK =
    R"(PROJCS["ITRF_2000_UTM_K",GEOGCS["GCS_ITRF_2000",DATUM["D_ITRF_2000",SPHEROID["GRS_1980",6378137,298.257222101004]],PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",1000000],PARAMETER["False_Northing",2000000],PARAMETER["Central_Meridian",127.5],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",38],UNIT["Meter",1]])";

namespace {

void big(std::string& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 0xff);
}
void little(std::string& out, std::uint32_t v, int bytes = 4) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(v >> (8 * i) & 0xff);
}
void real(std::string& out, double v) {
  char bytes[8];
  std::memcpy(bytes, &v, 8);
  out.append(bytes, 8);
}

void box(std::string& out, const std::vector<ShapePoint>& points) {
  ShapePoint low{1e18, 1e18, 0}, high{-1e18, -1e18, 0};
  for (const ShapePoint& p : points) {
    low.x = std::min(low.x, p.x), low.y = std::min(low.y, p.y);
    high.x = std::max(high.x, p.x), high.y = std::max(high.y, p.y);
  }
  for (const double v : {low.x, low.y, high.x, high.y}) real(out, v);
}

std::string content(int type, const std::vector<ShapePoint>& points) {
  std::string out;
  little(out, static_cast<std::uint32_t>(type));
  if (type == 11) {
    for (const double v : {points[0].x, points[0].y, points[0].z, 0.0}) real(out, v);
    return out;
  }
  box(out, points);
  little(out, 1);
  little(out, static_cast<std::uint32_t>(points.size()));
  little(out, 0);
  for (const ShapePoint& p : points) real(out, p.x), real(out, p.y);
  real(out, -1e9), real(out, 1e9);
  for (const ShapePoint& p : points) real(out, p.z);
  return out;
}

std::string header(int type, std::size_t bytes, const std::vector<ShapePoint>& all) {
  std::string out;
  big(out, 9994);
  for (int i = 0; i < 5; ++i) big(out, 0);
  big(out, static_cast<std::uint32_t>(bytes / 2));
  little(out, 1000);
  little(out, static_cast<std::uint32_t>(type));
  box(out, all);
  for (int i = 0; i < 4; ++i) real(out, 0);
  return out;
}

std::string dbase(const ShapeTable& table) {
  constexpr int kWidth = 30;
  const auto columns = table.columns.size();
  std::string out("\x03\x77\x01\x01", 4);
  little(out, static_cast<std::uint32_t>(table.records.size()));
  little(out, static_cast<std::uint32_t>(33 + 32 * columns), 2);
  little(out, static_cast<std::uint32_t>(1 + kWidth * columns), 2);
  out.append(20, '\0');
  for (const std::string& name : table.columns) {
    std::string field = name.substr(0, 10);
    field.resize(11, '\0');
    field += 'C';
    field.append(4, '\0');
    field += static_cast<char>(kWidth);
    field.resize(32, '\0');
    out += field;
  }
  out += '\x0d';
  for (const ShapeRecord& record : table.records) {
    out += ' ';
    for (std::size_t i = 0; i < columns; ++i) {
      std::string value = i < record.values.size() ? record.values[i] : "";
      value.resize(kWidth, ' ');
      out += value;
    }
  }
  return out + '\x1a';
}

void save(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

void write_shapes(const std::filesystem::path& folder, const std::string& name, const ShapeTable& table,
                  const std::string& prj) {
  std::filesystem::create_directories(folder);
  std::string shapes, index;
  std::vector<ShapePoint> all{{0, 0, 0}};
  if (!table.records.empty()) all.clear();
  for (std::size_t i = 0; i < table.records.size(); ++i) {
    const std::string body = content(table.type, table.records[i].points);
    big(index, static_cast<std::uint32_t>((100 + shapes.size()) / 2));
    big(index, static_cast<std::uint32_t>(body.size() / 2));
    big(shapes, static_cast<std::uint32_t>(i + 1));
    big(shapes, static_cast<std::uint32_t>(body.size() / 2));
    shapes += body;
    all.insert(all.end(), table.records[i].points.begin(), table.records[i].points.end());
  }
  save(folder / (name + ".shp"), header(table.type, 100 + shapes.size(), all) + shapes);
  save(folder / (name + ".shx"), header(table.type, 100 + index.size(), all) + index);
  save(folder / (name + ".dbf"), dbase(table));
  if (!prj.empty()) save(folder / (name + ".prj"), prj);
}

}  // namespace bitgoeul::tests
