// OpenDRIVE 1.8, clause 6: header, offset and geo reference.
#include "maps/opendrive/own_words.h"
#include "maps/opendrive/reader.h"
#include "maps/projection.h"

namespace bitgoeul::maps::opendrive {

namespace {

void read_version(XmlElement header) {
  std::int32_t major = 1, minor = 0;
  if (!header.required("revMajor", major) || !header.required("revMinor", minor)) return;
  if (major != 1 || minor < 1 || minor > 8)
    header.warning(
        "the file says OpenDRIVE " + std::to_string(major) + "." + std::to_string(minor) + "; it is read as 1.8",
        "version", "versions 1.4 to 1.8 are supported");
}

void read_offset(MapBuilder& map, XmlElement offset) {
  required_number(offset, "x", map.offset_x, -kMaxCoordinateM, kMaxCoordinateM);
  required_number(offset, "y", map.offset_y, -kMaxCoordinateM, kMaxCoordinateM);
  optional_number(offset, "z", map.offset_z, -kMaxCoordinateM, kMaxCoordinateM);
  optional_number(offset, "hdg", map.offset_heading, -kMaxTurnRad, kMaxTurnRad);
}

// PROJ would open what these name. Grids by their bare names come from its own folder.
bool names_a_file(const std::string& projection) {
  for (const char* key : {"+init=", "nadgrids=", "geoidgrids=", "+grids=", "+file="})
    if (const std::size_t at = projection.find(key); at != std::string::npos) {
      const std::string value = projection.substr(at, projection.find_first_of(" \t\r\n", at) - at);
      if (value.find_first_of("/\\") != std::string::npos) return true;
    }
  return false;
}

// A map needs no place on earth; one that cannot be used is told once, here.
void read_geo_reference(MapBuilder& map, XmlElement reference) {
  map.projection = reference.text();
  if (names_a_file(map.projection)) {
    reference.warning("the geo reference names a file, which is not opened; the map has no place on earth",
                      "geo_reference_file", "name a grid of PROJ, or none");
    map.projection.clear();
    return;
  }
  if (map.projection.find("+proj=") != std::string::npos) {
    const auto made = Projection::make(map.projection);
    if (!made && map.projection.find("+proj=longlat") == std::string::npos)
      reference.warning(made.error().what, "geo_reference", made.error().remedy);
  }
  if (!map.projection.starts_with("+") || map.projection.find("+proj=") != std::string::npos) return;
  reference.warning("the geo reference names no projection; transverse Mercator is taken", "geo_reference_proj",
                    "add +proj=tmerc");
  map.projection = "+proj=tmerc " + map.projection;
}

}  // namespace

void read_header(Reader& reader, XmlElement header) {
  read_version(header);
  std::string name;
  if (header.optional("name", name) && !name.empty()) reader.map.name = name;
  if (const XmlElement offset = header.child("offset")) read_offset(reader.map, offset);
  if (const XmlElement reference = header.child("geoReference")) read_geo_reference(reader.map, reference);
  for (const XmlElement& e : own_words(header, "header/", reader.map.extras))
    if (*e.attribute_value("code") == kOwnNotice) e.required("value", reader.map.notice);
  keep_rest(header, "header/", reader.map.extras);
}

}  // namespace bitgoeul::maps::opendrive
