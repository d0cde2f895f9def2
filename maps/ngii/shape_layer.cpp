#include "maps/ngii/shape_layer.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <ogr_spatialref.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <memory>
#include <optional>

#include "maps/detail/table_numbers.h"
#include "maps/xml.h"

namespace bitgoeul::maps::ngii {
namespace {

namespace fs = std::filesystem;

constexpr double kMaxCoordinate = 1e8;
constexpr double kMostBetweenM = 10e3;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// GDAL would print; what it has to say is kept.
class QuietErrors {
 public:
  QuietErrors() { CPLPushErrorHandlerEx(&QuietErrors::keep, this); }
  ~QuietErrors() { CPLPopErrorHandler(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  std::string last;
  int failures = 0;

 private:
  static void CPL_STDCALL keep(CPLErr level, CPLErrorNum, const char* message) {
    auto* self = static_cast<QuietErrors*>(CPLGetErrorHandlerUserData());
    if (level >= CE_Failure) self->last = readable(message), ++self->failures;
  }
};

struct CloseDataset {
  void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
struct DestroyFeature {
  void operator()(OGRFeature* feature) const { OGRFeature::DestroyFeature(feature); }
};

// The sibling with that extension, whatever the case of its letters.
std::optional<fs::path> sibling(const fs::path& shp, const std::string& extension) {
  std::error_code error;
  for (const std::string& e : {extension, upper(extension)}) {
    fs::path path = shp;
    path.replace_extension(e);
    if (fs::is_regular_file(path, error)) return path;
  }
  return std::nullopt;
}

std::string read_bytes(const fs::path& path, std::size_t most) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(most, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(most));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return bytes;
}

std::uint32_t number_at(const std::string& bytes, std::size_t at, int size, bool big_endian) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(big_endian ? i : size - 1 - i)]);
    value = value << 8 | byte;
  }
  return value;
}

// Sizes that the headers promise (ESRI Shapefile Technical Description, 1998; dBASE III).
std::optional<std::string> defect_of_files(const fs::path& shp, const fs::path& dbf) {
  std::error_code error;
  const auto too_small = [&](const fs::path& file, std::uint64_t promised) -> std::optional<std::string> {
    const std::uint64_t size = fs::file_size(file, error);
    if (size >= promised) return std::nullopt;
    return "the " + file.extension().string() + " file is cut off: its header promises " + std::to_string(promised) +
           " bytes, it has " + std::to_string(size);
  };
  const std::string head = read_bytes(shp, 100);
  if (head.size() < 100 || number_at(head, 0, 4, true) != 9994) return "the .shp file has no shapefile header";
  if (auto cut = too_small(shp, 2ull * number_at(head, 24, 4, true))) return cut;
  const std::string table = read_bytes(dbf, 32);
  if (table.size() < 32) return "the .dbf file has no header";
  return too_small(dbf, number_at(table, 8, 2, false) +
                            std::uint64_t{number_at(table, 4, 4, false)} * number_at(table, 10, 2, false));
}

bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t more = c < 0x80 ? 0 : c >> 5 == 6 && c > 0xc1 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 9;
    if (more == 9 || i + more >= text.size()) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    i += more + 1;
  }
  return true;
}

// Texts are UTF-8 or CP949, whatever the file says: the manual asks for UTF-8, most deliveries are CP949.
std::string to_utf8(const char* raw, int& recoded) {
  std::string text = raw == nullptr ? std::string() : raw;
  if (is_utf8(text)) return text;
  // A column that is too short cuts its last letter.
  for (std::size_t cut = 1; cut <= 2 && cut < text.size(); ++cut) {
    const std::string head = text.substr(0, text.size() - cut);
    const bool letters = std::any_of(head.begin(), head.end(), [](char c) { return static_cast<signed char>(c) < 0; });
    if (letters && is_utf8(head)) return head;
  }
  char* out = CPLRecode(text.c_str(), "CP949", CPL_ENC_UTF8);
  std::string result = out == nullptr ? std::string() : out;
  CPLFree(out);
  ++recoded;
  if (is_utf8(result)) return result;
  for (char& c : text)
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  return text;
}

std::string trimmed(std::string text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\0' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  std::size_t start = 0;
  while (start < text.size() && blank(text[start])) ++start;
  return text.substr(start);
}

void add_part(const OGRSimpleCurve& curve, std::vector<std::vector<sim::Vec3>>& parts) {
  std::vector<sim::Vec3> part;
  for (int i = 0; i < curve.getNumPoints(); ++i) part.emplace_back(curve.getX(i), curve.getY(i), curve.getZ(i));
  if (!part.empty()) parts.push_back(std::move(part));
}

void add_parts(const OGRGeometry& geometry, std::vector<std::vector<sim::Vec3>>& parts) {
  switch (wkbFlatten(geometry.getGeometryType())) {
    case wkbPoint: {
      const OGRPoint* p = geometry.toPoint();
      if (!p->IsEmpty()) parts.push_back({sim::Vec3(p->getX(), p->getY(), p->getZ())});
      return;
    }
    case wkbLineString:
      return add_part(*geometry.toLineString(), parts);
    case wkbPolygon:
      for (const auto* ring : *geometry.toPolygon()) add_part(*ring, parts);
      return;
    case wkbMultiPoint:
    case wkbMultiLineString:
    case wkbMultiPolygon:
    case wkbGeometryCollection:
      for (const auto* member : *geometry.toGeometryCollection()) add_parts(*member, parts);
      return;
    default:
      return;
  }
}

bool finite(const std::vector<std::vector<sim::Vec3>>& parts) {
  for (const auto& part : parts)
    for (const sim::Vec3& p : part)
      if (!p.allFinite() || std::abs(p.x()) > kMaxCoordinate || std::abs(p.y()) > kMaxCoordinate ||
          std::abs(p.z()) > 1e5)
        return false;
  return true;
}

// Surveyed lines have a vertex every few metres; one that lies far off is a damaged number.
bool jumps(const std::vector<std::vector<sim::Vec3>>& parts) {
  for (const auto& part : parts)
    for (std::size_t i = 1; i < part.size(); ++i)
      if ((part[i] - part[i - 1]).head<2>().norm() > kMostBetweenM) return true;
  return false;
}

ShapeKind kind_of(OGRwkbGeometryType type) {
  switch (wkbFlatten(type)) {
    case wkbPoint:
    case wkbMultiPoint:
      return ShapeKind::kPoints;
    case wkbPolygon:
    case wkbMultiPolygon:
      return ShapeKind::kPolygons;
    default:
      return ShapeKind::kLines;
  }
}

// The two systems of the deliveries by their parameters, whatever they are called; others as a PROJ string.
std::string crs_of(const OGRSpatialReference* crs) {
  if (crs == nullptr || !crs->IsProjected()) return {};
  const auto is = [&](const char* name, double value) {
    return std::abs(crs->GetNormProjParm(name, 1e9) - value) < 1e-6;
  };
  if (is(SRS_PP_CENTRAL_MERIDIAN, 129) && is(SRS_PP_SCALE_FACTOR, 0.9996) && is(SRS_PP_FALSE_EASTING, 500000))
    return "EPSG:32652";
  if (is(SRS_PP_CENTRAL_MERIDIAN, 127.5) && is(SRS_PP_FALSE_EASTING, 1000000) && is(SRS_PP_FALSE_NORTHING, 2000000))
    return "EPSG:5179";
  char* text = nullptr;
  std::string proj;
  if (crs->exportToProj4(&text) == OGRERR_NONE && text != nullptr) proj = text;
  CPLFree(text);
  return proj;
}

void read_rows(OGRLayer& source, ShapeLayer& layer, detail::Tally& tally) {
  int recoded = 0;
  while (const std::unique_ptr<OGRFeature, DestroyFeature> feature{source.GetNextFeature()}) {
    ShapeRow row;
    row.record = static_cast<int>(feature->GetFID()) + 1;
    for (int i = 0; i < feature->GetFieldCount(); ++i)
      row.values.push_back(
          trimmed(to_utf8(feature->IsFieldSetAndNotNull(i) ? feature->GetFieldAsString(i) : "", recoded)));
    if (const OGRGeometry* geometry = feature->GetGeometryRef()) add_parts(*geometry, row.parts);
    const std::string where = "record " + std::to_string(row.record);
    if (row.parts.empty()) {
      tally.add(sim::Severity::kWarning, layer.file, "a record has no geometry; left out", where, row.record);
      continue;
    }
    if (!finite(row.parts)) {
      tally.add(sim::Severity::kError, layer.file, "a record has a coordinate that is not a finite number; left out",
                where, row.record, "repair the shape");
      continue;
    }
    if (jumps(row.parts)) {
      tally.add(sim::Severity::kError, layer.file, "a record has two points more than 10 km apart; left out", where,
                row.record, "repair the shape");
      continue;
    }
    layer.rows.push_back(std::move(row));
  }
  tally.add(sim::Severity::kInfo, layer.file, "a text is not UTF-8; read as CP949", {}, 0, {}, recoded);
}

GDALDataset* open_dataset(const fs::path& shp) {
  GDALAllRegister();
  const char* drivers[] = {"ESRI Shapefile", nullptr};
  const char* options[] = {"ENCODING=", nullptr};  // raw bytes: to_utf8 decides
  return GDALDataset::Open(shp.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, options);
}

}  // namespace

int ShapeLayer::column(std::string_view wanted) const {
  const std::string key = upper(std::string(wanted));
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (upper(columns[i]) == key) return static_cast<int>(i);
  return -1;
}

sim::Result<ShapeLayer> read_shape_layer(const fs::path& shp, detail::Tally& tally) {
  const auto dbf = sibling(shp, ".dbf");
  if (!dbf) return sim::fail("the .dbf file beside it is missing", shp.string(), 0, {}, "copy the whole delivery");
  if (!sibling(shp, ".shx"))
    return sim::fail("the .shx file beside it is missing", shp.string(), 0, {}, "copy the whole delivery");
  ShapeLayer layer;
  layer.name = upper(shp.stem().string());
  layer.file = shp.string();
  if (const auto defect = defect_of_files(shp, *dbf))
    tally.add(sim::Severity::kError, layer.file, *defect + "; the records that are whole are read", {}, 0,
              "copy the file again");
  QuietErrors errors;
  const std::unique_ptr<GDALDataset, CloseDataset> dataset{open_dataset(shp)};
  OGRLayer* source = dataset ? dataset->GetLayer(0) : nullptr;
  if (source == nullptr)
    return sim::fail("cannot be read as a shapefile" + (errors.last.empty() ? "" : ": " + errors.last), shp.string());
  layer.kind = kind_of(source->GetGeomType());
  layer.has_z = wkbHasZ(source->GetGeomType()) != 0;
  layer.crs = crs_of(source->GetSpatialRef());
  const OGRFeatureDefn* definition = source->GetLayerDefn();
  for (int i = 0; i < definition->GetFieldCount(); ++i)
    layer.columns.emplace_back(definition->GetFieldDefn(i)->GetNameRef());
  read_rows(*source, layer, tally);
  for (const detail::BadCells& bad : detail::find_bad_numbers(*dbf))
    tally.add(sim::Severity::kWarning, layer.file, "a value of column " + bad.column + " is no number",
              "record " + std::to_string(bad.record), bad.record, "correct the table", bad.count);
  if (errors.failures > 0)
    tally.add(sim::Severity::kWarning, layer.file, "the shapefile library complains: " + errors.last, {}, 0, {},
              errors.failures);
  return layer;
}

}  // namespace bitgoeul::maps::ngii
